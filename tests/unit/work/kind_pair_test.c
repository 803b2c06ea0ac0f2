// SPDX-License-Identifier: GPL-2.0-only
/* Pairs: what they exchange, in turns, and by which calls. */
#include "unit/work/trace.h"

static struct kt_work_result *run_pair(struct ktstr_work work, struct kt_work_results *out)
{
	struct kt_work *w = spawn_and_start(work);
	until(atomic_load(&w->shared->slots[1].iterations) >= 200);
	make_them_sleep(w);
	stop_patiently(&w, 1, out);
	kt_work_free(w);
	cr_assert_eq(out->count, 2);
	for (int i = 0; i < 2; i++)
		cr_assert(out->items[i].completed, "%s", out->items[i].exit_text);
	return out->items;
}

static void expect_turns(struct ktstr_work work, unsigned units)
{
	struct kt_work_results out = {0};
	const struct kt_work_result *r = run_pair(work, &out);
	long ahead = (long)r[0].iterations - (long)r[1].iterations;
	cr_expect(ahead >= -1 && ahead <= 1, "%ld ahead", ahead);
	cr_expect_gt(r[0].wakes, 0);
	cr_expect_gt(r[1].wakes, 0);
	for (int i = 0; i < 2; i++)
		cr_expect(r[i].work_units >= r[i].iterations * units &&
				  r[i].work_units <= (r[i].iterations + 1) * units,
			"%lu units", (unsigned long)r[i].work_units);
	kt_work_results_done(&out);
}

Test(kind_pair, pipe_io_takes_turns)
{
	expect_turns(
		(struct ktstr_work){
			.kind = KTSTR_WORK_pipe_io, .workers = 2, .pipe_io = {.burst_iters = 2048}},
		3);
}

Test(kind_pair, futex_ping_pong_takes_turns)
{
	expect_turns((struct ktstr_work){.kind = KTSTR_WORK_futex_ping_pong,
			     .workers = 2,
			     .futex_ping_pong = {.spin_iters = 3072}},
		3);
}

Test(kind_pair, partners_leave_the_cpu_of_their_own_will)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_pipe_io});
	until(status_value(w->pids[0], "voluntary_ctxt_switches", 10) > 20);
	until(status_value(w->pids[1], "voluntary_ctxt_switches", 10) > 20);
	kt_work_free(w);
}

static void expect_calls(struct ktstr_work work, const char *calls)
{
	struct trace *t = calloc(1, sizeof(*t));
	struct kt_work *w = spawn_and_start(work);
	if (!trace_attach(w)) {
		kt_work_free(w);
		free(t);
		cr_skip("ptrace is not permitted here");
	}
	trace_run(w, t, 50, PATIENCE_MS);
	trace_detach(w);
	for (size_t i = 0; i < w->count; i++) {
		char text[256];
		trace_text(t, i, 20, text, sizeof(text));
		cr_expect_str_eq(text, calls);
	}
	kt_work_free(w);
	free(t);
}

Test(kind_pair, pipe_io_reads_and_writes)
{
	expect_calls((struct ktstr_work){.kind = KTSTR_WORK_pipe_io}, "read write");
}

Test(kind_pair, futex_ping_pong_uses_futexes_and_nothing_else)
{
	expect_calls((struct ktstr_work){.kind = KTSTR_WORK_futex_ping_pong}, "futex");
}
