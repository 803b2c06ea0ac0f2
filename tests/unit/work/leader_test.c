// SPDX-License-Identifier: GPL-2.0-only
/* Workers that are threads of one process: names, counting, and every way in which they end. */
#include <sys/resource.h>

#include "unit/work/groups.h"

#include "work/leader.h"
#include "work/telemetry.h"

static struct kt_work *threads(unsigned workers)
{
	return spawn((struct ktstr_work){.kind = KTSTR_WORK_spin_wait,
		.workers = workers,
		.pcomm = "my-process",
		.comm = "my-thread"});
}

/* They have come up; who came up late is known by its id from the start on. */
static struct kt_work *threads_that_run(unsigned workers)
{
	struct kt_work *w = threads(workers);
	until(atomic_load(&w->shared->arrived) == workers);
	start(w);
	return w;
}

static void read_comm(pid_t pid, pid_t tid, char comm[32])
{
	char path[64];
	comm[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid, (int)tid);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	cr_assert_not_null(f, "%s", path);
	cr_assert_not_null(fgets(comm, 32, f));
}

Test(leader, is_one_process_and_each_worker_is_a_thread_of_it)
{
	struct kt_work *w = threads_that_run(3);
	size_t procs, workers;
	char comm[32];
	const pid_t *pids = kt_work_pids(w, &procs);
	const pid_t *tids = kt_work_tids(w, &workers);
	cr_assert_eq(procs, 1);
	cr_assert_eq(workers, 3);
	read_comm(pids[0], pids[0], comm);
	cr_expect_str_eq(comm, "my-process\n");
	for (size_t i = 0; i < 3; i++) {
		cr_expect_neq(tids[i], pids[0]);
		read_comm(pids[0], tids[i], comm);
		cr_expect_str_eq(comm, "my-thread\n");
	}
	kt_work_free(w);
	cr_expect(no_child_left());
}

Test(leader, only_the_wish_for_threads_makes_one)
{
	cr_expect_not(kt_leader_wanted(&(struct ktstr_work){.kind = KTSTR_WORK_spin_wait}));
	cr_expect(kt_leader_wanted(&(struct ktstr_work){.pcomm = "x"}));
	cr_expect(kt_leader_wanted(&(struct ktstr_work){.mode = KTSTR_MODE_THREADS}));
}

Test(leader, each_thread_counts_and_reports_by_itself)
{
	struct kt_work *w = threads(3);
	start(w);
	for (size_t i = 0; i < 3; i++)
		until(atomic_load(&w->shared->slots[i].iterations) > 10);
	struct kt_work_results out = {0};
	cr_expect_eq(stop_patiently(&w, 1, &out), 0);
	cr_assert_eq(out.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct kt_work_result *r = &out.items[i];
		cr_expect(r->completed, "%s", r->exit_text);
		cr_expect_eq(r->index, i);
		cr_expect_gt(r->iterations, 10);
		cr_expect_gt(r->cpu_ns, 0);
		cr_expect_leq(r->cpu_ns, r->wall_ns, "its own time, not that of all threads");
	}
	cr_expect(no_child_left());
	kt_work_results_done(&out);
	kt_work_free(w);
}

Test(leader, threads_that_sleep_are_woken_by_the_stop)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_bursty,
		.workers = 3,
		.mode = KTSTR_MODE_THREADS,
		.bursty = {.burst_ms = 1, .sleep_ms = 3600000}});
	until(kt_work_iterations(w) == 3);
	struct kt_work_results out = {0};
	cr_expect_eq(stop_patiently(&w, 1, &out), 0);
	cr_expect_eq(out.count, 3);
	kt_work_results_done(&out);
	kt_work_free(w);
}

