// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens, fills and closes the file of a report; what stands in it comes from the format's row
 * of writer.def. Called by run, which tells every open report of every test.
 */
#include "report/writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "report/text.h"
#include "report/writer_ops.h"

#define READER_MS 60000u /* how long a FIFO may be without a reader */
#define RETRY_MS  50u

/* A document that is written again whole: of few tests for each, of more only so often. */
#define AGAIN_EACH 100u
#define AGAIN_MS   1000u

static const struct {
	const char *name, *sentence;
	kt_writer_begin_fn *begin;
	kt_writer_add_fn *add;
	kt_writer_end_fn *end;
} formats[KT_REPORT_COUNT] = {
#define WRITER(name, sentence)                                                                     \
	[KT_REPORT_##name] = {#name, sentence, kt_writer_##name##_begin, kt_writer_##name##_add,   \
		kt_writer_##name##_end},
#include "report/writer.def"
#undef WRITER
};

struct kt_report {
	struct kt_report_options options;
	struct kt_writer writer;
	size_t done;	   /* tests that have a verdict */
	char *path;	   /* NULL: a borrowed stream */
	FILE *file;	   /* ours when there is a path */
	int errnum;	   /* of the first failure; 0: all is written */
	bool failed;	   /* and nothing more will be */
	bool can_replace;  /* a regular file of ours */
	uint64_t again_ns; /* and a long document is not written again before */
};

const char *kt_report_format_name(enum kt_report_format format)
{
	return format < KT_REPORT_COUNT ? formats[format].name : "unknown";
}

const char *kt_report_format_sentence(enum kt_report_format format)
{
	return format < KT_REPORT_COUNT ? formats[format].sentence : "";
}

static void list_formats(struct kt_str *out)
{
	for (unsigned i = 0; i < KT_REPORT_COUNT; i++)
		kt_str_addf(out, "%s%s", i ? i + 1 < KT_REPORT_COUNT ? ", " : " or " : "",
			formats[i].name);
}

int kt_report_format_parse(const char *name, enum kt_report_format *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0};
	const char *names[KT_REPORT_COUNT];

	for (unsigned i = 0; i < KT_REPORT_COUNT; i++) {
		names[i] = formats[i].name;
		if (!strcmp(name, names[i])) {
			*ret = (enum kt_report_format)i;
			return 0;
		}
	}
	list_formats(&all);
	const char *near = kt_nearest(name, names, KT_REPORT_COUNT);
	int r = kt_fail(err, EINVAL, "name a format", "there is no report format '%s'", name);
	if (near)
		kt_fix(err, "did you mean '%s'? The formats are %s", near, kt_str_get(&all));
	else
		kt_fix(err, "write %s", kt_str_get(&all));
	return r;
}

int kt_report_target_parse(
	const char *text, enum kt_report_format *ret, const char **ret_path, struct kt_err *err)
{
	const char *colon = strchr(text, ':');
	KT_AUTOFREE char *name = colon ? strndup(text, (size_t)(colon - text)) : NULL;

	if (!colon || !colon[1])
		return kt_fail(err, EINVAL, "write FORMAT:FILE, such as ktap:results.ktap",
			"'%s' does not name a file", text);
	if (!name)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = kt_report_format_parse(name, ret, err);
	if (r == 0)
		*ret_path = colon + 1;
	return r;
}

static const char *fix_for(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "free space on that file system, or write the report to another one";
	case ENOENT:
	case ENOTDIR:
		return "make the folder first, or name a file in one that exists";
	case EISDIR:
		return "name a file, not a folder";
	case EACCES:
	case EPERM:
		return "name a file that you may write to";
	case EROFS:
		return "name a file on a writable file system";
	case ENXIO:
		return "name a file, a FIFO or /dev/fd/N of one; sockets cannot be opened";
	case EPIPE:
		return "see why the report's reader ended early";
	default:
		return "name another file";
	}
}

static int fail(enum kt_report_format format, const char *path, int errnum, const char *verb,
	struct kt_err *err)
{
	return kt_fail(err, errnum, fix_for(errnum), "cannot %s the %s report%s%s%s: %s", verb,
		formats[format].name, path ? " '" : "", path ? path : "", path ? "'" : "",
		strerror(errnum));
}

static bool is_fifo(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISFIFO(st.st_mode);
}

/* A blocking open of a FIFO would wait for its reader forever. */
int kt_report_open_fd(
	enum kt_report_format format, const char *path, int *ret_fd, struct kt_err *err)
{
	uint64_t deadline_ns = kt_deadline_ms(READER_MS);
	KT_AUTOFD int fd = -1;

	for (;;) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
			0666);
		int errnum = errno;
		if (fd >= 0)
			break;
		if (errnum == EINTR)
			continue;
		if (errnum != ENXIO || !is_fifo(path))
			return fail(format, path, errnum, "open", err);
		if (kt_deadline_passed(deadline_ns))
			return kt_fail(err, ETIMEDOUT, "start its reader before the run",
				"nobody opened the FIFO '%s' of the %s report for reading within "
				"%u s",
				path, formats[format].name, READER_MS / 1000);
		kt_sleep_until(kt_deadline_ms(RETRY_MS));
	}
	int r = kt_fd_set_nonblock(fd, false);
	if (r < 0)
		return fail(format, path, -r, "open", err);
	*ret_fd = kt_take_fd(&fd);
	return 0;
}

