/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the cgroup files share: a fake mount, and calls that must succeed. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "fake/fake_cgroupfs.h"
#include "scenario/knob.h"

#define BIT(c) KT_CONTROLLER_BIT(KT_CONTROLLER_##c)

static struct fake_cgroupfs f;

static void setup(void)
{
	fake_cgroupfs_init(&f, "cpuset cpu memory io pids\n");
}

static void done(void)
{
	fake_cgroupfs_done(&f);
}

static inline __attribute__((unused)) void expect_file(const char *path, const char *content)
{
	const char *is = fake_cgroupfs_read(&f, path);
	cr_assert_str_eq(is, content, "%s is '%s'", path, is);
}

static void begin(unsigned controllers)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_setup(&f.g, controllers, &err), 0, "%s", err.text);
}

static void add(const char *name)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, name, &err), 0, "%s", err.text);
}

static inline __attribute__((unused)) void expect_err(
	const struct kt_err *err, const char *text, const char *fix)
{
	cr_assert_not_null(strstr(err->text, text), "text is '%s'", err->text);
	cr_assert_not_null(strstr(err->fix, fix), "fix is '%s'", err->fix);
}

static inline __attribute__((unused)) void fail_writes(const char *file, int errnum, unsigned times)
{
	f.fail_file = file;
	f.fail_errno = errnum;
	f.fail_times = times;
}
