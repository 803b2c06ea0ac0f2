// SPDX-License-Identifier: GPL-2.0-only
/*
 * Monotonic time. Everything that waits in this project waits for a deadline made here, as
 * an absolute time, so that signals and retries never lengthen a wait.
 */
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts = {0};
	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * KT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t kt_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t kt_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t kt_deadline_ms(uint64_t from_now_ms)
{
	uint64_t now = kt_now_ns();
	if (from_now_ms > (UINT64_MAX - now) / KT_NS_PER_MS)
		return UINT64_MAX;
	return now + from_now_ms * KT_NS_PER_MS;
}

bool kt_deadline_passed(uint64_t deadline_ns)
{
	return kt_now_ns() >= deadline_ns;
}

int kt_deadline_poll_ms(uint64_t deadline_ns)
{
	uint64_t now = kt_now_ns();
	if (now >= deadline_ns)
		return 0;
	uint64_t left_ns = deadline_ns - now;
	/* Rounded up: a poll that returns early would make its caller spin for the rest. */
	uint64_t left_ms = left_ns / KT_NS_PER_MS + (left_ns % KT_NS_PER_MS != 0);
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

void kt_sleep_until(uint64_t deadline_ns)
{
	/* time_t is signed; a saturated deadline stays within it. */
	struct timespec ts = {
		.tv_sec = (time_t)(deadline_ns / KT_NS_PER_S),
		.tv_nsec = (long)(deadline_ns % KT_NS_PER_S),
	};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
