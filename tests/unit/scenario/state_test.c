// SPDX-License-Identifier: GPL-2.0-only
/* What the state does at its edges: phases that run out, workers nobody collected. */
#include "scenario/state.h"

#include "unit/scenario/scenario.h"

static struct fake_env f;
static struct kt_state s;

static void setup(void)
{
	static const struct kt_plan plan = {.duration_ms = 1000};
	fake_env_init(&f);
	kt_state_init(&s, &plan, &f.env);
}

static void done(void)
{
	kt_state_done(&s);
	fake_env_done(&f);
}

TestSuite(state, .init = setup, .fini = done);

static const struct ktstr_work work = {.kind = KTSTR_WORK_spin_wait};

Test(state, phases_beyond_the_last_number_are_counted_as_lost)
{
	s.phase = UINT16_MAX;
	kt_state_next_phase(&s);
	cr_assert_eq(s.phase, UINT16_MAX);
	expect_lines(&f, "loss phase", "loss phase_saturated 1\nphase 65535 at 0\n");
}

Test(state, the_end_of_one_lifetime_leaves_the_other_alone)
{
	const struct kt_plan_cgroup local = {.name = "local"}, lasting = {.name = "lasting"};
	s.persistent = true;
	cr_assert_eq(kt_state_make_cgroup(&s, &lasting, NULL), 0);
	cr_assert_eq(kt_state_start_group(&s, "lasting", &work, NULL), 0);
	s.persistent = false;
	cr_assert_eq(kt_state_make_cgroup(&s, &local, NULL), 0);
	cr_assert_eq(kt_state_start_group(&s, "lasting", &work, NULL), 0);
	kt_state_end_lifetime(&s, false, "the end of step 0");
	expect_lines(&f, "stop remove", "stop w2\nremove local\n");
	kt_state_end_lifetime(&s, true, "the end of the scenario");
	expect_lines(&f, "stop remove", "stop w2\nremove local\nstop w1\nremove lasting\n");
}

Test(state, workers_that_nobody_collected_are_killed)
{
	cr_assert_eq(kt_state_start_group(&s, "", &work, NULL), 0);
	kt_state_done(&s);
	expect_lines(&f, "stop free", "free w1\n");
}

Test(state, an_empty_lifetime_ends_without_a_stop)
{
	kt_state_end_lifetime(&s, false, "the end of step 0");
	expect_lines(&f, "stop", "");
}
