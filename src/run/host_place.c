// SPDX-License-Identifier: GPL-2.0-only
/* Reads mountinfo: hybrid machines have both hierarchies, each controller in one of them. */
#include "run/host_place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define FILE_BYTES (1u << 20)
#define FOLDER	   "ktstr"
#define FIX_INSIDE "or run it in a machine that has cgroup v2: ktstr softkvm exec -- PROGRAM"

/* One line of mountinfo: "36 25 0:31 / POINT rw - TYPE SOURCE OPTIONS". */
struct mount {
	const char *point, *type, *options;
};

static bool parse_mount(char *line, struct mount *ret)
{
	char *save = NULL, *dash = strstr(line, " - ");
	if (!dash)
		return false;
	*dash = '\0';
	const char *point = NULL;
	unsigned i = 0;
	for (char *p = strtok_r(line, " ", &save); p && i < 5; p = strtok_r(NULL, " ", &save), i++)
		point = p;
	const char *type = strtok_r(dash + 3, " ", &save);
	(void)strtok_r(NULL, " ", &save); /* the source says nothing */
	const char *options = strtok_r(NULL, " ", &save);
	*ret = (struct mount){.point = point, .type = type, .options = options ? options : ""};
	return i == 5 && type;
}

static bool has_option(const char *options, const char *name)
{
	size_t bytes = strlen(name);
	for (const char *p = options; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		if (n == bytes && !memcmp(p, name, n))
			return true;
		p += n;
	}
	return false;
}

static int read_proc(const char *proc, const char *file, struct kt_str *out, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/self/%s", proc, file);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for a path");
	return kt_fs_read(path, FILE_BYTES, out, err);
}

/*
 * The point of the first cgroup2 mount, or of the cgroup v1 mount that has CONTROLLER. *RET is
 * malloced, NULL when there is none.
 */
static int find_mount(const char *proc, const char *controller, char **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	int r = read_proc(proc, "mountinfo", &text, err);
	*ret = NULL;
	if (r < 0)
		return r;
	char *rest = text.text;
	for (char *line; !*ret && (line = strsep(&rest, "\n"));) {
		struct mount m;
		if (!parse_mount(line, &m))
			continue;
		bool wanted =
			controller ? !strcmp(m.type, "cgroup") && has_option(m.options, controller)
				   : !strcmp(m.type, "cgroup2");
		if (wanted && !(*ret = strdup(m.point)))
			return kt_fail(err, ENOMEM, "free some memory", "no memory for a path");
	}
	return 0;
}

/* The cgroup v2 of this process, "/" or "/user.slice/..."; "" when it cannot be known. */
static void own_cgroup(const char *proc, char ret[PATH_MAX])
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	*ret = '\0';
	if (read_proc(proc, "cgroup", &text, NULL) < 0)
		return;
	char *rest = text.text;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (kt_starts_with(line, "0::/") && strlen(line) < PATH_MAX)
			snprintf(ret, PATH_MAX, "%s", line + 3);
}

static bool is_writable(const char *dir)
{
	KT_AUTOFREE char *procs = kt_strf("%s/cgroup.procs", dir);
	return access(dir, W_OK) == 0 && procs && access(procs, W_OK) == 0;
}

static int join(char ret[PATH_MAX], struct kt_err *err, const char *a, const char *b)
{
	int n = snprintf(ret, PATH_MAX, "%s%s%s", a, *b == '/' || !*b ? "" : "/", b);
	if (n >= 0 && n < PATH_MAX)
		return 0;
	return kt_fail(err, ENAMETOOLONG, "use a shorter path for " KT_RUN_HOST_ENV,
		"cgroup '%s': its path is too long", b);
}

