// SPDX-License-Identifier: GPL-2.0-only
/* What a view is told of the machines at work. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "run/board.h"

static struct {
	size_t begun, done, not_passed, total, machines, number;
	char test[32], stage[32];
	int holds;
	unsigned updates;
} told;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void begin(void *arg, const struct kt_run_view_state *s, const struct kt_run_view_machine *m,
	size_t number)
{
	(void)arg, (void)s;
	told.begun++;
	told.number = number;
	snprintf(told.test, sizeof(told.test), "%s", m->test);
}

static void update(void *arg, const struct kt_run_view_state *s)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	told.done = s->done;
	told.not_passed = s->not_passed;
	told.total = s->total;
	told.machines = s->machine_count;
	told.stage[0] = '\0';
	if (s->machine_count)
		snprintf(told.stage, sizeof(told.stage), "%s", s->machines[0].stage);
	told.updates++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

/* Until the view has been told what CONDITION asks for. */
#define WAIT_TOLD(condition)                                                                       \
	do {                                                                                       \
		pthread_mutex_lock(&lock);                                                         \
		while (!(condition))                                                               \
			pthread_cond_wait(&changed, &lock);                                        \
		pthread_mutex_unlock(&lock);                                                       \
	} while (0)

static void hold(void *arg)
{
	(void)arg;
	told.holds++;
}

static void release(void *arg)
{
	(void)arg;
	told.holds--;
}

static const struct kt_run_view view = {
	.begin = begin, .update = update, .hold = hold, .release = release};

static const struct kt_run_view_machine first = {.test = "first", .repeat = 1, .repeats = 1};

static struct kt_run_board *new_board(void)
{
	struct kt_run_board *b = NULL;
	cr_assert_eq(kt_run_board_new(&view, 5, 2, &b, NULL), 0);
	return b;
}

Test(board, a_test_is_told_from_begin_to_end, .timeout = 60)
{
	struct kt_run_board *b = new_board();
	kt_run_board_begin(b, 1, &first);
	cr_assert_eq(told.number, 1);
	cr_assert_str_eq(told.test, "first");
	kt_run_board_stage(b, 1, "boot");
	WAIT_TOLD(told.machines == 1 && strcmp(told.stage, "boot") == 0);
	kt_run_board_end(b, 1, false);
	WAIT_TOLD(told.done == 1);
	cr_assert_eq(told.machines, 0);
	cr_assert_eq(told.not_passed, 1);
	cr_assert_eq(told.total, 5);
	kt_run_board_free(b);
}

Test(board, time_passes_without_events, .timeout = 60)
{
	struct kt_run_board *b = new_board();
	WAIT_TOLD(told.updates >= 3);
	kt_run_board_free(b);
}

static pthread_mutex_t stuck = PTHREAD_MUTEX_INITIALIZER;

static void update_that_waits(void *arg, const struct kt_run_view_state *s)
{
	(void)arg, (void)s;
	pthread_mutex_lock(&stuck);
	pthread_mutex_unlock(&stuck);
}

Test(board, a_terminal_that_takes_nothing_does_not_hold_up_a_machine, .timeout = 60)
{
	struct kt_run_view slow = view;
	struct kt_run_board *b = NULL;
	slow.update = update_that_waits;
	pthread_mutex_lock(&stuck);
	cr_assert_eq(kt_run_board_new(&slow, 5, 2, &b, NULL), 0);
	kt_run_board_stage(b, 0, "boot");
	kt_run_board_stage(b, 0, "scenario");
	kt_run_board_end(b, 0, true);
	pthread_mutex_unlock(&stuck);
	kt_run_board_free(b);
}

Test(board, the_end_leaves_nothing_on_the_terminal)
{
	struct kt_run_board *b = new_board();
	kt_run_board_hold(b);
	cr_assert_eq(told.holds, 1);
	kt_run_board_release(b);
	kt_run_board_free(b);
	cr_assert_eq(told.holds, 0);
}

Test(board, nobody_has_to_look)
{
	struct kt_run_board *b = NULL;
	cr_assert_eq(kt_run_board_new(NULL, 1, 1, &b, NULL), 0);
	kt_run_board_begin(b, 0, &first);
	kt_run_board_hold(b);
	kt_run_board_release(b);
	kt_run_board_end(b, 0, true);
	kt_run_board_free(b);
}