static int open_file(struct kt_report *r, struct kt_err *err)
{
	int fd = -1;
	int e = kt_report_open_fd(r->options.format, r->path, &fd, err);
	if (e < 0)
		return e;
	struct stat st;
	r->can_replace = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	r->file = fdopen(fd, "w");
	if (r->file)
		return 0;
	close(fd);
	return fail(r->options.format, r->path, ENOMEM, "open", err);
}

/* Who reads the file meanwhile sees one document or the other, or a part of the longer one. */
static bool write_text(struct kt_report *r)
{
	const struct kt_str *text = &r->writer.text;
	bool replaces = r->can_replace && r->writer.is_whole;

	if (replaces && fseeko(r->file, 0, SEEK_SET) < 0)
		return false;
	if (fwrite(text->text, 1, text->len, r->file) != text->len || fflush(r->file) != 0)
		return false;
	r->again_ns = kt_deadline_ms(AGAIN_MS);
	return !replaces || ftruncate(fileno(r->file), (off_t)text->len) == 0;
}

/* Whether a format is to write its document again, and the summary that it then has. */
static void note(struct kt_report *r, const struct kt_outcome *o, const struct kt_verdict *v)
{
	struct kt_report_summary *s = &r->writer.so_far;

	if (o && o->end != KT_END_INTERRUPTED) {
		s->tally.count[v->kind]++;
		r->done++;
	}
	s->booted += o && kt_outcome_booted(o);
	s->not_run = r->options.total > r->done ? r->options.total - r->done : 0;
	s->why = "the run has not ended";
	r->writer.is_due =
		r->can_replace && (r->done <= AGAIN_EACH || kt_deadline_passed(r->again_ns));
}

/* Only the first failure is the caller's to see; see the header. */
static int flush(struct kt_report *r, struct kt_err *err)
{
	struct kt_str *text = &r->writer.text;
	bool is_known = r->failed;

	if (!r->failed && text->failed) {
		r->errnum = ENOMEM;
		r->failed = true;
	} else if (!r->failed && text->len) {
		errno = 0;
		r->failed = !write_text(r);
		r->errnum = r->failed ? (errno ? errno : EIO) : 0;
	}
	kt_str_done(text);
	r->writer.is_whole = false;
	return r->failed && !is_known ? fail(r->options.format, r->path, r->errnum, "write", err)
				      : 0;
}

int kt_report_open(
	const struct kt_report_options *options, struct kt_report **ret, struct kt_err *err)
{
	KT_AUTO(kt_report_free) struct kt_report *r = calloc(1, sizeof(*r));

	if (!r || (options->path && !(r->path = strdup(options->path))))
		return kt_fail(err, ENOMEM, "free some memory", "out of memory for a report");
	r->options = *options;
	r->options.path = r->path;
	r->file = r->path ? NULL : options->out;
	r->writer = (struct kt_writer){.options = &r->options};
	r->writer.start_ns = kt_now_ns();
	r->writer.start = time(NULL);
	int result = r->path ? open_file(r, err) : 0;
	if (result < 0)
		return result;
	note(r, NULL, NULL);
	formats[options->format].begin(&r->writer);
	if ((result = flush(r, err)) < 0)
		return result;
	*ret = KT_TAKE(r);
	return 0;
}

int kt_report_add(struct kt_report *r, const struct kt_outcome *o, const struct kt_verdict *v,
	struct kt_err *err)
{
	note(r, o, v);
	formats[r->options.format].add(&r->writer, o, v);
	/* What a format keeps for the end is lost as much as what it wants to be written. */
	r->writer.text.failed |= r->writer.held.failed;
	return flush(r, err);
}

/* Some file systems say only now that there was no room. */
static int close_file(struct kt_report *r, struct kt_err *err)
{
	FILE *file = r->file;

	r->file = NULL;
	if (!r->path || !file || fclose(file) == 0)
		return 0;
	r->errnum = errno;
	return fail(r->options.format, r->path, r->errnum, "write", err);
}

int kt_report_end(struct kt_report *r, const struct kt_report_summary *summary, struct kt_err *err)
{
	formats[r->options.format].end(&r->writer, summary);
	r->writer.text.failed |= r->writer.held.failed;
	(void)flush(r, NULL); /* said below, with what failed before */
	if (r->failed)
		return fail(r->options.format, r->path, r->errnum, "write", err);
	return close_file(r, err);
}

void kt_report_free(struct kt_report *r)
{
	if (!r)
		return;
	if (r->path && r->file)
		fclose(r->file);
	kt_str_done(&r->writer.text);
	kt_str_done(&r->writer.held);
	free(r->path);
	free(r);
}

static size_t count_all(const struct kt_report_summary *summary)
{
	size_t total = summary->not_run;

	for (unsigned i = 0; i < KT_VERDICT_COUNT; i++)
		total += summary->tally.count[i];
	return total;
}

void kt_report_summary_text(const struct kt_report_summary *summary, struct kt_str *out)
{
	kt_text_summary(&summary->tally, out);
	kt_str_addf(out, "kernels booted: %u\n", summary->booted);
	if (summary->not_run)
		kt_str_addf(out, "not run: %zu of %zu tests%s%s\n", summary->not_run,
			count_all(summary), summary->why ? ", " : "",
			summary->why ? summary->why : "");
}

void kt_writer_not_run(const struct kt_report_summary *summary, struct kt_str *out)
{
	kt_str_addf(out, "%zu of %zu tests were not run%s%s", summary->not_run, count_all(summary),
		summary->why ? ": " : "", summary->why ? summary->why : "");
}

const char *kt_writer_reason(const struct kt_verdict *v)
{
	const struct kt_verdict_detail *d = kt_verdict_reason(v);

	return d && v->kind != KT_VERDICT_PASS ? d->text : "";
}
