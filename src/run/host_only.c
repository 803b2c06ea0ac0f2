// SPDX-License-Identifier: GPL-2.0-only
/* The table of options that say something about a guest. */
#include "run/host_only.h"

#include "base/mem.h"

struct rule {
	const char *option;
	bool is_given;
	bool chooses; /* a machine, instead of changing what a test finds in it */
};

size_t kt_run_host_only_count(const struct kt_run_session *s)
{
	size_t count = 0;
	for (size_t i = 0; i < s->tests.count; i++)
		count += s->tests.tests[i]->host_only;
	return count;
}

static const char *first_name(const struct kt_run_session *s)
{
	for (size_t i = 0; i < s->tests.count; i++)
		if (s->tests.tests[i]->host_only)
			return s->tests.tests[i]->name;
	return "?";
}

static int refuse(const struct kt_run_session *s, const struct rule *rule, struct kt_err *err)
{
	const char *name = first_name(s);
	kt_fail(err, EINVAL, "leave the option out",
		"%s says something about the machine of a test, and '%s' is host_only: it runs on "
		"this one",
		rule->option, name);
	if (!rule->chooses)
		kt_fix(err, "leave %s out, or deselect the test with --filter '!%s'", rule->option,
			name);
	return -EINVAL;
}

int kt_run_host_only_check(const struct kt_run_session *s, struct kt_err *err)
{
	const struct kt_run_options *o = s->o;
	const struct rule rules[] = {
		{"--topology", o->topo.nodes, false},
		{"--memory", o->memory_mib, false},
		{"--append", o->append_count, false},
		{"--sysctl", o->sysctl_count, false},
		{"--include", o->include_count, false},
		{"--kernel", o->kernel, true},
		{"--build-kernel", o->build_kernel, true},
		{"--accel", o->accel != KT_ACCEL_AUTO, true},
		{"--keep-vm", o->keep_vm, true},
		{"--gdb", o->gdb, true},
	};
	size_t count = kt_run_host_only_count(s);
	for (size_t i = 0; count && i < KT_ARRAY_LEN(rules); i++)
		if (rules[i].is_given && (!rules[i].chooses || count == s->tests.count))
			return refuse(s, &rules[i], err);
	return 0;
}
