// SPDX-License-Identifier: GPL-2.0-only
/* Bounds of what a guest can put into an outcome. */
#include "report/outcome.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct ktstr_test test = {.name = "t", .description = "d"};

Test(outcome, the_console_keeps_its_start_and_its_end)
{
	struct kt_outcome o;
	char line[1000];

	kt_outcome_init(&o, &test);
	kt_outcome_add_console(&o, "first\n", 6);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (unsigned i = 0; i < 3 * KT_OUTCOME_CONSOLE_BYTES / sizeof(line); i++)
		kt_outcome_add_console(&o, line, sizeof(line));
	kt_outcome_add_console(&o, "last\n", 5);
	cr_assert_leq(o.console.len, KT_OUTCOME_CONSOLE_BYTES);
	cr_assert_eq(strncmp(o.console.text, "first\n", 6), 0);
	cr_assert_str_eq(o.console.text + o.console.len - 5, "last\n");
	cr_assert_gt(o.loss.count[KT_LOSS_console_cut], 0);
	cr_assert_eq(o.console.len + o.console_cut_bytes,
		11 + 3 * KT_OUTCOME_CONSOLE_BYTES / sizeof(line) * sizeof(line));
	kt_outcome_done(&o);
}

Test(outcome, a_complaint_in_the_part_that_is_cut_out_is_still_found)
{
	struct kt_outcome o;
	static char big[KT_OUTCOME_CONSOLE_BYTES];

	kt_outcome_init(&o, &test);
	memset(big, '\n', sizeof(big));
	kt_outcome_add_console(&o, big, sizeof(big) / 3);
	kt_outcome_add_console(&o, "WARNING: gone\n", 14);
	kt_outcome_add_console(&o, big, sizeof(big));
	kt_outcome_add_console(&o, big, sizeof(big));
	cr_assert_null(strstr(o.console.text, "WARNING: gone"));
	cr_assert_eq(o.scan.found.count, 1);
	kt_outcome_done(&o);
}

Test(outcome, the_end_completes_the_last_line)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	kt_outcome_add_console(&o, "Kernel panic - not syncing: x", 29);
	cr_assert_eq(o.scan.found.count, 0);
	kt_outcome_set_end(&o, KT_END_PANIC, KT_STAGE_BOOT, "", "after %d s", 3);
	cr_assert_eq(o.scan.found.count, 1);
	cr_assert_str_eq(o.end_text, "after 3 s");
	kt_outcome_done(&o);
}

Test(outcome, notes_cannot_push_a_failure_out)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	for (unsigned i = 0; i < 2 * KT_OUTCOME_DETAILS_MAX; i++)
		kt_outcome_add_detail(&o, 0, false, "note", "n");
	kt_outcome_add_detail(&o, 1, true, "step", "failed");
	cr_assert_eq(o.details.count, KT_OUTCOME_DETAILS_MAX);
	cr_assert(o.details.items[KT_OUTCOME_DETAILS_MAX - 1].fails);
	cr_assert_eq(o.loss.count[KT_LOSS_detail_dropped], KT_OUTCOME_DETAILS_MAX + 1);
	kt_outcome_done(&o);
}

Test(outcome, more_phases_than_fit_are_counted)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	for (unsigned i = 0; i < KT_OUTCOME_PHASES_MAX + 3; i++)
		kt_outcome_add_phase(&o, 1, i);
	cr_assert_eq(o.phases.count, KT_OUTCOME_PHASES_MAX);
	cr_assert_eq(o.loss.count[KT_LOSS_detail_dropped], 3);
	kt_outcome_done(&o);
}

Test(outcome, more_workers_than_fit_are_counted_as_lost_reports)
{
	static const struct kt_work_result r;
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	for (unsigned i = 0; i < KT_OUTCOME_WORKERS_MAX + 2; i++)
		kt_outcome_add_worker(&o, &r);
	cr_assert_eq(o.workers.count, KT_OUTCOME_WORKERS_MAX);
	cr_assert_eq(o.loss.count[KT_LOSS_worker_report], 2);
	kt_outcome_done(&o);
}

Test(outcome, an_error_brings_its_remedy)
{
	struct kt_outcome o;
	struct kt_err err = {0};

	kt_outcome_init(&o, &test);
	kt_fail(&err, ENOENT, "build one", "no kernel");
	kt_outcome_set_error(&o, KT_STAGE_KERNEL, &err);
	cr_assert_eq(o.end, KT_END_ERROR);
	cr_assert_str_eq(o.end_text, "no kernel");
	cr_assert_str_eq(o.end_fix, "build one");
	kt_outcome_done(&o);
}

Test(outcome, stages_and_ends_have_names)
{
	for (int i = 0; i < KT_STAGE_COUNT; i++)
		cr_assert_not_null(kt_outcome_stage_name(i));
	for (int i = 0; i <= KT_END_ERROR; i++)
		cr_assert_not_null(kt_outcome_end_name(i));
	cr_assert_str_eq(kt_outcome_stage_name(KT_STAGE_BOOT), "boot");
	cr_assert_str_eq(kt_outcome_end_name(KT_END_DEADLINE), "deadline");
}

Test(outcome, the_terminal_never_stands_inside_a_line_of_the_kernel)
{
	struct kt_outcome o;
	static const char warning[] = "[    1.000000] WARNING: CPU: 0 at core.c:1\n";

	kt_outcome_init(&o, &test);
	kt_outcome_add_console(&o, "[    0.000000] Linux version 6.12\n", 34);
	kt_outcome_add_term(&o, "a line\nhalf", 11);
	kt_outcome_add_console(&o, warning, 10);
	kt_outcome_add_term(&o, " and the rest\nno end", 20);
	kt_outcome_add_console(&o, warning + 10, sizeof(warning) - 11);
	kt_outcome_set_end(&o, KT_END_RESET, KT_STAGE_SHUTDOWN, "", "%s", "");
	cr_assert_str_eq(o.console.text,
		"[    0.000000] Linux version 6.12\na line\n"
		"[    1.000000] WARNING: CPU: 0 at core.c:1\nhalf and the rest\nno end\n");
	cr_assert_eq(o.scan.found.count, 1);
	kt_outcome_done(&o);
}

