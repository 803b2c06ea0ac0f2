// SPDX-License-Identifier: GPL-2.0-only
/* The rules of a verdict, one spoiled outcome each. */
#include "report/judge.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "unit/report/sample.h"

static struct ktstr_test test;
static struct kt_outcome o;
static struct kt_verdict v;

static void setup(void)
{
	test = sample_plain;
	v = (struct kt_verdict){.kind = KT_VERDICT_SKIP};
	sample_init(&o, &test);
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

static const char *text_of(const char *name)
{
	const struct kt_verdict_detail *d = sample_find(&v, name);

	return d ? d->text : "(no such detail)";
}

static void console(const char *text)
{
	kt_outcome_add_console(&o, text, strlen(text));
}

TestSuite(judge, .init = setup, .fini = done);

Test(judge, a_run_to_the_end_without_checks_passes)
{
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS, "%s", v.details.count ? v.details.items[0].text : "");
	cr_assert_eq(v.details.count, 0);
}

Test(judge, what_nobody_ran_is_an_error)
{
	struct kt_outcome none;

	kt_outcome_init(&none, &test);
	kt_verdict_judge(&none, &v);
	cr_assert_eq(v.kind, KT_VERDICT_ERROR);
	kt_outcome_done(&none);
}

Test(judge, a_skip_says_its_reason)
{
	kt_outcome_set_end(&o, KT_END_SKIPPED, KT_STAGE_PLAN, "use a larger host", "too small");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_SKIP);
	cr_assert_str_eq(text_of("skip"), "too small");
}

Test(judge, a_harness_error_keeps_text_and_remedy)
{
	struct kt_err err = {0};

	kt_fail(&err, EIO, "check KVM", "KVM went away");
	kt_outcome_set_error(&o, KT_STAGE_VM, &err);
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_ERROR);
	cr_assert_str_eq(v.details.items[0].text, "KVM went away");
	cr_assert_str_eq(v.details.items[0].fix, "check KVM");
	cr_assert_str_eq(v.details.items[0].where, "machine");
}

Test(judge, an_interrupted_run_is_no_verdict_on_the_kernel)
{
	o.finished = false;
	kt_outcome_set_end(&o, KT_END_INTERRUPTED, KT_STAGE_SCENARIO, "", "SIGINT");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_ERROR);
	cr_assert_not_null(strstr(text_of("harness"), "interrupted during scenario"));
}

Test(judge, another_topology_than_asked_is_an_error_that_prints_both)
{
	snprintf(o.topo_seen, sizeof(o.topo_seen), "1n1l2c1t");
	snprintf(o.topo_difference, sizeof(o.topo_difference), "1 LLC instead of 2");
	kt_outcome_add_detail(&o, 0, true, KT_DETAIL_HARNESS, "the machine is not as asked");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_ERROR);
	cr_assert_eq(v.details.count, 1);
	cr_assert_not_null(strstr(text_of("topology"), "asked: 1n2l2c1t"));
	cr_assert_not_null(strstr(text_of("topology"), "seen: 1n1l2c1t"));
}

