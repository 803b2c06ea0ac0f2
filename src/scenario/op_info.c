// SPDX-License-Identifier: GPL-2.0-only
/* The tables, generated from the rows of op.def. */
#include "scenario/op_info.h"

#include <string.h>

#include "base/mem.h"

/* clang-format off */
#define F(type, name, says) {#type, #name, says},
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	static const struct kt_op_field fields_of_##name[] = {__VA_ARGS__};
#include "macros/op.def"
#undef OP
#undef F

static const struct kt_op_info infos[] = {
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	[KTSTR_OP_##name] = {#name, sentence, rule, KT_OP_UNKNOWN_##unknown,                       \
		KT_OP_NEEDS_##needs, fields_of_##name,                                             \
		KT_ARRAY_LEN(fields_of_##name)},
#include "macros/op.def"
#undef OP
};
/* clang-format on */

const struct kt_op_info *kt_op_info(enum ktstr_op_kind kind)
{
	size_t i = (size_t)kind;
	return i < KT_ARRAY_LEN(infos) && infos[i].name ? &infos[i] : NULL;
}

const struct kt_op_info *kt_op_info_find(const char *name)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(infos); i++)
		if (infos[i].name && !strcmp(infos[i].name, name))
			return &infos[i];
	return NULL;
}

const char *kt_op_name(enum ktstr_op_kind kind)
{
	const struct kt_op_info *info = kt_op_info(kind);
	return info ? info->name : "(unknown op)";
}

_Static_assert(KTSTR_OP_COUNT - 1 <= 32, "op.def: a stimulus has 32 bits for the kinds of op");

uint32_t kt_op_bit(enum ktstr_op_kind kind)
{
	return kt_op_info(kind) ? 1u << (kind - 1) : 0;
}

const char *kt_op_unknown_name(enum kt_op_unknown unknown)
{
	static const char *const names[] = {"none", "error", "warn", "ignore"};
	return (size_t)unknown < KT_ARRAY_LEN(names) ? names[unknown] : "none";
}
