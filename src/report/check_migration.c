// SPDX-License-Identifier: GPL-2.0-only
/*
 * max_migrations and max_migration_ratio: how often workers are moved. A busy host moves nobody
 * by itself, but it takes iterations away that the ratio divides by.
 */
#include <math.h>

#include "report/check_say.h"
#include "report/format.h"
#include "report/groups.h"
#include "report/host.h"

#define FIX                                                                                        \
	"see with -v which CPUs each worker used, and what makes the scheduler move it; if that "  \
	"is "                                                                                      \
	"meant, raise "

struct kt_check_tally kt_check_max_migrations(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		double migrations = (double)r->migrations;

		if (!r->completed)
			continue;
		kt_check_note(KT_CHECK_max_migrations, migrations, &tally);
		if (migrations <= limit)
			continue;
		struct kt_verdict_detail d = kt_check_head(o, KT_CHECK_max_migrations, r, v);
		struct kt_check_miss miss = {.check = KT_CHECK_max_migrations,
			.value = migrations,
			.limit = limit,
			.fix = FIX "max_migrations in the test's checks"};
		kt_check_missed(
			&miss, &d, v, "%s was moved %ju times", d.where, (uintmax_t)r->migrations);
	}
	return tally;
}

static void judge_cgroup(const struct kt_outcome *o, const struct kt_group *g, double limit,
	struct kt_check_tally *tally, struct kt_verdict *v)
{
	struct kt_verdict_detail d =
		kt_check_head_cgroup(KT_CHECK_max_migration_ratio, g->members[0]);
	double migrations = 0, iterations = 0, undisturbed = 0;
	uint64_t most_stolen_ns = 0;
	char text[KT_FORMAT_BYTES];

	for (size_t i = 0; i < g->count; i++) {
		const struct kt_work_result *r = g->members[i];
		uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
		double made = (double)r->iterations;

		most_stolen_ns = KT_MAX(most_stolen_ns, stolen_ns);
		migrations += (double)r->migrations;
		iterations += made;
		/* Without any time of its own it may have made any number. */
		if (made > 0)
			undisturbed += stolen_ns < r->wall_ns
					       ? made * (double)r->wall_ns /
							 (double)(r->wall_ns - stolen_ns)
					       : HUGE_VAL;
	}
	if (iterations <= 0) {
		kt_check_undecided(&d,
			"give the step a longer hold; not_starved says who was starved", v,
			"the workers of %s made no iteration, so migrations cannot be compared "
			"with them",
			d.where);
		return;
	}
	kt_check_note(KT_CHECK_max_migration_ratio, migrations / iterations, tally);
	if (migrations <= limit * iterations)
		return;
	struct kt_check_miss miss = {.check = KT_CHECK_max_migration_ratio,
		.value = migrations / iterations,
		.limit = limit,
		.stolen_ns = most_stolen_ns,
		.excused = most_stolen_ns && migrations <= limit * undisturbed,
		.fix = FIX "max_migration_ratio in the test's checks"};
	kt_check_missed(&miss, &d, v,
		"the workers of %s were moved %.0f times in %.0f iterations, %s times per "
		"iteration",
		d.where, migrations, iterations, kt_format_number(miss.value, text));
}

struct kt_check_tally kt_check_max_migration_ratio(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};
	KT_AUTO_DONE(kt_groups_done) struct kt_groups groups;

	kt_groups_make(o, KT_GROUPS_BY_CGROUP, "max_migration_ratio", v, &groups);
	for (size_t i = 0; i < groups.count; i++)
		judge_cgroup(o, &groups.items[i], limit, &tally, v);
	return tally;
}
