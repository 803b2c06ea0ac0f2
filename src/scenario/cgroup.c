// SPDX-License-Identifier: GPL-2.0-only
/* cgroup v2 by its files: folders, cgroup.procs, cgroup.subtree_control and cpuset.cpus. */
#include "scenario/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define BUSY_TRIES    4 /* the first and three more */
#define BUSY_PAUSE_MS 100
#define DRAIN_ROUNDS  8 /* tasks may fork while they are moved */
#define FILE_LIMIT    (1u << 20)

static int real_make_dir(void *arg, const char *path)
{
	(void)arg; /* the real files have no state */
	return mkdir(path, 0755) < 0 ? -errno : 0;
}

static int real_remove_dir(void *arg, const char *path)
{
	(void)arg; /* the real files have no state */
	return rmdir(path) < 0 ? -errno : 0;
}

/* Not kt_fs_write_existing(): who moves tasks meets ESRCH and EBUSY as a matter of course. */
static int real_write(void *arg, const char *path, const char *text)
{
	(void)arg; /* the real files have no state */
	KT_AUTOFD int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void real_pause(void *arg, unsigned ms)
{
	(void)arg; /* the real clock has no state */
	kt_sleep_until(kt_deadline_ms(ms));
}

static const struct kt_scenario_cgroup_io real_io = {
	.make_dir = real_make_dir,
	.remove_dir = real_remove_dir,
	.write = real_write,
	.pause = real_pause,
};

static const struct kt_scenario_cgroup_io *io_of(const struct kt_scenario_cgroups *g)
{
	return g->io ? g->io : &real_io;
}

/* Path of FILE (or of the folder itself, FILE NULL) of cgroup NAME; NULL is the mount's root. */
static int path_of(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	char ret[PATH_MAX], struct kt_err *err)
{
	int n = snprintf(ret, PATH_MAX, "%s%s%s%s%s%s%s", g->mount, name ? "/" : "",
		name ? g->root : "", name && *name ? "/" : "", name ? name : "", file ? "/" : "",
		file ? file : "");
	if (n < 0 || n >= PATH_MAX)
		return kt_fail(err, ENAMETOOLONG, "use a shorter name",
			"cgroup '%s': its path is too long", name ? name : "/");
	return 0;
}

static void note(const struct kt_scenario_cgroups *g, const char *text)
{
	if (g->on_note)
		g->on_note(g->arg, text);
}

/* What to do about a failed write to FILE. */
static const char *fix_of(const char *file, int errnum)
{
	if (!strcmp(file, "cgroup.procs") && (errnum == EBUSY || errnum == EOPNOTSUPP))
		return "where cgroups have cpusets only the innermost can hold workers: run those "
		       "of the outer cgroup in a nested one of their own, such as 'NAME/own'";
	if (!strcmp(file, "cgroup.subtree_control") && errnum == EBUSY)
		return "a cgroup with workers cannot give its nested cgroups a cpuset: run its "
		       "workers in a nested cgroup of their own, such as 'NAME/own'";
	if (!strcmp(file, "cgroup.subtree_control"))
		return "the kernel needs CONFIG_CPUSETS, and no cgroup v1 hierarchy may hold the "
		       "cpuset controller";
	if (!strcmp(file, "cpuset.cpus") && errnum == ENOENT)
		return "enable the controller cpuset: write +cpuset to the parent's "
		       "cgroup.subtree_control";
	if (!strcmp(file, "cpuset.cpus"))
		return "name CPUs that are online; the controller cpuset must be enabled in the "
		       "parent's cgroup.subtree_control";
	return "the guest's cgroup2 file system must be mounted and writable";
}

/* Write VALUE, again while the kernel says EBUSY. 0 or -errno; nothing is recorded. */
static int write_patiently(const struct kt_scenario_cgroups *g, const char *path, const char *value)
{
	int r = 0;
	for (unsigned i = 0; i < BUSY_TRIES; i++) {
		if (i)
			io_of(g)->pause(g->arg, BUSY_PAUSE_MS);
		r = io_of(g)->write(g->arg, path, value);
		if (r != -EBUSY)
			break;
	}
	return r;
}

static int fail_write(
	const char *name, const char *path, const char *value, int errnum, struct kt_err *err)
{
	const char *file = strrchr(path, '/') + 1;
	return kt_fail(err, errnum, fix_of(file, errnum),
		"cgroup '%s': cannot write '%.*s' to %s: %s", name ? name : "/",
		(int)strcspn(value, "\n"), value, path, strerror(errnum));
}

static int write_file(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *value, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = path_of(g, name, file, path, err);
	if (r < 0)
		return r;
	r = write_patiently(g, path, value);
	return r < 0 ? fail_write(name, path, value, -r, err) : 0;
}

/* Whether WORD is one of the words of a small file of a cgroup. */
static int file_has_word(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *word, bool *ret, struct kt_err *err)
{
	char path[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	int r = path_of(g, name, file, path, err);
	if (!r)
		r = kt_fs_read(path, FILE_LIMIT, &text, err);
	if (r < 0)
		return r;
	bool found = false;
	char *save = NULL;
	KT_AUTOFREE char *copy = strdup(kt_str_get(&text));
	if (!copy)
		return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
	for (char *p = strtok_r(copy, " \n", &save); p; p = strtok_r(NULL, " \n", &save))
		found |= !strcmp(p, word);
	*ret = found;
	return 0;
}

/* Let the nested cgroups of NAME (NULL: of the mount's root) have cpusets. */
static int enable_cpuset(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	bool on = false;
	int r = file_has_word(g, name, "cgroup.subtree_control", "cpuset", &on, err);
	if (r < 0 || on)
		return r;
	r = file_has_word(g, name, "cgroup.controllers", "cpuset", &on, err);
	if (r < 0)
		return r;
	if (!on)
		return kt_fail(err, ENOTSUP, fix_of("cgroup.subtree_control", ENOTSUP),
			"cgroup '%s': %s offers no controller cpuset", name ? name : "/", g->mount);
	return write_file(g, name, "cgroup.subtree_control", "+cpuset", err);
}

static int make_dir(
	const struct kt_scenario_cgroups *g, const char *name, bool may_exist, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = path_of(g, name, NULL, path, err);
	if (r < 0)
		return r;
	r = io_of(g)->make_dir(g->arg, path);
	if (!r || (r == -EEXIST && may_exist))
		return 0;
	return kt_fail(err, -r,
		r == -EEXIST ? "remove the cgroup that an earlier run left behind, or use another "
			       "name"
		: r == -ENOENT ? "make the parent cgroup first"
			       : "the guest's cgroup2 file system must be mounted and writable",
		"cgroup '%s': cannot make %s: %s", name, path, strerror(-r));
}

int kt_scenario_cgroup_setup(
	const struct kt_scenario_cgroups *g, bool needs_cpuset, struct kt_err *err)
{
	int r = make_dir(g, "", true, err);
	if (r < 0 || !needs_cpuset)
		return r;
	r = enable_cpuset(g, NULL, err);
	return r < 0 ? r : enable_cpuset(g, "", err);
}

int kt_scenario_cgroup_add(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	return make_dir(g, name, false, err);
}

/* Move what is in cgroup NAME to the mount's root. *RET says how many tasks there were. */
static int drain_once(
	const struct kt_scenario_cgroups *g, const char *name, unsigned *ret, struct kt_err *err)
{
	char path[PATH_MAX], to[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	int r = path_of(g, name, "cgroup.procs", path, err);
	if (!r)
		r = path_of(g, NULL, "cgroup.procs", to, err);
	if (!r)
		r = kt_fs_read(path, FILE_LIMIT, &text, err);
	if (r < 0)
		return r;
	unsigned tasks = 0;
	char *save = NULL;
	KT_AUTOFREE char *copy = strdup(kt_str_get(&text));
	if (!copy)
		return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
	for (char *pid = strtok_r(copy, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save)) {
		tasks++;
		r = write_patiently(g, to, pid);
		if (r < 0 && r != -ESRCH)
			return fail_write(NULL, to, pid, -r, err);
	}
	*ret = tasks;
	return 0;
}

static int drain(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	unsigned most = 0;
	for (unsigned i = 0; i < DRAIN_ROUNDS; i++) {
		unsigned tasks = 0;
		int r = drain_once(g, name, &tasks, err);
		if (r < 0)
			return r;
		if (!tasks)
			break;
		most = KT_MAX(most, tasks);
	}
	if (most) {
		KT_AUTOFREE char *text = kt_strf(
			"cgroup '%s': %u tasks were still in it and went to the root", name, most);
		note(g, text ? text : "tasks left in a cgroup went to the root");
	}
	return 0;
}

/* Remove the folder, again while tasks that are ending keep it busy. */
static int remove_dir(
	const struct kt_scenario_cgroups *g, const char *name, const char *path, struct kt_err *err)
{
	int r = 0;
	for (unsigned i = 0; i < BUSY_TRIES; i++) {
		if (i)
			io_of(g)->pause(g->arg, BUSY_PAUSE_MS);
		r = io_of(g)->remove_dir(g->arg, path);
		if (r != -EBUSY)
			break;
	}
	if (!r || r == -ENOENT)
		return 0;
	return kt_fail(err, -r, "remove its nested cgroups and end its tasks first",
		"cgroup '%s': cannot remove %s: %s", name, path, strerror(-r));
}

int kt_scenario_cgroup_remove(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = path_of(g, name, NULL, path, err);
	if (r < 0 || !kt_fs_exists(path))
		return r;
	r = drain(g, name, err);
	return r < 0 ? r : remove_dir(g, name, path, err);
}

int kt_scenario_cgroup_teardown(const struct kt_scenario_cgroups *g, struct kt_err *err)
{
	return kt_scenario_cgroup_remove(g, "", err);
}

/* Enable cpuset in each cgroup above a nested NAME; the scenario's folder has it already. */
static int enable_above(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
		KT_AUTOFREE char *above = strndup(name, (size_t)(p - name));
		if (!above)
			return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
		int r = enable_cpuset(g, above, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A cgroup with tasks must not have an empty cpuset: give it all that its parent has. */
static int widen_cpuset(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	char path[PATH_MAX];
	const char *slash = strrchr(name, '/');
	KT_AUTOFREE char *parent = strndup(name, slash ? (size_t)(slash - name) : 0);
	KT_AUTO_DONE(kt_str_done) struct kt_str cpus = {0};
	if (!parent)
		return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
	int r = path_of(g, parent, "cpuset.cpus.effective", path, err);
	if (!r)
		r = kt_fs_read(path, FILE_LIMIT, &cpus, err);
	return r < 0 ? r : write_file(g, name, "cpuset.cpus", kt_str_get(&cpus), err);
}

/* A nested cgroup has no cpuset.cpus before its parent enables the controller. */
static int clear_cpuset(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	char path[PATH_MAX], folder[PATH_MAX];
	int r = path_of(g, name, "cpuset.cpus", path, err);
	if (!r)
		r = path_of(g, name, NULL, folder, err);
	if (r < 0 || (!kt_fs_exists(path) && kt_fs_exists(folder)))
		return r;
	/* A write of no bytes would not reach the kernel's handler. */
	r = write_file(g, name, "cpuset.cpus", "\n", err);
	return r == -ENOSPC ? widen_cpuset(g, name, err) : r;
}

int kt_scenario_cgroup_set_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_cpus *cpus, struct kt_err *err)
{
	if (!cpus)
		return clear_cpuset(g, name, err);
	KT_AUTOFREE char *list = kt_cpus_text(cpus);
	if (!list)
		return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
	int r = enable_above(g, name, err);
	return r < 0 ? r : write_file(g, name, "cpuset.cpus", list, err);
}

int kt_scenario_cgroup_move(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *pids, size_t count, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = path_of(g, name, "cgroup.procs", path, err);
	if (r < 0)
		return r;
	size_t gone = 0;
	for (size_t i = 0; i < count; i++) {
		char pid[24];
		/* The kernel takes 0 for the writer itself. */
		if (pids[i] <= 0)
			return kt_fail(err, EINVAL, "report this as a defect of ktstr",
				"cgroup '%s': %d is no process", name, (int)pids[i]);
		snprintf(pid, sizeof(pid), "%d", (int)pids[i]);
		r = write_patiently(g, path, pid);
		if (r == -ESRCH)
			gone++;
		else if (r < 0)
			return fail_write(name, path, pid, -r, err);
	}
	if (gone) {
		KT_AUTOFREE char *text = kt_strf(
			"cgroup '%s': %zu of %zu tasks had ended before they were moved into it",
			name, gone, count);
		note(g, text ? text : "tasks ended before they were moved");
	}
	return 0;
}
