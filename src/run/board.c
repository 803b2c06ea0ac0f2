// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two locks, so that a view that must wait, for a terminal that takes nothing, does not keep
 * machines from going on: the state's is held for moments only, the teller's while a view is
 * told. Only the ticking thread and who begins a test tell anything.
 */
#include "run/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define TICK_MS 250u

struct kt_run_board {
	const struct kt_run_view *view;
	pthread_mutex_t lock; /* of what follows up to of_slot */
	pthread_cond_t changed;
	pthread_t ticker;
	bool ticking, over, news;
	struct kt_run_view_state state;
	size_t begun;
	unsigned slots;
	struct kt_run_view_machine *of_slot; /* test NULL: none */

	pthread_mutex_t telling;
	struct kt_run_view_machine *shown; /* those with a test, for the view */
};

/* A copy of the state for the view; the teller's lock is held. */
static struct kt_run_view_state look(struct kt_run_board *b)
{
	size_t n = 0;
	pthread_mutex_lock(&b->lock);
	for (unsigned i = 0; i < b->slots; i++)
		if (b->of_slot[i].test)
			b->shown[n++] = b->of_slot[i];
	struct kt_run_view_state state = b->state;
	pthread_mutex_unlock(&b->lock);
	state.machines = b->shown;
	state.machine_count = n;
	return state;
}

static void tell(struct kt_run_board *b)
{
	pthread_mutex_lock(&b->telling);
	struct kt_run_view_state state = look(b);
	b->view->update(b->view->arg, &state);
	pthread_mutex_unlock(&b->telling);
}

/* false: the run is over. */
static bool wait_news(struct kt_run_board *b)
{
	uint64_t at = kt_deadline_ms(TICK_MS);
	struct timespec ts = {
		.tv_sec = (time_t)(at / KT_NS_PER_S), .tv_nsec = (long)(at % KT_NS_PER_S)};
	pthread_mutex_lock(&b->lock);
	if (!b->over && !b->news)
		pthread_cond_timedwait(&b->changed, &b->lock, &ts);
	b->news = false;
	bool goes_on = !b->over;
	pthread_mutex_unlock(&b->lock);
	return goes_on;
}

static void *tick(void *arg)
{
	struct kt_run_board *b = arg;
	do
		tell(b);
	while (wait_news(b));
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
	pthread_mutex_init(&b->telling, NULL);
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
	pthread_mutex_destroy(&b->telling);
	pthread_cond_destroy(&b->changed);
	free(b->of_slot);
	free(b->shown);
	free(b);
}

/* The state's lock is held. */
static void changed(struct kt_run_board *b)
{
	b->news = true;
	pthread_cond_signal(&b->changed);
}

void kt_run_board_begin(
	struct kt_run_board *b, unsigned slot, const struct kt_run_view_machine *machine)
{
	struct kt_run_view_machine m = *machine;
	m.stage = "plan";
	m.since_ns = kt_now_ns();
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot] = m;
	size_t number = ++b->begun;
	changed(b);
	pthread_mutex_unlock(&b->lock);
	if (!b->view)
		return;
	pthread_mutex_lock(&b->telling);
	struct kt_run_view_state state = look(b);
	b->view->begin(b->view->arg, &state, &m, number);
	pthread_mutex_unlock(&b->telling);
}

void kt_run_board_stage(struct kt_run_board *b, unsigned slot, const char *stage)
{
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot].stage = stage;
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

void kt_run_board_end(struct kt_run_board *b, unsigned slot, bool passed)
{
	pthread_mutex_lock(&b->lock);
	b->of_slot[slot].test = NULL;
	b->state.done++;
	b->state.not_passed += !passed;
	changed(b);
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
