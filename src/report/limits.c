// SPDX-License-Identifier: GPL-2.0-only
/* The rows of check.def as a table, the merge of layers, and what one check implies of others. */
#include "report/limits.h"

#include <string.h>

#include "base/mem.h"

#define IS_FLAG_flag true
#define IS_FLAG_num  false

static const struct kt_check_info rows[KT_CHECK_COUNT] = {
#define CHECK(name_, type_, limit_, debug_, most_, zero_, unit_, sentence_, rule_)                 \
	[KT_CHECK_##name_] = {                                                                     \
		.name = #name_,                                                                    \
		.is_flag = IS_FLAG_##type_,                                                        \
		.is_least = sizeof(#name_) > 4 && #name_[0] == 'm' && #name_[1] == 'i',            \
		.limit = (limit_),                                                                 \
		.debug = (debug_),                                                                 \
		.unit = (unit_),                                                                   \
		.sentence = (sentence_),                                                           \
		.rule = (rule_),                                                                   \
	},
#include "macros/check.def"
#undef CHECK
};

const struct kt_check_info *kt_check_info(enum kt_check_id id)
{
	return &rows[id];
}

const char *kt_limit_layer_name(enum kt_limit_layer layer)
{
	static const char *const names[] = {
		[KT_LIMIT_UNSET] = "unset",
		[KT_LIMIT_DEFAULT] = "default",
		[KT_LIMIT_SCHEDULER] = "scheduler",
		[KT_LIMIT_TEST] = "test",
	};
	return (size_t)layer < KT_ARRAY_LEN(names) ? names[layer] : "unknown";
}

static void apply(const struct ktstr_checks *c, enum kt_limit_layer layer, struct kt_limits *l)
{
	size_t i = 0;
	double values[KT_CHECK_COUNT];

#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule) values[i++] = c->name;
#include "macros/check.def"
#undef CHECK
	for (i = 0; i < KT_CHECK_COUNT; i++) {
		if (values[i] == 0)
			continue;
		l->of[i] = (struct kt_limit){
			.on = values[i] != KTSTR_LIMIT_OFF,
			.layer = layer,
			.value = values[i] == KTSTR_LIMIT_OFF || values[i] == KTSTR_LIMIT_ZERO
					 ? 0
					 : values[i],
		};
	}
}

static void imply(enum kt_check_id id, double slowness, struct kt_limits *l)
{
	const struct kt_check_info *row = &rows[id];

	if (l->of[id].layer == KT_LIMIT_UNSET)
		l->of[id] = (struct kt_limit){.on = true,
			.layer = KT_LIMIT_DEFAULT,
			.value = slowness >= KT_LIMITS_DEBUG_SLOWNESS ? row->debug : row->limit};
}

void kt_limits_merge(const struct ktstr_test *test, double slowness, struct kt_limits *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (test->scheduler_checks)
		apply(test->scheduler_checks, KT_LIMIT_SCHEDULER, ret);
	apply(&test->checks, KT_LIMIT_TEST, ret);
	if (!ret->of[KT_CHECK_not_starved].on)
		return;
	imply(KT_CHECK_max_gap_ms, slowness, ret);
	imply(KT_CHECK_max_spread_pct, slowness, ret);
}
