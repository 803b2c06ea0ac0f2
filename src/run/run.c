// SPDX-License-Identifier: GPL-2.0-only
/* Running the selected tests, here or in a machine that offers KVM. */
#include "run/run.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "run/debugger.h"
#include "run/host_only.h"
#include "run/host_test.h"
#include "run/interrupt.h"
#include "run/machine.h"
#include "run/output.h"
#include "run/pool.h"
#include "run/runner.h"
#include "run/session.h"
#include "softkvm/inside.h"

static void on_interrupt(void *unused)
{
	(void)unused;
	kt_run_machine_interrupt();
	kt_run_host_interrupt();
}

static bool stopped(void)
{
	return kt_run_interrupted();
}

static bool run_test(void *arg, size_t test, unsigned repeat, unsigned slot)
{
	const struct kt_run_ground *g = arg;
	bool passed = kt_run_one(g, g->s->tests.tests[test], repeat, slot);
	return passed || !g->s->o->fail_fast;
}

static const char *why_not_run(void)
{
	return kt_run_interrupted() ? "interrupted" : "--fail-fast";
}

static int serve(struct kt_run_ground *g, const struct kt_run_pool *pool, int *ret_status,
	struct kt_err *err)
{
	const struct kt_run_options *o = g->s->o;
	int r = 0;
	if (o->console)
		r = kt_run_console_new(o->log, pool->jobs > 1, kt_run_pool_slots(pool), g->board,
			&g->console, err);
	if (r == 0)
		r = kt_run_pool_serve(pool, err);
	kt_run_console_free(g->console);
	return r < 0 ? r : kt_run_output_end(g->output, why_not_run(), ret_status, err);
}

/* run.json tells the status that the program ends with, whatever it is. */
static int end_results(struct kt_run_session *s, int r, int status, struct kt_err *err)
{
	struct kt_err late = {0};
	if (!s->results)
		return r;
	status = kt_run_interrupt_status(r < 0 ? KT_RUN_STATUS_HARNESS : status);
	int ended = kt_results_end(s->results, kt_run_interrupted(), status, &late);
	if (r < 0 || ended == 0)
		return r;
	if (err)
		*err = late;
	return ended;
}

static int run_watched(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	KT_AUTO(kt_run_output_free) struct kt_run_output *output = NULL;
	KT_AUTO(kt_run_board_free) struct kt_run_board *board = NULL;
	pthread_rwlock_t turn = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
	struct kt_run_ground ground = {.s = s, .turn = &turn};
	struct kt_run_pool pool = {
		.tests = s->tests.count,
		.repeats = s->o->repeat,
		.jobs = s->o->jobs,
		.arg = &ground,
		.run = run_test,
		.stopped = stopped,
	};
	size_t total = pool.tests * pool.repeats;
	int r = kt_run_session_image(s, err);
	if (r == 0)
		r = kt_run_board_new(s->o->view, total, kt_run_pool_slots(&pool), &board, err);
	struct kt_run_output_config config = {.s = s, .total = total, .board = board};
	if (r == 0)
		r = kt_run_output_open(&config, &output, err);
	/* Last of all, so that a run that could not begin leaves no folder. */
	if (r == 0)
		r = kt_run_session_results(s, err);
	if (r < 0)
		return r;
	ground.output = output;
	ground.board = board;
	return serve(&ground, &pool, ret_status, err);
}

/* Where KVM works. Signals are taken before there is any other thread that could get them. */
static int run_here(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	int r = kt_run_interrupt_begin(on_interrupt, NULL, err);
	if (r < 0)
		return r;
	r = run_watched(s, ret_status, err);
	r = end_results(s, r, *ret_status, err);
	kt_run_interrupt_end();
	return r;
}

static int run_somewhere(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	if (s->accel.enter_softkvm && !kt_run_interrupted())
		return kt_run_session_reenter(s, ret_status, err);
	return run_here(s, ret_status, err);
}

/*
 * A reader of standard output that leaves (| head) must not end the run: what it no longer
 * takes is an error of that report, and the other reports and the results go on.
 */
static void ignore_broken_pipes(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static int run_selected(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	bool debugs = s->o->gdb && !kt_softkvm_inside();
	*ret_status = KT_RUN_STATUS_HARNESS;
	ignore_broken_pipes();
	int r = debugs ? kt_run_debugger_check(err) : 0;
	if (r == 0)
		r = kt_run_session_reports(s, err);
	if (r == 0)
		r = kt_run_session_begin(s, err);
	if (r == 0)
		r = run_somewhere(s, ret_status, err);
	if (r == 0 && debugs && *ret_status < KT_EXIT_SIGNAL)
		r = kt_run_debugger_start(kt_results_path(s->results), s->kernel->vmlinux, err);
	return r;
}

/* --allow-empty: reports of nothing, because somebody may wait for their files. */
static int run_nothing(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	KT_AUTO(kt_run_output_free) struct kt_run_output *output = NULL;
	struct kt_run_output_config config = {.s = s};
	*ret_status = KT_RUN_STATUS_HARNESS;
	kt_log(KT_LOG_INFO, "no test is selected, and --allow-empty allows that");
	int r = kt_run_session_folders(s, err);
	if (r == 0)
		r = kt_run_output_open(&config, &output, err);
	if (r == 0)
		r = kt_run_output_end(output, NULL, ret_status, err);
	if (r == 0)
		*ret_status = KT_EXIT_PASSED;
	return r;
}

int kt_run_tests(const struct kt_run_options *o, int *ret_status, struct kt_err *err)
{
	struct kt_run_session s = {.o = o};
	*ret_status = KT_RUN_STATUS_USAGE;
	int r = kt_run_session_select(&s, err);
	if (r == 0)
		r = kt_run_host_only_check(&s, err);
	if (r == 0 && s.tests.count) {
		r = run_selected(&s, ret_status, err);
		if (r < 0)
			*ret_status = KT_RUN_STATUS_HARNESS;
		*ret_status = kt_run_interrupt_status(*ret_status);
	} else if (r == 0) {
		r = run_nothing(&s, ret_status, err);
	}
	kt_run_session_done(&s);
	return r;
}
