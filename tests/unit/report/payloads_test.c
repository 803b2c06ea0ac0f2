// SPDX-License-Identifier: GPL-2.0-only
/* Payloads and metrics from frames to text and JSON. */
#include "report/payloads.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "report/outcome_frame.h"

static const struct ktstr_test test = {.name = "t", .description = "says"};
static struct kt_outcome o;
static struct kt_str text;

static void init(void)
{
	kt_outcome_init(&o, &test);
	o.ready = true;
}

static void done(void)
{
	kt_outcome_done(&o);
	kt_str_done(&text);
}

TestSuite(payloads, .init = init, .fini = done);

static uint64_t bits(double value)
{
	uint64_t b;
	memcpy(&b, &value, sizeof(b));
	return b;
}

static void metric(const char *name, double value, uint16_t polarity)
{
	struct kt_frame f = {.type = KT_FRAME_metric,
		.metric = {.phase = 2,
			.source = "bench",
			.cgroup = "a",
			.name = name,
			.unit = "us",
			.polarity = polarity,
			.value_bits = bits(value),
			.target_bits = bits(0.5)}};
	kt_outcome_take_frame(&o, &f);
}

static void payload(const char *cgroup, bool stopped, const char *failures)
{
	struct kt_frame f = {.type = KT_FRAME_payload,
		.payload = {.phase = 1,
			.name = "bench",
			.cgroup = cgroup,
			.how = stopped ? "killed by SIGKILL" : "exited with 0",
			.exit_code = stopped ? -1 : 0,
			.stopped = stopped,
			.wall_ns = 1500000000,
			.out_bytes = 12,
			.metrics = stopped ? 0 : 3,
			.failures = failures,
			.tail = "last\nwords"}};
	kt_outcome_take_frame(&o, &f);
}

Test(payloads, each_has_a_line_that_says_how_it_ended)
{
	payload("left", false, "");
	payload("", true, "one\ntwo");
	kt_text_payloads(&o, false, &text);
	cr_assert_str_eq(kt_str_get(&text),
		"  left  payload bench: exited with 0 after 1500 ms, 3 metrics\n"
		"  -     payload bench: ended by the scenario, killed by SIGKILL after 1500 ms, "
		"2 checks failed\n");
}

Test(payloads, too_many_to_read_are_shown_only_when_asked_for)
{
	for (unsigned i = 0; i < 9; i++)
		payload("a", false, "");
	kt_text_payloads(&o, false, &text);
	cr_assert_str_eq(kt_str_get(&text), "");
	kt_text_payloads(&o, true, &text);
	cr_assert_neq(text.len, 0);
}

Test(payloads, a_metric_says_what_would_be_better)
{
	metric("p99", 12.25, KTSTR_POLARITY_LOWER);
	metric("ops.total", 123456789, KTSTR_POLARITY_HIGHER);
	metric("load", 0.25, KTSTR_POLARITY_TARGET);
	metric("x", 1, KTSTR_POLARITY_UNKNOWN);
	kt_text_metrics(&o, &text);
	cr_assert_str_eq(kt_str_get(&text),
		"  cgroup  source  metric     value\n"
		"  a       bench   p99        12.25 us (lower is better)\n"
		"  a       bench   ops.total  123456789 us (higher is better)\n"
		"  a       bench   load       0.25 us (the nearer to 0.50 the better)\n"
		"  a       bench   x          1 us\n");
}

Test(payloads, without_metrics_there_is_no_table)
{
	kt_text_metrics(&o, &text);
	cr_assert_str_eq(kt_str_get(&text), "");
}

Test(payloads, the_result_has_all_of_both)
{
	struct kt_json_out j = {.out = &text};
	payload("a", true, "one\ntwo");
	metric("load", 0.25, KTSTR_POLARITY_TARGET);
	metric("p99", NAN, KTSTR_POLARITY_LOWER);
	kt_json_object(&j, NULL);
	kt_sidecar_payloads(&o, &j);
	kt_json_end_object(&j);
	cr_assert_not_null(
		strstr(kt_str_get(&text), "\"failures\": [\n        \"one\",\n        \"two\"\n"),
		"%s", kt_str_get(&text));
	cr_assert_not_null(strstr(kt_str_get(&text), "\"exit_code\": -1"));
	cr_assert_not_null(strstr(kt_str_get(&text), "\"tail\": \"last\\nwords\""));
	cr_assert_not_null(
		strstr(kt_str_get(&text), "\"better\": \"target\",\n      \"target\": 0.5"));
	cr_assert_not_null(strstr(kt_str_get(&text), "\"value\": null"));
}

Test(payloads, a_polarity_that_is_none_is_unknown)
{
	metric("x", 1, 77);
	cr_assert_eq(o.metrics.items[0].polarity, KTSTR_POLARITY_UNKNOWN);
}

Test(payloads, what_comes_before_the_scenario_is_not_believed)
{
	o.ready = false;
	metric("x", 1, 0);
	payload("a", false, "");
	cr_assert_eq(o.metrics.count + o.payloads.count, 0);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 2);
}

Test(payloads, names_are_cut_and_floods_counted)
{
	char name[300];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	metric(name, 1, 0);
	cr_assert_lt(strlen(o.metrics.items[0].name), KT_OUTCOME_NAME_BYTES);
	cr_assert_eq(o.loss.count[KT_LOSS_text_cut], 1);
	for (unsigned i = 0; i < KT_OUTCOME_METRICS_MAX + 4; i++)
		metric("x", 1, 0);
	cr_assert_eq(o.metrics.count, KT_OUTCOME_METRICS_MAX);
	cr_assert_eq(o.loss.count[KT_LOSS_metric_dropped], 5);
}
