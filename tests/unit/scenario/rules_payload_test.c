// SPDX-License-Identifier: GPL-2.0-only
/* What the plan refuses about payloads, before anything boots. */
#include "unit/scenario/scenario.h"

PAYLOAD(bench, .program = "bench");
PAYLOAD(picky, .program = "picky", .known_flags = FLAGS("runtime", "cpu"));
PAYLOAD(scheduler, .program = "scx_simple", .kind = KTSTR_PAYLOAD_SCHEDULER);

#define ONE_STEP(...) TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(__VA_ARGS__))))
#define RUN_IN(c)     OP(run_payload, .payload = &bench, .cgroup = c)

static void expect_accepted(const struct ktstr_test *t)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(t);
	cr_assert_not_null(plan);
}

Test(rules_payload, the_same_name_in_the_same_cgroup_says_who_started_the_first)
{
	const struct ktstr_test ops =
		ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"), RUN_IN("a"));
	expect_refused(&ops,
		"op 2 (run_payload): payload 'bench' runs in cgroup 'a' already: it was started by "
		"op 1 (run_payload) of step 0",
		"wait for that one or kill it first");
	const struct ktstr_test def =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100), .ops = OPS(RUN_IN("a")),
				.cgroups = CGROUPS(CGROUP("a", .payload = &bench)))));
	expect_refused(&def,
		"payload 'bench' runs in cgroup 'a' already: it was started by the cgroups of step "
		"0",
		"another cgroup");
	const struct ktstr_test alone = ONE_STEP(RUN_IN(NULL), RUN_IN(NULL));
	expect_refused(
		&alone, "payload 'bench' runs in the cgroup of the harness already", ".name");
}

Test(rules_payload, the_same_name_in_another_cgroup_or_afterwards_is_fine)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup, .name = "a"), OP(add_cgroup, .name = "b"), RUN_IN("a"),
			RUN_IN("b"), RUN_IN(NULL), OP(wait_payload, .name = "bench", .cgroup = "a"),
			RUN_IN("a"), OP(remove_cgroup, .cgroup = "b"), OP(add_cgroup, .name = "b"),
			RUN_IN("b"), OP(stop_cgroup, .cgroup = "b"), RUN_IN("b"));
	expect_accepted(&t);
}

Test(rules_payload, a_loop_that_starts_one_in_every_round_is_refused)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100), .ops = OPS(RUN_IN(NULL)))));
	expect_refused(&t, "in its second round: op 0 (run_payload): payload 'bench' runs in",
		"undo the op in the same loop");
}

Test(rules_payload, whoever_waits_or_kills_needs_one_that_runs)
{
	const struct ktstr_test none = ONE_STEP(RUN_IN(NULL), OP(wait_payload, .name = "other"));
	expect_refused(&none,
		"wait_payload: no payload 'other' runs; running: bench in the cgroup of the "
		"harness",
		"start it first, with the op run_payload or as .payload of a cgroup");
	const struct ktstr_test elsewhere = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN(NULL),
		OP(kill_payload, .name = "bench", .cgroup = "a"));
	expect_refused(
		&elsewhere, "kill_payload: no payload 'bench' runs in cgroup 'a'", "start it");
	const struct ktstr_test not_here = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"),
		OP(kill_payload, .name = "bench", .in_runner = true));
	expect_refused(
		&not_here, "no payload 'bench' runs in the cgroup of the harness", "start it");
}

Test(rules_payload, one_that_was_waited_for_is_consumed)
{
	const struct ktstr_test t = ONE_STEP(
		RUN_IN(NULL), OP(wait_payload, .name = "bench"), OP(kill_payload, .name = "bench"));
	expect_refused(&t,
		"kill_payload: payload 'bench' is over: it was started by op 0 (run_payload) of "
		"step "
		"0 and ended by op 1 (wait_payload) of step 0",
		"to use it again start it again");
}

Test(rules_payload, one_that_ended_with_its_step_is_over)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_MS(1), .ops = OPS(RUN_IN(NULL))),
				STEP(HOLD_MS(1), .ops = OPS(OP(wait_payload, .name = "bench")))));
	expect_refused(&t, "ended by the end of step 0", "start it again");
}

Test(rules_payload, a_name_alone_must_not_be_ambiguous)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"), RUN_IN(NULL),
		OP(wait_payload, .name = "bench"));
	expect_refused(&t,
		"wait_payload: 2 payloads 'bench' run, in cgroup 'a', the cgroup of the harness",
		".cgroup = \"name\", or .in_runner = true");
}

Test(rules_payload, a_name_is_unique_again_when_the_others_are_over)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"), RUN_IN(NULL),
		OP(kill_payload, .name = "bench", .cgroup = "a"),
		OP(wait_payload, .name = "bench"));
	expect_accepted(&t);
}

