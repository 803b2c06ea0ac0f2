// SPDX-License-Identifier: GPL-2.0-only
/* Tests that have files and are not in run.json: found once each, and nothing else is. */
#include "results/stored.h"

#include "unit/results/results.h"

static struct kt_results_record rec;

static void done(void)
{
	kt_results_record_done(&rec);
	tmpdir_remove();
}

TestSuite(results_stored, .init = tmpdir_make, .fini = done);

Test(results_stored, a_test_that_is_not_named_is_found_by_its_file)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_eq(results_add(r, "second", 1024, NULL), 0);
	cr_assert_eq(results_add(r, "first", 1024, NULL), 0);
	kt_results_stored_add(kt_results_path(r), &rec);
	cr_assert_eq(rec.tests.count, 2);
	cr_assert_str_eq(rec.tests.items[0].name, "first");
	cr_assert_str_eq(rec.tests.items[0].file, "first.json");
	cr_assert_eq(rec.tests.items[0].verdict, KT_VERDICT_PASS);
	cr_assert_eq(rec.tests.items[0].repeat, 1);
	cr_assert_not(rec.tests.items[0].interrupted);
}

Test(results_stored, what_a_file_says_is_taken_over)
{
	put_file("x.r2.json",
		"{\"schema_version\": 1, \"test\": {\"name\": \"x\"}, \"verdict\": \"ERROR\", "
		"\"repeat\": 2, \"repeats\": 3, \"kernel\": {\"boot_id\": \"b\"}, "
		"\"end\": {\"how\": \"interrupted\"}}");
	kt_results_stored_add(tmpdir, &rec);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_eq(rec.tests.items[0].verdict, KT_VERDICT_ERROR);
	cr_assert_eq(rec.tests.items[0].repeat, 2);
	cr_assert_eq(rec.tests.items[0].repeats, 3);
	cr_assert(rec.tests.items[0].interrupted);
	cr_assert_eq(rec.booted, 1);
}

Test(results_stored, a_test_that_is_named_is_not_found_again)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_eq(results_add(r, "first", 0, NULL), 0);
	cr_assert_eq(kt_results_record_read(kt_results_path(r), &rec, NULL), 0);
	kt_results_stored_add(kt_results_path(r), &rec);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_eq(rec.booted, 1);
}

Test(results_stored, what_is_no_result_is_left_out)
{
	put_file("run.json", "{\"schema_version\": 1}");
	put_file("half.json", "{\"schema_version\": 1, \"test\"");
	put_file("mine.json", "{\"test\": {\"name\": \"x\"}, \"verdict\": \"PASS\"}");
	put_file("odd.json", "{\"schema_version\": 1, \"test\": {\"name\": \"x\"}, "
			     "\"verdict\": \"GOOD\"}");
	put_file("a.console.txt", "text");
	kt_results_stored_add(tmpdir, &rec);
	cr_assert_eq(rec.tests.count, 0);
	kt_results_stored_add(in_tmp("nothing"), &rec);
	cr_assert_eq(rec.tests.count, 0);
}

Test(results_stored, a_host_only_test_has_booted_no_kernel)
{
	put_file("x.json", "{\"schema_version\": 1, \"test\": {\"name\": \"x\"}, "
			   "\"verdict\": \"PASS\", \"mode\": \"host\", "
			   "\"kernel\": {\"boot_id\": \"b\"}, \"end\": {\"how\": \"done\"}}");
	kt_results_stored_add(tmpdir, &rec);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_eq(rec.booted, 0);
}
