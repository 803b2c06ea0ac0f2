/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which system calls the workers of a group make, role by role: the kernel's own word (ptrace),
 * which no kind can fake. The group has been started.
 */
#pragma once

#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "unit/work/groups.h"

#define TRACE_WORKERS 16
#define TRACE_CALLS   512
#define TRACE_UNTIL   511 /* clock_nanosleep with an absolute time */

struct trace {
	uint64_t calls[TRACE_WORKERS][TRACE_CALLS]; /* by worker and number */
	uint64_t signals[TRACE_WORKERS];	    /* delivered */
};

static inline const char *trace_name(unsigned nr)
{
	static const struct {
		unsigned nr;
		const char *name;
	} names[] = {
#define CALL(name) {SYS_##name, #name}
		CALL(read),
		CALL(write),
		CALL(futex),
		CALL(sched_yield),
		CALL(clock_nanosleep),
		CALL(sched_setaffinity),
		CALL(sched_getaffinity),
		CALL(sched_setscheduler),
		CALL(sched_setattr),
		CALL(setpriority),
		CALL(getpriority),
		CALL(clone),
		CALL(wait4),
		CALL(epoll_wait),
		CALL(tkill),
		CALL(tgkill),
		CALL(poll),
		CALL(ppoll),
		CALL(pread64),
		CALL(pwrite64),
		CALL(fdatasync),
		CALL(madvise),
		CALL(mbind),
		CALL(openat),
		CALL(close),
		CALL(epoll_create1),
		CALL(epoll_ctl),
		CALL(rt_sigreturn),
		CALL(rt_sigaction),
		CALL(prctl),
		CALL(mkdir),
		CALL(rmdir),
		CALL(mmap),
		CALL(munmap),
		CALL(memfd_create),
		CALL(unlink),
		CALL(getpid),
		CALL(rt_sigprocmask),
		CALL(sched_getscheduler),
		CALL(restart_syscall),
		CALL(set_robust_list),
		CALL(getdents64),
		CALL(gettid),
		CALL(fstat),
		CALL(newfstatat),
		CALL(waitid),
		CALL(move_pages),
		CALL(get_mempolicy),
#undef CALL
	};
	if (nr == TRACE_UNTIL)
		return "clock_nanosleep_until";
	for (size_t i = 0; i < KT_ARRAY_LEN(names); i++)
		if (names[i].nr == nr)
			return names[i].name;
	static char other[16];
	snprintf(other, sizeof(other), "#%u", nr);
	return other;
}

/* False: tracing is not allowed here. */
static inline bool trace_attach(const struct kt_work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		int status;
		if (ptrace(PTRACE_SEIZE, w->pids[i], 0, PTRACE_O_TRACESYSGOOD) < 0)
			return false;
		cr_assert_eq(ptrace(PTRACE_INTERRUPT, w->pids[i], 0, 0), 0);
		cr_assert_eq(waitpid(w->pids[i], &status, __WALL), w->pids[i]);
		cr_assert_eq(ptrace(PTRACE_SYSCALL, w->pids[i], 0, 0), 0);
	}
	return true;
}

/* One stop of worker I; what it delivers is passed on. */
static inline void trace_stop(struct trace *t, pid_t pid, size_t i, int status)
{
	int pass = 0, sig = WSTOPSIG(status);
	if (sig == (SIGTRAP | 0x80)) {
		struct __ptrace_syscall_info info = {0};
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
		bool until = info.entry.nr == SYS_clock_nanosleep && info.entry.args[1];
		/* Only some machines' clocks need a call to be read. */
		bool counts = info.entry.nr < TRACE_UNTIL && info.entry.nr != SYS_clock_gettime;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && counts)
			t->calls[i][until ? TRACE_UNTIL : info.entry.nr]++;
	} else if (status >> 16 == 0) {
		t->signals[i]++;
		pass = sig;
	}
	ptrace(PTRACE_SYSCALL, pid, 0, pass);
}

/*
 * Watch the workers until each has made so many ITERATIONS from beginning to end, or for MS. The
 * first that ends does not count: some of its calls may have been made before.
 */
static inline void trace_run(struct kt_work *w, struct trace *t, uint64_t iterations, uint64_t ms)
{
	uint64_t deadline_ns = kt_deadline_ms(ms), before[TRACE_WORKERS];
	bool all = false;
	for (size_t i = 0; i < w->count; i++)
		before[i] = atomic_load(&w->shared->slots[i].iterations);
	while (!all && !kt_deadline_passed(deadline_ns)) {
		bool quiet = true;
		all = true;
		for (size_t i = 0; i < w->count; i++) {
			int status;
			all &= atomic_load(&w->shared->slots[i].iterations) - before[i] >
			       iterations;
			if (waitpid(w->pids[i], &status, __WALL | WNOHANG) != w->pids[i])
				continue;
			cr_assert(WIFSTOPPED(status), "worker %zu ended", i);
			trace_stop(t, w->pids[i], i, status);
			quiet = false;
		}
		if (quiet)
			kt_sleep_until(kt_now_ns() + 20000);
	}
}

/* So that it can be stopped and reaped as always. */
static inline void trace_detach(struct kt_work *w)
{
	for (size_t i = 0; i < w->count; i++) {
		int status = 0;
		ptrace(PTRACE_INTERRUPT, w->pids[i], 0, 0);
		do
			cr_assert_eq(waitpid(w->pids[i], &status, __WALL), w->pids[i]);
		while (!WIFSTOPPED(status));
		int sig = WSTOPSIG(status);
		bool signalled = sig != (SIGTRAP | 0x80) && status >> 16 == 0;
		ptrace(PTRACE_DETACH, w->pids[i], 0, signalled ? sig : 0);
	}
}

/* The calls worker I made more than once a while, sorted by number: "futex sched_yield". */
static inline void trace_text(
	const struct trace *t, size_t i, uint64_t least, char *ret, size_t bytes)
{
	ret[0] = '\0';
	for (unsigned nr = 0; nr < TRACE_CALLS; nr++) {
		size_t len = strlen(ret);
		if (t->calls[i][nr] >= least)
			snprintf(ret + len, bytes - len, "%s%s", len ? " " : "", trace_name(nr));
	}
}
