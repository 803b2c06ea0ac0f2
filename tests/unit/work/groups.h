/* SPDX-License-Identifier: GPL-2.0-only */
/* Real workers for the tests of work: begin a group, wait for what it does, end it. */
#pragma once

#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/group.h"
#include "work/kind.h"
#include "work/work.h"

#define PATIENCE_MS 60000u /* it only ends a hang */

/* Wait until the condition holds; fails the test when it never does. */
#define until(condition)                                                                           \
	do {                                                                                       \
		uint64_t until_ns = kt_deadline_ms(PATIENCE_MS);                                   \
		while (!(condition)) {                                                             \
			cr_assert(!kt_deadline_passed(until_ns), "never: " #condition);            \
			kt_sleep_until(kt_now_ns() + KT_NS_PER_MS);                                \
		}                                                                                  \
	} while (0)

static inline struct kt_work *spawn(struct ktstr_work work)
{
	struct kt_work_spec spec = {.work = &work, .cgroup = "left", .group = 2, .phase = 3};
	struct kt_work *w = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_work_spawn(&spec, &w, &err), 0, "%s", err.text);
	return w;
}

static inline void start(struct kt_work *w)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_work_start(w, &err), 0, "%s", err.text);
}

static inline struct kt_work *spawn_and_start(struct ktstr_work work)
{
	struct kt_work *w = spawn(work);
	start(w);
	return w;
}

static inline struct kt_work *spinners(unsigned workers)
{
	return spawn((struct ktstr_work){.kind = KTSTR_WORK_spin_wait, .workers = workers});
}

/* As kt_work_stop(), of workers that must come to their reports however busy the machine is. */
static inline unsigned stop_patiently(
	struct kt_work *const *works, size_t count, struct kt_work_results *out)
{
	return kt_work_stop_within(works, count, PATIENCE_MS, out);
}

/* Stop and free a group of one worker; its metrics go with it. */
static inline struct kt_work_result end_one(struct kt_work *w)
{
	struct kt_work_results out = {0};
	stop_patiently(&w, 1, &out);
	cr_assert_eq(out.count, 1);
	struct kt_work_result res = out.items[0];
	res.metrics = NULL;
	res.metric_count = 0;
	kt_work_results_done(&out);
	kt_work_free(w);
	return res;
}

static inline bool no_child_left(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

/* What stands behind KEY in a file of /proc/PID; false when it is not there. */
static inline bool proc_line(pid_t pid, const char *file, const char *key, char ret[256])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	size_t n = strlen(key);
	while (f && fgets(ret, 256, f)) {
		if (strncmp(ret, key, n) || ret[n] != ':')
			continue;
		memmove(ret, ret + n + 1, strlen(ret + n + 1) + 1);
		return true;
	}
	return false;
}

/* The value of a line of /proc/PID/status, base 16 or 10 as BASE says; -1 when not there. */
static inline long long status_value(pid_t pid, const char *key, int base)
{
	char text[256];
	return proc_line(pid, "status", key, text) ? strtoll(text, NULL, base) : -1;
}

/* It sleeps in the kernel, and nobody has woken it. */
static inline bool is_asleep(pid_t pid)
{
	char text[256];
	return proc_line(pid, "status", "State", text) && strstr(text, "S (");
}

/* It catches its stop signal and no other; numbers from 32 on are the C library's. */
static inline bool is_set_up(pid_t pid)
{
	return (status_value(pid, "SigCgt", 16) & INT32_MAX) == 1 << (KT_WORK_STOP_SIGNAL - 1);
}

/* Wait for the end of a process that somebody else reaps, sooner or later. */
static inline void until_ended(pid_t pid)
{
	KT_AUTOFD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (fd < 0)
		cr_assert_eq(errno, ESRCH);
	else
		cr_assert_eq(poll(&p, 1, PATIENCE_MS), 1, "process %d lives on", (int)pid);
}

/* The process of worker I stands still when this returns, until it is let go. */
static inline void hold(const struct kt_work *w, size_t i)
{
	siginfo_t info;
	cr_assert_eq(kill(w->pids[i], SIGSTOP), 0);
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[i], &info, WSTOPPED), 0);
}

static inline void let_go(const struct kt_work *w, size_t i)
{
	cr_assert_eq(kill(w->pids[i], SIGCONT), 0);
}

/* It sleeps until another worker wakes it. */
static inline bool waits(const struct kt_work *w, size_t i)
{
	return atomic_load(&w->shared->slots[i].progress_ns) == UINT64_MAX && is_asleep(w->pids[i]);
}

/*
 * Each of a pair sleeps before the other goes on, so that what then wakes it is a wake-up: on a
 * busy machine they may else find each other's turn there already, again and again. More than
 * once, since one may be held between noting the time of a wake-up and the wake-up.
 */
static inline void make_them_sleep(const struct kt_work *w)
{
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 2; i++) {
			hold(w, i);
			until(waits(w, !i));
			let_go(w, i);
		}
	}
}
