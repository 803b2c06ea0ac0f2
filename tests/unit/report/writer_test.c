// SPDX-License-Identifier: GPL-2.0-only
/* Files of reports: which are opened, what is refused, and that nothing is lost in silence. */
#include "report/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "unit/report/sample.h"
#include "unit/tmpdir.h"

static struct ktstr_test test;
static struct kt_outcome o;
static struct kt_verdict v;

static void setup(void)
{
	tmpdir_make();
	test = sample_plain;
	sample_init(&o, &test);
	kt_verdict_judge(&o, &v);
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
	tmpdir_remove();
}

TestSuite(writer, .init = setup, .fini = done);

static const struct kt_report_summary summary = {.tally.count[KT_VERDICT_PASS] = 1, .booted = 1};

static int open_path(const char *path, struct kt_report **ret, struct kt_err *err)
{
	struct kt_report_options options = {
		.format = KT_REPORT_ktap, .path = path, .suite = "s", .total = 1};
	return kt_report_open(&options, ret, err);
}

static void write_whole(const char *path)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	cr_assert_eq(open_path(path, &r, &err), 0, "%s", err.text);
	cr_assert_eq(kt_report_add(r, &o, &v, &err), 0, "%s", err.text);
	cr_assert_eq(kt_report_end(r, &summary, &err), 0, "%s", err.text);
	kt_report_free(r);
}

#define WHOLE "KTAP version 1\n1..1\nok 1 first\n# kernels booted: 1\n"

Test(writer, each_format_is_known_by_its_name)
{
	for (unsigned i = 0; i < KT_REPORT_COUNT; i++) {
		enum kt_report_format format = KT_REPORT_COUNT;
		cr_assert_eq(kt_report_format_parse(kt_report_format_name(i), &format, NULL), 0);
		cr_assert_eq(format, i);
		cr_assert_neq(kt_report_format_sentence(i)[0], '\0');
	}
}

Test(writer, a_wrong_format_is_answered_with_the_nearest)
{
	enum kt_report_format format;
	struct kt_err err = {0};
	cr_assert_lt(kt_report_format_parse("jnuit", &format, &err), 0);
	cr_assert_not_null(strstr(err.text, "jnuit"));
	cr_assert_str_eq(
		err.fix, "did you mean 'junit'? The formats are text, ktap, json or junit");
	cr_assert_lt(kt_report_format_parse("", &format, &err), 0);
	cr_assert_str_eq(err.fix, "write text, ktap, json or junit");
}

Test(writer, a_target_is_a_format_and_a_file)
{
	enum kt_report_format format;
	const char *path;
	struct kt_err err = {0};
	cr_assert_eq(kt_report_target_parse("junit:a:b.xml", &format, &path, &err), 0);
	cr_assert_eq(format, KT_REPORT_junit);
	cr_assert_str_eq(path, "a:b.xml");
	cr_assert_lt(kt_report_target_parse("ktap", &format, &path, &err), 0);
	cr_assert_lt(kt_report_target_parse("ktap:", &format, &path, &err), 0);
	cr_assert_not_null(strstr(err.fix, "FORMAT:FILE"));
	cr_assert_lt(kt_report_target_parse("tkap:x", &format, &path, &err), 0);
	cr_assert_not_null(strstr(err.fix, "'ktap'"));
}

Test(writer, a_file_is_made_and_an_old_one_emptied)
{
	put_file("report", "something much longer than the report that is written over it, so that "
			   "what is left of it would be seen at the end of the file");
	write_whole(in_tmp("report"));
	cr_assert(file_is("report", WHOLE));
	write_whole(in_tmp("new"));
	cr_assert(file_is("new", WHOLE));
}

