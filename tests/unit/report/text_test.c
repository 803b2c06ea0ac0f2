// SPDX-License-Identifier: GPL-2.0-only
/* Whole reports, letter by letter. */
#include "report/text.h"

#include <criterion/criterion.h>

#include "unit/report/sample.h"

static struct ktstr_test test;
static struct kt_outcome o;
static struct kt_verdict v;
static struct kt_str out;

static void setup(void)
{
	test = sample_plain;
	v = (struct kt_verdict){.kind = KT_VERDICT_SKIP};
	sample_init(&o, &test);
}

static void done(void)
{
	kt_str_done(&out);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

static const char *report(bool verbose)
{
	struct kt_text_options options = {.verbose = verbose};

	kt_verdict_judge(&o, &v);
	kt_text_report(&o, &v, &options, &out);
	return kt_str_get(&out);
}

static void console(const char *text)
{
	kt_outcome_add_console(&o, text, strlen(text));
}

TestSuite(text, .init = setup, .fini = done);

Test(text, a_pass_is_one_line_and_a_line_per_cgroup)
{
	cr_assert_str_eq(report(false),
		"PASS first (1n2l2c1t, 3.0 s) two cgroups both get their share\n"
		"  left   1 worker, 3000 iterations, 2.9 s CPU, longest gap 12 ms, 2 migrations\n"
		"  right  2 workers, 6000 iterations, 5.8 s CPU, longest gap 12 ms, 4 "
		"migrations\n");
}

Test(text, a_failure_says_what_where_how_much_and_what_to_do)
{
	test.checks.min_iteration_rate = 1000;
	o.workers.items[2].iterations = 300;
	cr_assert_str_eq(report(false),
		"FAIL first (1n2l2c1t, 3.0 s) two cgroups both get their share\n"
		"  min_iteration_rate: step 0: worker 1 of right made 100 iterations/s; at least "
		"1000 are wanted\n"
		"    remedy: give the worker more CPU time, or lower min_iteration_rate in the "
		"test's checks\n"
		"  left   1 worker, 3000 iterations, 2.9 s CPU, longest gap 12 ms, 2 migrations\n"
		"  right  2 workers, 3300 iterations, 5.8 s CPU, longest gap 12 ms, 4 migrations\n"
		"  cgroup  step work worker  kind          iterations      time       CPU       "
		"gap migrations  CPUs\n"
		"  left       0    0      0  spin_wait           3000     3.0 s     2.9 s     "
		"12 ms          2  0-1\n"
		"  right      0    0      0  spin_wait           3000     3.0 s     2.9 s     "
		"12 ms          2  0-1\n"
		"  right      0    0      1  spin_wait            300     3.0 s     2.9 s     "
		"12 ms          2  0-1\n");
}

Test(text, a_dead_guest_shows_the_last_lines_of_its_console)
{
	o.finished = false;
	o.workers.count = 0;
	for (int i = 1; i <= 30; i++) {
		char line[32];

		snprintf(line, sizeof(line), "line %d\r\n", i);
		console(line);
	}
	console("Kernel panic - not syncing: \033[2Jboom\r\n");
	kt_outcome_set_end(&o, KT_END_PANIC, KT_STAGE_BOOT, "", "panic");
	const char *text = report(false);
	cr_assert_eq(strncmp(text, "FAIL first ", 11), 0);
	cr_assert_not_null(strstr(text, "  panic: the kernel panicked during boot: Kernel panic"));
	cr_assert_not_null(
		strstr(text, "  last lines of the console:\n  | line 12\n  | line 13\n"));
	cr_assert_null(strstr(text, "line 11\n"));
	cr_assert_not_null(strstr(text, "  | line 30\n  | Kernel panic - not syncing: ?[2Jboom\n"));
	cr_assert_null(strchr(text, '\033'), "the guest's escape sequences must not get through");
}

Test(text, bytes_of_a_guest_that_a_terminal_could_obey_are_replaced)
{
	o.finished = false;
	console("one \xc2\x9b"
		"2J two \x9b"
		"2J three \xc3\xa9 \xe2\x82 \x7f\n");
	kt_outcome_set_end(&o, KT_END_PANIC, KT_STAGE_BOOT, "", "panic");
	const char *text = report(false);
	cr_assert_not_null(strstr(text, "  | one ??2J two ?2J three \xc3\xa9 ?? ?\n"), "%s", text);
}

Test(text, a_dead_guest_that_said_nothing_is_told_as_such)
{
	o.finished = false;
	kt_outcome_set_end(&o, KT_END_DEADLINE, KT_STAGE_BOOT, "", "%s", "");
	cr_assert_not_null(strstr(report(false), "the console is empty"));
}

Test(text, a_pass_shows_no_console)
{
	console("hello\n");
	cr_assert_null(strstr(report(false), "console"));
}

Test(text, details_of_one_name_share_their_remedy_and_are_cut)
{
	for (uint16_t i = 0; i < 7; i++)
		sample_worker(&o, "left", (uint16_t)(i + 1));
	test.checks.max_gap_ms = 1;
	const char *text = report(false);
	unsigned remedies = 0;

	for (const char *p = text; (p = strstr(p, "    remedy: ")); p++)
		remedies++;
	cr_assert_eq(remedies, 1);
	cr_assert_not_null(strstr(text, "  max_gap_ms: and 5 more like these\n"));
}

Test(text, failures_stand_before_what_is_undecided)
{
	kt_loss_add(&o.loss, KT_LOSS_frame_bad, 1);
	kt_outcome_add_detail(&o, 1, true, "op", "no such cgroup");
	const char *text = report(false);
	cr_assert_lt(strstr(text, "  op: step 0: no such cgroup\n"), strstr(text, "  frame_bad: "));
}

Test(text, a_text_that_names_its_step_is_not_told_it_again)
{
	kt_outcome_add_detail(&o, 1, true, "step", "step 0 failed: no CPUs (fix: give it some)");
	cr_assert_not_null(strstr(report(false), "  step: step 0 failed: no CPUs\n"
						 "    remedy: give it some\n"));
}

Test(text, notes_and_small_losses_are_shown_with_a_pass_too)
{
	kt_outcome_add_detail(&o, 2, false, "note", "moved nothing");
	kt_loss_add(&o.loss, KT_LOSS_text_cut, 3);
	const char *text = report(false);
	cr_assert_not_null(strstr(text, "  note: step 1: moved nothing\n"));
	cr_assert_not_null(strstr(text, "  lost: texts longer than a frame's field were cut (3)\n"
					"    remedy: shorten the message"));
}

Test(text, an_error_shows_the_remedy)
{
	struct kt_err err = {0};
	struct kt_outcome e;

	kt_outcome_init(&e, &test);
	kt_fail(&err, ENOENT, "run 'ktstr kernel build'", "there is no kernel");
	kt_outcome_set_error(&e, KT_STAGE_KERNEL, &err);
	kt_verdict_judge(&e, &v);
	kt_text_report(&e, &v, NULL, &out);
	cr_assert_str_eq(kt_str_get(&out), "ERROR first two cgroups both get their share\n"
					   "  harness: there is no kernel\n"
					   "    remedy: run 'ktstr kernel build'\n");
	kt_outcome_done(&e);
}

Test(text, verbose_tells_machine_kernel_host_and_times)
{
	snprintf(o.accel_name, sizeof(o.accel_name), "soft");
	snprintf(o.accel_reason, sizeof(o.accel_reason), "/dev/kvm is too slow");
	o.accel_mips = 750;
	snprintf(o.kernel_path, sizeof(o.kernel_path), "/cache/vmlinux");
	snprintf(o.release, sizeof(o.release), "6.12.1-ktstr");
	snprintf(o.boot_id, sizeof(o.boot_id), "b00t");
	sample_host(&o, 40);
	o.stage_ms[KT_STAGE_BOOT] = 900;
	o.stage_ms[KT_STAGE_SCENARIO] = 3010;
	const char *text = report(true);
	cr_assert_not_null(strstr(text,
		"  accelerator soft: /dev/kvm is too slow (750 million instructions/s)\n"
		"  kernel      /cache/vmlinux\n"
		"  booted      6.12.1-ktstr, boot id b00t\n"
		"  topology    1n2l2c1t\n"
		"  host        vCPUs: 4 threads waited for a CPU, 80 ms in all, 40 ms at most\n"
		"  times       boot 900 ms, scenario 3010 ms\n"
		"  phases      0 at 0 ms, 1 at 5 ms\n"));
}

Test(text, colour_is_only_there_when_asked_for)
{
	struct kt_text_options options = {.colour = true};

	kt_verdict_judge(&o, &v);
	kt_text_report(&o, &v, &options, &out);
	cr_assert_eq(strncmp(kt_str_get(&out), "\033[32mPASS\033[0m first", 18), 0);
}

Test(text, the_summary_counts_each_kind)
{
	struct kt_verdict_tally t = {{[KT_VERDICT_PASS] = 5, [KT_VERDICT_FAIL] = 1}};

	kt_text_summary(&t, &out);
	t.count[KT_VERDICT_ERROR] = 2;
	kt_text_summary(&t, &out);
	cr_assert_str_eq(kt_str_get(&out),
		"5 passed, 1 failed, 0 skipped, 0 inconclusive\n"
		"5 passed, 1 failed, 0 skipped, 0 inconclusive, 2 could not run\n");
}

Test(text, wake_latencies_have_a_column_where_there_are_any)
{
	o.workers.items[1].wakes = 9;
	o.workers.items[1].wake_p99_ns = 1500000;
	const char *text = report(true);
	cr_assert_not_null(strstr(text, "       gap  p99 wake migrations  CPUs\n"));
	cr_assert_not_null(strstr(text, "     12 ms    1.5 ms          2  0-1\n"));
	cr_assert_not_null(strstr(text, "     12 ms         -          2  0-1\n"));
}

Test(text, a_worker_without_a_report_shows_how_it_ended)
{
	struct kt_work_result *r = &o.workers.items[2];

	r->completed = false;
	snprintf(r->exit_text, sizeof(r->exit_text), "killed by SIGSEGV");
	cr_assert_not_null(strstr(
		report(false), "  right      0    0      1  spin_wait    killed by SIGSEGV\n"));
}

Test(text, what_holds_is_shown_when_asked_for)
{
	struct kt_text_options options = {.passes = true};
	struct kt_claim c = {
		.phase = 1, .counts = true, .label = "x", .text = "x is 12, which is at least 10"};

	test.checks = (struct ktstr_checks){.max_gap_ms = 500, .isolation = true};
	kt_outcome_add_claim(&o, &c);
	c.verdict = KTSTR_VERDICT_FAIL;
	c.text = "x is 12, not above 20";
	kt_outcome_add_claim(&o, &c);
	kt_verdict_judge(&o, &v);
	kt_text_report(&o, &v, &options, &out);
	cr_assert_not_null(strstr(kt_str_get(&out), "  claim: step 0: x is 12, not above 20\n"));
	cr_assert_not_null(strstr(kt_str_get(&out),
		"  holds: step 0: x is 12, which is at least 10\n"
		"  holds: isolation: 3 judged, worst 0\n"
		"  holds: max_gap_ms: 3 judged, worst 12, limit 500 ms\n"));
	kt_str_done(&out);
	options.passes = false;
	kt_text_report(&o, &v, &options, &out);
	cr_assert_null(strstr(kt_str_get(&out), "holds: "));
}

Test(text, captures_are_shown_to_who_wants_more_and_of_what_did_not_pass)
{
	kt_outcome_add_capture(&o, 0, "early", "left", 0, "");
	kt_outcome_add_capture(&o, 2, "spawned", "left", 2, "70,71");
	cr_assert_null(strstr(report(false), "capture"));
	kt_str_cut(&out, 0);
	const char *text = report(true);
	cr_assert_not_null(strstr(text, "  capture 'early': cgroup 'left' held 0 processes\n"));
	cr_assert_not_null(strstr(
		text, "  capture 'spawned' (step 1): cgroup 'left' held 2 processes: 70,71\n"));
}

static void no_body(struct ktstr_ctx *ctx)
{
	(void)ctx; /* only that there is one is of interest */
}

Test(text, a_body_has_no_steps_but_itself_and_phases)
{
	test.body = no_body;
	test.steps = NULL;
	o.workers.items[1].phase = 2;
	kt_outcome_add_detail(&o, 1, true, "op", "no such cgroup");
	kt_outcome_add_detail(&o, 1, true, "hold", "after the body: it is over");
	kt_outcome_add_detail(&o, 2, true, "op", "nobody is there");
	kt_outcome_add_capture(&o, 1, "early", "left", 0, "");
	const char *text = report(false);
	cr_assert_not_null(strstr(text, "  op: body: no such cgroup\n"), "%s", text);
	cr_assert_not_null(strstr(text, "  hold: after the body: it is over\n"), "%s", text);
	cr_assert_not_null(strstr(text, "  op: phase 2: nobody is there\n"), "%s", text);
	cr_assert_not_null(strstr(text, "  cgroup phase work worker "), "%s", text);
	cr_assert_not_null(strstr(text, "  left    body    0      0 "), "%s", text);
	cr_assert_not_null(strstr(text, "  right      2    0      0 "), "%s", text);
	cr_assert_not_null(strstr(text, "  capture 'early' (body): cgroup 'left'"), "%s", text);
}
