// SPDX-License-Identifier: GPL-2.0-only
/* Looks and compares; what is said of a worker is made in host_stall_text.c. */
#include "run/host_stall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"

#define FILE_BYTES  65536u
#define WATCHED_MAX 4096u
#define TOO_MANY_NOTE                                                                              \
	"not all workers are looked at: those beyond the first 4096 could stand still unseen "     \
	"(fix: use fewer workers at once)"
_Static_assert(WATCHED_MAX == 4096, "TOO_MANY_NOTE has the number");
#define NO_MEMORY_NOTE                                                                             \
	"not all workers are looked at: out of memory, so the newest could stand still unseen "    \
	"(fix: free memory)"
#define NO_STALL_NOTE                                                                              \
	"workers that stand still are not looked for: this kernel shows neither /proc/PID/sched "  \
	"(CONFIG_SCHED_DEBUG) nor times in /proc/PID/schedstat (CONFIG_SCHED_INFO)"

void kt_run_stall_done(struct kt_run_stall *s)
{
	kt_vec_done(&s->watched);
}

static void note_unwatched(struct kt_run_stall *s, const char *text)
{
	if (!s->noted_unwatched)
		s->on_detail(s->arg, false, text);
	s->noted_unwatched = true;
}

void kt_run_stall_add(struct kt_run_stall *s, const void *group, const char *cgroup,
	const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (s->watched.count >= WATCHED_MAX)
			return note_unwatched(s, TOO_MANY_NOTE);
		struct kt_run_stall_watch w = {.group = group, .pid = pids[i]};
		snprintf(w.cgroup, sizeof(w.cgroup), "%s", cgroup);
		if (kt_vec_push(&s->watched, w) < 0)
			return note_unwatched(s, NO_MEMORY_NOTE);
	}
}

void kt_run_stall_forget(struct kt_run_stall *s, const void *group)
{
	size_t kept = 0;
	kt_vec_each(w, &s->watched)
		if (group && w->group != group)
			s->watched.items[kept++] = *w;
	s->watched.count = kept;
}

/* The number behind the line's colon; in milliseconds with six digits where DOTTED. */
static bool find_number(const char *text, const char *key, bool dotted, uint64_t *ret)
{
	size_t bytes = strlen(key);
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, bytes) != 0 || !strchr(" \t:", line[bytes]))
			continue;
		const char *p = line + strcspn(line, ":\n");
		char *end;
		if (*p != ':')
			return false;
		uint64_t whole = strtoull(p + 1, &end, 10), part = 0;
		if (dotted && *end == '.')
			part = strtoull(end + 1, &end, 10);
		*ret = dotted ? whole * KT_NS_PER_MS + part : whole;
		return end != p + 1;
	}
	return false;
}

bool kt_run_stall_parse_sched(const char *text, struct kt_run_stall_sample *ret)
{
	struct kt_run_stall_sample s;
	if (!find_number(text, "nr_switches", false, &s.switches) ||
		!find_number(text, "se.sum_exec_runtime", true, &s.runtime_ns))
		return false;
	*ret = s;
	return true;
}

bool kt_run_stall_parse_schedstat(const char *text, struct kt_run_stall_sample *ret)
{
	unsigned long long run, wait, slices;
	if (sscanf(text, "%llu %llu %llu", &run, &wait, &slices) != 3)
		return false;
	*ret = (struct kt_run_stall_sample){.switches = slices, .runtime_ns = run};
	return true;
}

static bool read_sample(const struct kt_run_stall *s, const char *who, const char *source,
	struct kt_run_stall_sample *ret)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s/%s", s->proc, who, source);
	if (!path || kt_fs_read(path, FILE_BYTES, &text, NULL) < 0)
		return false;
	return strcmp(source, "sched") == 0 ? kt_run_stall_parse_sched(kt_str_get(&text), ret)
					    : kt_run_stall_parse_schedstat(kt_str_get(&text), ret);
}

/* This process has run: a file that says otherwise of it would say the same of all. */
static void choose_source(struct kt_run_stall *s)
{
	static const char *const sources[] = {"sched", "schedstat"};
	for (size_t i = 0; i < KT_ARRAY_LEN(sources); i++) {
		struct kt_run_stall_sample own;
		if (!read_sample(s, "self", sources[i], &own) || (!own.switches && !own.runtime_ns))
			continue;
		s->source = sources[i];
		return;
	}
	s->off = true;
	s->on_detail(s->arg, false, NO_STALL_NOTE);
}

static bool file_has(const char *path, const char *line)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	return path && kt_fs_read(path, FILE_BYTES, &text, NULL) == 0 &&
	       strstr(kt_str_get(&text), line) != NULL;
}

/* By an op or by hand, in its cgroup or above: the kernel says so in the innermost. */
static bool is_frozen(const struct kt_run_stall *s, pid_t pid)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%d/cgroup", s->proc, (int)pid);
	if (!path || kt_fs_read(path, FILE_BYTES, &text, NULL) < 0)
		return false;
	const char *line = strstr(kt_str_get(&text), "0::");
	if (!line)
		return false;
	line += 3;
	KT_AUTOFREE char *events =
		kt_strf("%s%.*s/cgroup.events", s->mount, (int)strcspn(line, "\n"), line);
	return file_has(events, "frozen 1");
}

static bool has_ended(const struct kt_run_stall *s, pid_t pid)
{
	KT_AUTOFREE char *path = kt_strf("%s/%d/status", s->proc, (int)pid);
	return file_has(path, "State:\tZ") || file_has(path, "State:\tX");
}

static void tell(struct kt_run_stall *s, struct kt_run_stall_watch *w)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_run_stall_text(s, w, &text);
	s->on_detail(s->arg, true, kt_str_get(&text));
	w->told = true;
}

static void look_at(struct kt_run_stall *s, struct kt_run_stall_watch *w)
{
	struct kt_run_stall_sample now;
	char who[16];
	snprintf(who, sizeof(who), "%d", (int)w->pid);
	if (!read_sample(s, who, s->source, &now)) {
		w->alike = 0; /* it has ended, which its result tells */
		return;
	}
	if (!w->alike || now.switches != w->last.switches || now.runtime_ns != w->last.runtime_ns) {
		w->first = now;
		w->alike = 0;
		w->told = false;
	}
	w->last = now;
	w->alike++;
	if (w->alike > 1 && is_frozen(s, w->pid))
		w->alike = 0; /* the looks until now say nothing */
	if (w->alike >= KT_RUN_STALL_SAMPLES && !w->told && !has_ended(s, w->pid))
		tell(s, w);
}

void kt_run_stall_look(struct kt_run_stall *s)
{
	if (!s->watched.count || s->off)
		return;
	if (!s->source)
		choose_source(s);
	kt_vec_each(w, &s->watched)
		if (!s->off)
			look_at(s, w);
}
