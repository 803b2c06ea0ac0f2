// SPDX-License-Identifier: GPL-2.0-only
/* Options about guests beside tests that have none. */
#include <criterion/criterion.h>

#include <string.h>

#include "run/host_only.h"

#define NODE(var, host)                                                                            \
	static const struct ktstr_test var##_test = {                                              \
		.name = #var, .file = "a.c", .description = "says", .host_only = host};            \
	static struct ktstr_node var = {&var##_test, NULL}

NODE(guest, false);
NODE(host, true);

static struct kt_run_session session;
static struct kt_run_options options;
static struct kt_err err;

static void init(void)
{
	ktstr_link(&guest);
	ktstr_link(&host);
	options = (struct kt_run_options){.jobs = 1, .repeat = 1};
	session.o = &options;
}

static void done(void)
{
	kt_run_session_done(&session);
}

TestSuite(host_only, .init = init, .fini = done);

static void select_one(const char *name)
{
	static struct kt_registry_pattern pattern;
	pattern = (struct kt_registry_pattern){.text = name, .exact = true};
	options.patterns = &pattern;
	options.pattern_count = name ? 1 : 0;
	kt_registry_done(&session.tests);
	cr_assert_eq(kt_run_session_select(&session, &err), 0, "%s", err.text);
}

static void expect_refused(const char *option)
{
	char text[128];
	snprintf(text, sizeof(text), "%s says something about the machine of a test, and 'host'",
		option);
	err = (struct kt_err){0};
	cr_assert_eq(kt_run_host_only_check(&session, &err), -EINVAL, "%s is allowed", option);
	cr_assert_not_null(strstr(err.text, text), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "leave "), "%s", err.fix);
}

Test(host_only, such_tests_are_counted)
{
	select_one(NULL);
	cr_assert_eq(kt_run_host_only_count(&session), 1);
	select_one("guest");
	cr_assert_eq(kt_run_host_only_count(&session), 0);
}

/* Sets one option at a time; the names in their order. */
static const char *set_machine(unsigned i)
{
	static const char *const names[] = {
		"--topology", "--memory", "--append", "--sysctl", "--include"};
	options.topo.nodes = i == 0;
	options.memory_mib = i == 1;
	options.append_count = i == 2;
	options.sysctl_count = i == 3;
	options.include_count = i == 4;
	return i < KT_ARRAY_LEN(names) ? names[i] : NULL;
}

static const char *set_choice(unsigned i)
{
	static const char *const names[] = {
		"--kernel", "--build-kernel", "--accel", "--keep-vm", "--gdb"};
	options.kernel = i == 0 ? "6.12" : NULL;
	options.build_kernel = i == 1;
	options.accel = i == 2 ? KT_ACCEL_SOFT : KT_ACCEL_AUTO;
	options.keep_vm = i == 3;
	options.gdb = i == 4;
	return i < KT_ARRAY_LEN(names) ? names[i] : NULL;
}

Test(host_only, what_changes_a_machine_is_refused_beside_one)
{
	const char *name;
	for (unsigned i = 0; (name = set_machine(i)); i++) {
		select_one("guest");
		cr_assert_eq(kt_run_host_only_check(&session, &err), 0);
		select_one("host");
		expect_refused(name);
		select_one(NULL);
		expect_refused(name);
		cr_assert_not_null(strstr(err.fix, "--filter '!host'"), "%s", err.fix);
	}
}

Test(host_only, what_chooses_machines_is_refused_where_there_are_none)
{
	const char *name;
	for (unsigned i = 0; (name = set_choice(i)); i++) {
		select_one("host");
		expect_refused(name);
		select_one(NULL);
		cr_assert_eq(kt_run_host_only_check(&session, &err), 0, "%s", name);
	}
}

Test(host_only, other_options_are_fine)
{
	select_one("host");
	options.duration_ms = options.timeout_ms = 500;
	options.console = options.verbose = options.fail_fast = true;
	cr_assert_eq(kt_run_host_only_check(&session, &err), 0, "%s", err.text);
}
