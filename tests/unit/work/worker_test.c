// SPDX-License-Identifier: GPL-2.0-only
/* What a worker keeps of the program it was forked from: as little as possible. */
#include <fcntl.h>
#include <sys/resource.h>

#include "unit/work/groups.h"

Test(worker, is_named_after_its_kind)
{
	struct kt_work *w = spawn((struct ktstr_work){.kind = KTSTR_WORK_yield_heavy});
	until(is_set_up(w->pids[0]));
	char path[64], comm[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)w->pids[0]);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(comm, sizeof(comm), f));
	cr_expect_str_eq(comm, "kt-yield_heavy\n");
	kt_work_free(w);
}

Test(worker, keeps_no_descriptor_of_its_owner)
{
	KT_AUTOFD int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	KT_AUTOFD int high_fd = fcntl(null_fd, F_DUPFD, 70);
	cr_assert_geq(high_fd, 70);
	struct kt_work *w = spinners(1);
	until(is_set_up(w->pids[0]));
	char path[64], link[64];
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)w->pids[0], high_fd);
	cr_expect_eq(readlink(path, link, sizeof(link)), -1);
	cr_expect_eq(errno, ENOENT);
	kt_work_free(w);
}

Test(worker, inherits_no_handlers_and_no_mask)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	struct kt_work *w = spinners(1);
	until(is_set_up(w->pids[0]) && status_value(w->pids[0], "SigBlk", 16) == 0);
	cr_expect_eq(status_value(w->pids[0], "SigIgn", 16) & INT32_MAX, 0);
	sigset_t now;
	sigprocmask(SIG_SETMASK, NULL, &now);
	cr_expect(sigismember(&now, SIGTERM), "the owner keeps its own mask");
	cr_expect_not(sigismember(&now, SIGINT));
	kt_work_free(w);
}

Test(worker, inherits_no_scheduling_policy)
{
	struct sched_param none = {0};
	cr_assert_eq(sched_setscheduler(0, SCHED_BATCH, &none), 0);
	struct kt_work *w = spinners(1);
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_OTHER);
	kt_work_free(w);
}

Test(worker, inherits_no_precedence)
{
	struct sched_param lowest = {.sched_priority = 1};
	if (setpriority(PRIO_PROCESS, 0, -5) < 0 || sched_setscheduler(0, SCHED_RR, &lowest) < 0)
		cr_skip_test("taking precedence needs CAP_SYS_NICE");
	struct kt_work *w = spinners(1);
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_OTHER);
	cr_expect_eq(getpriority(PRIO_PROCESS, (id_t)w->pids[0]), 0);
	kt_work_free(w);
}

Test(worker, stops_by_signal_alone)
{
	struct kt_work *w = spinners(1);
	start(w);
	until(kt_work_iterations(w) > 0);
	kill(w->pids[0], KT_WORK_STOP_SIGNAL);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[0], &info, WEXITED | WNOWAIT), 0);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
}

Test(worker, stops_by_the_shared_word_alone)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){
		.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 1, .sleep_ms = 3600000}});
	until(kt_work_iterations(w) > 0);
	atomic_store(&w->shared->slots[0].stop, 1);
	kt_futex_wake_all(&w->shared->slots[0].stop);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)w->pids[0], &info, WEXITED | WNOWAIT), 0);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
}

Test(worker, the_pages_of_a_large_state_are_counted)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_ipc_variance});
	until(atomic_load(&w->shared->slots[0].work_units) > 4);
	struct kt_work_result res = end_one(w);
	cr_assert(res.completed, "%s", res.exit_text);
	if (!(res.measured & KT_WORK_HAS_PAGES))
		cr_skip_test("this kernel does not say where pages are");
	cr_expect(res.pages_total > 0 && res.pages_total <= 1024, "%lu pages",
		(unsigned long)res.pages_total);
	cr_expect_eq(res.pages_expected, res.pages_total, "anywhere is fine");
}

Test(worker, without_memory_of_its_own_no_pages_are_claimed)
{
	struct kt_work *w = spinners(1);
	start(w);
	until(kt_work_iterations(w) > 0);
	cr_expect_not(end_one(w).measured & KT_WORK_HAS_PAGES);
}
