// SPDX-License-Identifier: GPL-2.0-only
/* Paths, reads and writes; the remedies of refused writes. */
#include "scenario/cgroup_files.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "scenario/cgroup_write.h"
#include "scenario/knob.h"

#define FILE_LIMIT (1u << 20)
/* Shown of a cgroup whose write failed. */
#define NESTED_SHOWN 8u

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

static int real_write(void *arg, const char *path, const char *text)
{
	(void)arg; /* the real files have no state */
	return kt_scenario_bounded_write(path, text, KT_CGROUP_WRITE_MS);
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

const struct kt_scenario_cgroup_io *kt_scenario_io_of(const struct kt_scenario_cgroups *g)
{
	return g->io ? g->io : &real_io;
}

void kt_scenario_note(const struct kt_scenario_cgroups *g, const char *fmt, ...)
{
	char text[KT_ERR_TEXT_BYTES];
	va_list ap;
	if (!g->on_note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g->on_note(g->arg, text);
}

int kt_scenario_fail_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
}

int kt_scenario_path_of(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	char ret[PATH_MAX], struct kt_err *err)
{
	int n = snprintf(ret, PATH_MAX, "%s%s%s%s%s%s%s", g->mount, name ? "/" : "",
		name ? g->root : "", name && *name ? "/" : "", name ? name : "", file ? "/" : "",
		file ? file : "");
	if (n < 0 || n >= PATH_MAX)
		return kt_fail(err, ENAMETOOLONG, "use a shorter name",
			"cgroup '%.140s': its path is too long", name ? name : "/");
	return 0;
}

void kt_scenario_parent_of(const char *name, struct kt_scenario_parent *ret)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	ret->name = name && *name ? ret->text : NULL;
	snprintf(ret->text, sizeof(ret->text), "%.*s", slash ? (int)(slash - name) : 0,
		name ? name : "");
}

/* What to do about a refused write to one of the files that every cgroup has. */
static const char *fix_of_core(const char *file, int errnum)
{
	if (!strcmp(file, "cgroup.procs") && errnum == ENOENT)
		return "make the cgroup first, with the op add_cgroup or add_cgroup_def";
	if (!strcmp(file, "cgroup.procs") && (errnum == EBUSY || errnum == EOPNOTSUPP))
		return "where nested cgroups have knobs only the innermost can hold workers: run "
		       "those of the outer cgroup in a nested one of their own, such as 'NAME/own'";
	if (!strcmp(file, "cgroup.threads"))
		return "threads of one process can be spread over threaded cgroups only: use the "
		       "mode of processes, or no memory and io knobs beside them";
	if (!strcmp(file, "cgroup.type"))
		return "a cgroup with tasks, or with memory and io knobs in it, cannot become "
		       "threaded: declare groups of threads in the steps, so that it is done first";
	if (!strcmp(file, "cgroup.subtree_control") && errnum == EBUSY)
		return "a cgroup with workers cannot give its nested cgroups knobs: run its "
		       "workers in a nested cgroup of their own, such as 'NAME/own'";
	if (!strcmp(file, "cgroup.subtree_control") && errnum == EOPNOTSUPP)
		return "threaded cgroups have no memory and io knobs: use processes instead of "
		       "threads, or drop the knobs";
	if (!strcmp(file, "cgroup.freeze") && errnum == ENOENT)
		return "make the cgroup first; the kernel needs CONFIG_CGROUP_FREEZER and 5.2 or "
		       "later";
	return "the guest's cgroup2 file system must be mounted and writable";
}

/* Of a knob's file: the controller, where it is to be enabled, and what else may be wrong. */
static void fix_of_knob(const struct kt_controller_info *c, const char *file, const char *name,
	int errnum, struct kt_err *err)
{
	struct kt_scenario_parent parent;
	kt_scenario_parent_of(name, &parent);
	const char *outer = !parent.name ? "the root" : *parent.name ? parent.name : "the scenario";
	if (errnum == ENOENT || errnum == EACCES || errnum == EOPNOTSUPP) {
		kt_fix(err,
			"the controller %s must be enabled for it: +%s in cgroup.subtree_control "
			"of %s; the kernel needs %s%s",
			c->name, c->name, outer, c->option,
			!strcmp(file, "memory.swap.max") ? " and CONFIG_SWAP"
			: !strcmp(file, "io.weight")	 ? " and CONFIG_BLK_CGROUP_IOCOST"
			: !strcmp(file, "cpu.max")	 ? " and CONFIG_CFS_BANDWIDTH"
							 : "");
		return;
	}
	kt_fix(err, "%s; the controller %s must be enabled in cgroup.subtree_control of %s",
		!strcmp(file, "cpuset.cpus")   ? "name CPUs that are online"
		: !strcmp(file, "cpuset.mems") ? "name nodes that have memory"
		: errnum == ETIMEDOUT	       ? "see what the console says about the kernel"
					       : "use a value the kernel takes",
		c->name, outer);
}

