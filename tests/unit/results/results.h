/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs with made-up outcomes in the test's own folder, and small or read-only file systems to
 * put them on. Mounts are made in a mount name space of the test's process: they go with it.
 */
#pragma once

#include <criterion/criterion.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "results/results.h"
#include "unit/report/sample.h"
#include "unit/tmpdir.h"

static const struct kt_results_config results_config = {
	.program = "01_first",
	.command = "build/samples/01_first -v",
	.accel_name = "kvm",
	.kernel_id = "6.12-x",
	.seed = UINT64_MAX,
	.total = 3,
};

static inline __attribute__((unused)) struct kt_results *results_begin(const char *dir)
{
	struct kt_results *r = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_results_begin(dir, &results_config, &r, &err), 0, "%s", err.text);
	return r;
}

/* Add a passed test with CONSOLE_BYTES of console. */
static inline __attribute__((unused)) int results_add(
	struct kt_results *r, const char *name, size_t console_bytes, struct kt_err *err)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {0};
	char line[1024];
	test.name = name;
	sample_init(&o, &test);
	memset(line, 'c', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (size_t i = 0; i < console_bytes / sizeof(line); i++)
		kt_outcome_add_console(&o, line, sizeof(line));
	kt_verdict_judge(&o, &v);
	int result = kt_results_add(r, &o, &v, err);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
	return result;
}

/* A tmpfs of BYTES at NAME of the test's folder; skips the test where that is not permitted. */
static inline __attribute__((unused)) void results_mount(const char *name, const char *options)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		cr_skip_test("mounts are not permitted here: %s", strerror(errno));
	cr_assert_eq(mkdir(in_tmp(name), 0755), 0);
	if (mount("none", in_tmp(name), "tmpfs", 0, options) < 0)
		cr_skip_test("tmpfs cannot be mounted here: %s", strerror(errno));
}

static inline __attribute__((unused)) void results_umount(const char *name)
{
	cr_assert_eq(umount2(in_tmp(name), MNT_DETACH), 0);
}

static inline __attribute__((unused)) int results_count_one(void *arg, const char *name)
{
	unsigned *count = arg;
	(void)name;
	++*count;
	return 0;
}

/* Entries of a folder. */
static inline __attribute__((unused)) unsigned results_count(const char *dir)
{
	unsigned count = 0;
	cr_assert_eq(kt_fs_each(dir, results_count_one, &count, NULL), 0);
	return count;
}
