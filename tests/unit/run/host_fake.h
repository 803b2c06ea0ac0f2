/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cgroup2 mount made of ordinary files in the temporary folder, with what the kernel does
 * where the code about host cgroups depends on it: new cgroups get their files, controllers
 * are offered by the parent, a write of 1 to cgroup.kill ends all processes of a tree.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/host_io.h"
#include "unit/tmpdir.h"

static struct {
	int fail_make, fail_write; /* errno of the next make_dir, or write to FAIL_FILE */
	const char *fail_file;
	bool no_memo;	/* this kernel keeps none */
	unsigned busy;	/* removals that say EBUSY first */
	unsigned kills; /* writes to cgroup.kill */
	unsigned stuck; /* of those, how many do nothing */
} fake;

static inline void fake_put(const char *dir, const char *file, const char *text)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, file);
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), NULL), 0);
}

/* A file of a cgroup; "" when there is none. One of four buffers in turn. */
static inline const char *fake_get(const char *dir, const char *file)
{
	static struct kt_str texts[4];
	static unsigned turn;
	struct kt_str *s = &texts[turn++ % 4];
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, file);
	kt_str_cut(s, 0);
	if (kt_fs_exists(path))
		cr_assert_eq(kt_fs_read(path, 1 << 20, s, NULL), 0);
	return kt_str_get(s);
}

static inline int fake_make_dir(void *arg, const char *path)
{
	(void)arg;
	if (fake.fail_make) {
		int r = -fake.fail_make;
		fake.fail_make = 0;
		return r;
	}
	if (mkdir(path, KT_RUN_HOST_MODE) < 0)
		return -errno;
	KT_AUTOFREE char *parent = strdup(path);
	*strrchr(parent, '/') = '\0';
	fake_put(path, "cgroup.controllers", fake_get(parent, "cgroup.subtree_control"));
	fake_put(path, "cgroup.subtree_control", "");
	fake_put(path, "cgroup.procs", "");
	return 0;
}

static inline int fake_remove_dir(void *arg, const char *path)
{
	static const char *const files[] = {
		"cgroup.controllers", "cgroup.subtree_control", "cgroup.procs", "memo"};
	struct stat st;
	(void)arg;
	if (stat(path, &st) < 0)
		return -errno;
	if (fake.busy) {
		fake.busy--;
		return -EBUSY;
	}
	if (st.st_nlink > 2 || *fake_get(path, "cgroup.procs"))
		return -EBUSY;
	for (size_t i = 0; i < KT_ARRAY_LEN(files); i++) {
		KT_AUTOFREE char *file = kt_strf("%s/%s", path, files[i]);
		unlink(file);
	}
	return rmdir(path) < 0 ? -errno : 0;
}

static inline void fake_each_child(
	const char *dir, void (*fn)(const char *child, const char *arg), const char *arg)
{
	DIR *d = opendir(dir);
	cr_assert_not_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		KT_AUTOFREE char *child = kt_strf("%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR && *e->d_name != '.')
			fn(child, arg);
	}
	closedir(d);
}

static inline void fake_kill(const char *dir, const char *unused)
{
	fake_each_child(dir, fake_kill, unused);
	fake_put(dir, "cgroup.procs", "");
}

static inline void fake_offer(const char *dir, const char *controllers)
{
	fake_put(dir, "cgroup.controllers", controllers);
}

/* Take the word out of a list, or add it behind. */
static inline void fake_control(const char *dir, const char *value)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	KT_AUTOFREE char *list = strdup(fake_get(dir, "cgroup.subtree_control"));
	char *rest = list;
	for (char *word; (word = strsep(&rest, " \n"));)
		if (*word && strcmp(word, value + 1))
			kt_str_addf(&out, "%s ", word);
	if (*value == '+')
		kt_str_add(&out, value + 1);
	fake_put(dir, "cgroup.subtree_control", kt_str_get(&out));
	fake_each_child(dir, fake_offer, kt_str_get(&out));
}

static inline int fake_write(void *arg, const char *path, const char *text)
{
	KT_AUTOFREE char *dir = strdup(path);
	(void)arg;
	*strrchr(dir, '/') = '\0';
	if (!kt_fs_exists(dir))
		return -ENOENT;
	if (fake.fail_write && kt_ends_with(path, fake.fail_file))
		return -fake.fail_write;
	if (kt_ends_with(path, "/cgroup.kill")) {
		fake.kills++;
		if (fake.kills > fake.stuck)
			fake_kill(dir, NULL);
	} else if (kt_ends_with(path, "/cgroup.subtree_control")) {
		fake_control(dir, text);
	} else {
		KT_AUTOFREE char *line = kt_strf("%s\n", text);
		fake_put(dir, strrchr(path, '/') + 1, line);
	}
	return 0;
}

static inline int fake_set_memo(void *arg, const char *dir, const char *text)
{
	(void)arg;
	if (fake.no_memo)
		return -EOPNOTSUPP;
	fake_put(dir, "memo", text);
	return 0;
}

static inline int fake_get_memo(void *arg, const char *dir, struct kt_str *out)
{
	(void)arg;
	kt_str_add(out, fake_get(dir, "memo"));
	return out->len ? 0 : -ENODATA;
}

static const struct kt_run_host_io fake_io = {
	.make_dir = fake_make_dir,
	.remove_dir = fake_remove_dir,
	.write = fake_write,
	.set_memo = fake_set_memo,
	.get_memo = fake_get_memo,
};

/* The mount "cg" with these controllers, none of them enabled. */
static inline void fake_mount(const char *controllers)
{
	tmpdir_make();
	memset(&fake, 0, sizeof(fake));
	cr_assert_eq(mkdir(in_tmp("cg"), 0755), 0);
	fake_put(in_tmp("cg"), "cgroup.controllers", controllers);
	fake_put(in_tmp("cg"), "cgroup.subtree_control", "");
	fake_put(in_tmp("cg"), "cgroup.procs", "");
}

/* One that was there before any run. */
static inline void fake_cgroup(const char *name)
{
	cr_assert_eq(fake_make_dir(NULL, in_tmp(name)), 0);
	cr_assert_eq(chmod(in_tmp(name), 0755), 0);
}
