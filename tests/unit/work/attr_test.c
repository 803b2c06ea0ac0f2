// SPDX-License-Identifier: GPL-2.0-only
/* Attributes in force in real workers, read back from the kernel, and those that fail. */
#include <fcntl.h>
#include <sys/resource.h>

#include "unit/work/groups.h"

static struct kt_work *start_with(struct ktstr_work work, const struct kt_work_where *where)
{
	struct kt_work_spec spec = {.work = &work, .cgroup = "left", .seed = 7, .where = where};
	struct kt_work *w = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_work_spawn(&spec, &w, &err), 0, "%s", err.text);
	start(w);
	until(kt_work_iterations(w) > 0);
	return w;
}

static bool may(void)
{
	return geteuid() == 0;
}

Test(attr, a_worker_runs_on_the_cpus_of_its_affinity)
{
	struct kt_cpus mine = {0};
	cr_assert_eq(sched_getaffinity(0, sizeof(mine.bits), (cpu_set_t *)mine.bits), 0);
	unsigned last = 0;
	for (int cpu = kt_cpus_next(&mine, 0); cpu >= 0; cpu = kt_cpus_next(&mine, cpu + 1))
		last = (unsigned)cpu;
	struct kt_work_where where = {
		.affinity = {.kind = KT_AFFINITY_ALL, .cpus = kt_cpus_range(last, last)}};
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait}, &where);
	struct kt_cpus its = {0};
	cr_assert_eq(sched_getaffinity(w->pids[0], sizeof(its.bits), (cpu_set_t *)its.bits), 0);
	cr_expect(kt_cpus_equal(&its, &where.affinity.cpus));
	struct kt_work_result res = end_one(w);
	cr_expect_eq(res.affinity_error, 0);
	cr_expect_str_eq(res.setup_text, "");
}

Test(attr, nothing_is_set_before_the_workers_have_been_placed)
{
	struct ktstr_work work = {
		.kind = KTSTR_WORK_spin_wait, .policy = {.kind = KTSTR_POLICY_KIND_BATCH}};
	struct kt_work *w = spawn(work);
	until(atomic_load(&w->shared->arrived) == 1);
	kt_sleep_until(kt_now_ns() + 20 * KT_NS_PER_MS);
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_OTHER);
	hold(w, 0);
	uint64_t before = kt_now_ns();
	start(w);
	cr_expect_geq(kt_now_ns() - before, KT_WORK_ARRIVE_MS * KT_NS_PER_MS, "start waits for it");
	let_go(w, 0);
	until(atomic_load(&w->shared->ready) == 1);
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_BATCH);
	kt_work_free(w);
}

Test(attr, an_affinity_to_cpus_the_machine_lacks_is_noted_and_the_worker_works)
{
	struct kt_work_where where = {
		.affinity = {.kind = KT_AFFINITY_ALL, .cpus = kt_cpus_range(1000, 1000)}};
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait}, &where);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_gt(res.iterations, 0);
	cr_expect_eq(res.affinity_error, EINVAL);
	cr_expect_str_eq(res.setup_text, "affinity: Invalid argument");
}

Test(attr, policies_are_in_force)
{
	static const struct {
		struct ktstr_policy policy;
		int expected;
	} rows[] = {
		{{.kind = KTSTR_POLICY_KIND_NORMAL}, SCHED_OTHER},
		{{.kind = KTSTR_POLICY_KIND_BATCH}, SCHED_BATCH},
		{{.kind = KTSTR_POLICY_KIND_IDLE}, SCHED_IDLE},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		struct kt_work *w = start_with(
			(struct ktstr_work){.kind = KTSTR_WORK_spin_wait, .policy = rows[i].policy},
			NULL);
		cr_expect_eq(sched_getscheduler(w->pids[0]), rows[i].expected, "row %zu", i);
		cr_expect_eq(end_one(w).policy_error, 0);
	}
}

Test(attr, a_policy_keeps_the_nice_value)
{
	/* Up from what it is: without privileges there is no way down. */
	int nice_value = KT_MIN(getpriority(PRIO_PROCESS, 0) + 3, 19);
	cr_assert_eq(setpriority(PRIO_PROCESS, 0, nice_value), 0);
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait,
					       .policy = {.kind = KTSTR_POLICY_KIND_BATCH}},
		NULL);
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_BATCH);
	cr_expect_eq(getpriority(PRIO_PROCESS, (id_t)w->pids[0]), nice_value);
	kt_work_free(w);
}

Test(attr, a_real_time_policy_has_its_priority)
{
	struct kt_work *w =
		start_with((struct ktstr_work){.kind = KTSTR_WORK_bursty,
				   .policy = {.kind = KTSTR_POLICY_KIND_RR, .priority = 42},
				   .bursty = {.burst_ms = 1, .sleep_ms = 5}},
			NULL);
	struct sched_param param;
	int policy = sched_getscheduler(w->pids[0]);
	cr_expect_eq(sched_getparam(w->pids[0], &param), 0);
	struct kt_work_result res = end_one(w);
	if (res.policy_error == EPERM)
		cr_skip_test("no real-time policies here");
	cr_expect_eq(policy, SCHED_RR);
	cr_expect_eq(param.sched_priority, 42);
}

