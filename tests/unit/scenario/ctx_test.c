// SPDX-License-Identifier: GPL-2.0-only
/* The calls of a body: what they make, what they record, what lasts and what does not. */
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(ctx, .init = setup, .fini = done);

static void run_body(void (*body)(struct ktstr_ctx *ctx))
{
	const struct ktstr_test t = TEST_OF(.body = body);
	run_in(&f, &t);
}

static void steps_over_persistent(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup base = CGROUP("base", .cpuset = CPUS_LLC(0));
	const struct ktstr_step *steps =
		STEPS(STEP(HOLD_MS(100), .ops = OPS(OP(spawn, .cgroup = "base")),
			      .cgroups = CGROUPS(CGROUP("local"))),
			STEP(HOLD_MS(100),
				.ops = OPS(OP(set_cpuset, .cgroup = "base", .cpus = CPUS_LLC(1)))));
	cr_assert_eq(ktstr_run_cgroup(ctx, &base), 0);
	cr_assert_eq(ktstr_run_steps(ctx, steps), 0);
	ktstr_hold_ms(ctx, 50);
}

Test(ctx, steps_of_a_body_see_its_cgroups_and_take_down_only_their_own)
{
	run_body(steps_over_persistent);
	expect_lines(&f, "phase add start cpuset hold stop remove",
		"phase 1 at 0\n"
		"add base\ncpuset base 0-3\nstart w1\n"
		"phase 2 at 0\n"
		"start w2\nadd local\nstart w3\nhold 100\n"
		"stop w2 w3\nremove local\n"
		"phase 3 at 100\n"
		"cpuset base 4-7\nhold 100\n"
		"hold 50\n"
		"stop w1\nremove base\n");
}

static void move_into_persistent(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "base");
	ktstr_run_steps(ctx,
		STEPS(STEP(HOLD_MS(1),
			.ops = OPS(OP(add_cgroup, .name = "local"), OP(spawn, .cgroup = "local"),
				OP(move_all_tasks, .from = "local", .to = "base")))));
	ktstr_hold_ms(ctx, 10);
}

Test(ctx, workers_moved_into_a_persistent_cgroup_become_persistent)
{
	run_body(move_into_persistent);
	expect_lines(&f, "hold stop remove result",
		"hold 1\nremove local\nhold 10\nstop w1\nresult 'base' group=0 index=0 "
		"phase=2\nremove "
		"base\n");
}

static void move_out_of_persistent(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "base");
	DO(ctx, spawn, .cgroup = "base");
	cr_assert_eq(ktstr_run_steps(ctx,
			     STEPS(STEP(HOLD_MS(1),
				     .ops = OPS(OP(add_cgroup, .name = "local"),
					     OP(move_all_tasks, .from = "base", .to = "local"))))),
		-EINVAL);
}

Test(ctx, workers_of_the_body_cannot_move_into_a_step)
{
	run_body(move_out_of_persistent);
	expect_lines(&f, "add", "add base\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"),
		"fail 1 step the list of steps of the body failed: step 0: op 1 (move_all_tasks)"));
}

static void collide(struct ktstr_ctx *ctx)
{
	cr_assert_eq(DO(ctx, add_cgroup, .name = "a"), 0);
	cr_assert_eq(DO(ctx, add_cgroup, .name = "a"), -EINVAL);
	cr_assert_eq(DO(ctx, spawn, .cgroup = "b"), -EINVAL);
	cr_assert_eq(DO(ctx, set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(7)), -EINVAL);
}

Test(ctx, a_wrong_op_is_recorded_and_the_body_goes_on)
{
	run_body(collide);
	expect_lines(&f, "add spawn cpuset remove", "add a\nremove a\n");
	const char *failed = fake_env_lines(&f, "fail");
	cr_assert_not_null(
		strstr(failed, "fail 1 op op add_cgroup of the body failed: cgroup 'a' exists"));
	cr_assert_not_null(strstr(failed,
		"fail 1 op op spawn of the body failed: cgroup 'b' is not known; known: a"));
	cr_assert_not_null(
		strstr(failed, "fail 1 op op set_cpuset of the body failed: CPUs of LLC 7"));
}

static void wrong_cgroup(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup nested = CGROUP("a/b");
	cr_assert_eq(ktstr_run_cgroup(ctx, &nested), -EINVAL);
}