Test(outcome, what_the_terminal_says_is_no_complaint_of_the_kernel)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	kt_outcome_add_term(&o, "[    1.000000] BUG: not the kernel's\n", 37);
	kt_outcome_set_end(&o, KT_END_RESET, KT_STAGE_SHUTDOWN, "", "%s", "");
	cr_assert_eq(o.scan.found.count, 0);
	kt_outcome_done(&o);
}

Test(outcome, a_terminal_that_floods_while_the_kernel_is_in_a_line_is_cut_and_counted)
{
	struct kt_outcome o;
	static char flood[100000];

	memset(flood, 'x', sizeof(flood));
	kt_outcome_init(&o, &test);
	kt_outcome_add_console(&o, "[    1.000000] half a li", 24);
	for (unsigned i = 0; i < 100; i++)
		kt_outcome_add_term(&o, flood, sizeof(flood));
	cr_assert_eq(o.term.len, KT_OUTCOME_TERM_BYTES);
	kt_outcome_add_console(&o, "ne\n", 3);
	cr_assert_eq(strncmp(o.console.text, "[    1.000000] half a line\n", 27), 0);
	cr_assert_eq(o.console_cut_bytes, 100 * sizeof(flood) - KT_OUTCOME_TERM_BYTES);
	kt_outcome_set_end(&o, KT_END_RESET, KT_STAGE_SHUTDOWN, "", "%s", "");
	cr_assert_eq(o.console.len, 27 + KT_OUTCOME_TERM_BYTES + 1);
	kt_outcome_done(&o);
}

Test(outcome, a_line_of_the_terminal_without_an_end_is_broken_and_not_lost)
{
	struct kt_outcome o;
	static char flood[3 * KT_OUTCOME_TERM_BYTES];

	memset(flood, 'x', sizeof(flood));
	kt_outcome_init(&o, &test);
	kt_outcome_add_term(&o, flood, sizeof(flood));
	cr_assert_eq(o.console_cut_bytes, 0);
	cr_assert_eq(o.console.len, sizeof(flood) + 3); /* and three ends of lines */
	kt_outcome_done(&o);
}

Test(outcome, a_log_without_end_is_kept_within_its_bound_and_counted)
{
	struct kt_outcome o;
	char piece[4096];

	kt_outcome_init(&o, &test);
	memset(piece, 'x', sizeof(piece) - 1);
	piece[sizeof(piece) - 1] = '\0';
	for (unsigned i = 0; i < 2000; i++)
		kt_outcome_add_dmesg(&o, piece);
	cr_assert_eq(o.dmesg.len, KT_OUTCOME_DMESG_BYTES);
	cr_assert_eq(o.dmesg.len + o.dmesg_cut_bytes, 2000ul * (sizeof(piece) - 1));
	cr_assert_gt(o.loss.count[KT_LOSS_dmesg_cut], 0);
	kt_outcome_done(&o);
}

Test(outcome, the_title_names_the_repeat_only_where_there_are_several)
{
	struct kt_outcome o;
	struct kt_str title = {0};

	kt_outcome_init(&o, &test);
	kt_outcome_title(&o, &title);
	cr_assert_str_eq(kt_str_get(&title), "t");
	kt_str_done(&title);
	o.repeat = 2;
	o.repeats = 3;
	kt_outcome_title(&o, &title);
	cr_assert_str_eq(kt_str_get(&title), "t (repeat 2 of 3)");
	kt_str_done(&title);
	kt_outcome_done(&o);
}

Test(outcome, the_time_of_a_test_is_that_of_its_own_machine)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	o.stage_ms[KT_STAGE_KERNEL] = 100000; /* a build that all tests share */
	o.stage_ms[KT_STAGE_BOOT] = 900;
	o.stage_ms[KT_STAGE_SHUTDOWN] = 20;
	cr_assert_eq(kt_outcome_total_ms(&o), 920);
	kt_outcome_done(&o);
}

Test(outcome, a_flood_of_claims_leaves_room_for_one_that_fails)
{
	struct kt_outcome o;
	struct kt_claim c = {.counts = true, .label = "l", .text = "t"};

	kt_outcome_init(&o, &test);
	for (unsigned i = 0; i < KT_OUTCOME_CLAIMS_MAX; i++)
		kt_outcome_add_claim(&o, &c);
	cr_assert_eq(o.loss.count[KT_LOSS_claim_dropped], 2);
	c.verdict = KTSTR_VERDICT_INCONCLUSIVE;
	kt_outcome_add_claim(&o, &c);
	kt_outcome_add_claim(&o, &c);
	cr_assert_eq(o.loss.count[KT_LOSS_claim_dropped], 3);
	c.verdict = KTSTR_VERDICT_FAIL;
	c.counts = false;
	kt_outcome_add_claim(&o, &c);
	cr_assert_eq(o.loss.count[KT_LOSS_claim_dropped], 4);
	c.counts = true;
	kt_outcome_add_claim(&o, &c);
	cr_assert_eq(o.claims.count, KT_OUTCOME_CLAIMS_MAX);
	cr_assert_eq(o.claims.items[KT_OUTCOME_CLAIMS_MAX - 1].verdict, KTSTR_VERDICT_FAIL);
	kt_outcome_done(&o);
}