/* A cgroup below the mount, and never the mount itself: that has the whole machine in it. */
static int take_wanted(
	const char *wanted, const char *mount, char ret[PATH_MAX], struct kt_err *err)
{
	size_t n = strlen(mount), bytes = strlen(wanted);
	while (bytes && wanted[bytes - 1] == '/')
		bytes--;
	bool below = bytes > n && kt_starts_with(wanted, mount) && wanted[n] == '/';
	if (!below || strstr(wanted, "/../") || kt_ends_with(wanted, "/..")) {
		int r = kt_fail(err, EINVAL, "name a cgroup below the mount",
			KT_RUN_HOST_ENV " is '%s': that is no cgroup below %s", wanted, mount);
		kt_fix(err, "name a folder of cgroup v2 for the tests alone, such as %s/" FOLDER,
			mount);
		return r;
	}
	if (bytes >= PATH_MAX)
		return join(ret, err, wanted, "");
	snprintf(ret, PATH_MAX, "%.*s", (int)bytes, wanted);
	return 0;
}

static int take_standard(
	const char *proc, const char *mount, char ret[PATH_MAX], struct kt_err *err)
{
	char own[PATH_MAX], dir[PATH_MAX];
	own_cgroup(proc, own);
	int r = join(dir, err, mount, own);
	if (r < 0)
		return r;
	bool delegated = !is_writable(mount) && *own && is_writable(dir);
	return join(ret, err, delegated ? dir : mount, FOLDER);
}

int kt_run_host_place_find(
	const char *proc, const char *wanted, struct kt_run_host_place *ret, struct kt_err *err)
{
	KT_AUTOFREE char *mount = NULL;
	struct kt_run_host_place place;
	int r = find_mount(proc, NULL, &mount, err);
	if (r < 0)
		return kt_wrap(err, r, "look for cgroup v2");
	if (!mount)
		return kt_fail(err, ENODEV,
			"boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 none "
			"/mnt/cgroup2; " FIX_INSIDE,
			"no cgroup v2 is mounted, and host_only tests make their cgroups there");
	r = join(place.mount, err, mount, "");
	if (r == 0)
		r = wanted && *wanted ? take_wanted(wanted, mount, place.parent, err)
				      : take_standard(proc, mount, place.parent, err);
	if (r == 0)
		*ret = place;
	return r;
}

int kt_run_host_file_has(
	const char *dir, const char *file, const char *word, bool *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, file);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for a path");
	int r = kt_fs_read(path, FILE_BYTES, &text, err);
	if (r < 0)
		return r;
	char *save = NULL;
	bool found = false;
	for (char *p = text.text ? strtok_r(text.text, " \n", &save) : NULL; p;
		p = strtok_r(NULL, " \n", &save))
		found |= !strcmp(p, word);
	*ret = found;
	return 0;
}

static int fail_missing(const char *proc, const struct kt_run_host_place *place,
	const char *controller, struct kt_err *err)
{
	KT_AUTOFREE char *v1 = NULL;
	int r = find_mount(proc, controller, &v1, err);
	if (r < 0)
		return r;
	r = kt_fail(err, ENOTSUP, "use another kernel",
		"cgroup v2 at %s has no controller %s: %s%s", place->mount, controller,
		v1 ? "it is mounted as cgroup v1 at "
		   : "this kernel was built or booted without it",
		v1 ? v1 : "");
	if (v1)
		kt_fix(err,
			"boot with cgroup_no_v1=%s or "
			"systemd.unified_cgroup_hierarchy=1; " FIX_INSIDE,
			controller);
	else
		kt_fix(err, "boot without cgroup_disable=%s a kernel that has it; " FIX_INSIDE,
			controller);
	return r;
}

int kt_run_host_place_check(const char *proc, const struct kt_run_host_place *place,
	const char *const *controllers, struct kt_err *err)
{
	for (; *controllers; controllers++) {
		bool has = false;
		int r = kt_run_host_file_has(
			place->mount, "cgroup.controllers", *controllers, &has, err);
		if (r == 0 && !has)
			r = fail_missing(proc, place, *controllers, err);
		if (r < 0)
			return r;
	}
	return 0;
}
