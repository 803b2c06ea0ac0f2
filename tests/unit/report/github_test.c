// SPDX-License-Identifier: GPL-2.0-only
/* Annotations, letter by letter, and that no text can begin one of its own. */
#include "report/github.h"

#include <criterion/criterion.h>

#include "unit/report/sample.h"

static struct ktstr_test test;
static struct kt_outcome o;
static struct kt_verdict v;
static struct kt_str out;

static void setup(void)
{
	test = sample_plain;
	sample_init(&o, &test);
}

static void done(void)
{
	kt_str_done(&out);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(github, .init = setup, .fini = done);

static void find(enum kt_verdict_kind kind, const char *text, const char *fix)
{
	struct kt_verdict_detail head = {
		.kind = kind, .name = "rule", .phase = KT_VERDICT_NO_PHASE, .unit = ""};
	kt_verdict_add(&v, &head, fix, "%s", text);
}

static const char *annotation(void)
{
	kt_github_annotation(&o, &v, &out);
	return kt_str_get(&out);
}

Test(github, a_pass_has_none)
{
	v.kind = KT_VERDICT_PASS;
	cr_assert_str_eq(annotation(), "");
}

Test(github, a_failure_is_an_error_at_the_line_of_the_test)
{
	find(KT_VERDICT_FAIL, "gap of 12 ms", "look");
	cr_assert_str_eq(annotation(), "::error file=samples/01_first.c,line=7,title=FAIL first::"
				       "two cgroups both get their share%0A"
				       "%0Arule: gap of 12 ms%0Aremedy: look\n");
}

Test(github, each_kind_has_its_command)
{
	static const struct {
		enum kt_verdict_kind kind;
		const char *start;
	} rows[] = {
		{KT_VERDICT_SKIP, "::notice "},
		{KT_VERDICT_INCONCLUSIVE, "::warning "},
		{KT_VERDICT_FAIL, "::error "},
		{KT_VERDICT_ERROR, "::error "},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		find(rows[i].kind, "text", "");
		cr_assert(kt_starts_with(annotation(), rows[i].start), "%s", kt_str_get(&out));
		kt_str_done(&out);
		kt_verdict_done(&v);
	}
}

Test(github, special_characters_are_escaped_where_they_are_special)
{
	test.file = "./a,b:c%.c";
	find(KT_VERDICT_FAIL, "100%, a:b\r\n::error::forged\001", "");
	o.repeat = 2;
	o.repeats = 3;
	annotation();
	cr_assert(kt_starts_with(kt_str_get(&out),
			  "::error file=a%2Cb%3Ac%25.c,line=7,title=FAIL first (repeat 2 of 3)::"),
		"%s", kt_str_get(&out));
	cr_assert(kt_ends_with(kt_str_get(&out), "rule: 100%25, a:b%0D%0A::error::forged\n"), "%s",
		kt_str_get(&out));
	cr_assert_eq(strchr(kt_str_get(&out), '\n'), kt_str_get(&out) + out.len - 1);
}

Test(github, only_findings_of_the_verdict_are_listed)
{
	find(KT_VERDICT_INCONCLUSIVE, "unclear", "");
	find(KT_VERDICT_FAIL, "clear", "");
	annotation();
	cr_assert_not_null(strstr(kt_str_get(&out), "rule: clear"));
	cr_assert_null(strstr(kt_str_get(&out), "unclear"));
}

Test(github, many_findings_are_cut_and_counted)
{
	char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 10; i++)
		find(KT_VERDICT_FAIL, text, "");
	annotation();
	cr_assert_leq(out.len, 6000);
	cr_assert(kt_ends_with(kt_str_get(&out), "%0Aand 7 more\n"), "%s", kt_str_get(&out));
}
