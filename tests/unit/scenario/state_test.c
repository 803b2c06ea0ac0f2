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

Test(state, a_worker_s_own_numbers_are_told_after_it)
{
	f.metric = (struct kt_work_metric){"loops", "1/s", 2.5};
	s.phase = 3;
	cr_assert_eq(kt_state_start_group(&s, "", &work, NULL), 0);
	kt_state_end_lifetime(&s, false, "the end");
	expect_lines(&f, "result metric",
		"result '' group=0 index=0 phase=3\n"
		"metric '' spin_wait loops=2.5 unit=1/s unknown phase=3\n");
}

Test(state, a_count_that_does_not_fit_a_stimulus_is_cut_and_counted)
{
	const struct kt_done many = {.ops = UINT16_MAX + 1u, .op_mask = 3};
	kt_state_send_stimulus(&s, &many);
	expect_lines(&f, "loss stimulus",
		"loss stimulus_saturated 1\n"
		"stimulus phase=0 at=0 ops=65535 mask=0x3 cgroups=0 groups=0 iterations=0\n");
}
