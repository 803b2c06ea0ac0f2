// SPDX-License-Identifier: GPL-2.0-only
/* Kinds as data: names, defaults and limits of their parameters, and the check for the plan. */
#include "work/kind.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "work/work.h"

#define WORKERS_MAX 4096u
#define MS_MAX	    (60u * 60 * 1000) /* an hour: longer than any test */
#define NUMBER_MAX  1000000000u

#define F(name, standard, says)	  {#name, standard},
#define WORK(name, sentence, ...) static const struct kt_work_param params_##name[] = {__VA_ARGS__};
#include "macros/work.def"
#undef WORK
#undef F

static const struct kt_work_kind kinds[KTSTR_WORK_COUNT] = {
#define WORK(name_, sentence_, ...)                                                                \
	[KTSTR_WORK_##name_] = {#name_, sentence_, params_##name_, KT_ARRAY_LEN(params_##name_),   \
		kt_work_step_##name_},
#include "macros/work.def"
#undef WORK
};

/* The parameters of all kinds begin at the same place and are unsigned, in the row's order. */
static unsigned *param_at(struct ktstr_work *work, size_t i)
{
	return (unsigned *)(void *)((char *)work + offsetof(struct ktstr_work, spin_wait)) + i;
}

const struct kt_work_kind *kt_work_kind_get(unsigned kind)
{
	return kind < KTSTR_WORK_COUNT && kinds[kind].name ? &kinds[kind] : NULL;
}

const char *kt_work_kind_name(enum ktstr_work_kind kind)
{
	const struct kt_work_kind *k = kt_work_kind_get(kind);
	return k ? k->name : "unknown";
}

unsigned kt_work_workers(const struct ktstr_work *work)
{
	return work->workers ? work->workers : 1;
}

struct ktstr_work kt_work_with_defaults(const struct ktstr_work *work)
{
	struct ktstr_work full = *work;
	const struct kt_work_kind *k = &kinds[work->kind];
	for (size_t i = 0; i < k->param_count; i++) {
		if (!*param_at(&full, i))
			*param_at(&full, i) = k->params[i].standard;
	}
	full.workers = kt_work_workers(work);
	return full;
}

static int check_param(const struct kt_work_kind *k, const struct kt_work_param *p, unsigned value,
	struct kt_err *err)
{
	unsigned max = kt_ends_with(p->name, "_ms") ? MS_MAX : NUMBER_MAX;
	if (value <= max)
		return 0;
	(void)kt_fail(err, EINVAL, "use a smaller value",
		"work %s: %s is %u, above its limit of %u", k->name, p->name, value,
		max); /* the code comes from kt_fix */
	return kt_fix(err, "set .%s = {.%s = N} with N from 1 to %u; 0 stands for %u", k->name,
		p->name, max, p->standard);
}

int kt_work_check(const struct ktstr_work *work, struct kt_err *err)
{
	const struct kt_work_kind *k = kt_work_kind_get(work->kind);
	if (!k)
		return kt_fail(err, EINVAL,
			"name a kind with KTSTR_WORK(...); see 'ktstr help work'",
			"work: %u is no kind of work", (unsigned)work->kind);
	if (work->workers > WORKERS_MAX)
		return kt_fail(err, EINVAL, "set .workers to at most 4096, or use several works",
			"work %s: %u workers, above the limit of %u", k->name, work->workers,
			WORKERS_MAX);
	struct ktstr_work copy = *work;
	for (size_t i = 0; i < k->param_count; i++) {
		int r = check_param(k, &k->params[i], *param_at(&copy, i), err);
		if (r < 0)
			return r;
	}
	return 0;
}
