// SPDX-License-Identifier: GPL-2.0-only
/* Kernel sources: finding them, and naming exactly what they hold. */
#include "kernel/source.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

#define GIT_LIMIT_MS   60000
#define TREE_DEPTH_MAX 64

static const char *const kind_names[] = {
	[KT_KSOURCE_DEBIAN] = "debian",
	[KT_KSOURCE_TARBALL] = "tarball",
	[KT_KSOURCE_FOLDER] = "folder",
};

const char *kt_ksource_kind_name(enum kt_ksource_kind kind)
{
	return kind_names[kind];
}

/* Add path, size and mtime of everything below DIR but .git. */
static int hash_listing(struct kt_hash *h, const char *dir, unsigned depth, struct kt_err *err);

struct listing {
	struct kt_hash *h;
	const char *dir;
	unsigned depth;
	struct kt_err *err;
};

static int hash_one(void *arg, const char *name)
{
	struct listing *l = arg;
	if (!strcmp(name, ".git"))
		return 0;
	KT_AUTOFREE char *path = kt_strf("%s/%s", l->dir, name);
	struct stat st;
	if (!path || lstat(path, &st) < 0)
		return kt_fail(l->err, path ? errno : ENOMEM, "make the source tree readable",
			"cannot look at '%s/%s': %s", l->dir, name, strerror(errno));
	kt_hash_add_str(l->h, name);
	if (S_ISDIR(st.st_mode))
		return hash_listing(l->h, path, l->depth + 1, l->err);
	int64_t facts[] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_mode};
	kt_hash_add(l->h, facts, sizeof(facts));
	return 0;
}

static int hash_listing(struct kt_hash *h, const char *dir, unsigned depth, struct kt_err *err)
{
	struct listing l = {.h = h, .dir = dir, .depth = depth, .err = err};
	if (depth > TREE_DEPTH_MAX)
		return kt_fail(err, ELOOP, "give the top folder of a kernel source",
			"'%s' is nested too deeply", dir);
	int r = kt_fs_each(dir, hash_one, &l, err);
	kt_hash_add_str(h, "/"); /* the end of this folder */
	return r;
}

/* "git:COMMIT" when DIR is the top of a clean git tree, else NULL. */
static char *clean_commit(const char *dir)
{
	KT_AUTOFREE char *git_dir = kt_strf("%s/.git", dir);
	if (!git_dir || !kt_fs_exists(git_dir))
		return NULL;
	const char *const status[] = {
		"git", "--no-optional-locks", "-C", dir, "status", "--porcelain", NULL};
	const char *const head[] = {"git", "-C", dir, "rev-parse", "HEAD", NULL};
	KT_AUTO_DONE(kt_str_done) struct kt_str changes = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str commit = {0};
	uint64_t deadline = kt_deadline_ms(GIT_LIMIT_MS);
	if (kt_proc_capture(status, false, deadline, &changes, NULL) < 0 || changes.len ||
		kt_proc_capture(head, false, deadline, &commit, NULL) < 0)
		return NULL;
	size_t len = strcspn(kt_str_get(&commit), "\r\n");
	return len ? kt_strf("git:%.*s", (int)len, kt_str_get(&commit)) : NULL;
}

