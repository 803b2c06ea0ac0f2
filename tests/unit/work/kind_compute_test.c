// SPDX-License-Identifier: GPL-2.0-only
/* Kinds that only compute, beyond their signature. */
#include "unit/work/team_run.h"
#include "work/multiply.h"

static struct ktstr_work alu(enum ktstr_width width)
{
	return (struct ktstr_work){
		.kind = KTSTR_WORK_alu_hot, .workers = 2, .alu_hot = {.width = width}};
}

Test(kind_compute, alu_hot_has_the_width_it_was_asked_for)
{
	for (unsigned width = 0; width <= (unsigned)kt_multiply_widest(); width++) {
		struct team_run run = run_team(alu(width), 3);
		cr_expect_eq(metric(&run, 1, "alu_width"), kt_multiply_bits(width));
		cr_expect_str_eq(run.r[0].setup_text, "");
	}
}

Test(kind_compute, alu_hot_says_once_that_a_width_is_missing)
{
	unsigned widest = kt_multiply_bits(kt_multiply_widest());
	struct team_run run = run_team(alu(KTSTR_WIDTH_amx), 3);
	cr_expect_eq(metric(&run, 0, "alu_width"), widest);
	cr_expect_not_null(strstr(run.r[0].setup_text, "no amx"), "%s", run.r[0].setup_text);
	cr_expect_str_eq(run.r[1].setup_text, "");
	run = run_team(alu(KTSTR_WIDTH_widest), 3);
	cr_expect_eq(metric(&run, 0, "alu_width"), widest);
	cr_expect_str_eq(run.r[0].setup_text, "", "the widest is never missing");
}

static void until_has_done(const struct kt_work *w, uint64_t iterations)
{
	until(atomic_load(&w->shared->slots[0].iterations) >= iterations);
}

/* Worker 0 comes to its end while its partner is held, which then may go on. */
static void end_alone(struct kt_work *w)
{
	siginfo_t info;
	atomic_store(&w->shared->slots[0].stop, 1);
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[0], &info, WEXITED | WNOWAIT), 0);
	let_go(w, 1);
}

Test(kind_compute, siblings_know_how_much_they_spun_together)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_smt_sibling_spin};
	struct kt_work *w = spawn_and_start(work);
	until(all_reached(w, 1));
	/* The second of these began when its partner had moved. */
	until_has_done(w, atomic_load(&w->shared->slots[0].iterations) + 2);
	struct team_run run = finish(w);
	double together = metric(&run, 0, "together");
	cr_expect(together > 0 && together <= 100, "%g", together);

	w = spawn_and_start(work);
	until(all_reached(w, 1));
	hold(w, 1); /* who stands still is not together with anyone */
	until_has_done(w, atomic_load(&w->shared->slots[0].iterations) * 20 + 20000);
	end_alone(w);
	run = finish(w);
	cr_expect_lt(metric(&run, 0, "together"), 50);
}

Test(kind_compute, ipc_variance_counts_a_round_when_it_begins)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_ipc_variance,
		.ipc_variance = {.hot_iters = 1000000, .period_iters = 1000000}});
	until(kt_work_iterations(w) == 1);
	struct team_run run = finish(w);
	cr_expect_eq(run.r[0].iterations, 1);
	cr_expect_lt(run.r[0].work_units, 2000000);
}

Test(kind_compute, computing_is_timed)
{
	struct team_run run = run_team(alu(KTSTR_WIDTH_scalar), 2000);
	cr_expect_gt(run.r[0].costs, 0);
	run = run_team((struct ktstr_work){.kind = KTSTR_WORK_yield_heavy}, 200);
	cr_expect_eq(run.r[0].costs, 0);
}
