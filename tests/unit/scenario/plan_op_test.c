// SPDX-License-Identifier: GPL-2.0-only
/* Ops and cgroups by themselves: required fields, defaults, works. */
#include "unit/scenario/scenario.h"

static const struct kt_topo topo = {1, 2, 4, 1};

static void refuse(struct ktstr_op op, const char *text, const char *fix)
{
	struct kt_plan_op out;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_op(&topo, &op, &out, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

static struct kt_plan_op accept(struct ktstr_op op)
{
	struct kt_plan_op out;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_op(&topo, &op, &out, &err), 0, "%s", err.text);
	return out;
}

#define THE(...) ((struct ktstr_op)OP(__VA_ARGS__))

Test(plan_op, a_cpuset_becomes_cpu_numbers)
{
	struct kt_plan_op op = accept(THE(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(1)));
	struct kt_cpus expected = kt_cpus_range(4, 7);
	cr_assert_str_eq(op.cgroup, "a");
	cr_assert(kt_cpus_equal(&op.cpus, &expected));
}

Test(plan_op, a_new_cgroup_needs_a_good_name)
{
	refuse(THE(add_cgroup, .name = NULL), "is empty", "relative name");
	refuse(THE(add_cgroup, .name = "../a"), "'..'", "relative name");
}

Test(plan_op, every_op_on_a_cgroup_must_name_it)
{
	refuse(THE(remove_cgroup, .cgroup = NULL), "cgroup of op remove_cgroup is not set",
		".cgroup");
	refuse(THE(set_cpuset, .cpus = CPUS_LLC(0)), "cgroup of op set_cpuset", ".cgroup");
	refuse(THE(clear_cpuset, .cgroup = ""), "cgroup of op clear_cpuset", ".cgroup");
	refuse(THE(stop_cgroup, .cgroup = NULL), "cgroup of op stop_cgroup", ".cgroup");
}

Test(plan_op, set_cpuset_needs_cpus)
{
	refuse(THE(set_cpuset, .cgroup = "a"), "no CPUs are given", "clear_cpuset");
}

Test(plan_op, add_cgroup_def_needs_its_def_and_checks_it)
{
	const struct ktstr_cgroup wrong = {.name = "a", .cpuset = CPUS_LLC(5)};
	refuse(THE(add_cgroup_def, .def = NULL), "def of op add_cgroup_def", ".def");
	refuse(THE(add_cgroup_def, .def = &wrong), "cgroup 'a': CPUs of LLC 5", "0..1");
}

Test(plan_op, spawn_runs_in_a_cgroup_or_in_that_of_the_harness)
{
	struct kt_plan_op op = accept(THE(spawn, .in_runner = true));
	cr_assert_null(op.cgroup);
	op = accept(THE(spawn, .cgroup = "a"));
	cr_assert_str_eq(op.cgroup, "a");
	refuse(THE(spawn, .work = NULL), "neither cgroup nor in_runner", ".in_runner");
	refuse(THE(spawn, .cgroup = "a", .in_runner = true), "cannot both be meant", "unset");
}

Test(plan_op, spawn_without_a_work_starts_one_spinning_worker)
{
	struct kt_plan_op op = accept(THE(spawn, .cgroup = "a"));
	cr_assert_eq(op.work.count, 1);
	cr_assert_eq(op.work.items[0].kind, KTSTR_WORK_spin_wait);
}

Test(plan_op, a_work_that_is_wrong_is_refused)
{
	const struct ktstr_work wrong = {.kind = 99};
	refuse(THE(spawn, .cgroup = "a", .work = &wrong), "work", "");
}

Test(plan_op, move_all_tasks_needs_a_destination_and_may_come_from_the_harness)
{
	refuse(THE(move_all_tasks, .from = "a"), "to of op move_all_tasks", ".to");
	struct kt_plan_op op = accept(THE(move_all_tasks, .to = "a"));
	cr_assert_null(op.cgroup);
	cr_assert_str_eq(op.to, "a");
}

Test(plan_op, what_is_no_op_is_refused)
{
	refuse((struct ktstr_op){.kind = 99}, "99 is no kind of op", "ktstr help op");
}

Test(plan_op, a_cgroup_without_works_has_one_spinning_worker)
{
	const struct ktstr_cgroup cgroup = {.name = "a"};
	struct kt_plan_cgroup out;
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, &cgroup, &out, NULL), 0);
	cr_assert_not(out.confined);
	cr_assert_eq(out.works.count, 1);
	cr_assert_eq(out.works.items[0].kind, KTSTR_WORK_spin_wait);
}

Test(plan_op, a_cgroup_keeps_its_works_in_order)
{
	const struct ktstr_cgroup cgroup = {
		.name = "a", .work = WORKS(WORK(bursty, .workers = 2), WORK(mixed))};
	struct kt_plan_cgroup out;
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, &cgroup, &out, NULL), 0);
	cr_assert_eq(out.works.count, 2);
	cr_assert_eq(out.works.items[0].kind, KTSTR_WORK_bursty);
	cr_assert_eq(out.works.items[1].kind, KTSTR_WORK_mixed);
}

Test(plan_op, a_work_without_a_kind_is_not_taken_for_the_end)
{
	const struct ktstr_cgroup cgroup = {
		.name = "a", .work = (const struct ktstr_work[]){{.workers = 3}, {.workers = 0}}};
	struct kt_plan_cgroup out;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, &cgroup, &out, &err), -EINVAL);
	cr_assert_not_null(
		strstr(err.text, "cgroup 'a': work 0 of the list has workers but no kind"));
}