Test(leader, a_crash_is_told_of_each_thread_that_had_not_reported)
{
	struct kt_work *w = threads(2);
	start(w);
	for (size_t i = 0; i < 2; i++)
		until(atomic_load(&w->shared->slots[i].iterations) > 10);
	kill(w->pids[0], SIGSEGV);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[0], &info, WEXITED | WNOWAIT), 0);
	struct kt_work_results out = {0};
	cr_expect_eq(stop_patiently(&w, 1, &out), 2);
	cr_assert_eq(out.count, 2);
	for (size_t i = 0; i < 2; i++) {
		cr_expect_not(out.items[i].completed);
		cr_expect_str_eq(out.items[i].exit_text, "killed by SIGSEGV");
		cr_expect_gt(out.items[i].iterations, 10);
	}
	cr_expect(no_child_left());
	kt_work_results_done(&out);
	kt_work_free(w);
}

/* Whole, not as far as its first word. */
static bool has_reported(const struct kt_work_report *r)
{
	return r->magic == KT_WORK_REPORT_MAGIC && r->checksum == kt_work_report_checksum(r);
}

Test(leader, one_that_hangs_does_not_take_the_reports_of_the_others)
{
	struct kt_work *w = threads(2);
	start(w);
	until(atomic_load(&w->shared->slots[1].iterations) > 10);
	atomic_store(&w->shared->slots[0].stop, 1);
	until(has_reported(&w->shared->slots[0].report));
	hold(w, 0);
	struct kt_work_results out = {0};
	cr_expect_eq(kt_work_stop_within(&w, 1, 300, &out), 1);
	cr_assert_eq(out.count, 2);
	cr_expect(out.items[0].completed, "%s", out.items[0].exit_text);
	cr_expect_not(out.items[1].completed);
	cr_expect_str_eq(out.items[1].exit_text, KT_WORK_TIMED_OUT);
	kt_work_results_done(&out);
	kt_work_free(w);
}

Test(leader, more_threads_than_may_be_are_an_error_with_a_remedy)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer takes all addresses");
#endif
	struct rlimit few;
	struct ktstr_work work = {
		.kind = KTSTR_WORK_spin_wait, .workers = 4000, .mode = KTSTR_MODE_THREADS};
	struct kt_work_spec spec = {.work = &work, .cgroup = "left"};
	struct kt_work *w = NULL;
	struct kt_err err = {0};
	/* Room for some stacks. */
	cr_assert_eq(getrlimit(RLIMIT_AS, &few), 0);
	few.rlim_cur = ((rlim_t)status_value(getpid(), "VmSize", 10) << 10) + (64 << 20);
	cr_assert_eq(setrlimit(RLIMIT_AS, &few), 0);
	/* Spawn waits a second: a process that is later than that is asked once more. */
	until((kt_work_free(w), w = NULL, kt_work_spawn(&spec, &w, &err) < 0));
	cr_expect_not_null(strstr(err.text, "cannot start 4000 threads"), "%s", err.text);
	cr_expect(strlen(err.fix) > 0);
	cr_expect_null(w);
	cr_expect(no_child_left());
}

Test(leader, an_affinity_is_changed_worker_by_worker)
{
	struct kt_work *w = threads_that_run(2);
	struct kt_err err = {0};
	struct kt_cpus mine = {0};
	cr_assert_eq(sched_getaffinity(0, sizeof(mine.bits), (cpu_set_t *)mine.bits), 0);
	unsigned first = (unsigned)kt_cpus_next(&mine, 0);
	struct kt_affinity affinity = {
		.kind = KT_AFFINITY_ALL, .cpus = kt_cpus_range(first, first)};
	cr_expect_eq(kt_work_set_affinity(w, &affinity, 1, &err), 0, "%s", err.text);
	for (size_t i = 0; i < 2; i++) {
		struct kt_cpus its = {0};
		sched_getaffinity(w->tids[i], sizeof(its.bits), (cpu_set_t *)its.bits);
		cr_expect(kt_cpus_equal(&its, &affinity.cpus));
	}
	affinity.cpus = kt_cpus_range(1000, 1000);
	cr_expect_eq(kt_work_set_affinity(w, &affinity, 1, &err), 2);
	cr_expect_not_null(strstr(err.text, "cannot be confined to CPUs 1000"), "%s", err.text);
	kt_work_free(w);
}
