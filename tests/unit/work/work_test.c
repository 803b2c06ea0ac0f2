// SPDX-License-Identifier: GPL-2.0-only
/* Groups from spawn to the gate, the CPUs they are allowed, and that none outlives its owner. */
#include <fcntl.h>

#include "unit/work/groups.h"

static unsigned pin_to_first_cpu(pid_t pid)
{
	cpu_set_t mine, one;
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	unsigned cpu = 0;
	while (!CPU_ISSET(cpu, &mine))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	cr_assert_eq(sched_setaffinity(pid, sizeof(one), &one), 0);
	return cpu;
}

static pid_t pid_of(const struct kt_work *w, size_t i)
{
	size_t count;
	const pid_t *pids = kt_work_pids(w, &count);
	cr_assert_lt(i, count);
	return pids[i];
}

Test(work, nothing_runs_before_the_gate_opens)
{
	struct kt_work *w = spinners(2);
	until(is_set_up(pid_of(w, 0)) && is_set_up(pid_of(w, 1)));
	kt_sleep_until(kt_now_ns() + 20 * KT_NS_PER_MS); /* time enough for thousands of loops */
	cr_expect_eq(kt_work_iterations(w), 0);
	start(w);
	until(kt_work_iterations(w) > 0);
	kt_work_free(w);
}

Test(work, spawned_workers_have_reached_the_gate)
{
	uint64_t before = kt_now_ns();
	struct kt_work *w = spinners(3);
	/* A machine too busy to run them within that time proves nothing. */
	if (kt_now_ns() - before < KT_WORK_ARRIVE_MS * KT_NS_PER_MS)
		cr_expect_eq(atomic_load(&w->shared->arrived), 3);
	until(atomic_load(&w->shared->arrived) == 3);
	kt_work_free(w);
}

Test(work, those_who_come_up_after_the_spawn_are_known_from_the_start_on)
{
	struct kt_work *w = spinners(2);
	size_t count;
	until(atomic_load(&w->shared->arrived) == 2);
	free(w->tids); /* as if they had been late */
	w->tids = NULL;
	kt_work_tids(w, &count);
	cr_expect_eq(count, 0);
	start(w);
	const pid_t *tids = kt_work_tids(w, &count);
	cr_assert_eq(count, 2);
	cr_expect_eq(tids[1], pid_of(w, 1));
	kt_work_free(w);
}

Test(work, iterations_advance_in_every_worker)
{
	struct kt_work *w = spinners(3);
	start(w);
	for (size_t i = 0; i < 3; i++)
		until(atomic_load(&w->shared->slots[i].iterations) > 10);
	uint64_t before = kt_work_iterations(w);
	cr_expect_gt(before, 30);
	until(kt_work_iterations(w) > before);
	kt_work_free(w);
}

Test(work, a_worker_leads_its_own_process_group_from_the_start)
{
	struct kt_work *w = spinners(2);
	cr_expect_eq(getpgid(pid_of(w, 0)), pid_of(w, 0));
	cr_expect_eq(getpgid(pid_of(w, 1)), pid_of(w, 1));
	kt_work_free(w);
}

Test(work, a_group_starts_once)
{
	struct kt_work *w = spinners(1);
	struct kt_err err = {0};
	start(w);
	cr_expect_eq(kt_work_start(w, &err), -EALREADY);
	cr_expect(strlen(err.fix) > 0);
	kt_work_free(w);
}

Test(work, spawn_refuses_what_the_check_refuses)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_COUNT};
	struct kt_work_spec spec = {.work = &work, .cgroup = ""};
	struct kt_work *w = NULL;
	struct kt_err err = {0};
	cr_expect_eq(kt_work_spawn(&spec, &w, &err), -EINVAL);
	cr_expect_null(w);
}

Test(work, a_result_carries_the_last_cgroup)
{
	struct kt_work *w = spinners(1);
	kt_work_set_cgroup(w, "right");
	start(w);
	cr_expect_str_eq(end_one(w).cgroup, "right");
}

