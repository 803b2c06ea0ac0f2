/* SPDX-License-Identifier: GPL-2.0-only */
/* Real workers for the tests of work: begin a group, wait for what it does, end it. */
#pragma once

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/group.h"
#include "work/kind.h"
#include "work/work.h"

#define PATIENCE_MS 20000u /* far beyond what a loaded machine needs */

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

/* Stop and free a group of one worker. */
static inline struct kt_work_result end_one(struct kt_work *w)
{
	struct kt_work_results out = {0};
	kt_work_stop(&w, 1, &out);
	cr_assert_eq(out.count, 1);
	struct kt_work_result res = out.items[0];
	free(out.items);
	kt_work_free(w);
	return res;
}

static inline bool no_child_left(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

/* The value of a line of /proc/PID/status, base 16 or 10 as BASE says; -1 when not there. */
static inline long long status_value(pid_t pid, const char *key, int base)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	size_t n = strlen(key);
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, n) && line[n] == ':')
			return strtoll(line + n + 1, NULL, base);
	}
	return -1;
}

/* It catches its stop signal and no other; numbers from 32 on are the C library's. */
static inline bool is_set_up(pid_t pid)
{
	return (status_value(pid, "SigCgt", 16) & INT32_MAX) == 1 << (KT_WORK_STOP_SIGNAL - 1);
}