Test(rules_payload, the_backdrops_is_found_from_every_step)
{
	const struct ktstr_test t = TEST_OF(.backdrop = {.payloads = PAYLOADS(&bench)},
		.steps = STEPS(STEP(HOLD_MS(1)),
			STEP(HOLD_MS(1), .ops = OPS(OP(kill_payload, .name = "bench"))),
			STEP(HOLD_MS(1), .ops = OPS(RUN_IN(NULL)))));
	expect_accepted(&t);
}

Test(rules_payload, its_cgroup_must_be_known)
{
	const struct ktstr_test t = ONE_STEP(RUN_IN("nowhere"));
	expect_refused(&t, "op 0 (run_payload): cgroup 'nowhere' is not known", "make it first");
}

Test(rules_payload, fields_that_are_missing_or_exclude_each_other_are_named)
{
	const struct ktstr_test no_payload = ONE_STEP(OP(run_payload, .cgroup = NULL));
	expect_refused(&no_payload, "its field payload of op run_payload is not set", ".payload");
	const struct ktstr_test no_name = ONE_STEP(OP(wait_payload, .cgroup = NULL));
	expect_refused(&no_name, "its field name of op wait_payload is not set", ".name");
	const struct ktstr_test both = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"),
		OP(kill_payload, .name = "bench", .cgroup = "a", .in_runner = true));
	expect_refused(&both, "cgroup 'a' and the cgroup of the harness cannot both be meant",
		"leave one");
}

Test(rules_payload, a_scheduler_is_refused_wherever_it_stands)
{
	const char *text =
		"'scx_simple' is a scheduler, and no step, cgroup or backdrop can run one";
	const struct ktstr_test op = ONE_STEP(OP(run_payload, .payload = &scheduler));
	expect_refused(&op, text, "starts no schedulers");
	const struct ktstr_test def =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a", .payload = &scheduler)))));
	expect_refused(&def, text, "starts no schedulers");
	const struct ktstr_test listed = TEST_OF(.backdrop = {.payloads = PAYLOADS(&scheduler)},
		.steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&listed, text, "starts no schedulers");
	const struct ktstr_test raw =
		TEST_OF(.backdrop = {.ops = OPS(OP(run_payload, .payload = &scheduler))},
			.steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&raw, text, "starts no schedulers");
}

Test(rules_payload, options_that_a_payload_does_not_know_are_refused)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &picky, .args = ARGS("--runtme=5")));
	expect_refused(&t, "payload 'picky' does not know the option --runtme",
		"did you mean '--runtime'");
	const struct ktstr_test fine = ONE_STEP(OP(run_payload, .payload = &picky,
		.args = ARGS("--runtime=5", "--cpu", "-x", "--", "file")));
	expect_accepted(&fine);
}

Test(rules_payload, a_payload_counts_where_only_innermost_cgroups_hold_tasks)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "a/b"), OP(set_cpuset, .cgroup = "a/b", .cpus = CPUS_LLC(0)),
		RUN_IN("a"), OP(spawn, .cgroup = "a/b"));
	expect_refused(
		&t, "cgroup 'a' and cgroup 'a/b' nested in it would both hold workers", "'a/own'");
}

Test(rules_payload, nothing_starts_or_is_waited_for_where_all_is_frozen)
{
	const struct ktstr_test run = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "a/b"), OP(freeze_cgroup, .cgroup = "a"), RUN_IN("a/b"));
	expect_refused(&run, "payload 'bench' cannot start in cgroup 'a/b': cgroup 'a' is frozen",
		"unfreeze_cgroup");
	const struct ktstr_test def =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(add_cgroup, .name = "a"),
					OP(freeze_cgroup, .cgroup = "a")),
				.cgroups = CGROUPS(CGROUP("a/b", .payload = &bench)))));
	expect_refused(&def, "payload 'bench' cannot start in cgroup 'a/b'", "unfreeze_cgroup");
	const struct ktstr_test wait = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"),
		OP(freeze_cgroup, .cgroup = "a"), OP(wait_payload, .name = "bench"));
	expect_refused(
		&wait, "payload 'bench' would never end: cgroup 'a' is frozen", "kill the payload");
	const struct ktstr_test fine = ONE_STEP(OP(add_cgroup, .name = "a"), RUN_IN("a"),
		OP(freeze_cgroup, .cgroup = "a"), OP(kill_payload, .name = "bench"),
		OP(unfreeze_cgroup, .cgroup = "a"), RUN_IN("a"), OP(wait_payload, .name = "bench"));
	expect_accepted(&fine);
}