Test(work, a_worker_seen_where_it_is_not_allowed_is_counted)
{
	struct kt_work *w = spinners(1);
	unsigned cpu = pin_to_first_cpu(pid_of(w, 0));
	struct kt_cpus elsewhere = kt_cpus_range(cpu + 1, cpu + 1);
	kt_work_allowed_pause(w);
	kt_work_allowed_set(w, &elsewhere);
	start(w);
	until(kt_work_iterations(w) > 0);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_gt(res.outside, 0);
	cr_expect(kt_cpus_has(&res.cpus_outside, cpu));
	cr_expect(res.confined);
	cr_expect(kt_cpus_equal(&res.cpus_allowed, &elsewhere));
}

Test(work, a_worker_seen_where_it_is_allowed_is_not_counted)
{
	struct kt_work *w = spinners(1);
	unsigned cpu = pin_to_first_cpu(pid_of(w, 0));
	struct kt_cpus here = kt_cpus_range(cpu, cpu);
	kt_work_allowed_set(w, &here);
	start(w);
	until(kt_work_iterations(w) > 0);
	struct kt_work_result res = end_one(w);
	cr_expect_eq(res.outside, 0);
	cr_expect_eq(res.migrations, 0);
	cr_expect(kt_cpus_equal(&res.cpus_used, &here));
}

Test(work, while_paused_nothing_is_judged)
{
	struct kt_work *w = spinners(1);
	unsigned cpu = pin_to_first_cpu(pid_of(w, 0));
	struct kt_cpus here = kt_cpus_range(cpu, cpu), elsewhere = kt_cpus_range(cpu + 1, cpu + 1);
	kt_work_allowed_set(w, &elsewhere);
	kt_work_allowed_pause(w);
	start(w);
	until(kt_work_iterations(w) > 10);
	kt_work_allowed_set(w, &here);
	uint64_t before = kt_work_iterations(w);
	until(kt_work_iterations(w) > before);
	struct kt_work_result res = end_one(w);
	cr_expect_eq(res.outside, 0);
	cr_expect(kt_cpus_has(&res.cpus_used, cpu));
}

Test(work, setting_null_allows_all_again)
{
	struct kt_work *w = spinners(1);
	struct kt_cpus none = {0};
	kt_work_allowed_set(w, &none);
	kt_work_allowed_set(w, NULL);
	start(w);
	until(kt_work_iterations(w) > 0);
	struct kt_work_result res = end_one(w);
	cr_expect_eq(res.outside, 0);
	cr_expect_not(res.confined);
}

Test(work, free_kills_and_reaps_running_workers)
{
	struct kt_work *w = spinners(3);
	start(w);
	until(kt_work_iterations(w) > 0);
	kt_work_free(w);
	cr_expect(no_child_left());
	kt_work_free(NULL);
}

/* In a child: begin workers, tell their pids, end without ending them. */
static void abandon_workers(int fd)
{
	struct kt_work *w = spinners(2);
	start(w);
	until(kt_work_iterations(w) > 0);
	size_t count;
	const pid_t *pids = kt_work_pids(w, &count);
	_exit(write(fd, pids, count * sizeof(*pids)) == (ssize_t)(count * sizeof(*pids)) ? 0 : 1);
}

Test(work, workers_die_with_their_owner)
{
	int fds[2];
	pid_t pids[2];
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t owner = fork();
	cr_assert_geq(owner, 0);
	if (owner == 0)
		abandon_workers(fds[1]);
	cr_assert_eq(read(fds[0], pids, sizeof(pids)), (ssize_t)sizeof(pids));
	for (int i = 0; i < 2; i++)
		until_ended(pids[i]);
	int status;
	cr_expect_eq(waitpid(owner, &status, 0), owner);
	cr_expect_eq(status, 0);
}
