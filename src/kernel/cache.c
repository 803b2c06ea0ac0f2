// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the kernel cache. Names that begin with '.' are no entries: that is how an
 * entry leaves, and how nobody sees half of one.
 */
#include "kernel/cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/variant.h"

#define REMOVED_PREFIX ".removed-"

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

static const char *env_text(const char *name)
{
	const char *text = getenv(name);
	return text && text[0] ? text : NULL;
}

int kt_kcache_dir(char **ret, struct kt_err *err)
{
	const char *own = env_text("KTSTR_CACHE_DIR");
	const char *xdg = env_text("XDG_CACHE_HOME");
	const char *home = env_text("HOME");
	char *dir;
	if (own)
		dir = kt_fs_absolute(own);
	else if (xdg && xdg[0] == '/')
		dir = kt_strf("%s/ktstr", xdg);
	else if (home)
		dir = kt_strf("%s/.cache/ktstr", home);
	else
		return kt_fail(err, ENOENT, "set KTSTR_CACHE_DIR to a folder for built kernels",
			"no place for the cache: KTSTR_CACHE_DIR, XDG_CACHE_HOME and HOME are "
			"not set");
	if (!dir)
		return out_of_memory(err);
	*ret = dir;
	return 0;
}

static void entry_done(struct kt_kcache_entry *e)
{
	free(e->id);
	free(e->dir);
	kt_kmeta_done(&e->meta);
}

void kt_kcache_list_done(struct kt_kcache_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		entry_done(&l->items[i]);
	free(l->items);
	*l = (struct kt_kcache_list){0};
}

struct reading {
	KT_VEC(struct kt_kcache_entry) entries;
	const char *kernels;
	bool hashes;
	struct kt_err *err;
};

static uint64_t folder_time_ns(const char *dir)
{
	struct stat st;
	if (stat(dir, &st) < 0)
		return 0;
	return (uint64_t)st.st_mtim.tv_sec * KT_NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
}

