// SPDX-License-Identifier: GPL-2.0-only
/* JUnit XML, read by a real parser: what it must hold, whatever a guest says. */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/fs.h"
#include "unit/report/reports.h"
#include "unit/tmpdir.h"

/* One line per element: its depth, name, attributes sorted, text; times are left out. */
static const char parser[] =
	"import sys, xml.etree.ElementTree as t\n"
	"def show(e, d):\n"
	"    a = ' '.join(f'{k}={v!r}' for k, v in sorted(e.attrib.items())\n"
	"                 if k not in ('time', 'timestamp'))\n"
	"    x = (e.text or '').strip()\n"
	"    print(d * '.' + e.tag, a, ascii(x) if x and e.tag != 'system-out' else '', sep=' ')\n"
	"    for k in e: show(k, d + 1)\n"
	"    float(e.get('time', 0)); e.get('timestamp', '2026-11-24T13:32:39')[18]\n"
	"show(t.parse(sys.argv[1]).getroot(), 0)\n";

static struct kt_str parsed;

static void done(void)
{
	kt_str_done(&parsed);
	reports_done();
	tmpdir_remove();
}

TestSuite(writer_junit, .init = tmpdir_make, .fini = done);

/* What the parser shows of TEXT; the test fails when it is not XML. */
static const char *parse(const char *text)
{
	int fds[2], status;
	put_file("report.xml", text);
	put_file("parser.py", parser);
	cr_assert_eq(kt_fd_pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execlp("python3", "python3", in_tmp("parser.py"), in_tmp("report.xml"),
			(char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	cr_assert_eq(kt_fd_read_all(fds[0], 1 << 20, &parsed), 0);
	close(fds[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%s\n%s", kt_str_get(&parsed), text);
	return kt_str_get(&parsed);
}

/* What the parser shows of one case: with ELEMENT between it and its output. */
static void expect_case(struct kt_str *out, const char *name, const char *element)
{
	kt_str_addf(out,
		"..testcase classname='01_first' file='samples/01_first.c' line='7' name='%s' \n"
		"%s...system-out  \n",
		name, element);
}

static const char counts[] = "errors='2' failures='1' name='01_first' skipped='1' tests='5' \n";

Test(writer_junit, every_verdict_has_its_element)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str expected = {0};
	struct kt_report *r = reports_open(KT_REPORT_junit, 5, false);
	struct kt_report_summary summary = {.booted = 4};
	for (unsigned kind = 0; kind < KT_VERDICT_COUNT; kind++)
		summary.tally.count[kind] = 1;
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "bad", KT_VERDICT_FAIL, "a gap", NULL);
	reports_add(r, "left_out", KT_VERDICT_SKIP, "no sched_ext", NULL);
	reports_add(r, "unclear", KT_VERDICT_INCONCLUSIVE, "busy", NULL);
	reports_add(r, "broken", KT_VERDICT_ERROR, "no memory", NULL);
	cr_assert_eq(reports_bytes, 0, "the counts stand in front of the cases");

	kt_str_addf(&expected, "testsuites %s.testsuite %s", counts, counts);
	kt_str_add(&expected, "..properties  \n...property name='kernels booted' value='4' \n");
	expect_case(&expected, "good", "");
	expect_case(&expected, "bad",
		"...failure message='a gap' type='rule' "
		"'FAIL: rule: a gap\\n  remedy: the remedy'\n");
	expect_case(&expected, "left_out", "...skipped message='no sched_ext' \n");
	expect_case(&expected, "unclear",
		"...error message='busy' type='inconclusive' "
		"'INCONCLUSIVE: rule: busy\\n  remedy: the remedy'\n");
	expect_case(&expected, "broken",
		"...error message='no memory' type='harness' "
		"'ERROR: rule: no memory\\n  remedy: the remedy'\n");
	cr_assert_str_eq(parse(reports_end(r, &summary)), kt_str_get(&expected));
}

static void interrupted(struct kt_outcome *o)
{
	o->end = KT_END_INTERRUPTED;
}

Test(writer_junit, tests_that_were_not_run_are_an_error)
{
	struct kt_report *r = reports_open(KT_REPORT_junit, 3, false);
	struct kt_report_summary summary = {
		.tally.count[KT_VERDICT_PASS] = 1, .not_run = 2, .why = "interrupted"};
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "cut_short", KT_VERDICT_ERROR, "interrupted", interrupted);
	const char *text = parse(reports_end(r, &summary));
	cr_assert(kt_starts_with(text, "testsuites errors='1' failures='0' name='01_first' "
				       "skipped='0' tests='2'"),
		"%s", text);
	cr_assert_not_null(strstr(text, "..testcase classname='01_first' name='(not run)' \n"
					"...error message='2 of 3 tests were not run: interrupted' "
					"type='not run'"),
		"%s", text);
	cr_assert_null(strstr(text, "cut_short"));
}

static void wild(struct kt_outcome *o)
{
	static const char markup[] = "\n]]></system-out><!-- &bad; \xed\xa0\x80\xef\xbf\xbf\n";
	char all[257] = "";
	for (unsigned i = 0; i < 256; i++)
		all[i] = (char)i;
	o->repeat = 2;
	o->repeats = 3;
	kt_outcome_add_console(o, all, 256);
	kt_outcome_add_console(o, markup, strlen(markup));
	kt_outcome_add_detail(o, 1, false, "note", all + 1);
}

Test(writer_junit, any_bytes_of_a_guest_leave_it_xml)
{
	struct kt_report *r = reports_open(KT_REPORT_junit, 1, true);
	reports_add(
		r, "a\001b\"<&>\nc\xff", KT_VERDICT_FAIL, "\002\033[31m \xfe <![CDATA[ ]]>", wild);
	const char *text = parse(reports_end(r, &(struct kt_report_summary){0}));
	cr_assert_not_null(
		strstr(text, "name='ab\"<&>\\nc\xef\xbf\xbd (repeat 2 of 3)'"), "%s", text);
	cr_assert_not_null(strstr(text, "message='[31m \xef\xbf\xbd <![CDATA[ ]]>'"), "%s", text);
}

Test(writer_junit, the_tail_of_the_console_is_in_it_for_what_did_not_pass)
{
	struct kt_report *r = reports_open(KT_REPORT_junit, 2, false);
	reports_add(r, "good", KT_VERDICT_PASS, "", wild);
	reports_add(r, "bad", KT_VERDICT_FAIL, "why", wild);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	const char *found = strstr(text, "last lines of the console");
	cr_assert_not_null(found);
	cr_assert_null(strstr(found + 1, "last lines of the console"));
}

/* What the parser shows of the file as it is now. */
static const char *parse_file(const char *name)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	cr_assert_eq(kt_fs_read(in_tmp(name), 1 << 20, &text, NULL), 0);
	kt_str_done(&parsed);
	return parse(kt_str_get(&text));
}

static struct kt_report *open_file(const char *path, size_t total)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	struct kt_report_options options = {
		.format = KT_REPORT_junit, .path = path, .suite = "01_first", .total = total};
	cr_assert_eq(kt_report_open(&options, &r, &err), 0, "%s", err.text);
	return r;
}