Test(judge, a_topology_nobody_saw_is_undecided)
{
	o.topo_seen[0] = '\0';
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(judge, a_panic_fails_and_names_the_line)
{
	o.finished = false;
	console("[    9.000000] Kernel panic - not syncing: Attempted to kill init!\n");
	kt_outcome_set_end(&o, KT_END_PANIC, KT_STAGE_SCENARIO, "", "panic");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(text_of("panic"),
		"the kernel panicked during scenario: Kernel panic - not "
		"syncing: Attempted to kill init!");
	cr_assert_eq(sample_count(&v, "complaint"), 0);
}

Test(judge, a_panic_cannot_be_allowed)
{
	static const char *const all[] = {"*", NULL};

	test.allow_complaints = all;
	console("Kernel panic - not syncing: x\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, a_shutdown_without_a_word_fails)
{
	o.finished = false;
	kt_outcome_set_end(&o, KT_END_SHUTDOWN, KT_STAGE_BOOT, "", "triple fault on CPU 0");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(text_of("shutdown"),
		"the machine shut down during boot without a word: triple fault on CPU 0");
}

Test(judge, a_deadline_fails_and_names_the_stage)
{
	o.finished = false;
	o.stage_ms[KT_STAGE_BOOT] = 30000;
	kt_outcome_set_end(&o, KT_END_DEADLINE, KT_STAGE_BOOT, "", "%s", "");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(text_of("deadline"), "boot was not over after 30.0 s");
}

Test(judge, a_deadline_on_a_starved_host_is_undecided)
{
	o.finished = false;
	o.workers.count = 0;
	o.stage_ms[KT_STAGE_BOOT] = 30000;
	sample_host(&o, 15000);
	kt_outcome_set_end(&o, KT_END_DEADLINE, KT_STAGE_BOOT, "", "%s", "");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(judge, a_crash_of_the_body_fails_with_its_signal)
{
	o.crash.seen = true;
	o.crash.signal = SIGSEGV;
	o.crash.phase = 1;
	snprintf(o.crash.text, sizeof(o.crash.text), "in step 0");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(
		text_of("crash"), "the test's own process was killed by SIGSEGV: in step 0");
}

Test(judge, an_exit_of_the_body_fails_with_its_status)
{
	o.crash.seen = true;
	o.crash.exit_status = 3;
	kt_verdict_judge(&o, &v);
	cr_assert_str_eq(text_of("crash"), "the test's own process exited with 3");
}

Test(judge, failing_details_fail_and_notes_do_not)
{
	kt_outcome_add_detail(&o, 1, false, "note", "just saying");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	kt_outcome_add_detail(&o, 1, true, "op", "no such cgroup");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(text_of("op"), "no such cgroup");
	cr_assert_eq(sample_find(&v, "op")->phase, 1);
}

Test(judge, the_remedy_inside_a_guests_text_becomes_the_details_own)
{
	kt_outcome_add_detail(&o, 1, true, "step", "step 0 failed: EPERM (1) (fix: be root (0))");
	kt_verdict_judge(&o, &v);
	cr_assert_str_eq(text_of("step"), "step 0 failed: EPERM (1)");
	cr_assert_str_eq(sample_find(&v, "step")->fix, "be root (0)");
}

Test(judge, failures_of_the_harness_in_the_guest_are_errors)
{
	kt_outcome_add_detail(&o, 0, true, KT_DETAIL_HARNESS, "cgroup2 cannot be mounted");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_ERROR);
}

Test(judge, a_dead_worker_fails_even_without_checks)
{
	struct kt_work_result *r = &o.workers.items[2];

	r->completed = false;
	snprintf(r->exit_text, sizeof(r->exit_text), "killed by SIGSEGV");
	kt_loss_add(&o.loss, KT_LOSS_worker_report, 1);
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	cr_assert_str_eq(text_of("worker"), "worker 1 of right was killed by SIGSEGV");
}

Test(judge, a_late_worker_is_undecided)
{
	struct kt_work_result *r = &o.workers.items[2];

	r->completed = false;
	snprintf(r->exit_text, sizeof(r->exit_text), "timed out");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(text_of("worker"), "did not report (timed out)"));
}

Test(judge, workers_that_were_never_picked_at_all_fail_the_test)
{
	test.checks.not_starved = true;
	kt_vec_each(r, &o.workers) {
		r->completed = false;
		r->work_units = r->iterations = 0;
		r->gap_ns = r->wall_ns;
		snprintf(r->exit_text, sizeof(r->exit_text), KT_WORK_TIMED_OUT);
		kt_loss_add(&o.loss, KT_LOSS_worker_report, 1);
	}
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(sample_count(&v, "not_starved"), SAMPLE_WORKERS);
	cr_assert_eq(sample_count(&v, "max_gap_ms"), SAMPLE_WORKERS);
	cr_assert_eq(sample_count(&v, "worker"), 0, "the checks say more");
}

Test(judge, a_late_worker_that_no_check_blames_is_undecided)
{
	struct kt_work_result *r = &o.workers.items[2];

	test.checks.not_starved = true;
	r->completed = false;
	snprintf(r->exit_text, sizeof(r->exit_text), KT_WORK_TIMED_OUT);
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_str_eq(text_of("worker"), "worker 1 of right did not report (timed out), so "
					    "only its live counters are known");
}

Test(judge, a_complaint_fails_unless_it_is_allowed)
{
	static const char *const allow[] = {"WARNING: * at kernel/foo.c*", NULL};

	console("Linux version 6\nWARNING: CPU: 0 PID: 1 at kernel/foo.c:3 bar\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(sample_find(&v, "complaint")->where, "console line 2");
	kt_verdict_done(&v);
	test.allow_complaints = allow;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(judge, a_stall_on_a_starved_host_is_undecided_but_a_bug_never)
{
	sample_host(&o, 12000);
	console("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [spin:71]\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	kt_verdict_done(&v);
	console("BUG: scheduling while atomic: spin/71/0x2\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, a_stall_on_an_idle_host_fails)
{
	sample_host(&o, 200);
	console("rcu: INFO: rcu_preempt self-detected stall on CPU\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, a_reset_before_the_end_fails_and_says_how_far_it_got)
{
	o.finished = o.ready = o.hello = false;
	o.workers.count = 0;
	o.end_stage = KT_STAGE_BOOT;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(text_of("unfinished"), "the guest restarted during boot, before the "
						"harness's own process started in it");
	kt_verdict_done(&v);
	o.hello = true;
	kt_verdict_judge(&o, &v);
	cr_assert_not_null(strstr(text_of("unfinished"), "before it was ready"));
}

Test(judge, a_reset_that_a_failure_explains_is_not_told_twice)
{
	o.finished = false;
	o.crash.seen = true;
	o.crash.signal = SIGABRT;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(sample_count(&v, "unfinished"), 0);
}

Test(judge, a_grave_loss_takes_the_pass_away_but_not_the_failure)
{
	kt_loss_add(&o.loss, KT_LOSS_frame_gap, 2);
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_str_eq(
		text_of("frame_gap"), "frames from the guest are missing in the sequence (2)");
	kt_verdict_done(&v);
	o.crash.seen = true;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, a_loss_that_is_only_a_note_changes_nothing)
{
	kt_loss_add(&o.loss, KT_LOSS_console_cut, 1);
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(judge, the_same_run_with_a_tighter_limit_fails)
{
	test.checks.max_gap_ms = 12;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	test.checks.max_gap_ms = 11;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, checks_without_workers_are_never_a_pass)
{
	test.checks.isolation = true;
	o.workers.count = 0;
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(judge, workers_of_a_run_that_died_are_still_judged)
{
	o.finished = false;
	test.checks.max_gap_ms = 5;
	kt_outcome_set_end(&o, KT_END_PANIC, KT_STAGE_SCENARIO, "", "Kernel panic");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(sample_count(&v, "panic"), 1);
	cr_assert_eq(sample_count(&v, "max_gap_ms"), SAMPLE_WORKERS);
}

/* All that a guest may send, each worker bad in every way and a work of its own. */
Test(judge, the_worst_that_a_guest_can_send_is_judged_at_once, .timeout = 60)
{
	struct kt_outcome_delay_sample delay = {.vcpu_max_ns = KT_NS_PER_MS};

	test.checks = (struct ktstr_checks){
		.not_starved = true, .isolation = true, .min_iteration_rate = 1000000};
	sample_host(&o, 10);
	for (unsigned i = 0; i < KT_OUTCOME_DELAYS_MAX; i++) {
		delay.at_ms = 100 * i;
		kt_outcome_add_delay(&o, &delay);
	}
	for (unsigned i = 0; i < KT_OUTCOME_PHASES_MAX; i++) {
		struct kt_stimulus s = {.phase = (uint16_t)i};
		kt_outcome_add_phase(&o, (uint16_t)i, i);
		kt_outcome_add_stimulus(&o, &s);
	}
	while (o.workers.count < KT_OUTCOME_WORKERS_MAX)
		sample_worker(&o, "a name that is long until its very last letter", 0);
	unsigned i = 0;
	kt_vec_each(r, &o.workers) {
		r->phase = r->group = (uint16_t)i++;
		r->completed = i % 2;
		snprintf(r->exit_text, sizeof(r->exit_text), KT_WORK_TIMED_OUT);
		r->work_units = 0;
		r->outside = 1;
		r->gap_ns = r->gap_at_ns = r->wall_ns;
	}
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, KT_VERDICT_MAX);
	cr_assert_gt(v.more, KT_OUTCOME_WORKERS_MAX);
}

Test(judge, a_test_that_skips_itself_is_skipped_without_checks)
{
	test.checks.not_starved = true;
	o.finished = true;
	kt_outcome_add_detail(&o, 1, false, KT_ENV_SKIP, "no widget here");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_SKIP);
	cr_assert_str_eq(text_of("skip"), "no widget here");
}

Test(judge, a_failure_counts_more_than_a_skip)
{
	kt_outcome_add_detail(&o, 1, false, KT_ENV_SKIP, "no widget here");
	kt_outcome_add_detail(&o, 1, true, "test", "but it broke");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(judge, a_body_that_was_killed_for_its_memory_gets_the_remedy_for_that)
{
	o.crash.seen = true;
	o.crash.signal = SIGKILL;
	console("[    1.000000] Out of memory: Killed process 37 (init) total-vm:1kB\n");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_not_null(strstr(sample_find(&v, "crash")->fix, "--memory"));
	cr_assert_not_null(strstr(sample_find(&v, "complaint")->fix, "--memory"));
}

Test(judge, a_kind_of_detail_may_have_the_remedy_that_the_text_lacks)
{
	kt_outcome_add_detail(&o, 1, true, "stall", "pid 7 was not scheduled for 5 s");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].name, "stall");
	cr_assert_not_null(strstr(v.details.items[0].fix, "its stack in the text"));
}

static void claim(enum ktstr_verdict verdict, bool counts, const char *text)
{
	struct kt_claim c = {.phase = 1,
		.verdict = verdict,
		.counts = counts,
		.has_value = true,
		.value = 2,
		.bound = 3,
		.label = "two",
		.text = text};
	kt_outcome_add_claim(&o, &c);
}

Test(judge, a_claim_that_fails_fails_the_test_with_its_values)
{
	claim(KTSTR_VERDICT_PASS, true, "two is 2, which is above 1");
	claim(KTSTR_VERDICT_FAIL, true, "two is 2, not above 3");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	cr_assert_str_eq(text_of("claim"), "two is 2, not above 3");
	cr_assert_str_eq(v.details.items[0].where, "two");
	cr_assert(v.details.items[0].has_value);
	cr_assert_eq(v.details.items[0].value, 2);
	cr_assert_eq(v.details.items[0].bound, 3);
	cr_assert_eq(v.details.items[0].phase, 1);
	cr_assert_neq(v.details.items[0].fix[0], '\0');
}

Test(judge, a_claim_that_is_undecided_leaves_the_test_undecided)
{
	claim(KTSTR_VERDICT_INCONCLUSIVE, true, "who knows");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(judge, a_part_of_a_claim_does_not_count_itself)
{
	claim(KTSTR_VERDICT_FAIL, false, "two is 2, not above 3");
	claim(KTSTR_VERDICT_PASS, true, "any: of 2 claims 1 holds");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(judge, a_claim_that_fails_is_not_skipped)
{
	kt_outcome_add_detail(&o, 1, false, KT_ENV_SKIP, "no widget here");
	claim(KTSTR_VERDICT_FAIL, true, "two is 2, not above 3");
	kt_verdict_judge(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}
