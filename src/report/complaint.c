// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what kernels say when something is wrong with them, and the scan for it.
 * Patterns stand at the start of a line, after the time stamp, because drivers quote the same
 * words in the middle of harmless ones ("Spectre V2 : WARNING: ...").
 */
#include "report/complaint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* A bug's Oops comes within this many lines of its first line. */
#define REPORT_LINES 12u
#define STAMP_DIGITS 6u /* behind the point; a number in brackets is not always a time */

struct pattern {
	const char *start; /* of the line, without its time stamp */
	const char *with;  /* further on in the same line; NULL: nothing more */
	const char *kind;
	const char *sentence;
	enum { PLAIN, STALL, PANIC, BUG, OOPS, MEMORY } class;
};

/* The first that fits names the kind: special ones stand before the general of the same start. */
static const struct pattern patterns[] = {
	{"Kernel panic - not syncing", NULL, "panic", "the kernel gave up", PANIC},
	{"PANIC: ", NULL, "panic", "an exception that the kernel cannot handle", PANIC},
	{"traps: PANIC: ", NULL, "panic", "an exception that the kernel cannot handle", PANIC},
	{"WARNING: possible circular locking", NULL, "lockdep", "locks are taken in two orders",
		PLAIN},
	{"WARNING: possible recursive locking", NULL, "lockdep", "a lock is taken twice", PLAIN},
	{"WARNING: inconsistent lock state", NULL, "lockdep",
		"a lock is used both in interrupts and with interrupts on", PLAIN},
	{"WARNING: suspicious RCU usage", NULL, "lockdep", "RCU data is used without its lock",
		PLAIN},
	{"INFO: trying to register non-static key", NULL, "lockdep",
		"a lock is used before it is initialised", PLAIN},
	{"WARNING: ", NULL, "warning", "an assumption of the kernel does not hold", PLAIN},
	{"watchdog: BUG: soft lockup", NULL, "lockup", "a CPU did not schedule for too long",
		STALL},
	{"watchdog: ", "detected hard LOCKUP", "lockup", "a CPU took no interrupts for too long",
		STALL},
	{"NMI watchdog: ", "hard LOCKUP", "lockup", "a CPU took no interrupts for too long", STALL},
	{"BUG: workqueue lockup", NULL, "lockup", "a kernel worker got no CPU time", STALL},
	{"rcu: INFO: ", " stall", "rcu", "a CPU or task held up RCU", STALL},
	{"INFO: rcu", " stall", "rcu", "a CPU or task held up RCU", STALL},
	{"INFO: task ", " blocked for more than ", "hung task", "a task waits and nobody wakes it",
		STALL},
	{"BUG: KASAN: ", NULL, "kasan", "the kernel used memory that is not its own", BUG},
	{"UBSAN: ", NULL, "ubsan", "the kernel did something C does not define", PLAIN},
	{"BUG: ", NULL, "bug", "the kernel found a bug in itself", BUG},
	{"kernel BUG at ", NULL, "bug", "an assertion of the kernel failed", BUG},
	{"Oops: ", NULL, "oops", "the kernel made an access that faulted", OOPS},
	{"general protection fault", NULL, "oops", "the kernel used an address that cannot be",
		OOPS},
	{"double fault: ", NULL, "oops", "a fault while handling a fault", OOPS},
	{"irq ", ": nobody cared", "irq", "an interrupt that no driver handles", PLAIN},
	{"Out of memory: Killed process", NULL, "oom", "the guest ran out of memory", MEMORY},
	{"sched_ext: BPF scheduler ", " disabled (", "sched_ext",
		"the kernel threw the scheduler out", PLAIN},
};

/* Advice and normal ends that look like complaints. */
static const struct {
	const char *start, *with;
} harmless[] = {
	{"WARNING: Flushing system-wide workqueues", NULL},
	{"WARNING: polling idle and HT enabled", NULL},
	{"WARNING: BIOS bug: ", NULL},
	{"sched_ext: BPF scheduler ", "(unregistered from "},
	{"sched_ext: BPF scheduler ", "(disabled by sysrq"},
};

static bool line_is(const char *line, const char *start, const char *with)
{
	return kt_starts_with(line, start) && (!with || strstr(line + strlen(start), with));
}

static const struct pattern *find_pattern(const char *line)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(harmless); i++)
		if (line_is(line, harmless[i].start, harmless[i].with))
			return NULL;
	for (size_t i = 0; i < KT_ARRAY_LEN(patterns); i++)
		if (line_is(line, patterns[i].start, patterns[i].with))
			return &patterns[i];
	return NULL;
}

