// SPDX-License-Identifier: GPL-2.0-only
/* What is believed of a report, and the sums and texts it becomes. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/clock.h"
#include "work/report.h"
#include "work/telemetry.h"

static struct kt_work w;
static struct kt_work_report r;

static void set_up(void)
{
	uint64_t now = kt_now_ns();
	w.work.kind = KTSTR_WORK_spin_wait;
	w.spawned_at_ns = now - 3 * KT_NS_PER_S;
	w.opened_at_ns = now - 2 * KT_NS_PER_S;
	w.stopped_at_ns = now;
	r = (struct kt_work_report){
		.magic = KT_WORK_REPORT_MAGIC, .pid = 12, .kind = KTSTR_WORK_spin_wait, .index = 1};
}

TestSuite(report, .init = set_up);

static void expect_fault(const char *fault)
{
	r.checksum = kt_work_report_checksum(&r);
	const char *is = kt_report_fault(&w, 1, 12, &r);
	if (!fault)
		cr_assert_null(is, "%s", is);
	else
		cr_assert_str_eq(is ? is : "none", fault);
}

Test(report, a_sound_one_is_believed)
{
	expect_fault(NULL);
}

Test(report, that_of_another_worker_process_or_kind_is_not)
{
	r.index = 0;
	expect_fault("not its own");
	r.index = 1;
	r.pid = 13;
	expect_fault("not its own");
	r.pid = 12;
	r.kind = KTSTR_WORK_bursty;
	expect_fault("not its own");
}

Test(report, latencies_of_each_sort_are_doubted)
{
	r.cost_p50_ns = 2;
	r.cost_p99_ns = 1;
	expect_fault("quantiles out of order");
	r.cost_p50_ns = 1;
	r.cost_max_ns = 1;
	expect_fault(NULL);
	r.timer_max_ns = 100 * KT_NS_PER_S;
	expect_fault("a latency longer than its life");
	r.timer_max_ns = 0;
	r.wake_max_ns = 100 * KT_NS_PER_S;
	expect_fault("a latency longer than its life");
}

Test(report, pages_are_summed_by_where_they_belong)
{
	struct kt_work_result res = {0};
	r.has_pages = 1;
	r.pages[0] = 30;
	r.pages[1] = 4;
	kt_cpus_add(&w.where.nodes, 1);
	kt_report_take(&res, &w, &r);
	cr_expect(res.measured & KT_WORK_HAS_PAGES);
	cr_expect_eq(res.pages_total, 34);
	cr_expect_eq(res.pages_expected, 4);
	cr_expect_str_eq(res.pages_by_node, "0:30 1:4");
}

Test(report, without_a_place_all_pages_are_where_they_belong)
{
	struct kt_work_result res = {0};
	r.has_pages = 1;
	r.pages[3] = 5;
	kt_report_take(&res, &w, &r);
	cr_expect_eq(res.pages_expected, 5);
}

Test(report, what_was_not_measured_is_not_claimed)
{
	struct kt_work_result res = {0};
	r.picks = r.pages[0] = 9;
	kt_report_take(&res, &w, &r);
	cr_expect_eq(res.measured, 0);
	cr_expect_eq(res.pages_total, 0);
}

Test(report, the_first_migrations_are_a_text_of_bounded_length)
{
	struct kt_work_result res = {0};
	r.migrations = 1000;
	for (unsigned i = 0; i < KT_WORK_MOVES_MAX; i++)
		r.moves[i] =
			(struct kt_work_move){.at_ms = 4000000000u, .from = 65535, .to = 65534};
	r.moves[0] = (struct kt_work_move){.at_ms = 12, .from = 0, .to = 1};
	kt_report_take(&res, &w, &r);
	cr_expect_eq(strncmp(res.migrations_text, "0>1@12ms 65535>65534@4000000000ms ", 34), 0,
		"%s", res.migrations_text);
	cr_expect_str_eq(
		res.migrations_text + strlen(res.migrations_text) - 2, "ms", "no half of one");
}

static struct kt_work_slot slot;

Test(report, metrics_are_taken_with_printing_names_and_finite_values)
{
	struct kt_work_result res = {0};
	slot.metric_count = 4;
	slot.metrics[0] = (struct kt_work_metric){"qps", "1/s", 2.5};
	slot.metrics[1] = (struct kt_work_metric){"bad", "", (double)NAN};
	slot.metrics[2] = (struct kt_work_metric){"a\x1b[2J", "", 1};
	slot.metrics[3] = (struct kt_work_metric){"", "", 1};
	kt_report_take_kind(&res, &slot);
	cr_assert_eq(res.metric_count, 2);
	cr_expect_str_eq(res.metrics[0].name, "qps");
	cr_expect_str_eq(res.metrics[0].unit, "1/s");
	cr_expect_eq(res.metrics[0].value, 2.5);
	cr_expect_str_eq(res.metrics[1].name, "a?[2J");
	free(res.metrics);
}

Test(report, more_metrics_than_there_are_places_are_not_read)
{
	struct kt_work_result res = {0};
	slot.metric_count = UINT32_MAX;
	for (unsigned i = 0; i < KT_WORK_METRICS_MAX; i++)
		slot.metrics[i] = (struct kt_work_metric){"name", "", i};
	kt_report_take_kind(&res, &slot);
	cr_expect_eq(res.metric_count, KT_WORK_METRICS_MAX);
	free(res.metrics);
}

Test(report, the_note_of_a_kind_is_told_with_what_could_not_be_set)
{
	struct kt_work_result res = {.setup_text = "nice -5: Permission denied"};
	memset(slot.note, 'x', sizeof(slot.note)); /* it does not even end */
	memcpy(slot.note, "no network", 11);
	kt_report_take_kind(&res, &slot);
	cr_expect_str_eq(res.setup_text, "nice -5: Permission denied; no network");
}

/* Of a kind with threads of its own; of any other it is more than it can have had. */
Test(report, threads_of_a_worker_may_have_more_cpu_time_than_the_test_took)
{
	struct kt_work_result res = {.wall_ns = 2 * KT_NS_PER_S, .kind = KTSTR_WORK_schbench};
	w.work.kind = KTSTR_WORK_schbench;
	r.kind = KTSTR_WORK_schbench;
	r.cpu_ns = 700 * KT_NS_PER_S;
	r.run_delay_ns = 900 * KT_NS_PER_S;
	expect_fault(NULL);
	kt_report_take(&res, &w, &r);
	cr_expect_eq(res.cpu_ns, r.cpu_ns);
	cr_expect_eq(res.run_delay_ns, r.run_delay_ns);
	r.cpu_ns = 1000000 * KT_NS_PER_S;
	expect_fault("more CPU time than it lived");
	r.cpu_ns = 700 * KT_NS_PER_S;
	w.work.kind = KTSTR_WORK_spin_wait;
	r.kind = KTSTR_WORK_spin_wait;
	expect_fault("more CPU time than it lived");
}
