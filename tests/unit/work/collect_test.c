// SPDX-License-Identifier: GPL-2.0-only
/* Every way a worker can end, and what its result says then. */
#include <sys/prctl.h>

#include "unit/work/groups.h"

/* Let worker I finish by itself, leaving its process unreaped and its report in the slot. */
static struct kt_work_report *finish(struct kt_work *w, size_t i)
{
	until(kt_work_iterations(w) > 0);
	atomic_store(&w->shared->slots[i].stop, 1);
	kt_futex_wake_all(&w->shared->slots[i].stop);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[i], &info, WEXITED | WNOWAIT), 0);
	return &w->shared->slots[i].report;
}

static struct kt_work *one_spinner(void)
{
	struct kt_work *w = spinners(1);
	start(w);
	return w;
}

Test(collect, stop_returns_one_plausible_result_per_worker)
{
	struct kt_work *w = spinners(3);
	start(w);
	for (size_t i = 0; i < 3; i++)
		until(atomic_load(&w->shared->slots[i].iterations) > 10);
	struct kt_work_results out = {0};
	cr_assert_eq(stop_patiently(&w, 1, &out), 0);
	cr_assert_eq(out.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct kt_work_result *r = &out.items[i];
		cr_expect(r->completed, "%s", r->exit_text);
		cr_expect_eq(r->index, i);
		cr_expect_eq(r->group, 2);
		cr_expect_eq(r->phase, 3);
		cr_expect_eq(r->kind, KTSTR_WORK_spin_wait);
		cr_expect_gt(r->iterations, 10);
		cr_expect_geq(r->work_units, r->iterations);
		cr_expect_gt(r->cpu_ns, 0);
		cr_expect_leq(r->cpu_ns + r->run_delay_ns, r->wall_ns);
		cr_expect_gt(r->gap_ns, 0);
		cr_expect_leq(r->gap_ns, r->wall_ns);
		cr_expect_leq(r->gap_at_ns, r->wall_ns);
		cr_expect_gt(kt_cpus_count(&r->cpus_used), 0);
		cr_expect_str_eq(r->exit_text, "");
	}
	size_t count;
	kt_work_pids(w, &count);
	cr_expect_eq(count, 0);
	cr_expect(no_child_left());
	free(out.items);
	kt_work_free(w);
}

Test(collect, stop_appends_to_earlier_results)
{
	struct kt_work *a = one_spinner(), *b = one_spinner();
	struct kt_work_results out = {0};
	unsigned failed = kt_work_stop(&a, 1, &out);
	failed += kt_work_stop(&b, 1, &out);
	cr_assert_eq(out.count, 2);
	unsigned completed = out.items[0].completed + out.items[1].completed;
	cr_expect_eq(failed + completed, 2);
	free(out.items);
	kt_work_free(a);
	kt_work_free(b);
}

Test(collect, a_killed_worker_is_named_by_its_signal_and_spares_the_others)
{
	struct kt_work *w = spinners(3);
	start(w);
	until(atomic_load(&w->shared->slots[0].iterations) > 10);
	kill(w->pids[0], SIGKILL);
	until(is_set_up(w->pids[1]));
	kill(w->pids[1], SIGSEGV);
	siginfo_t info; /* a core may have to be written first */
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[1], &info, WEXITED | WNOWAIT), 0);
	struct kt_work_results out = {0};
	cr_expect_eq(stop_patiently(&w, 1, &out), 2);
	cr_assert_eq(out.count, 3);
	cr_expect_not(out.items[0].completed);
	cr_expect_str_eq(out.items[0].exit_text, "killed by SIGKILL");
	cr_expect_gt(out.items[0].iterations, 10, "what it did before is known");
	cr_expect_not(out.items[1].completed);
	cr_expect_str_eq(out.items[1].exit_text, "killed by SIGSEGV");
	cr_expect(out.items[2].completed, "%s", out.items[2].exit_text);
	cr_expect(no_child_left());
	free(out.items);
	kt_work_free(w);
}

Test(collect, a_hung_worker_times_out_is_killed_and_its_silence_is_its_gap)
{
	struct kt_work *w = one_spinner();
	until(kt_work_iterations(w) > 0);
	hold(w, 0);
	kt_sleep_until(kt_now_ns() + 30 * KT_NS_PER_MS);
	struct kt_work_results out = {0};
	cr_expect_eq(kt_work_stop_within(&w, 1, 300, &out), 1);
	cr_assert_eq(out.count, 1);
	cr_expect_not(out.items[0].completed);
	cr_expect_str_eq(out.items[0].exit_text, "timed out");
	cr_expect_geq(out.items[0].gap_ns, 30 * KT_NS_PER_MS);
	cr_expect(no_child_left());
	free(out.items);
	kt_work_free(w);
}

Test(collect, a_worker_that_hangs_in_a_sleep_it_wanted_has_no_gap)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_bursty,
		.workers = 1,
		.bursty = {.burst_ms = 1, .sleep_ms = 60000}});
	/* progress ahead of the clock: it has begun its minute of sleep */
	until(atomic_load(&w->shared->slots[0].progress_ns) > kt_now_ns() + KT_NS_PER_S);
	hold(w, 0);
	struct kt_work_results out = {0};
	cr_expect_eq(kt_work_stop_within(&w, 1, 300, &out), 1);
	cr_assert_eq(out.count, 1);
	cr_expect_str_eq(out.items[0].exit_text, KT_WORK_TIMED_OUT);
	cr_expect_eq(out.items[0].gap_ns, 0);
	free(out.items);
	kt_work_free(w);
}