static void add_words(
	const struct kt_scenario_cgroups *g, const char *name, const char *file, struct kt_str *to)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_err ignored;
	if (kt_scenario_read_file(g, name, file, &text, &ignored) < 0) {
		kt_str_addf(to, ", %s cannot be read", file);
		return;
	}
	const char *words = kt_str_get(&text);
	kt_str_addf(to, ", %s '%.*s'", file, (int)strcspn(words, "\n"), words);
}

static bool is_nested(const struct dirent *e)
{
	return e->d_type == DT_DIR && *e->d_name != '.';
}

static void add_nested(const struct kt_scenario_cgroups *g, const char *name, struct kt_str *to)
{
	char path[PATH_MAX];
	struct kt_err ignored;
	if (kt_scenario_path_of(g, name, NULL, path, &ignored) < 0)
		return;
	DIR *d = opendir(path);
	unsigned count = 0;
	kt_str_add(to, ", nested cgroups");
	for (struct dirent *e; d && (e = readdir(d));)
		if (is_nested(e) && count++ < NESTED_SHOWN)
			kt_str_addf(to, " %s", e->d_name);
	if (count > NESTED_SHOWN)
		kt_str_addf(to, " and %u more", count - NESTED_SHOWN);
	if (!count)
		kt_str_add(to, " none");
	if (d)
		closedir(d);
}

bool kt_scenario_has_nested(const struct kt_scenario_cgroups *g, const char *name)
{
	char path[PATH_MAX];
	struct kt_err ignored;
	if (kt_scenario_path_of(g, name, NULL, path, &ignored) < 0)
		return false;
	DIR *d = opendir(path);
	bool found = false;
	for (struct dirent *e; d && !found && (e = readdir(d));)
		found = is_nested(e);
	if (d)
		closedir(d);
	return found;
}

/* The state in which a cpuset was refused: which controllers the parent has and gives. */
static void add_snapshot(const struct kt_scenario_cgroups *g, const char *name, struct kt_str *to)
{
	struct kt_scenario_parent parent;
	kt_scenario_parent_of(name, &parent);
	kt_str_add(to, "; of its parent");
	add_words(g, parent.name, "cgroup.controllers", to);
	add_words(g, parent.name, "cgroup.subtree_control", to);
	add_nested(g, parent.name, to);
}

int kt_scenario_fail_write(const struct kt_scenario_cgroups *g, const char *name, const char *path,
	const char *value, int errnum, struct kt_err *err)
{
	const char *file = strrchr(path, '/') + 1;
	const struct kt_controller_info *c = kt_controller_of_file(file);
	KT_AUTO_DONE(kt_str_done) struct kt_str state = {0};
	if (c && c->controller == KT_CONTROLLER_cpuset && name)
		add_snapshot(g, name, &state);
	int r = kt_fail(err, errnum, fix_of_core(file, errnum),
		"cgroup '%s': cannot write '%.*s' to %s: %s%s", name ? name : "/",
		(int)strcspn(value, "\n"), value, path, strerror(errnum), kt_str_get(&state));
	if (c && err)
		fix_of_knob(c, file, name, errnum, err);
	return r;
}

int kt_scenario_try_write(const struct kt_scenario_cgroups *g, const char *path, const char *value)
{
	int r = 0;
	for (unsigned i = 0; i < KT_CGROUP_BUSY_TRIES; i++) {
		if (i)
			kt_scenario_io_of(g)->pause(g->arg, KT_CGROUP_BUSY_PAUSE_MS);
		r = kt_scenario_io_of(g)->write(g->arg, path, value);
		if (r != -EBUSY)
			break;
	}
	return r;
}

int kt_scenario_write_file(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *value, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = kt_scenario_path_of(g, name, file, path, err);
	if (r < 0)
		return r;
	r = kt_scenario_try_write(g, path, value);
	return r < 0 ? kt_scenario_fail_write(g, name, path, value, -r, err) : 0;
}

int kt_scenario_read_file(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	struct kt_str *ret, struct kt_err *err)
{
	char path[PATH_MAX];
	int r = kt_scenario_path_of(g, name, file, path, err);
	return r < 0 ? r : kt_fs_read(path, FILE_LIMIT, ret, err);
}

int kt_scenario_file_has(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *word, bool *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	int r = kt_scenario_read_file(g, name, file, &text, err);
	if (r < 0)
		return r;
	KT_AUTOFREE char *copy = strdup(kt_str_get(&text));
	char *save = NULL;
	bool found = false;
	if (!copy)
		return kt_scenario_fail_memory(err);
	for (char *p = strtok_r(copy, " \n", &save); p; p = strtok_r(NULL, " \n", &save))
		found |= !strcmp(p, word);
	*ret = found;
	return 0;
}