static int folder_identity(const char *dir, char **ret, struct kt_err *err)
{
	char *commit = clean_commit(dir);
	if (commit) {
		*ret = commit;
		return 0;
	}
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	if (!h)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = hash_listing(h, dir, 0, err);
	if (r < 0)
		return r;
	char text[KT_HASH_TEXT_BYTES];
	kt_hash_text(h, text);
	*ret = kt_strf("tree:%s", text);
	return *ret ? 0 : kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

int kt_ksource_check_tree(const char *dir, struct kt_err *err)
{
	static const char *const parts[] = {
		"Makefile", "Kconfig", "scripts/kconfig/merge_config.sh"};
	for (size_t i = 0; i < KT_ARRAY_LEN(parts); i++) {
		KT_AUTOFREE char *path = kt_strf("%s/%s", dir, parts[i]);
		if (!path || !kt_fs_exists(path))
			return kt_fail(err, EINVAL,
				"give the top folder of a Linux source, or a tarball of one",
				"'%s' is no kernel source: it has no %s", dir, parts[i]);
	}
	return 0;
}

/* Kbuild refuses to build beside a tree that was built in. */
static int check_unbuilt(const char *dir, struct kt_err *err)
{
	static const char *const traces[] = {
		".config", "include/config", "arch/x86/include/generated"};
	for (size_t i = 0; i < KT_ARRAY_LEN(traces); i++) {
		KT_AUTOFREE char *path = kt_strf("%s/%s", dir, traces[i]);
		if (!path || !kt_fs_exists(path))
			continue;
		kt_fail(err, EBUSY, "clean it",
			"source '%s' was built in place (it has %s), ktstr builds outside of it",
			dir, traces[i]);
		kt_fix(err, "run 'make -C %s mrproper' (it removes .config too: keep a copy)", dir);
		return -EBUSY;
	}
	return 0;
}

static int resolve_folder(struct kt_ksource *s, struct kt_err *err)
{
	s->kind = KT_KSOURCE_FOLDER;
	int r = kt_ksource_check_tree(s->path, err);
	if (r < 0 || (r = check_unbuilt(s->path, err)) < 0)
		return r;
	return folder_identity(s->path, &s->identity, err);
}

static int resolve_tarball(struct kt_ksource *s, struct kt_err *err)
{
	char hash[KT_HASH_TEXT_BYTES];
	int r = kt_hash_file(s->path, hash, err);
	if (r < 0)
		return kt_wrap(err, r, "kernel source");
	s->identity = kt_strf("tarball:%s", hash);
	return s->identity ? 0 : kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

static int resolve_debian(struct kt_ksource *s, struct kt_err *err)
{
	s->kind = KT_KSOURCE_DEBIAN;
	if (!kt_fs_exists(s->path))
		return kt_fail(err, ENOENT,
			"run 'apt-get install " KT_KSOURCE_DEBIAN_PACKAGE
			"' as root, or give --source DIR|TARBALL",
			"Debian's kernel source '%s' is not there", s->path);
	return resolve_tarball(s, err);
}

static int not_there(const struct kt_ksource *s, const char *spec, int errnum, struct kt_err *err)
{
	static const char *const names[] = {"debian"};
	int r = kt_fail(err, errnum, "give 'debian', a tarball or a folder with --source",
		"kernel source '%s': %s", s->path, strerror(errnum));
	if (kt_nearest(spec, names, KT_ARRAY_LEN(names)))
		kt_fix(err, "did you mean 'debian'? Else give a tarball or a folder with --source");
	return r;
}

static int resolve_path(struct kt_ksource *s, const char *spec, struct kt_err *err)
{
	struct stat st;
	if (stat(s->path, &st) < 0)
		return not_there(s, spec, errno, err);
	if (S_ISDIR(st.st_mode))
		return resolve_folder(s, err);
	s->kind = KT_KSOURCE_TARBALL;
	return resolve_tarball(s, err);
}

int kt_ksource_resolve(const char *spec, struct kt_ksource *ret, struct kt_err *err)
{
	bool debian = !spec || !strcmp(spec, "debian");
	struct kt_ksource s = {
		.path = debian ? strdup(KT_KSOURCE_DEBIAN_TARBALL) : kt_fs_absolute(spec)};
	if (!s.path)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = debian ? resolve_debian(&s, err) : resolve_path(&s, spec, err);
	if (r < 0) {
		kt_ksource_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void kt_ksource_done(struct kt_ksource *s)
{
	free(s->path);
	free(s->identity);
	*s = (struct kt_ksource){0};
}