Test(ctx, a_wrong_cgroup_is_recorded)
{
	run_body(wrong_cgroup);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "its parent 'a' is not known"));
}

static void failing_step(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "base");
	cr_assert_eq(ktstr_run_steps(ctx, STEPS(STEP(HOLD_MS(1), .cgroups = CGROUPS(CGROUP("x"))),
						  STEP(HOLD_MS(1)))),
		-EIO);
	cr_assert_eq(DO(ctx, add_cgroup, .name = "x"), 0);
}

Test(ctx, after_a_failing_step_the_body_goes_on_with_a_clean_state)
{
	f.fail_on = "spawn w1";
	run_body(failing_step);
	expect_lines(&f, "add remove phase",
		"phase 1 at 0\nadd base\nphase 2 at 0\nadd x\nremove x\nadd x\nremove x\nremove "
		"base\n");
}

static void look(struct ktstr_ctx *ctx)
{
	struct ktstr_topology topology = ktstr_topology(ctx);
	cr_assert_eq(topology.nodes, 1);
	cr_assert_eq(topology.llcs, 2);
	cr_assert_eq(topology.cores, 4);
	cr_assert_eq(topology.threads, 1);
	cr_assert_eq(ktstr_duration_ms(ctx), 1000);
	cr_assert_eq(ktstr_remaining_ms(ctx), 1000);
	ktstr_hold_ms(ctx, 300);
	cr_assert_eq(ktstr_remaining_ms(ctx), 700);
	ktstr_hold_ms(ctx, 9999);
	cr_assert_eq(ktstr_remaining_ms(ctx), 0);
	ktstr_hold_ms(ctx, 1);
}

Test(ctx, a_body_sees_machine_and_time_and_its_holds_are_cut)
{
	run_body(look);
	expect_lines(&f, "hold", "hold 300\nhold 700\n");
}

static void count(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "a");
	cr_assert_eq(ktstr_iterations(ctx, "a"), 0);
	DO(ctx, spawn, .cgroup = "a");
	DO(ctx, spawn, .cgroup = "a");
	DO(ctx, spawn, .in_runner = true);
	cr_assert_eq(ktstr_iterations(ctx, "a"), 14);
	cr_assert_eq(ktstr_iterations(ctx, ""), 7);
	cr_assert_eq(ktstr_iterations(ctx, "unknown"), 0);
}

Test(ctx, iterations_are_those_of_the_cgroup)
{
	f.iterations = 7;
	run_body(count);
}

static void speak(struct ktstr_ctx *ctx)
{
	ktstr_note(ctx, "seen %d", 1);
	ktstr_fail(ctx, "%s%%", "5");
}

Test(ctx, a_body_can_fail_and_note)
{
	run_body(speak);
	expect_lines(&f, "note fail", "note 1 test seen 1\nfail 1 test 5%\n");
}

static void skip(struct ktstr_ctx *ctx)
{
	ktstr_skip(ctx, "no %s here", "widget");
}

Test(ctx, a_body_can_say_that_it_cannot_run_here)
{
	run_body(skip);
	expect_lines(&f, "note", "note 1 skip no widget here\n");
}

static void remove_lasting(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "base");
	ktstr_run_steps(
		ctx, STEPS(STEP(HOLD_MS(1), .ops = OPS(OP(remove_cgroup, .cgroup = "base")))));
}

Test(ctx, a_step_that_removes_a_cgroup_of_the_body_is_noted)
{
	run_body(remove_lasting);
	expect_lines(&f, "remove note",
		"remove base\n"
		"note 2 op op 0 (remove_cgroup) of step 0 removed cgroup 'base', made by op "
		"add_cgroup "
		"of the body for the whole scenario\n");
}

static void settle(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "a");
	cr_assert_eq(ktstr_phase(ctx), 1);
	cr_assert_eq(ktstr_settled_hold_ms(ctx, 100, 200), 0);
	cr_assert_eq(ktstr_phase(ctx), 2);
}