Test(attr, a_policy_the_kernel_refuses_is_noted_and_the_worker_works)
{
	struct kt_work *w =
		start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait,
				   .policy = {.kind = KTSTR_POLICY_KIND_FIFO, .priority = 100}},
			NULL);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_eq(res.policy_error, EINVAL);
	cr_expect_eq(res.other_error, 0);
	cr_expect_str_eq(res.setup_text, "policy SCHED_FIFO: Invalid argument");
}

Test(attr, nice_name_group_and_user_are_in_force)
{
	if (!may())
		cr_skip_test("needs root");
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_bursty,
					       .nice = {.set = true, .value = 7},
					       .uid = {.set = true, .value = 1234},
					       .gid = {.set = true, .value = 4321},
					       .comm = "my-name",
					       .bursty = {.burst_ms = 1, .sleep_ms = 5}},
		NULL);
	pid_t pid = w->pids[0];
	cr_expect_eq(getpriority(PRIO_PROCESS, (id_t)pid), 7);
	cr_expect_eq(status_value(pid, "Uid", 10), 1234);
	cr_expect_eq(status_value(pid, "Gid", 10), 4321);
	cr_expect_eq(status_value(pid, "Groups", 10), 0, "none is left of the harness");
	char path[64], comm[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(comm, sizeof(comm), f));
	cr_expect_str_eq(comm, "my-name\n");
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_str_eq(res.setup_text, "");
}

Test(attr, what_a_user_may_not_is_set_before_it_becomes_one)
{
	if (!may())
		cr_skip_test("needs root");
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_bursty,
					       .nice = {.set = true, .value = -3},
					       .uid = {.set = true, .value = 1234},
					       .bursty = {.burst_ms = 1, .sleep_ms = 5}},
		NULL);
	int nice = getpriority(PRIO_PROCESS, (id_t)w->pids[0]);
	struct kt_work_result res = end_one(w);
	if (res.other_error == EACCES || res.other_error == EPERM)
		cr_skip_test("no negative nice values here");
	cr_expect_eq(nice, -3);
}

Test(attr, a_worker_of_another_user_still_dies_with_its_owner)
{
	if (!may())
		cr_skip_test("needs root");
	int fds[2];
	pid_t worker = 0;
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t owner = fork();
	cr_assert_geq(owner, 0);
	if (owner == 0) {
		struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait,
						       .uid = {.set = true, .value = 1234}},
			NULL);
		_exit(write(fds[1], &w->pids[0], sizeof(pid_t)) == sizeof(pid_t) ? 0 : 1);
	}
	cr_assert_eq(read(fds[0], &worker, sizeof(worker)), (ssize_t)sizeof(worker));
	int status;
	cr_expect_eq(waitpid(owner, &status, 0), owner);
	until_ended(worker);
}

Test(attr, a_memory_policy_the_kernel_refuses_is_an_error_of_its_own)
{
	struct kt_work_where where = {
		.mempolicy = {.set = true, .mode = 2 /* MPOL_BIND */, .nodes = {{0}}}};
	struct kt_work *w = start_with((struct ktstr_work){.kind = KTSTR_WORK_spin_wait}, &where);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_eq(res.affinity_error, 0);
	cr_expect_eq(res.policy_error, 0);
	cr_expect_neq(res.other_error, 0);
	cr_expect_eq(strncmp(res.setup_text, "memory policy: ", 15), 0, "%s", res.setup_text);
}

Test(attr, no_setter_addresses_the_caller_by_a_pid_of_zero)
{
	struct kt_cpus one = kt_cpus_range(0, 0);
	cr_expect_eq(kt_attr_set_affinity(0, &one), -EINVAL);
	cr_expect_eq(kt_attr_set_affinity(-1, &one), -EINVAL);
}

Test(attr, errors_are_told_by_name_and_value)
{
	struct ktstr_work work = {.policy = {.kind = KTSTR_POLICY_KIND_DEADLINE},
		.nice = {true, -5},
		.gid = {true, 9},
		.uid = {true, 8}};
	int errors[KT_ATTR_COUNT] = {0};
	char text[KT_WORK_TEXT_BYTES];
	kt_attr_text(&work, errors, text, sizeof(text));
	cr_expect_str_eq(text, "");
	errors[KT_ATTR_POLICY] = EBUSY;
	errors[KT_ATTR_NICE] = errors[KT_ATTR_GID] = errors[KT_ATTR_UID] = EPERM;
	kt_attr_text(&work, errors, text, sizeof(text));
	cr_expect_str_eq(text, "policy SCHED_DEADLINE: Device or resource busy; nice -5: Operation "
			       "not permitted; gid 9: Operation not permitted; uid 8: Operation "
			       "not permitted");
	kt_attr_text(&work, errors, text, 20);
	cr_expect_str_eq(text, "policy SCHED_DEADLI");
}
