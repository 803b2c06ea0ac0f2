// SPDX-License-Identifier: GPL-2.0-only
/* Deadlines saturate, round up and survive signals. */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

Test(clock, does_not_run_backwards)
{
	uint64_t before = kt_now_ns();
	for (int i = 0; i < 1000; i++) {
		uint64_t now = kt_now_ns();
		cr_assert_geq(now, before);
		before = now;
	}
}

Test(clock, thread_time_advances_with_work_only)
{
	uint64_t slept = UINT64_MAX;
	/* More than once: where a hypervisor takes the CPU, the kernel may count that as work. */
	for (int i = 0; i < 10 && slept >= 50 * KT_NS_PER_MS; i++) {
		uint64_t before = kt_thread_cpu_ns();
		kt_sleep_until(kt_deadline_ms(50));
		slept = kt_thread_cpu_ns() - before;
	}
	cr_assert_lt(slept, 50 * KT_NS_PER_MS);
	uint64_t start = kt_thread_cpu_ns();
	while (kt_thread_cpu_ns() == start)
		;
	cr_assert_gt(kt_thread_cpu_ns(), start);
}

Test(clock, deadline_lies_ahead_by_its_milliseconds)
{
	uint64_t before = kt_now_ns();
	uint64_t deadline = kt_deadline_ms(1234);
	uint64_t after = kt_now_ns();
	cr_assert_geq(deadline, before + 1234 * KT_NS_PER_MS);
	cr_assert_leq(deadline, after + 1234 * KT_NS_PER_MS);
}

Test(clock, a_deadline_too_far_saturates)
{
	cr_assert_eq(kt_deadline_ms(UINT64_MAX), UINT64_MAX);
	cr_assert_eq(kt_deadline_ms(UINT64_MAX / KT_NS_PER_MS), UINT64_MAX);
}

Test(clock, passed_tells_past_from_future)
{
	cr_assert(kt_deadline_passed(0));
	cr_assert(kt_deadline_passed(kt_now_ns()));
	cr_assert_not(kt_deadline_passed(UINT64_MAX));
	cr_assert_not(kt_deadline_passed(kt_deadline_ms(100000)));
}

Test(clock, poll_timeout_is_zero_after_and_clipped_far_before)
{
	cr_assert_eq(kt_deadline_poll_ms(0), 0);
	cr_assert_eq(kt_deadline_poll_ms(kt_now_ns()), 0);
	cr_assert_eq(kt_deadline_poll_ms(UINT64_MAX), INT_MAX);
	uint64_t deadline = kt_deadline_ms(100000);
	int left = kt_deadline_poll_ms(deadline);
	uint64_t after = kt_now_ns();
	cr_assert_leq(left, 100000);
	cr_assert_geq(after + (uint64_t)left * KT_NS_PER_MS, deadline);
}

Test(clock, poll_timeout_is_never_zero_before_the_deadline)
{
	uint64_t deadline = kt_deadline_ms(3);
	while (kt_deadline_poll_ms(deadline) > 0)
		;
	cr_assert(kt_deadline_passed(deadline));
}

Test(clock, sleep_goes_on_after_signals)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval every_ms = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000};
	cr_assert_eq(sigaction(SIGALRM, &sa, NULL), 0);
	cr_assert_eq(setitimer(ITIMER_REAL, &every_ms, NULL), 0);
	uint64_t deadline = kt_deadline_ms(50);
	kt_sleep_until(deadline);
	cr_assert(kt_deadline_passed(deadline));
	cr_assert_gt(alarms, 0);
}

Test(clock, sleep_until_the_past_returns)
{
	kt_sleep_until(0);
	kt_sleep_until(kt_now_ns());
}