Test(writer, what_is_known_is_in_the_file_at_once)
{
	struct kt_report *r = NULL;
	cr_assert_eq(open_path(in_tmp("report"), &r, NULL), 0);
	cr_assert(file_is("report", "KTAP version 1\n1..1\n"));
	cr_assert_eq(kt_report_add(r, &o, &v, NULL), 0);
	cr_assert(file_is("report", "KTAP version 1\n1..1\nok 1 first\n"));
	kt_report_free(r); /* without an end: what was written stays */
	cr_assert(file_is("report", "KTAP version 1\n1..1\nok 1 first\n"));
}

Test(writer, a_descriptor_is_a_file_too)
{
	int fds[2];
	char path[64], text[256] = "";
	cr_assert_eq(kt_fd_pipe(fds), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
	write_whole(path);
	close(fds[1]);
	cr_assert_gt(read(fds[0], text, sizeof(text) - 1), 0);
	cr_assert_str_eq(text, WHOLE);
	close(fds[0]);
}

static void *read_fifo(void *arg)
{
	struct kt_str *text = arg;
	usleep(200 * 1000); /* late, as readers are */
	(void)kt_fs_read(in_tmp("fifo"), 4096, text, NULL);
	return NULL;
}

Test(writer, a_fifo_waits_for_its_reader)
{
	pthread_t thread;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	cr_assert_eq(mkfifo(in_tmp("fifo"), 0600), 0);
	cr_assert_eq(pthread_create(&thread, NULL, read_fifo, &text), 0);
	write_whole(in_tmp("fifo"));
	pthread_join(thread, NULL);
	cr_assert_str_eq(kt_str_get(&text), WHOLE);
}

static void assert_refused(const char *path, const char *cause)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	cr_assert_lt(open_path(path, &r, &err), 0);
	cr_assert_null(r);
	cr_assert_not_null(strstr(err.text, "cannot open the ktap report"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, path), "%s", err.text);
	cr_assert_not_null(strstr(err.text, cause), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}

Test(writer, what_cannot_be_written_is_refused_when_it_is_opened)
{
	put_file("file", "x");
	assert_refused(in_tmp("no/such/folder"), "No such file");
	assert_refused(in_tmp("file/report"), "Not a directory");
	assert_refused(tmpdir, "Is a directory");
}

Test(writer, a_full_disk_is_told_once_and_again_at_the_end)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	cr_assert_eq(open_path("/dev/full", &r, &err), -ENOSPC);
	cr_assert_not_null(strstr(err.text, "cannot write the ktap report '/dev/full': No space"),
		"%s", err.text);
	cr_assert_not_null(strstr(err.fix, "free space"));

	/* JUnit is written at the end. */
	struct kt_report_options options = {
		.format = KT_REPORT_junit, .path = "/dev/full", .suite = "s", .total = 1};
	cr_assert_eq(kt_report_open(&options, &r, &err), 0);
	cr_assert_eq(kt_report_add(r, &o, &v, &err), 0);
	cr_assert_eq(kt_report_end(r, &summary, &err), -ENOSPC);
	cr_assert_not_null(strstr(err.text, "'/dev/full'"), "%s", err.text);
	kt_report_free(r);
}

Test(writer, after_a_failure_the_run_goes_on)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mkdir(in_tmp("small"), 0755) < 0 ||
		mount("none", in_tmp("small"), "tmpfs", 0, "size=4k") < 0)
		cr_skip_test("tmpfs cannot be mounted here: %s", strerror(errno));
	cr_assert_eq(open_path(in_tmp("small/report"), &r, &err), 0, "%s", err.text);
	unsigned failures = 0;
	for (unsigned i = 0; i < 2000; i++)
		failures += kt_report_add(r, &o, &v, &err) < 0;
	cr_assert_eq(failures, 1, "the first failure is told, and only that");
	cr_assert_not_null(strstr(err.text, "No space left"), "%s", err.text);
	kt_err_clear(&err);
	cr_assert_eq(kt_report_end(r, &summary, &err), -ENOSPC);
	cr_assert_not_null(strstr(err.text, "small/report"), "%s", err.text);
	kt_report_free(r);
	cr_assert_eq(umount2(in_tmp("small"), MNT_DETACH), 0);
}