/* Past "[   12.345678] ", and the caller "[    T1] " that some kernels add. */
static const char *skip_stamp(const char *line)
{
	const char *p = line;

	if (*p++ != '[')
		return line;
	p += strspn(p, " ");
	size_t seconds = strspn(p, "0123456789");
	if (!seconds || p[seconds] != '.')
		return line;
	p += seconds + 1;
	size_t micros = strspn(p, "0123456789");
	if (micros != STAMP_DIGITS || p[micros] != ']')
		return line;
	p += micros + 1;
	if (*p == '[') {
		const char *end = strchr(p, ']');
		p = end ? end + 1 : p;
	}
	return *p == ' ' ? p + 1 : p;
}

/* Behind the last stamp inside LINE, where a program's text without an end stood before it. */
static const char *after_inner_stamp(const char *line)
{
	const char *found = NULL;

	for (const char *p = strchr(line, '['); p; p = strchr(p + 1, '[')) {
		const char *text = skip_stamp(p);
		if (text != p && text[-1] == ' ')
			found = text;
	}
	return found;
}

static void keep(struct kt_complaint_scan *s, const struct pattern *p, const char *text)
{
	struct kt_complaint c = {
		.kind = p->kind,
		.sentence = p->sentence,
		.is_stall = p->class == STALL,
		.is_panic = p->class == PANIC,
		.is_oom = p->class == MEMORY,
		.line_number = s->line_number,
	};

	snprintf(c.line, sizeof(c.line), "%s", text);
	if (s->found.count >= KT_COMPLAINTS_MAX || kt_vec_push(&s->found, c))
		s->more++;
}

/* A panic counts without a stamp too: nothing may hide it. */
static bool counts(const struct kt_complaint_scan *s, const struct pattern *p, bool has_stamp)
{
	return p && (has_stamp || !s->stamped || p->class == PANIC);
}

static void end_line(struct kt_complaint_scan *s)
{
	s->line[s->len] = '\0';
	s->len = 0;
	s->line_number++;

	const char *text = skip_stamp(s->line);
	bool has_stamp = text != s->line;
	/* no program runs before the first line; a quiet kernel does not print its version */
	if ((*text && !s->began) || kt_starts_with(text, "Linux version ")) {
		s->began = true;
		s->stamped = has_stamp;
	}
	if (kt_starts_with(text, "---[ end trace"))
		s->report_lines = 0;
	else if (s->report_lines)
		s->report_lines--;

	const struct pattern *p = find_pattern(text);
	const char *inner = has_stamp ? NULL : after_inner_stamp(text);
	if (inner && !counts(s, p, has_stamp)) {
		text = inner;
		has_stamp = true;
		p = find_pattern(text);
	}
	if (!counts(s, p, has_stamp))
		return;
	if (p->class == OOPS && s->report_lines)
		return;
	if (p->class == BUG || p->class == OOPS)
		s->report_lines = REPORT_LINES;
	keep(s, p, text);
}

/*
 * In a line that is too long: the end counts where the start says nothing, for a program may
 * print forever without ending its line, and the kernel right behind it.
 */
static void keep_end(struct kt_complaint_scan *s)
{
	size_t half = sizeof(s->line) / 2;

	s->line[s->len] = '\0';
	if (skip_stamp(s->line) != s->line || find_pattern(s->line))
		return;
	memmove(s->line, s->line + s->len - half, half);
	s->len = half;
}

void kt_complaint_feed(struct kt_complaint_scan *s, const void *data, size_t bytes)
{
	const char *p = data;

	for (size_t i = 0; i < bytes; i++) {
		if (s->len == sizeof(s->line) - 1 && p[i] != '\n')
			keep_end(s);
		if (p[i] == '\n')
			end_line(s);
		else if (p[i] != '\r' && p[i] != '\0' && s->len < sizeof(s->line) - 1)
			s->line[s->len++] = p[i];
	}
}

void kt_complaint_flush(struct kt_complaint_scan *s)
{
	if (s->len)
		end_line(s);
}

void kt_complaint_done(struct kt_complaint_scan *s)
{
	kt_vec_done(&s->found);
	memset(s, 0, sizeof(*s));
}

bool kt_complaint_allowed(const struct kt_complaint *c, const char *const *globs)
{
	for (; globs && *globs; globs++)
		if (kt_glob_match(*globs, c->line))
			return true;
	return false;
}
