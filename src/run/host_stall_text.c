// SPDX-License-Identifier: GPL-2.0-only
/* The report of a worker that stands still: every file that says why, as far as it is readable. */
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "run/host_stall.h"

#define FILE_BYTES  65536u
#define VALUE_BYTES 200
#define STACK_LINES 20u

/* The file, without the line's end; "?" where it cannot be read or says nothing. */
static void read_value(
	const struct kt_run_stall *s, const char *who, const char *file, struct kt_str *ret)
{
	KT_AUTOFREE char *path = kt_strf("%s%s%s/%s", s->proc, *who ? "/" : "", who, file);
	kt_str_cut(ret, 0);
	if (path && kt_fs_read(path, FILE_BYTES, ret, NULL) == 0)
		kt_str_cut(ret, strcspn(kt_str_get(ret), "\n"));
	if (!ret->len)
		kt_str_add(ret, "?");
}

static void add_value(const struct kt_run_stall *s, const char *name, const char *who,
	const char *file, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str value = {0};
	read_value(s, who, file, &value);
	kt_str_addf(out, "\n%s: %.*s", name, VALUE_BYTES, kt_str_get(&value));
}

static void add_state(const struct kt_run_stall *s, const char *who, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s/status", s->proc, who);
	const char *line = NULL;
	if (path && kt_fs_read(path, FILE_BYTES, &text, NULL) == 0)
		line = strstr(kt_str_get(&text), "State:");
	line = line ? line + strspn(line + 6, " \t") + 6 : "?";
	kt_str_addf(
		out, "\nstate: %.*s", (int)KT_MIN(strcspn(line, "\n"), (size_t)VALUE_BYTES), line);
}

/* Only root may read it; without it the line of the state has to do. */
static void add_stack(const struct kt_run_stall *s, const char *who, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s/stack", s->proc, who);
	if (!path || kt_fs_read(path, FILE_BYTES, &text, NULL) < 0 || !text.len)
		return;
	char *rest = text.text;
	unsigned lines = 0;
	kt_str_add(out, "\nkernel stack:");
	for (char *line; lines < STACK_LINES && (line = strsep(&rest, "\n"));)
		if (*line && ++lines)
			kt_str_addf(out, "\n  %.*s", VALUE_BYTES / 2, line);
}

void kt_run_stall_text(
	const struct kt_run_stall *s, const struct kt_run_stall_watch *w, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str comm = {0};
	char who[16];
	snprintf(who, sizeof(who), "%d", (int)w->pid);
	read_value(s, who, "comm", &comm);
	kt_str_addf(out,
		"worker %s (%s) of %s%s%s stood still for %u looks, %u ms apart\n"
		"%s: %ju -> %ju switches (+%ju), %ju -> %ju ns of run time (+%ju)",
		who, kt_str_get(&comm), *w->cgroup ? "cgroup '" : "the harness's cgroup", w->cgroup,
		*w->cgroup ? "'" : "", w->alike, KT_RUN_STALL_EVERY_MS, s->source ? s->source : "?",
		(uintmax_t)w->first.switches, (uintmax_t)w->last.switches,
		(uintmax_t)(w->last.switches - w->first.switches), (uintmax_t)w->first.runtime_ns,
		(uintmax_t)w->last.runtime_ns,
		(uintmax_t)(w->last.runtime_ns - w->first.runtime_ns));
	add_state(s, who, out);
	add_value(s, "wchan", who, "wchan", out);
	add_value(s, "syscall", who, "syscall", out);
	add_value(s, "cgroup", who, "cgroup", out);
	add_value(s, "load", "", "loadavg", out);
	add_stack(s, who, out);
	kt_str_add(out,
		" (fix: state R: the scheduler lets it wait; T: something stopped it; D: see "
		"wchan and stack; S: give it shorter sleeps than the looks take)");
}