Test(ctx, a_settled_hold_measures_in_a_phase_of_its_own)
{
	run_body(settle);
	expect_lines(&f, "hold phase stimulus mark",
		"mark start 0 at 0\nphase 1 at 0\n"
		"hold 100\nphase 2 at 100\n"
		"stimulus phase=2 at=100 ops=1 mask=0x1 cgroups=1 groups=0 iterations=0\n"
		"mark resume 2 at 100\nhold 200\nmark pause 2 at 300\n"
		"stimulus phase=2 at=300 ops=1 mask=0x1 cgroups=1 groups=0 iterations=0\n"
		"mark end 2 at 300\n");
}

static void count_cpus(struct ktstr_ctx *ctx)
{
	unsigned cpus[3] = {99, 99, 99};
	cr_assert_eq(ktstr_cpus(ctx, (struct ktstr_cpus)CPUS_LLC(1), cpus, 2), 4);
	cr_assert_eq(cpus[0], 4);
	cr_assert_eq(cpus[1], 5);
	cr_assert_eq(cpus[2], 99);
	cr_assert_eq(ktstr_cpus(ctx, (struct ktstr_cpus)CPUS_RANGE(0, 1), NULL, 0), 7);
	cr_assert_lt(ktstr_cpus(ctx, (struct ktstr_cpus)CPUS_LLC(2), cpus, 2), 0);
}

Test(ctx, a_body_learns_the_cpus_of_a_spec)
{
	run_body(count_cpus);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "ktstr_cpus() failed"));
}

static void look_at_pids(struct ktstr_ctx *ctx)
{
	pid_t pids[8] = {0};
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait, .workers = 2)));
	DO(ctx, spawn, .in_runner = true);
	DO(ctx, spawn, .cgroup = "a");
	cr_assert_eq(ktstr_pids(ctx, "a", pids, 2), 3);
	cr_assert_eq(pids[1], 101);
	cr_assert_eq(pids[2], 0);
	cr_assert_eq(ktstr_pids(ctx, "a", pids, 8), 3);
	cr_assert_eq(pids[2], 300);
	cr_assert_eq(ktstr_pids(ctx, NULL, pids, 8), 1);
	cr_assert_eq(pids[0], 200);
	cr_assert_eq(ktstr_scheduler_pid(ctx), 0);
}

Test(ctx, a_body_learns_the_pids_of_a_cgroup)
{
	run_body(look_at_pids);
	expect_lines(&f, "fail", "");
}

static void look_at_captures(struct ktstr_ctx *ctx)
{
	pid_t pids[2] = {0};
	DO(ctx, add_cgroup, .name = "a");
	cr_assert_eq(ktstr_captured_procs(ctx, "t", pids, 2), -ENOENT);
	DO(ctx, capture_cgroup_procs, .tag = "t", .cgroup = "a");
	cr_assert_eq(ktstr_captured_procs(ctx, "t", pids, 1), 2);
	cr_assert_eq(pids[0], 7);
	cr_assert_eq(pids[1], 0);
	cr_assert_eq(ktstr_captured_procs(ctx, "t", pids, 2), 2);
	cr_assert_eq(pids[1], 8);
}

Test(ctx, a_body_reads_what_an_op_has_captured)
{
	run_body(look_at_captures);
	expect_lines(&f, "fail",
		"fail 1 test a call of ktstr_captured_procs() failed: nothing was captured under "
		"the tag 't' (fix: apply the op capture_cgroup_procs with it before)\n");
}

static void look_at_misspelt(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "left");
	DO(ctx, add_cgroup, .name = "gone");
	DO(ctx, remove_cgroup, .cgroup = "gone");
	cr_assert_eq(ktstr_iterations(ctx, "left"), 0);
	cr_assert_eq(ktstr_iterations(ctx, "gone"), 0);
	cr_assert_eq(ktstr_iterations(ctx, "lefft"), 0);
	cr_assert_eq(ktstr_pids(ctx, "lefft", NULL, 0), 0);
}

Test(ctx, a_cgroup_that_never_was_is_not_one_without_workers)
{
	run_body(look_at_misspelt);
	expect_lines(&f, "fail",
		"fail 1 test a call of ktstr_iterations(): cgroup 'lefft' was never made; known: "
		"left (fix: name a cgroup of the body or of the backdrop)\n"
		"fail 1 test a call of ktstr_pids(): cgroup 'lefft' was never made; known: left "
		"(fix: name a cgroup of the body or of the backdrop)\n");
}
