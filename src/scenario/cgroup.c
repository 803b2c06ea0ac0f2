// SPDX-License-Identifier: GPL-2.0-only
/* The folders: the scenario's own, its cgroups, their kind, and the end of both. */
#include "scenario/cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "scenario/cgroup_files.h"
#include "scenario/knob.h"

static int make_dir(
	const struct kt_scenario_cgroups *g, const char *name, bool may_exist, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = kt_scenario_path_of(g, name, NULL, path, err);
	if (r < 0)
		return r;
	r = kt_scenario_io_of(g)->make_dir(g->arg, path);
	if (!r || (r == -EEXIST && may_exist))
		return 0;
	return kt_fail(err, -r,
		r == -EEXIST ? "remove the cgroup that an earlier run left behind, or use another "
			       "name"
		: r == -ENOENT ? "make the parent cgroup first"
			       : "the guest's cgroup2 file system must be mounted and writable",
		"cgroup '%s': cannot make %s: %s", name, path, strerror(-r));
}

/* The word of cgroup.type; a kernel without the file has only domains. */
static bool is_type(const struct kt_scenario_cgroups *g, const char *name, const char *type)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_err ignored;
	if (kt_scenario_read_file(g, name, "cgroup.type", &text, &ignored) < 0)
		return false;
	const char *is = kt_str_get(&text);
	size_t len = strcspn(is, "\n");
	return len == strlen(type) && !strncmp(is, type, len);
}

static int become_threaded(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	return is_type(g, name, "threaded")
		       ? 0
		       : kt_scenario_write_file(g, name, "cgroup.type", "threaded", err);
}

int kt_scenario_cgroup_make_threaded(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	int r = become_threaded(g, "", err);
	for (const char *p = strchr(name, '/'); p && !r; p = strchr(p + 1, '/')) {
		KT_AUTOFREE char *above = strndup(name, (size_t)(p - name));
		r = above ? become_threaded(g, above, err) : kt_scenario_fail_memory(err);
	}
	return r || !*name ? r : become_threaded(g, name, err);
}

int kt_scenario_cgroup_setup(
	const struct kt_scenario_cgroups *g, unsigned controllers, struct kt_err *err)
{
	int r = make_dir(g, "", true, err);
	if (!r)
		r = kt_scenario_cgroup_enable(g, controllers, err);
	if (!r && (controllers & KT_CONTROLLERS_THREADED))
		r = kt_scenario_cgroup_make_threaded(g, "", err);
	return r;
}

int kt_scenario_cgroup_add(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	int r = make_dir(g, name, false, err);
	/* What is made below a threaded cgroup holds no tasks before it is threaded too. */
	if (!r && is_type(g, name, "domain invalid"))
		r = become_threaded(g, name, err);
	return r;
}

int kt_scenario_cgroup_open(
	const struct kt_scenario_cgroups *g, const char *name, int *ret_fd, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = kt_scenario_path_of(g, name, NULL, path, err);
	if (r < 0)
		return r;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno, "make the cgroup first",
			"cgroup '%s': cannot open %s: %s", name, path, strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* Remove the folder, again while tasks that are ending keep it busy. */
static int remove_dir(
	const struct kt_scenario_cgroups *g, const char *name, const char *path, struct kt_err *err)
{
	int r = 0;
	for (unsigned i = 0; i < KT_CGROUP_BUSY_TRIES; i++) {
		if (i)
			kt_scenario_io_of(g)->pause(g->arg, KT_CGROUP_BUSY_PAUSE_MS);
		r = kt_scenario_io_of(g)->remove_dir(g->arg, path);
		if (r != -EBUSY)
			break;
	}
	if (!r || r == -ENOENT)
		return 0;
	return kt_fail(err, -r, "remove its nested cgroups and end its tasks first",
		"cgroup '%s': cannot remove %s: %s", name, path, strerror(-r));
}

/* Tasks of a frozen cgroup stay frozen nowhere else, and can be ended only by SIGKILL. */
static void unfreeze(const struct kt_scenario_cgroups *g, const char *name)
{
	struct kt_err err = {0};
	bool frozen = false, known;
	known = !kt_scenario_file_has(g, name, "cgroup.freeze", "1", &frozen, &err);
	if (known && frozen && kt_scenario_cgroup_freeze(g, name, false, &err) < 0)
		kt_scenario_note(g, "%s (fix: %s)", err.text, err.fix);
}

int kt_scenario_cgroup_remove(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = kt_scenario_path_of(g, name, NULL, path, err);
	if (r < 0 || !kt_fs_exists(path))
		return r;
	unfreeze(g, name);
	r = kt_scenario_cgroup_drain(g, name, err);
	return r < 0 ? r : remove_dir(g, name, path, err);
}

int kt_scenario_cgroup_teardown(const struct kt_scenario_cgroups *g, struct kt_err *err)
{
	return kt_scenario_cgroup_remove(g, "", err);
}
