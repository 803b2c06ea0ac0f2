// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of variants and their fragments as bytes of this object, as in fragment.c. A new
 * variant is a row of variant.def, a file in variants/ and its name in EMBEDS of configure.py.
 */
#include "kernel/variant.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "kernel/config.h"
#include "kernel/fragment.h"

#define SEPARATORS     ",+"
#define NAME_BYTES_MAX 32
#define OPTION_BYTES   64
/* Three checkers at once do not make a kernel slower than this; deadlines stay finite. */
#define SLOWNESS_MAX 24.0
#define MEMORY_MAX   4.0

#define VARIANT(name, ...)                                                                         \
	__asm__(".pushsection .rodata\n"                                                           \
		".local kt_kvariant_text_" #name "\n"                                              \
		"kt_kvariant_text_" #name ":\n"                                                    \
		".incbin \"src/kernel/variants/" #name ".kconfig\"\n"                              \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char kt_kvariant_text_##name[];
#include "kernel/variant.def"
#undef VARIANT

enum group { GROUP_NONE, GROUP_SANITIZER, GROUP_PREEMPTION };

static const char *const group_reason[] = {
	[GROUP_NONE] = "",
	[GROUP_SANITIZER] = "the compiler can instrument memory accesses for one of them only",
	[GROUP_PREEMPTION] = "a kernel has one preemption model",
};

static const struct kt_kvariant_info infos[] = {
#define VARIANT(name, group, option, slowness, memory, says)                                       \
	[KT_KVARIANT_##name] = {                                                                   \
		#name, says, "CONFIG_" option, slowness, memory, kt_kvariant_text_##name},
#include "kernel/variant.def"
#undef VARIANT
};

static const enum group groups[] = {
#define VARIANT(name, group, ...) [KT_KVARIANT_##name] = GROUP_##group,
#include "kernel/variant.def"
#undef VARIANT
};

_Static_assert(KT_KVARIANT_COUNT <= 32, "kt_kvariants has a bit for each");

const struct kt_kvariant_info *kt_kvariant_info(enum kt_kvariant v)
{
	return &infos[v];
}

/* The variant of the first LEN bytes of NAME; -1: none. */
static int find(const char *name, size_t len)
{
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		if (strlen(infos[v].name) == len && !memcmp(infos[v].name, name, len))
			return v;
	}
	return -1;
}

static int unknown(const char *name, size_t len, struct kt_err *err)
{
	const char *names[KT_KVARIANT_COUNT];
	char given[NAME_BYTES_MAX + 1];
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++)
		names[v] = infos[v].name;
	snprintf(given, sizeof(given), "%.*s", (int)KT_MIN(len, (size_t)NAME_BYTES_MAX), name);
	kt_fail(err, EINVAL, "'ktstr help variant' lists them", "there is no kernel variant '%s'",
		given);
	const char *near = kt_nearest(given, names, KT_KVARIANT_COUNT);
	if (near)
		kt_fix(err, "did you mean '%s'? 'ktstr help variant' lists all", near);
	return -EINVAL;
}

/* Does V exclude one of SET? */
static int check_groups(kt_kvariants set, int v, struct kt_err *err)
{
	for (int other = 0; other < KT_KVARIANT_COUNT; other++) {
		if (other == v || !(set & 1u << other) || groups[v] == GROUP_NONE ||
			groups[other] != groups[v])
			continue;
		return kt_fail(err, EINVAL, "build two kernels, one of each",
			"variants '%s' and '%s' exclude each other: %s", infos[other].name,
			infos[v].name, group_reason[groups[v]]);
	}
	return 0;
}

int kt_kvariants_add(kt_kvariants *set, const char *names, struct kt_err *err)
{
	kt_kvariants all = *set;
	for (const char *p = names;; p++) {
		size_t len = strcspn(p, SEPARATORS);
		int v = find(p, len);
		if (v < 0)
			return unknown(p, len, err);
		int r = check_groups(all, v, err);
		if (r < 0)
			return r;
		all |= 1u << v;
		p += len;
		if (!*p)
			break;
	}
	*set = all;
	return 0;
}

bool kt_kvariants_are_names(const char *names)
{
	for (const char *p = names;; p++) {
		size_t len = strcspn(p, SEPARATORS);
		if (find(p, len) < 0)
			return false;
		p += len;
		if (!*p)
			return true;
	}
}

char *kt_kvariants_text(kt_kvariants set, char separator)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++) {
		if (!(set & 1u << v))
			continue;
		if (text.len)
			kt_str_add_bytes(&text, &separator, 1);
		kt_str_add(&text, infos[v].name);
	}
	return kt_str_take(&text);
}

void kt_kvariants_fragment_hash(kt_kvariants set, char out[KT_HASH_TEXT_BYTES])
{
	size_t bytes;
	const char *text = kt_kernel_fragment(&bytes);
	uint64_t hash = kt_hash64(text, bytes);
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++) {
		if (set & 1u << v)
			hash = hash * 31 + kt_hash64(infos[v].fragment, strlen(infos[v].fragment));
	}
	snprintf(out, KT_HASH_TEXT_BYTES, "%016llx", (unsigned long long)hash);
}

kt_kvariants kt_kvariants_of_config(const char *config)
{
	kt_kvariants set = 0;
	char value[OPTION_BYTES];
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++) {
		if (kt_kconfig_get(config, infos[v].option, value, sizeof(value)) &&
			!strcmp(value, "y"))
			set |= 1u << v;
	}
	return set;
}

double kt_kvariants_slowness(kt_kvariants set)
{
	double product = 1;
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++)
		product *= set & 1u << v ? infos[v].slowness : 1;
	return KT_MIN(product, SLOWNESS_MAX);
}

double kt_kvariants_memory(kt_kvariants set)
{
	double product = 1;
	for (size_t v = 0; v < KT_KVARIANT_COUNT; v++)
		product *= set & 1u << v ? infos[v].memory : 1;
	return KT_MIN(product, MEMORY_MAX);
}
