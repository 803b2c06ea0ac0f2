// SPDX-License-Identifier: GPL-2.0-only
/* run.json there and back, and files that are none. */
#include "results/record.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "base/json_read.h"
#include "unit/tmpdir.h"

TestSuite(results_record, .init = tmpdir_make, .fini = tmpdir_remove);

static void add_test(struct kt_results_record *rec, const char *name, enum kt_verdict_kind verdict,
	bool interrupted)
{
	struct kt_results_test t = {.name = strdup(name),
		.repeat = 2,
		.repeats = 3,
		.verdict = verdict,
		.interrupted = interrupted,
		.file = interrupted ? NULL : strdup("x.r2.json")};
	cr_assert_eq(kt_vec_push(&rec->tests, t), 0);
}

static struct kt_results_record sample(void)
{
	struct kt_results_record rec = {
		.state = KT_RESULTS_FINISHED,
		.program = strdup("prog \"quoted\""),
		.started = strdup("2026-11-24T13:32:39Z"),
		.boot_id = strdup("b00t"),
		.kernel_kind = strdup("kasan"),
		.seed = 0xfedcba9876543210u,
		.exit_status = 2,
		.total = 7,
		.booted = 4,
	};
	for (unsigned kind = 0; kind < KT_VERDICT_COUNT; kind++)
		add_test(&rec, "each", kind, false);
	add_test(&rec, "cut short", KT_VERDICT_ERROR, true);
	return rec;
}

static void store(const struct kt_results_record *rec)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_results_record_json(rec, "2026-11-24T133239-01", &text);
	cr_assert_not(text.failed);
	put_file(KT_RESULTS_FILE, kt_str_get(&text));
}

Test(results_record, everything_comes_back)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = sample();
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record back = {0};
	struct kt_err err = {0};
	store(&rec);
	cr_assert_eq(kt_results_record_read(tmpdir, &back, &err), 0, "%s", err.text);
	cr_assert_eq(back.state, KT_RESULTS_FINISHED);
	cr_assert_str_eq(back.program, rec.program);
	cr_assert_null(back.command);
	cr_assert_str_eq(back.started, rec.started);
	cr_assert_str_eq(back.boot_id, "b00t");
	cr_assert_str_eq(back.kernel_kind, "kasan");
	cr_assert_eq(back.seed, rec.seed);
	cr_assert_eq(back.exit_status, 2);
	cr_assert_eq(back.total, 7);
	cr_assert_eq(back.booted, 4);
	cr_assert_eq(back.tests.count, KT_VERDICT_COUNT + 1);
	for (unsigned kind = 0; kind < KT_VERDICT_COUNT; kind++)
		cr_assert_eq(back.tests.items[kind].verdict, kind);
	cr_assert_eq(back.tests.items[0].repeat, 2);
	cr_assert_eq(back.tests.items[0].repeats, 3);
	cr_assert_str_eq(back.tests.items[0].file, "x.r2.json");
	cr_assert(back.tests.items[KT_VERDICT_COUNT].interrupted);
	cr_assert_null(back.tests.items[KT_VERDICT_COUNT].file);
}

Test(results_record, an_interrupted_test_does_not_count)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = sample();
	cr_assert_eq(kt_results_record_tally(&rec).count[KT_VERDICT_ERROR], 1);
	cr_assert_eq(kt_results_record_not_run(&rec), 2);
}

Test(results_record, programs_find_the_tally_by_the_names_of_verdicts)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = sample();
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	kt_results_record_json(&rec, "run", &text);
	cr_assert_eq(kt_json_parse(text.text, text.len, &j, NULL), 0);
	const struct kt_json *tally = kt_json_get(j, "tally");
	cr_assert_eq(kt_json_get_u64(kt_json_get(tally, "FAIL"), 99), 1);
	cr_assert_eq(kt_json_get_u64(kt_json_get(tally, "not_run"), 99), 2);
	cr_assert_str_eq(kt_json_get_str(kt_json_get(j, "run"), ""), "run");
	cr_assert_not_null(kt_json_get_str(kt_json_get(j, "ktstr_version"), NULL));
}

Test(results_record, the_exit_status_of_a_run_that_goes_on_is_null)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = sample();
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	rec.state = KT_RESULTS_RUNNING;
	kt_results_record_json(&rec, "run", &text);
	cr_assert_eq(kt_json_parse(text.text, text.len, &j, NULL), 0);
	cr_assert_eq(kt_json_kind(kt_json_get(j, "exit_status")), KT_JSON_NULL);
}

static void assert_no_record(const char *text)
{
	struct kt_results_record rec = {0};
	struct kt_err err = {0};
	put_file(KT_RESULTS_FILE, text);
	cr_assert_lt(kt_results_record_read(tmpdir, &rec, &err), 0, "%s", text);
	cr_assert_not_null(strstr(err.text, KT_RESULTS_FILE), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}

Test(results_record, what_is_not_ours_is_refused)
{
	assert_no_record("");
	assert_no_record("{\"state\": \"running\"}");
	assert_no_record("{\"schema_version\": 2, \"state\": \"running\"}");
	assert_no_record("{\"schema_version\": 1, \"state\": \"jogging\"}");
	assert_no_record("[1]");
	assert_no_record("{\"schema_version\": 1, \"state\": \"running\"");
}

Test(results_record, members_of_another_type_read_as_not_known)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = {0};
	put_file(KT_RESULTS_FILE, "{\"schema_version\": 1, \"state\": \"running\", \"seed\": \"x\","
				  "\"program\": 3, \"host\": [], \"tally\": {\"total\": -1},"
				  "\"tests\": [{}, {\"verdict\": \"GOOD\", \"name\": \"a\"}, 7]}");
	cr_assert_eq(kt_results_record_read(tmpdir, &rec, NULL), 0);
	cr_assert_null(rec.program);
	cr_assert_eq(rec.seed, 0);
	cr_assert_eq(rec.total, 0);
	cr_assert_eq(rec.tests.count, 0);
}