Test(collect, a_worker_that_never_ran_has_done_nothing_all_the_time)
{
	struct kt_work *w = spinners(1);
	hold(w, 0);
	start(w);
	kt_sleep_until(kt_now_ns() + 30 * KT_NS_PER_MS);
	struct kt_work_results out = {0};
	cr_expect_eq(kt_work_stop_within(&w, 1, 300, &out), 1);
	cr_assert_eq(out.count, 1);
	cr_expect_str_eq(out.items[0].exit_text, KT_WORK_TIMED_OUT);
	cr_expect_eq(out.items[0].work_units, 0);
	cr_expect_eq(out.items[0].gap_ns, out.items[0].wall_ns);
	free(out.items);
	kt_work_free(w);
}

Test(collect, a_stop_waits_five_seconds_for_a_worker)
{
	struct kt_work *w = one_spinner();
	struct kt_work_results out = {0};
	hold(w, 0);
	uint64_t before = kt_now_ns();
	cr_expect_eq(kt_work_stop(&w, 1, &out), 1);
	cr_expect_geq(kt_now_ns() - before, 5 * KT_NS_PER_S);
	free(out.items);
	kt_work_free(w);
}

#define GROUPS	  12
#define WITHIN_MS 1500u

/* So many that one deadline after the other is far from what a busy machine makes of one. */
Test(collect, groups_share_one_deadline)
{
	struct kt_work *works[GROUPS];
	for (size_t i = 0; i < GROUPS; i++) {
		works[i] = one_spinner();
		hold(works[i], 0);
	}
	struct kt_work_results out = {0};
	uint64_t before = kt_now_ns();
	cr_expect_eq(kt_work_stop_within(works, GROUPS, WITHIN_MS, &out), GROUPS);
	uint64_t took_ms = (kt_now_ns() - before) / KT_NS_PER_MS;
	cr_expect(took_ms >= WITHIN_MS && took_ms < GROUPS * WITHIN_MS, "%lu ms",
		(unsigned long)took_ms);
	cr_expect_eq(out.count, GROUPS);
	free(out.items);
	for (size_t i = 0; i < GROUPS; i++)
		kt_work_free(works[i]);
}

Test(collect, a_report_overwritten_with_garbage_is_corrupt)
{
	struct kt_work *w = one_spinner();
	memset(finish(w, 0), 0xa5, sizeof(struct kt_work_report));
	struct kt_work_result res = end_one(w);
	cr_expect_not(res.completed);
	cr_expect_str_eq(res.exit_text, "corrupt report: bad magic");
	cr_expect_eq(res.iterations, 0, "nothing of it is believed");
}

Test(collect, a_report_with_one_flipped_bit_is_corrupt)
{
	struct kt_work *w = one_spinner();
	finish(w, 0)->iterations ^= 1u << 20;
	struct kt_work_result res = end_one(w);
	cr_expect_not(res.completed);
	cr_expect_str_eq(res.exit_text, "corrupt report: bad checksum");
}

Test(collect, a_sealed_report_with_impossible_numbers_is_corrupt)
{
	struct kt_work *w = one_spinner();
	struct kt_work_report *r = finish(w, 0);
	r->gap_ns = 1000 * KT_NS_PER_S;
	r->checksum = kt_work_report_checksum(r);
	struct kt_work_result res = end_one(w);
	cr_expect_not(res.completed);
	cr_expect_str_eq(res.exit_text, "corrupt report: a gap longer than its life");
}

Test(collect, the_report_of_another_worker_is_corrupt)
{
	struct kt_work *w = spinners(2);
	start(w);
	const struct kt_work_report *first = finish(w, 0);
	*finish(w, 1) = *first;
	struct kt_work_results out = {0};
	cr_expect_eq(stop_patiently(&w, 1, &out), 1);
	cr_assert_eq(out.count, 2);
	cr_expect_str_eq(out.items[1].exit_text, "corrupt report: not its own");
	free(out.items);
	kt_work_free(w);
}

Test(collect, a_worker_that_left_without_a_word_is_not_complete)
{
	struct kt_work *w = one_spinner();
	memset(finish(w, 0), 0, sizeof(struct kt_work_report));
	struct kt_work_result res = end_one(w);
	cr_expect_not(res.completed);
	cr_expect_str_eq(res.exit_text, "exited with 0 without a report");
}

Test(collect, a_group_that_was_never_started_says_so)
{
	struct kt_work_result res = end_one(spinners(1));
	cr_expect_not(res.completed);
	cr_expect_str_eq(res.exit_text, "never started");
	cr_expect_eq(res.wall_ns, 0);
	cr_expect(no_child_left());
}

Test(collect, the_rest_of_a_workers_process_group_is_killed)
{
	struct kt_work *w = one_spinner();
	pid_t member = fork();
	cr_assert_geq(member, 0);
	if (member == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	cr_assert_eq(setpgid(member, w->pids[0]), 0);
	cr_expect(end_one(w).completed);
	int status;
	until(waitpid(member, &status, WNOHANG) == member);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
