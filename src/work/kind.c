// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds as data: names, parameters, teams, and the check for the plan. What knows the types of
 * the parameters is made from the rows, so that no row needs code of its own.
 */
#include "work/kind.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "work/param.h"
#include "work/work.h"

#define WORKERS_MAX 4096u

#define F(type, name, standard, says) {#name, #type, #standard, says},
#define C(type, name, standard, says) F(type, name, standard, says)
/* The empty one at the end is for kinds without parameters. */
#define WORK(name, sentence, team, ...)                                                            \
	static const struct kt_work_param params_##name[] = {__VA_ARGS__{0}};
#include "macros/work.def"
#undef WORK
#undef C
#undef F

#define F(type, name, standard, says) KT_PARAM_FILL_##type(p->name, standard);
#define C(type, name, standard, says)
#define WORK(name, sentence, team, ...)                                                            \
	static void fill_##name(struct ktstr_work *work)                                           \
	{                                                                                          \
		struct ktstr_work_##name *p = &work->name;                                         \
		(void)p;                                                                           \
		__VA_ARGS__                                                                        \
	}
#include "macros/work.def"
#undef WORK
#undef C
#undef F

/* The first error counts. */
#define F(type, name, standard, says)                                                              \
	r = r < 0 ? r                                                                              \
		  : kt_work_param_##type(                                                          \
			    &(struct kt_param_of){kind, #name, #standard}, p->name, err);
#define C(type, name, standard, says)                                                              \
	r = r < 0 ? r                                                                              \
		  : kt_work_param_choice(&(struct kt_param_of){kind, #name, #standard}, #type,     \
			    (unsigned)p->name, err);
#define WORK(name, sentence, team, ...)                                                            \
	static int limits_##name(const struct ktstr_work *work, struct kt_err *err)                \
	{                                                                                          \
		const struct ktstr_work_##name *p = &work->name;                                   \
		static const char kind[] = #name;                                                  \
		int r = 0;                                                                         \
		(void)p;                                                                           \
		(void)kind;                                                                        \
		(void)err;                                                                         \
		__VA_ARGS__                                                                        \
		return r;                                                                          \
	}
#include "macros/work.def"
#undef WORK
#undef C
#undef F

#define WORK(name, sentence, team_size, ...)                                                       \
	static unsigned team_##name(const struct ktstr_work *work)                                 \
	{                                                                                          \
		const struct ktstr_work_##name *p = &work->name;                                   \
		(void)p;                                                                           \
		return team_size;                                                                  \
	}
#include "macros/work.def"
#undef WORK

static const struct kt_work_kind kinds[KTSTR_WORK_COUNT] = {
#define WORK(name_, sentence_, teams_, ...)                                                        \
	[KTSTR_WORK_##name_] = {                                                                   \
		.name = #name_,                                                                    \
		.sentence = sentence_,                                                             \
		.team_text = #teams_,                                                              \
		.params = params_##name_,                                                          \
		.param_count = KT_ARRAY_LEN(params_##name_) - 1,                                   \
		.ops = &kt_work_ops_##name_,                                                       \
		.fill = fill_##name_,                                                              \
		.limits = limits_##name_,                                                          \
		.team = team_##name_,                                                              \
	},
#include "macros/work.def"
#undef WORK
};

const struct kt_work_kind *kt_work_kind_get(unsigned kind)
{
	return kind < KTSTR_WORK_COUNT && kinds[kind].name ? &kinds[kind] : NULL;
}

const char *kt_work_kind_name(enum ktstr_work_kind kind)
{
	const struct kt_work_kind *k = kt_work_kind_get(kind);
	return k ? k->name : "unknown";
}

static int fail_unknown(const char *name, struct kt_err *err)
{
	const char *names[KTSTR_WORK_COUNT];
	size_t count = 0;
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++)
		names[count++] = kinds[kind].name;
	const char *near = kt_nearest(name, names, count);
	(void)kt_fail(err, EINVAL, "'ktstr help work' lists the kinds",
		"there is no kind of work '%s'", name); /* the code is returned below */
	return near ? kt_fix(err, "did you mean '%s'?", near) : -EINVAL;
}

int kt_work_kind_find(const char *name, enum ktstr_work_kind *ret, struct kt_err *err)
{
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		if (strcmp(kinds[kind].name, name))
			continue;
		if (kinds[kind].ops->flags & KT_WORK_NEEDS_PARAMS)
			return kt_fail(err, EINVAL,
				"declare it in the test with its parameters, or name another kind",
				"work '%s' means nothing without parameters", name);
		*ret = (enum ktstr_work_kind)kind;
		return 0;
	}
	return fail_unknown(name, err);
}

unsigned kt_work_team(const struct ktstr_work *work)
{
	const struct kt_work_kind *k = kt_work_kind_get(work->kind);
	struct ktstr_work full = *work;
	if (!k)
		return 1;
	k->fill(&full);
	return k->team(&full);
}

unsigned kt_work_workers(const struct ktstr_work *work)
{
	return work->workers ? work->workers : kt_work_team(work);
}

struct ktstr_work kt_work_with_defaults(const struct ktstr_work *work)
{
	struct ktstr_work full = *work;
	kinds[work->kind].fill(&full);
	full.workers = kt_work_workers(work);
	return full;
}

/* The expression as a user reads it: without the p-> of C. */
static struct kt_str team_words(const struct kt_work_kind *k)
{
	struct kt_str words = {0};
	for (const char *c = k->team_text; *c; c++) {
		if (!strncmp(c, "p->", 3))
			c += 2;
		else
			kt_str_add_bytes(&words, c, 1);
	}
	return words;
}

/* FULL has its defaults. */
static int check_team(
	const struct kt_work_kind *k, const struct ktstr_work *full, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str words = team_words(k);
	unsigned team = k->team(full);
	if (!team || team > WORKERS_MAX)
		return kt_fail(err, EINVAL, "use smaller parameters, or several works",
			"work %s: %u workers (%s) are one team, above the limit of %u", k->name,
			team, kt_str_get(&words), WORKERS_MAX);
	if (full->workers % team == 0)
		return 0;
	(void)kt_fail(err, EINVAL, "use a multiple",
		"work %s: %u workers are no multiple of %u, the workers of one team (%s)", k->name,
		full->workers, team, kt_str_get(&words)); /* the code comes from kt_fix */
	return kt_fix(err, "set .workers to %u or a multiple of it, or leave it unset for one team",
		team);
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
	int r = k->limits(work, err);
	if (r < 0)
		return r;
	struct ktstr_work full = kt_work_with_defaults(work);
	r = check_team(k, &full, err);
	return r < 0 || !k->ops->check ? r : k->ops->check(&full, err);
}
