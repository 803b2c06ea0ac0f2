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

/* The files of each controller, with what a new cgroup has in them. */
static const struct {
	const char *controller, *file, *text;
} files[] = {
	{"cpuset", "cpuset.cpus", "\n"},
	{"cpuset", "cpuset.mems", "\n"},
	{"cpu", "cpu.max", "max 100000\n"},
	{"cpu", "cpu.weight", "100\n"},
	{"memory", "memory.max", "max\n"},
	{"memory", "memory.high", "max\n"},
	{"memory", "memory.low", "0\n"},
	{"io", "io.weight", "default 100\n"},
	{"pids", "pids.max", "max\n"},
};
static const char *const core_files[] = {"cgroup.procs", "cgroup.threads", "cgroup.type",
	"cgroup.subtree_control", "cgroup.controllers", "cgroup.freeze", "cgroup.events"};
static const char *const known[] = {"cpuset", "cpu", "memory", "io", "pids"};

static bool is_word_of(const char *dir, const char *file, const char *word)
{
	char path[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (!kt_fs_exists(path) || kt_fs_read(path, 1 << 20, &text, NULL) < 0)
		return false;
	for (const char *p = kt_str_get(&text); *p;) {
		size_t len = strcspn(p, " \n");
		if (len == strlen(word) && !strncmp(p, word, len))
			return true;
		p += len + (p[len] != '\0');
	}
	return false;
}

/* WORD at the end of a list such as cgroup.controllers. */
static void add_word(const char *dir, const char *file, const char *word)
{
	char path[PATH_MAX];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (is_word_of(dir, file, word) || kt_fs_read(path, 1 << 20, &text, NULL) < 0)
		return;
	kt_str_cut(&text, strcspn(kt_str_get(&text), "\n"));
	kt_str_addf(&text, "%s%s\n", text.len ? " " : "", word);
	put(dir, file, kt_str_get(&text), "w");
}

static void offer(const char *dir, const char *controller)
{
	add_word(dir, "cgroup.controllers", controller);
	for (size_t i = 0; i < KT_ARRAY_LEN(files); i++)
		if (!strcmp(files[i].controller, controller))
			put(dir, files[i].file, files[i].text, "w");
}

/* The files a new cgroup has, which depend on what its parent enables. */
static void fill(const char *dir)
{
	char parent[PATH_MAX];
	parent_of(dir, parent);
	for (size_t i = 0; i < KT_ARRAY_LEN(core_files); i++)
		put(dir, core_files[i], "", "w");
	put(dir, "cgroup.freeze", "0\n", "w");
	put(dir, "cgroup.events", "populated 0\nfrozen 0\n", "w");
	bool threaded = file_says(parent, "cgroup.type", "threaded");
	put(dir, "cgroup.type", threaded ? "domain invalid\n" : "domain\n", "w");
	for (size_t i = 0; i < KT_ARRAY_LEN(known); i++)
		if (is_word_of(parent, "cgroup.subtree_control", known[i]))
			offer(dir, known[i]);
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

static void drop(const char *dir, const char *file)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	unlink(path);
}

static int remove_dir(void *arg, const char *path)
{
	(void)arg;
	if (!kt_fs_exists(path))
		return -ENOENT;
	if (has_children(path) || file_says(path, "cgroup.procs", "\n"))
		return -EBUSY;
	for (size_t i = 0; i < KT_ARRAY_LEN(core_files); i++)
		drop(path, core_files[i]);
	for (size_t i = 0; i < KT_ARRAY_LEN(files); i++)
		drop(path, files[i].file);
	return rmdir(path) < 0 ? -errno : 0;
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

/* "+memory" or "-cpuset -memory". */
static int control(const char *dir, const char *value)
{
	if (*value == '-') {
		put(dir, "cgroup.subtree_control", "", "w");
		return 0;
	}
	if (*value != '+' || !is_word_of(dir, "cgroup.controllers", value + 1))
		return -EINVAL;
	add_word(dir, "cgroup.subtree_control", value + 1);
	each_child(dir, offer, value + 1);
	return 0;
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
		return control(dir, value);
	} else if (kt_ends_with(path, "/cgroup.freeze")) {
		put(dir, "cgroup.freeze", value, "w");
		put(dir, "cgroup.events",
			*value == '1' && !f->freezes_never ? "frozen 1\n" : "frozen 0\n", "w");
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
