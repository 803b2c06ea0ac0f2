// SPDX-License-Identifier: GPL-2.0-only
/* What workers could not set is told once for all that are alike. */
#include "unit/scenario/scenario.h"

#include "scenario/setup_notes.h"

static void note(const struct kt_work_result *results, size_t count, const char *expected)
{
	struct fake_env f;
	struct kt_plan plan = {0};
	struct kt_state s;
	fake_env_init(&f);
	kt_state_init(&s, &plan, &f.env);
	kt_setup_notes(&s, results, count);
	expect_lines(&f, "note fail", expected);
	kt_state_done(&s);
	fake_env_done(&f);
}

Test(setup_notes, nothing_is_said_when_all_is_as_asked)
{
	const struct kt_work_result results[2] = {{.cgroup = "a"}, {.cgroup = "a", .index = 1}};
	note(results, 2, "");
}

Test(setup_notes, workers_that_are_alike_share_a_note)
{
	const struct kt_work_result results[] = {
		{.cgroup = "a", .kind = KTSTR_WORK_spin_wait, .setup_text = "nice -5: no"},
		{.cgroup = "a", .kind = KTSTR_WORK_spin_wait, .setup_text = "nice -5: no"},
		{.cgroup = "a", .kind = KTSTR_WORK_spin_wait},
		{.cgroup = "b", .kind = KTSTR_WORK_bursty, .setup_text = "affinity: no"},
	};
	note(results, 4,
		"note 0 work 2 workers of spin_wait in cgroup 'a' ran without: nice -5: no (fix: "
		"see that the kernel and the cgroup allow it, or do not ask for it)\n"
		"note 0 work 1 worker of bursty in cgroup 'b' ran without: affinity: no (fix: "
		"see that the kernel and the cgroup allow it, or do not ask for it)\n");
}
