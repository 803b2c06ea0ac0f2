/* SPDX-License-Identifier: GPL-2.0-only */
/* Monotonic time and deadlines, in nanoseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KT_NS_PER_MS 1000000ull
#define KT_NS_PER_S  1000000000ull

/* CLOCK_MONOTONIC now. */
uint64_t kt_now_ns(void);
/* CPU time of the calling thread. */
uint64_t kt_thread_cpu_ns(void);

/* A point in time FROM_NOW_MS ahead; saturates. */
uint64_t kt_deadline_ms(uint64_t from_now_ms);
bool kt_deadline_passed(uint64_t deadline_ns);
/* Time left as a poll(2) timeout: 0 when passed, rounded up, at most INT_MAX. */
int kt_deadline_poll_ms(uint64_t deadline_ns);

/* Sleep until DEADLINE_NS; goes on after signals. */
void kt_sleep_until(uint64_t deadline_ns);
