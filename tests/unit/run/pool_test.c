// SPDX-License-Identifier: GPL-2.0-only
/* The order of tests and repeats, and what ends a run early. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "run/pool.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char order[64]; /* "a1b1a2..." */
	unsigned fails_at;
	unsigned at_once, most_at_once, wait_for;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static bool stop_now;

static bool run(void *arg, size_t test, unsigned repeat, unsigned slot)
{
	(void)arg, (void)slot;
	pthread_mutex_lock(&seen.lock);
	size_t n = strlen(seen.order);
	snprintf(seen.order + n, sizeof(seen.order) - n, "%c%u", (char)('a' + test), repeat);
	seen.at_once++;
	if (seen.at_once > seen.most_at_once)
		seen.most_at_once = seen.at_once;
	pthread_cond_broadcast(&seen.changed);
	while (seen.most_at_once < seen.wait_for)
		pthread_cond_wait(&seen.changed, &seen.lock);
	seen.at_once--;
	bool passed = !seen.fails_at || n / 2 + 1 < seen.fails_at;
	pthread_mutex_unlock(&seen.lock);
	return passed;
}

static bool stopped(void)
{
	return stop_now;
}

static void serve(struct kt_run_pool p)
{
	p.run = run;
	p.stopped = stopped;
	cr_assert_eq(kt_run_pool_serve(&p, NULL), 0);
}

Test(pool, all_tests_run_once_before_any_runs_again)
{
	serve((struct kt_run_pool){.tests = 3, .repeats = 2, .jobs = 1});
	cr_assert_str_eq(seen.order, "a1b1c1a2b2c2");
}

Test(pool, nothing_starts_after_one_that_says_so)
{
	seen.fails_at = 2;
	serve((struct kt_run_pool){.tests = 3, .repeats = 2, .jobs = 1});
	cr_assert_str_eq(seen.order, "a1b1");
}

Test(pool, nothing_starts_when_stopped)
{
	stop_now = true;
	serve((struct kt_run_pool){.tests = 3, .repeats = 1, .jobs = 2});
	cr_assert_str_eq(seen.order, "");
}

Test(pool, jobs_run_at_once, .timeout = 60)
{
	seen.wait_for = 3;
	serve((struct kt_run_pool){.tests = 3, .repeats = 1, .jobs = 3});
	cr_assert_eq(seen.most_at_once, 3);
}

Test(pool, there_are_no_more_slots_than_tests)
{
	struct kt_run_pool p = {.tests = 2, .repeats = 2, .jobs = 9};
	cr_assert_eq(kt_run_pool_slots(&p), 4);
	p.jobs = 3;
	cr_assert_eq(kt_run_pool_slots(&p), 3);
}
