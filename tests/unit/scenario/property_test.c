// SPDX-License-Identifier: GPL-2.0-only
/* The named properties where nothing gets on, and where the machine is too small for them. */
#include <ktstr/property.h>

#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(property, .init = setup, .fini = done);

static void run_on(struct ktstr_topology topology, void (*body)(struct ktstr_ctx *ctx))
{
	const struct ktstr_test t = {
		.name = "t", .topology = topology, .duration_ms = 1000, .body = body};
	run_in(&f, &t);
}

static void expect_has(const char *words, const char *text)
{
	const char *lines = fake_env_lines(&f, words);
	cr_assert_not_null(strstr(lines, text), "'%s' is not in:\n%s", text, lines);
}

Test(property, pairs_that_never_come_round_have_no_ping_pong)
{
	run_on((struct ktstr_topology){1, 1, 2, 1}, ktstr_property_ping_pong);
	cr_assert_null(strstr(fake_env_lines(&f, "claim"), "holds"));
	expect_has("claim", "by_signal");
}

Test(property, hogs_without_a_burst_decide_nothing)
{
	run_on((struct ktstr_topology){1, 1, 2, 1}, ktstr_property_adaptive_priority);
	cr_assert_null(strstr(fake_env_lines(&f, "claim"), "holds"));
	expect_has("claim part", "the hogs came to the end of no burst");
}

Test(property, hogs_and_short_tasks_share_one_cpu)
{
	run_on((struct ktstr_topology){1, 1, 2, 1}, ktstr_property_adaptive_priority);
	expect_has("cpuset", "cpuset hogs 0\n");
	expect_has("cpuset", "cpuset short 0\n");
}

Test(property, a_pair_is_removed_before_the_next_kind_of_wake_up)
{
	run_on((struct ktstr_topology){1, 1, 2, 1}, ktstr_property_ping_pong);
	expect_lines(&f, "add remove",
		"add pair\nremove pair\nadd pair\nremove pair\nadd pair\nremove pair\n");
}

Test(property, a_machine_that_is_too_small_skips)
{
	run_on((struct ktstr_topology){1, 1, 1, 1}, ktstr_property_fairness);
	expect_has("note", "it takes 2 usable CPUs, and this machine has 1");
	run_on((struct ktstr_topology){1, 1, 1, 1}, ktstr_property_spread_out);
	run_on((struct ktstr_topology){1, 1, 4, 1}, ktstr_property_come_together);
	expect_has("note", "it takes two LLCs, and this machine has 1");
	cr_assert_str_eq(fake_env_lines(&f, "claim"), "");
}
