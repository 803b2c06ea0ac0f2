// SPDX-License-Identifier: GPL-2.0-only
/* What may be done with the cgroups that exist: names, targets, nesting, moves. */
#include "scenario/rules.h"

#include "unit/scenario/scenario.h"

static struct kt_names names;

static void add(const char *name, bool persistent)
{
	cr_assert_eq(kt_names_add(&names, name, persistent, "the test", NULL), 0);
}

static void confine(const char *name, unsigned first, unsigned last)
{
	struct kt_name *entry = kt_names_find(&names, name);
	entry->confined = true;
	entry->cpus = kt_cpus_range(first, last);
}

static void forget_names(void)
{
	kt_names_done(&names);
}

TestSuite(rules, .fini = forget_names);

static void refuse(struct kt_plan_op op, const char *text, const char *fix)
{
	const struct kt_rules rules = {.names = &names};
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_rules_check_op(&rules, &op, &warning, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
	cr_assert_eq(warning.len, 0);
}

/* Accepted, with these words in its warning ("": without one). */
static void accept(struct kt_plan_op op, const char *words)
{
	const struct kt_rules rules = {.names = &names};
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_rules_check_op(&rules, &op, &warning, &err), 0, "%s", err.text);
	cr_assert_not_null(strstr(kt_str_get(&warning), words), "%s", kt_str_get(&warning));
	cr_assert_eq(warning.len > 0, *words != '\0', "%s", kt_str_get(&warning));
}

#define ON(op_, ...) ((struct kt_plan_op){.kind = KTSTR_OP_##op_, __VA_ARGS__})

Test(rules, a_name_in_use_is_refused_and_says_where_it_is_declared)
{
	add("a", true);
	refuse(ON(add_cgroup, .name = "a"), "'a' exists already: it was made by the test",
		"fresh name");
	refuse(ON(add_cgroup_def, .def = {.name = "a"}), "exists already", "exactly one place");
}

Test(rules, a_nested_name_needs_its_parent)
{
	refuse(ON(add_cgroup, .name = "a/b"), "its parent 'a' is not known; known: none",
		"make 'a' first");
	add("a", false);
	accept(ON(add_cgroup, .name = "a/b"), "");
	refuse(ON(add_cgroup, .name = "a/b/c"), "its parent 'a/b'", "make 'a/b' first");
}

Test(rules, an_unknown_target_of_spawn_and_cpuset_ops_is_an_error_with_the_known_names)
{
	add("left", false);
	add("right", false);
	refuse(ON(spawn, .cgroup = "letf"), "'letf' is not known; known: left, right",
		"did you mean 'left'?");
	refuse(ON(set_cpuset, .cgroup = "x"), "known: left, right", "add_cgroup");
	refuse(ON(clear_cpuset, .cgroup = "x"), "known: left, right", "add_cgroup");
}

Test(rules, an_unknown_target_of_remove_cgroup_is_a_warning)
{
	accept(ON(remove_cgroup, .cgroup = "x"), "cgroup 'x' is not known; known: none");
}

Test(rules, an_unknown_target_of_stop_cgroup_is_ignored)
{
	accept(ON(stop_cgroup, .cgroup = "x"), "");
}

Test(rules, unknown_ends_of_a_move_are_warnings)
{
	add("a", false);
	accept(ON(move_all_tasks, .cgroup = "a", .to = "x"), "cgroup 'x' is not known");
	accept(ON(move_all_tasks, .cgroup = "x", .to = "a"), "cgroup 'x' is not known");
	accept(ON(move_all_tasks, .to = "a"), "");
}

Test(rules, the_cgroup_of_the_harness_is_always_known)
{
	accept(ON(spawn, .cgroup = NULL), "");
}

Test(rules, a_cgroup_of_the_same_step_is_told_apart_from_an_unknown_one)
{
	const struct kt_plan_cgroup pending = {.name = "a"};
	const struct kt_rules rules = {.names = &names, .pending = &pending, .pending_count = 1};
	const struct kt_plan_op op = ON(spawn, .cgroup = "a");
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_rules_check_op(&rules, &op, &warning, &err), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "made after the ops"));
}

Test(rules, a_cgroup_with_nested_ones_cannot_be_removed)
{
	add("a", false);
	add("a/b", false);
	refuse(ON(remove_cgroup, .cgroup = "a"), "still has the nested cgroup 'a/b'", "innermost");
	accept(ON(remove_cgroup, .cgroup = "a/b"), "");
}

Test(rules, a_move_to_where_the_tasks_are_is_refused)
{
	add("a", false);
	refuse(ON(move_all_tasks, .cgroup = "a", .to = "a"), "'a' is where the tasks are",
		"two different");
}

Test(rules, what_lasts_cannot_move_to_what_ends_with_the_step)
{
	add("lasting", true);
	add("local", false);
	add("other", true);
	refuse(ON(move_all_tasks, .cgroup = "lasting", .to = "local"), "would lose their cgroup",
		"declare 'local' where 'lasting' was made");
	accept(ON(move_all_tasks, .cgroup = "local", .to = "lasting"), "");
	accept(ON(move_all_tasks, .cgroup = "lasting", .to = "other"), "");
}

Test(rules, a_nested_cpuset_must_share_cpus_with_the_one_around_it)
{
	add("a", false);
	add("a/b", false);
	confine("a", 0, 3);
	refuse(ON(set_cpuset, .cgroup = "a/b", .cpus = kt_cpus_range(4, 5)),
		"'a/b' with CPUs 4-5 shares no CPU with cgroup 'a' with CPUs 0-3", "nested cgroup");
	accept(ON(set_cpuset, .cgroup = "a/b", .cpus = kt_cpus_range(3, 5)), "");
	refuse(ON(add_cgroup_def,
		       .def = {.name = "a/c", .confined = true, .cpuset = kt_cpus_range(6, 6)}),
		"'a/c' with CPUs 6", "nested cgroup");
}

Test(rules, an_outer_cpuset_must_share_cpus_with_those_nested_in_it)
{
	add("a", false);
	add("a/b", false);
	confine("a/b", 0, 1);
	refuse(ON(set_cpuset, .cgroup = "a", .cpus = kt_cpus_range(2, 3)), "with cgroup 'a/b'",
		"clear one");
	accept(ON(set_cpuset, .cgroup = "a", .cpus = kt_cpus_range(1, 3)), "");
}

Test(rules, what_is_no_op_is_refused)
{
	refuse((struct kt_plan_op){.kind = 99}, "99 is no kind of op", "ktstr help op");
}

Test(rules, only_the_innermost_cgroups_hold_workers_where_nested_ones_have_cpusets)
{
	const struct kt_cpus cpus = kt_cpus_range(0, 1);
	struct kt_err err = {0};
	add("a", false);
	add("a/b", false);
	add("a/c", false);
	kt_names_find(&names, "a")->workers = 1;
	kt_names_find(&names, "a/b")->workers = 1;
	cr_assert_eq(kt_rules_check_workers(&names, NULL), 0);
	kt_names_set_cpuset(&names, "a/c", &cpus);
	cr_assert_eq(kt_rules_check_workers(&names, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "cgroup 'a' and cgroup 'a/b' nested in it"));
	cr_assert_not_null(strstr(err.fix, "'a/own'"));
	kt_names_set_cpuset(&names, "a/c", NULL);
	cr_assert_eq(kt_rules_check_workers(&names, NULL), -EINVAL);
	kt_names_find(&names, "a")->workers = 0;
	cr_assert_eq(kt_rules_check_workers(&names, NULL), 0);
}
