// SPDX-License-Identifier: GPL-2.0-only
/* The fake kernel behind the temporary folder. Its own failures abort the test. */
#include "fake/fake_cgroupfs.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

static void put(const char *dir, const char *file, const char *text, const char *mode)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	KT_AUTOFILE FILE *out = fopen(path, mode);
	if (!out || fputs(text, out) < 0)
		abort();
}

static bool file_says(const char *dir, const char *file, const char *word)
{
	char path[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (!kt_fs_exists(path) || kt_fs_read(path, 1 << 20, &text, NULL) < 0)
		return false;
	return strstr(kt_str_get(&text), word) != NULL;
}

static void parent_of(const char *path, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s", path);
	*strrchr(ret, '/') = '\0';
}

/* The files a new cgroup has, which depend on what its parent enables. */
static void fill(const char *dir)
{
	char parent[PATH_MAX];
	parent_of(dir, parent);
	bool cpuset = file_says(parent, "cgroup.subtree_control", "cpuset");
	put(dir, "cgroup.procs", "", "w");
	put(dir, "cgroup.subtree_control", "", "w");
	put(dir, "cgroup.controllers", cpuset ? "cpuset\n" : "", "w");
	if (cpuset)
		put(dir, "cpuset.cpus", "\n", "w");
}

static int make_dir(void *arg, const char *path)
{
	(void)arg;
	if (mkdir(path, 0755) < 0)
		return -errno;
	fill(path);
	return 0;
}

/* Calls FN for each cgroup directly below DIR. */
static void each_child(
	const char *dir, void (*fn)(const char *child, const char *arg), const char *arg)
{
	DIR *d = opendir(dir);
	if (!d)
		abort();
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_type != DT_DIR || *e->d_name == '.')
			continue;
		KT_AUTOFREE char *child = kt_strf("%s/%s", dir, e->d_name);
		fn(child, arg);
	}
	closedir(d);
}

static bool has_children(const char *dir)
{
	struct stat st;
	return !stat(dir, &st) && st.st_nlink > 2;
}

static int remove_dir(void *arg, const char *path)
{
	(void)arg;
	static const char *const files[] = {
		"cgroup.procs", "cgroup.subtree_control", "cgroup.controllers", "cpuset.cpus"};
	if (!kt_fs_exists(path))
		return -ENOENT;
	if (has_children(path) || file_says(path, "cgroup.procs", "\n"))
		return -EBUSY;
	for (size_t i = 0; i < KT_ARRAY_LEN(files); i++) {
		char file[PATH_MAX];
		snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		unlink(file);
	}
	return rmdir(path) < 0 ? -errno : 0;
}

static void offer_cpuset(const char *child, const char *arg)
{
	(void)arg;
	put(child, "cgroup.controllers", "cpuset\n", "w");
	put(child, "cpuset.cpus", "\n", "w");
}

/* Take PID out of the cgroup DIR and of all below it. */
static void forget_pid(const char *dir, const char *pid)
{
	char path[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0}, left = {0};
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	if (kt_fs_read(path, 1 << 20, &text, NULL) < 0)
		abort();
	for (const char *line = kt_str_get(&text); *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line, pid, strlen(pid)) || line[strlen(pid)] != '\n')
			kt_str_add_bytes(&left, line, strcspn(line, "\n") + 1);
	put(dir, "cgroup.procs", kt_str_get(&left), "w");
	each_child(dir, forget_pid, pid);
}

static int scripted_failure(struct fake_cgroupfs *f, const char *path, const char *value)
{
	if (!f->fail_times || !kt_ends_with(path, f->fail_file))
		return 0;
	if (f->fail_value && strcmp(f->fail_value, value))
		return 0;
	f->fail_times--;
	return -f->fail_errno;
}

static int write_file(void *arg, const char *path, const char *value)
{
	struct fake_cgroupfs *f = arg;
	char dir[PATH_MAX];
	f->writes++;
	parent_of(path, dir);
	int r = scripted_failure(f, path, value);
	if (r < 0)
		return r;
	if (!kt_fs_exists(path))
		return -ENOENT;
	if (kt_ends_with(path, "/cgroup.procs")) {
		KT_AUTOFREE char *line = kt_strf("%s\n", value);
		forget_pid(f->dir, value);
		put(dir, "cgroup.procs", line, "a");
	} else if (kt_ends_with(path, "/cgroup.subtree_control")) {
		if (strcmp(value, "+cpuset"))
			return -EINVAL;
		put(dir, "cgroup.subtree_control", "cpuset\n", "w");
		each_child(dir, offer_cpuset, NULL);
	} else {
		put(dir, strrchr(path, '/') + 1, value, "w");
	}
	return 0;
}

static void count_pause(void *arg, unsigned ms)
{
	(void)ms;
	((struct fake_cgroupfs *)arg)->pauses++;
}

static void keep_note(void *arg, const char *text)
{
	kt_str_addf(&((struct fake_cgroupfs *)arg)->notes, "%s\n", text);
}

void fake_cgroupfs_init(struct fake_cgroupfs *f, const char *controllers)
{
	*f = (struct fake_cgroupfs){
		.io = {.make_dir = make_dir,
			.remove_dir = remove_dir,
			.write = write_file,
			.pause = count_pause},
	};
	if (kt_fs_mkdtemp(NULL, "ktstr-cgroupfs-", &f->dir, NULL) < 0)
		abort();
	put(f->dir, "cgroup.procs", "", "w");
	put(f->dir, "cgroup.subtree_control", "", "w");
	put(f->dir, "cgroup.controllers", controllers, "w");
	f->g = (struct kt_scenario_cgroups){
		.mount = f->dir, .root = "ktstr", .io = &f->io, .on_note = keep_note, .arg = f};
}

void fake_cgroupfs_done(struct fake_cgroupfs *f)
{
	if (kt_fs_remove_tree(f->dir, NULL) < 0)
		abort();
	free(f->dir);
	kt_str_done(&f->notes);
	kt_str_done(&f->text);
}

const char *fake_cgroupfs_read(struct fake_cgroupfs *f, const char *path)
{
	KT_AUTOFREE char *full = kt_strf("%s/%s", f->dir, path);
	kt_str_cut(&f->text, 0);
	if (!kt_fs_exists(full))
		return "(missing)";
	if (kt_fs_read(full, 1 << 20, &f->text, NULL) < 0)
		abort();
	return kt_str_get(&f->text);
}

void fake_cgroupfs_append(struct fake_cgroupfs *f, const char *path, const char *text)
{
	put(f->dir, path, text, "a");
}

bool fake_cgroupfs_exists(const struct fake_cgroupfs *f, const char *path)
{
	KT_AUTOFREE char *full = kt_strf("%s/%s", f->dir, path);
	return kt_fs_exists(full);
}
