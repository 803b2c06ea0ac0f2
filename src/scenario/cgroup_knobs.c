// SPDX-License-Identifier: GPL-2.0-only
/* Files of controllers, and the controllers that must be enabled above them. */
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "scenario/cgroup_files.h"
#include "scenario/knob.h"

static int fail_absent(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_controller_info *c, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str offered = {0};
	struct kt_err ignored;
	(void)kt_scenario_read_file(
		g, name, "cgroup.controllers", &offered, &ignored); /* shown only */
	const char *words = kt_str_get(&offered);
	int r = kt_fail(err, ENOTSUP, "enable the controller in the kernel",
		"cgroup '%s': %s offers no controller %s, only '%.*s'", name ? name : "/", g->mount,
		c->name, (int)strcspn(words, "\n"), words);
	kt_fix(err, "the kernel needs %s, and no cgroup v1 hierarchy may hold the controller %s",
		c->option, c->name);
	return r;
}

/* Let the nested cgroups of NAME (NULL: of the mount's root) have the files of C. */
static int enable(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_controller_info *c, struct kt_err *err)
{
	bool on = false;
	KT_AUTOFREE char *request = kt_strf("+%s", c->name);
	if (!request)
		return kt_scenario_fail_memory(err);
	int r = kt_scenario_file_has(g, name, "cgroup.subtree_control", c->name, &on, err);
	if (r < 0 || on)
		return r;
	r = kt_scenario_file_has(g, name, "cgroup.controllers", c->name, &on, err);
	if (r < 0)
		return r;
	if (!on)
		return fail_absent(g, name, c, err);
	return kt_scenario_write_file(g, name, "cgroup.subtree_control", request, err);
}

int kt_scenario_cgroup_enable(
	const struct kt_scenario_cgroups *g, unsigned controllers, struct kt_err *err)
{
	for (unsigned i = KT_CONTROLLER_none + 1; i < KT_CONTROLLER_COUNT; i++) {
		const struct kt_controller_info *c = kt_controller_info(i);
		if (!(controllers & KT_CONTROLLER_BIT(i)))
			continue;
		int r = enable(g, NULL, c, err);
		if (!r)
			r = enable(g, "", c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* In the mount's root, the scenario's folder and each cgroup above NAME, from above down. */
static int enable_above(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_controller_info *c, struct kt_err *err)
{
	int r = kt_scenario_cgroup_enable(g, KT_CONTROLLER_BIT(c->controller), err);
	for (const char *p = strchr(name, '/'); p && !r; p = strchr(p + 1, '/')) {
		KT_AUTOFREE char *above = strndup(name, (size_t)(p - name));
		r = above ? enable(g, above, c, err) : kt_scenario_fail_memory(err);
	}
	return r;
}

int kt_scenario_cgroup_write(const struct kt_scenario_cgroups *g, const char *name,
	const char *file, const char *value, struct kt_err *err)
{
	const struct kt_controller_info *c = kt_controller_of_file(file);
	int r = c ? enable_above(g, name, c, err) : 0;
	return r < 0 ? r : kt_scenario_write_file(g, name, file, value, err);
}

/* A cgroup with tasks must not have an empty cpuset: give it all that its parent has. */
static int widen_cpuset(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	struct kt_scenario_parent parent;
	KT_AUTO_DONE(kt_str_done) struct kt_str cpus = {0};
	kt_scenario_parent_of(name, &parent);
	int r = kt_scenario_read_file(g, parent.name, "cpuset.cpus.effective", &cpus, err);
	return r < 0 ? r : kt_scenario_write_file(g, name, "cpuset.cpus", kt_str_get(&cpus), err);
}

/* Whether the cgroup is there and has no cpuset.cpus: its parent does not enable the controller. */
static int lacks_cpuset(
	const struct kt_scenario_cgroups *g, const char *name, bool *ret, struct kt_err *err)
{
	char path[PATH_MAX], folder[PATH_MAX];
	int r = kt_scenario_path_of(g, name, "cpuset.cpus", path, err);
	if (!r)
		r = kt_scenario_path_of(g, name, NULL, folder, err);
	if (!r)
		*ret = !kt_fs_exists(path) && kt_fs_exists(folder);
	return r;
}

static int clear_cpuset(const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	bool lacks = false;
	int r = lacks_cpuset(g, name, &lacks, err);
	if (r < 0 || lacks)
		return r;
	/* A write of no bytes would not reach the kernel's handler. */
	r = kt_scenario_write_file(g, name, "cpuset.cpus", "\n", err);
	return r == -ENOSPC ? widen_cpuset(g, name, err) : r;
}

int kt_scenario_cgroup_set_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_cpus *cpus, struct kt_err *err)
{
	if (!cpus)
		return clear_cpuset(g, name, err);
	KT_AUTOFREE char *list = kt_cpus_text(cpus);
	return list ? kt_scenario_cgroup_write(g, name, "cpuset.cpus", list, err)
		    : kt_scenario_fail_memory(err);
}

int kt_scenario_cgroup_read_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	struct kt_cpus *ret, struct kt_err *err)
{
	struct kt_cpus cpus = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	bool lacks = false;
	int r = lacks_cpuset(g, name, &lacks, err);
	if (!r && !lacks)
		r = kt_scenario_read_file(g, name, "cpuset.cpus", &text, err);
	if (!r)
		r = kt_cpus_parse(kt_str_get(&text), &cpus, err);
	if (r < 0)
		return kt_wrap(err, r, "cgroup '%s': read its cpuset.cpus", name);
	*ret = cpus;
	return 0;
}