Test(writer_junit, a_file_is_a_document_of_what_was_done_at_any_time)
{
	struct kt_report_summary summary = {
		.tally.count = {[KT_VERDICT_PASS] = 1, [KT_VERDICT_FAIL] = 1}, .booted = 2};
	struct kt_report *r = open_file(in_tmp("out.xml"), 2);
	const char *text = parse_file("out.xml");
	cr_assert_not_null(strstr(text, "message='2 of 2 tests were not run: "
					"the run has not ended'"),
		"%s", text);

	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	text = parse_file("out.xml");
	cr_assert(kt_starts_with(text, "testsuites errors='1' failures='0' name='01_first' "
				       "skipped='0' tests='2'"),
		"%s", text);
	cr_assert_not_null(strstr(text, "name='good'"), "%s", text);
	cr_assert_not_null(strstr(text, "message='1 of 2 tests were not run: "
					"the run has not ended'"),
		"%s", text);

	reports_add(r, "bad", KT_VERDICT_FAIL, "a gap", NULL);
	cr_assert_eq(kt_report_end(r, &summary, NULL), 0);
	kt_report_free(r);
	text = parse_file("out.xml");
	cr_assert(kt_starts_with(text, "testsuites errors='0' failures='1' name='01_first' "
				       "skipped='0' tests='2'"),
		"%s", text);
	cr_assert_null(strstr(text, "not run"), "%s", text);
}

Test(writer_junit, a_shorter_document_leaves_nothing_of_a_longer_one)
{
	struct kt_report_summary summary = {.tally.count[KT_VERDICT_PASS] = 1};
	struct kt_report *r = open_file(in_tmp("out.xml"), 1000000);
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	cr_assert_eq(kt_report_end(r, &summary, NULL), 0);
	kt_report_free(r);
	cr_assert_null(strstr(parse_file("out.xml"), "not run"));
}

Test(writer_junit, of_many_tests_the_file_is_not_written_for_each)
{
	enum { TESTS = 300 };
	struct kt_report *r = open_file(in_tmp("out.xml"), TESTS);
	uint64_t start = kt_now_ns();
	off_t before = 0;
	unsigned writes = 0;
	for (unsigned i = 0; i < TESTS; i++) {
		struct stat st;
		reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
		cr_assert_eq(stat(in_tmp("out.xml"), &st), 0);
		writes += st.st_size != before;
		before = st.st_size;
	}
	unsigned seconds = (unsigned)((kt_now_ns() - start) / KT_NS_PER_S);
	cr_assert_geq(writes, 100);
	cr_assert_leq(writes, 100 + seconds, "written %u times in %u s", writes, seconds);
	kt_report_free(r);
}

Test(writer_junit, a_pipe_gets_one_document_at_the_end)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_report_summary summary = {.tally.count[KT_VERDICT_PASS] = 1};
	char path[32];
	int fds[2], queued = -1;
	cr_assert_eq(kt_fd_pipe(fds), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
	struct kt_report *r = open_file(path, 1);
	close(fds[1]);
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	cr_assert_eq(ioctl(fds[0], FIONREAD, &queued), 0);
	cr_assert_eq(queued, 0);
	cr_assert_eq(kt_report_end(r, &summary, NULL), 0);
	kt_report_free(r);
	cr_assert_eq(kt_fd_read_all(fds[0], 1 << 20, &text), 0);
	cr_assert_null(strstr(parse(kt_str_get(&text)), "not run"));
	close(fds[0]);
}