static int add_size(void *arg, const char *name)
{
	struct kt_kcache_entry *e = arg;
	KT_AUTOFREE char *path = kt_strf("%s/%s", e->dir, name);
	struct stat st;
	if (path && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		e->bytes += (uint64_t)st.st_size;
	return 0;
}

/* What stands at E->dir: any trouble makes a damaged entry, not an error. */
static void entry_read(struct kt_kcache_entry *e, bool hashes)
{
	int r = kt_kmeta_read(e->dir, &e->meta, &e->why);
	if (r == 0 && strcmp(e->meta.id, e->id))
		r = kt_fail(&e->why, EUCLEAN, "run 'ktstr kernel clean' to remove it",
			"meta.json is that of '%s'", e->meta.id);
	if (r == 0)
		r = kt_kmeta_verify(&e->meta, e->dir, hashes, &e->why);
	e->damaged = r < 0;
	e->created_ns = e->meta.created_ns ? e->meta.created_ns : folder_time_ns(e->dir);
	kt_fs_each(e->dir, add_size, e, NULL);
}

static int read_one(void *arg, const char *name)
{
	struct reading *reading = arg;
	struct stat st;
	if (name[0] == '.')
		return 0;
	struct kt_kcache_entry e = {
		.id = strdup(name), .dir = kt_strf("%s/%s", reading->kernels, name)};
	if (!e.id || !e.dir) {
		entry_done(&e);
		return out_of_memory(reading->err);
	}
	if (stat(e.dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		entry_done(&e); /* removed meanwhile, or a stray file */
		return 0;
	}
	entry_read(&e, reading->hashes);
	if (kt_vec_push(&reading->entries, e) < 0) {
		entry_done(&e);
		return out_of_memory(reading->err);
	}
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct kt_kcache_entry *x = a;
	const struct kt_kcache_entry *y = b;
	if (x->created_ns != y->created_ns)
		return x->created_ns < y->created_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

int kt_kcache_list(const char *cache, bool hashes, struct kt_kcache_list *ret, struct kt_err *err)
{
	KT_AUTOFREE char *kernels = kt_strf("%s/kernels", cache);
	struct reading reading = {.kernels = kernels, .hashes = hashes, .err = err};
	if (!kernels)
		return out_of_memory(err);
	int r = kt_fs_exists(kernels) ? kt_fs_each(kernels, read_one, &reading, err) : 0;
	struct kt_kcache_list l = {reading.entries.items, reading.entries.count};
	if (r < 0) {
		kt_kcache_list_done(&l);
		return r;
	}
	if (l.count)
		qsort(l.items, l.count, sizeof(l.items[0]), newest_first);
	*ret = l;
	return 0;
}

bool kt_kcache_is_stale(const struct kt_kcache_entry *e)
{
	char current[KT_HASH_TEXT_BYTES];
	kt_kvariants variants = 0;
	if (e->meta.variant && e->meta.variant[0] &&
		kt_kvariants_add(&variants, e->meta.variant, NULL) < 0)
		return true; /* of another program, which has more variants */
	kt_kvariants_fragment_hash(variants, current);
	return e->meta.fragment_hash && strcmp(e->meta.fragment_hash, current);
}

const struct kt_kcache_entry *kt_kcache_by_key(const struct kt_kcache_list *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->items[i].damaged && !strcmp(l->items[i].meta.key, key))
			return &l->items[i];
	}
	return NULL;
}

int kt_kcache_hold(const char *entry_dir, int *ret_fd, struct kt_err *err)
{
	KT_AUTOFD int fd = open(entry_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno, "run 'ktstr kernel list' to see what there is",
			"kernel entry '%s': %s", entry_dir, strerror(errno));
	/* Where flock does not work, removal cannot take its lock either. */
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return kt_fail(err, EBUSY, "run 'ktstr kernel build' to make it again",
			"kernel entry '%s' is being removed", entry_dir);
	*ret_fd = kt_take_fd(&fd);
	return 0;
}

static int rename_error(const char *from, const char *to, struct kt_err *err)
{
	return kt_fail(err, errno, "check permissions and free space of the cache folder",
		"cannot rename '%s' to '%s': %s", from, to, strerror(errno));
}

/* Let no reader see FROM as an entry any more; *RET is its new path. */
static int hide(const char *cache, const char *id, char **ret, struct kt_err *err)
{
	KT_AUTOFREE char *from = kt_strf("%s/kernels/%s", cache, id);
	KT_AUTOFREE char *to = kt_strf("%s/kernels/" REMOVED_PREFIX "%s-%d", cache, id, getpid());
	if (!from || !to)
		return out_of_memory(err);
	if (rename(from, to) < 0)
		return rename_error(from, to, err);
	*ret = KT_TAKE(to);
	return 0;
}

static void sync_folder(const char *dir)
{
	KT_AUTOFD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		kt_log(KT_LOG_DEBUG, "cannot sync '%s': %s", dir, strerror(errno));
}

/* Swap NEW_DIR with the entry TARGET, in one step where the file system can. */
static int replace_entry(const char *cache, const char *new_dir, const char *target, const char *id,
	struct kt_err *err)
{
	if (renameat2(AT_FDCWD, new_dir, AT_FDCWD, target, RENAME_EXCHANGE) == 0)
		return kt_fs_remove_tree(new_dir, err);
	KT_AUTOFREE char *hidden = NULL;
	int r = hide(cache, id, &hidden, err);
	if (r < 0)
		return r;
	if (rename(new_dir, target) < 0)
		return rename_error(new_dir, target, err);
	return kt_fs_remove_tree(hidden, err);
}

int kt_kcache_commit(const char *cache, const char *new_dir, const char *id, struct kt_err *err)
{
	KT_AUTOFREE char *kernels = kt_strf("%s/kernels", cache);
	KT_AUTOFREE char *target = kt_strf("%s/kernels/%s", cache, id);
	if (!kernels || !target)
		return out_of_memory(err);
	int r = kt_fs_mkdirs(kernels, err);
	if (r < 0)
		return r;
	sync_folder(new_dir);
	if (rename(new_dir, target) < 0) {
		if (errno != EEXIST && errno != ENOTEMPTY)
			return rename_error(new_dir, target, err);
		r = replace_entry(cache, new_dir, target, id, err);
	}
	sync_folder(kernels);
	return r;
}

int kt_kcache_remove(const char *cache, const char *id, struct kt_err *err)
{
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/%s", cache, id);
	KT_AUTOFREE char *hidden = NULL;
	if (!dir)
		return out_of_memory(err);
	KT_AUTOFD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return 1;
	int r = hide(cache, id, &hidden, err);
	return r < 0 ? r : kt_fs_remove_tree(hidden, err);
}

struct sweep {
	const char *folder;
	struct kt_err *err;
};

static int sweep_removed(void *arg, const char *name)
{
	struct sweep *s = arg;
	if (!kt_starts_with(name, REMOVED_PREFIX))
		return 0;
	KT_AUTOFREE char *path = kt_strf("%s/%s", s->folder, name);
	return path ? kt_fs_remove_tree(path, s->err) : out_of_memory(s->err);
}

/* A work folder whose builder is gone, unless it is a kept tree. */
static int sweep_work(void *arg, const char *name)
{
	struct sweep *s = arg;
	if (kt_ends_with(name, ".lock"))
		return 0;
	KT_AUTOFREE char *path = kt_strf("%s/%s", s->folder, name);
	KT_AUTOFREE char *kept = kt_strf("%s/%s/kept", s->folder, name);
	KT_AUTOFREE char *lock_path = kt_strf("%s/%s.lock", s->folder, name);
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	if (!path || !kept || !lock_path)
		return out_of_memory(s->err);
	if (kt_fs_exists(kept) ||
		kt_lock_take(lock_path, "removing a dead build", 0, &lock, NULL) < 0)
		return 0;
	kt_log(KT_LOG_INFO, "removing '%s', left by a build that was interrupted", path);
	return kt_fs_remove_tree(path, s->err);
}

int kt_kcache_sweep(const char *cache, struct kt_err *err)
{
	KT_AUTOFREE char *kernels = kt_strf("%s/kernels", cache);
	KT_AUTOFREE char *work = kt_strf("%s/work", cache);
	if (!kernels || !work)
		return out_of_memory(err);
	struct sweep removed = {.folder = kernels, .err = err};
	struct sweep dead = {.folder = work, .err = err};
	int r = kt_fs_exists(kernels) ? kt_fs_each(kernels, sweep_removed, &removed, err) : 0;
	if (r == 0 && kt_fs_exists(work))
		r = kt_fs_each(work, sweep_work, &dead, err);
	return r;
}
