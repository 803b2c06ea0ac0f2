// SPDX-License-Identifier: GPL-2.0-only
/* One lock and one ticking thread; a slot without a test is not part of what a view sees. */
#include "run/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define TICK_MS 250u

struct kt_run_board {
	const struct kt_run_view *view;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t ticker;
	bool ticking, over;
	struct kt_run_view_state state;
	size_t begun;
	unsigned slots;
	struct kt_run_view_machine *of_slot; /* test NULL: none */
	struct kt_run_view_machine *shown;   /* those with a test, for the view */
};

/* The lock is held, as in all functions down to the public ones. */
static void tell(struct kt_run_board *b)
{
	size_t n = 0;
	if (!b->view)
		return;
	for (unsigned i = 0; i < b->slots; i++)
		if (b->of_slot[i].test)
			b->shown[n++] = b->of_slot[i];
	b->state.machines = b->shown;
	b->state.machine_count = n;
	b->view->update(b->view->arg, &b->state);
}

static void wait_tick(struct kt_run_board *b)
{
	uint64_t at = kt_deadline_ms(TICK_MS);
	struct timespec ts = {
		.tv_sec = (time_t)(at / KT_NS_PER_S), .tv_nsec = (long)(at % KT_NS_PER_S)};
	pthread_cond_timedwait(&b->changed, &b->lock, &ts);
}

static void *tick(void *arg)
{
	struct kt_run_board *b = arg;
	pthread_mutex_lock(&b->lock);
	while (!b->over) {
		tell(b);
		wait_tick(b);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

int kt_run_board_new(const struct kt_run_view *view, size_t total, unsigned slots,
	struct kt_run_board **ret, struct kt_err *err)
{
	KT_AUTO(kt_run_board_free) struct kt_run_board *b = calloc(1, sizeof(*b));
	pthread_condattr_t monotonic;
	if (!b)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to watch the run");
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	b->view = view;
	b->slots = slots;
	b->state = (struct kt_run_view_state){.total = total, .since_ns = kt_now_ns()};
	b->of_slot = calloc(slots, sizeof(*b->of_slot));
	b->shown = calloc(slots, sizeof(*b->shown));
	if (!b->of_slot || !b->shown)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to watch the run");
	int r = view ? pthread_create(&b->ticker, NULL, tick, b) : 0;
	if (r)
		return kt_fail(err, r, "raise the limit of threads (ulimit -u)",
			"no thread to watch the run");
	b->ticking = view;
	*ret = KT_TAKE(b);
	return 0;
}

void kt_run_board_free(struct kt_run_board *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->over = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
	if (b->ticking)
		pthread_join(b->ticker, NULL);
	kt_run_board_hold(b); /* nothing stands there any more */
	kt_run_board_release(b);
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->changed);
	free(b->of_slot);
	free(b->shown);
	free(b);
}

void kt_run_board_begin(
	struct kt_run_board *b, unsigned slot, const char *test, unsigned repeat, unsigned repeats)
{
	struct kt_run_view_machine m = {.test = test,
		.repeat = repeat,
		.repeats = repeats,
		.stage = "plan",
		.since_ns = kt_now_ns()};
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot] = m;
	b->begun++;
	if (b->view)
		b->view->begin(b->view->arg, &b->state, &m, b->begun);
	tell(b);
	pthread_mutex_unlock(&b->lock);
}

void kt_run_board_stage(struct kt_run_board *b, unsigned slot, const char *stage)
{
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot].stage = stage;
	tell(b);
	pthread_mutex_unlock(&b->lock);
}

void kt_run_board_end(struct kt_run_board *b, unsigned slot, bool passed)
{
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot].test = NULL;
	b->state.done++;
	b->state.not_passed += !passed;
	tell(b);
	pthread_mutex_unlock(&b->lock);
}

void kt_run_board_hold(struct kt_run_board *b)
{
	if (b->view)
		b->view->hold(b->view->arg);
}

void kt_run_board_release(struct kt_run_board *b)
{
	if (b->view)
		b->view->release(b->view->arg);
}
