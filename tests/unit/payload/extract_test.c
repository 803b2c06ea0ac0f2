// SPDX-License-Identifier: GPL-2.0-only
/* JSON alone, among other lines, on the other stream, cut off, too much, or not at all. */
#include "payload/extract.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static struct kt_payload_values values;
static struct kt_err err;

static void done(void)
{
	kt_payload_values_done(&values);
}

TestSuite(extract, .fini = done);

static int take(const char *out, const char *said)
{
	return kt_payload_extract(out, strlen(out), said, strlen(said), &values, &err);
}

static void expect(const char *text)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str got = {0};
	kt_vec_each(v, &values.list)
		kt_str_addf(&got, "%s=%g ", v->name, v->value);
	cr_assert_str_eq(kt_str_get(&got), text);
}

Test(extract, every_number_has_the_path_to_it)
{
	cr_assert_eq(
		take("{\"a\": 1, \"b\": {\"c\": -2.5e3, \"d\": [10, {\"e\": 0}, [7]]}}", ""), 0);
	expect("a=1 b.c=-2500 b.d.0=10 b.d.1.e=0 b.d.2.0=7 ");
}

Test(extract, what_is_no_number_is_no_metric)
{
	cr_assert_eq(take("{\"s\": \"5\", \"t\": true, \"n\": null, \"o\": {}, \"x\": 1}", ""), 0);
	expect("x=1 ");
}

Test(extract, an_array_alone_is_a_document)
{
	cr_assert_eq(take(" [1, 2]\n", ""), 0);
	expect("0=1 1=2 ");
}

Test(extract, other_lines_around_it_are_skipped)
{
	cr_assert_eq(
		take("starting {1}\n{ not json }\n  {\"a\": \"}\\\"{\",\n \"b\": 2}\ndone\n", ""),
		0);
	expect("b=2 ");
}

Test(extract, standard_error_counts_only_without_json_on_standard_output)
{
	cr_assert_eq(take("hello", "x\n{\"e\": 1}"), 0);
	expect("e=1 ");
	done();
	cr_assert_eq(take("{\"o\": 1}", "{\"e\": 1}"), 0);
	expect("o=1 ");
	done();
	cr_assert_eq(take("{\"o\": 1", "{\"e\": 1}"), 0);
	expect("e=1 ");
}

Test(extract, a_document_without_numbers_has_no_metrics)
{
	cr_assert_eq(take("{}", ""), 0);
	expect("");
}

Test(extract, nothing_to_read_is_said_in_words)
{
	cr_assert_eq(take("", ""), -ENOENT);
	cr_assert_str_eq(err.text, "it printed nothing that could be read");
	cr_assert_eq(take("42\n", ""), -ENOENT);
	cr_assert_str_eq(err.text, "there is no JSON object or array in what it printed");
	cr_assert_not_null(strstr(err.fix, "print JSON"));
}

Test(extract, broken_json_is_said_with_its_place)
{
	cr_assert_eq(take("{\"a\": 1,}", ""), -ENOENT);
	cr_assert_not_null(strstr(err.text, "what it printed is no JSON: "), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "line 1"), "%s", err.text);
	cr_assert_eq(take("{\"a\": 1, \"a\": 2}", ""), -ENOENT);
}

Test(extract, more_numbers_than_are_kept_are_counted)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_add(&text, "[0");
	for (unsigned i = 1; i < KT_PAYLOAD_VALUES_MAX + 9; i++)
		kt_str_add(&text, ",1");
	kt_str_add(&text, "]");
	cr_assert_eq(take(kt_str_get(&text), ""), 0);
	cr_assert_eq(values.list.count, KT_PAYLOAD_VALUES_MAX);
	cr_assert_eq(values.dropped, 9);
}

Test(extract, names_that_are_too_long_are_counted_and_others_kept)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_addf(&text, "{\"%0*d\": 1, \"%0*d\": {\"x\": 1}, \"b\": 2}",
		(int)KT_PAYLOAD_VALUE_NAME_MAX, 5, (int)KT_PAYLOAD_VALUE_NAME_MAX - 1, 6);
	cr_assert_eq(take(kt_str_get(&text), ""), 0);
	cr_assert_eq(values.list.count, 2);
	cr_assert_eq(values.dropped, 1);
	cr_assert_not_null(kt_payload_values_find(&values, "b"));
}

Test(extract, a_number_beyond_a_double_is_counted)
{
	int r = take("{\"a\": 1e999, \"b\": 1}", "");
	if (r == 0) {
		cr_assert_eq(values.dropped, 1);
		expect("b=1 ");
	} else {
		cr_assert_eq(r, -ENOENT);
	}
}

Test(extract, a_flood_of_brackets_ends_soon)
{
	static char flood[1 << 20];
	memset(flood, '[', sizeof(flood));
	for (size_t i = 1; i < sizeof(flood); i += 2)
		flood[i] = '\n';
	cr_assert_eq(kt_payload_extract(flood, sizeof(flood), "", 0, &values, &err), -ENOENT);
}
