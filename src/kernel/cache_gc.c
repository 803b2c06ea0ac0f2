// SPDX-License-Identifier: GPL-2.0-only
/* Cleaning: entries first, then what belonged to keys that have no entry any more. */
#include "kernel/cache_gc.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/lock.h"
#include "base/mem.h"
#include "kernel/cache.h"

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

void kt_kcache_cleaned_done(struct kt_kcache_cleaned *c)
{
	kt_str_done(&c->removed);
	kt_str_done(&c->skipped);
}

/* Is entry I among the KEEP newest sound ones of its variant? Variants count apart, or a new one
 * would drive out the kernel that is booted by default. */
static bool is_kept(const struct kt_kcache_list *l, size_t i, unsigned keep)
{
	unsigned newer = 0;
	if (l->items[i].damaged)
		return false;
	for (size_t j = 0; j < i; j++)
		newer += !l->items[j].damaged &&
			 !strcmp(l->items[j].meta.variant, l->items[i].meta.variant);
	return newer < keep;
}

static int clean_entries(
	const char *cache, unsigned keep, struct kt_kcache_cleaned *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_kcache_list_done) struct kt_kcache_list l = {0};
	/* With hashes: a kernel that cannot be booted must not take the place of one that can. */
	int r = kt_kcache_list(cache, true, &l, err);
	for (size_t i = 0; r >= 0 && i < l.count; i++) {
		const struct kt_kcache_entry *e = &l.items[i];
		if (is_kept(&l, i, keep))
			continue;
		r = kt_kcache_remove(cache, e->id, err);
		if (r == 1) {
			kt_str_addf(&ret->skipped, "%s: in use\n", e->id);
			ret->skipped_count++;
		} else if (r == 0) {
			kt_str_addf(&ret->removed, "%s\n", e->id);
			ret->removed_count++;
			ret->removed_bytes += e->bytes;
		}
	}
	return r < 0 ? r : 0;
}

struct leftovers {
	const char *cache;
	const char *suffix; /* of the names looked at: ".log", ".lock", "" */
	const struct kt_kcache_list *entries;
	struct kt_err *err;
};

static bool has_entry(const struct kt_kcache_list *l, const char *key8)
{
	for (size_t i = 0; i < l->count; i++) {
		if (kt_ends_with(l->items[i].id, key8))
			return true;
	}
	return false;
}

static void unlink_quietly(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return; /* a leftover of some bytes; the next clean tries again */
}

/* Log, tree and lock of a key, unless somebody builds it now. */
static int remove_key(const struct leftovers *o, const char *key8)
{
	KT_AUTOFREE char *lock_path = kt_strf("%s/work/%s.lock", o->cache, key8);
	KT_AUTOFREE char *tree = kt_strf("%s/work/%s", o->cache, key8);
	KT_AUTOFREE char *log = kt_strf("%s/logs/%s.log", o->cache, key8);
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	if (!lock_path || !tree || !log)
		return out_of_memory(o->err);
	if (kt_lock_take(lock_path, "cleaning", 0, &lock, NULL) < 0)
		return 0;
	int r = kt_fs_remove_tree(tree, o->err);
	unlink_quietly(log);
	unlink_quietly(lock_path); /* while it is ours: kt_lock_take() notices */
	return r;
}

static int clean_one(void *arg, const char *name)
{
	const struct leftovers *o = arg;
	size_t suffix = strlen(o->suffix);
	if (!kt_ends_with(name, o->suffix) || strlen(name) != KT_KCACHE_KEY_DIGITS + suffix)
		return 0;
	char key8[KT_KCACHE_KEY_DIGITS + 1] = {0};
	memcpy(key8, name, KT_KCACHE_KEY_DIGITS);
	return has_entry(o->entries, key8) ? 0 : remove_key(o, key8);
}

static int clean_leftovers(const char *cache, struct kt_err *err)
{
	static const struct {
		const char *folder;
		const char *suffix;
	} places[] = {{"work", ""}, {"work", ".lock"}, {"logs", ".log"}};
	KT_AUTO_DONE(kt_kcache_list_done) struct kt_kcache_list l = {0};
	int r = kt_kcache_list(cache, false, &l, err);
	for (size_t i = 0; r == 0 && i < KT_ARRAY_LEN(places); i++) {
		KT_AUTOFREE char *folder = kt_strf("%s/%s", cache, places[i].folder);
		struct leftovers o = {
			.cache = cache, .suffix = places[i].suffix, .entries = &l, .err = err};
		if (!folder)
			return out_of_memory(err);
		/* None of them was made before the first build. */
		if (kt_fs_exists(folder))
			r = kt_fs_each(folder, clean_one, &o, err);
	}
	return r;
}

/* Made again by the next run that needs them; one that reads them now has them open. */
static int clean_initramfs(const char *cache, struct kt_err *err)
{
	KT_AUTOFREE char *folder = kt_strf("%s/initramfs", cache);
	return folder ? kt_fs_remove_tree(folder, err) : out_of_memory(err);
}

int kt_kcache_clean(
	const char *cache, unsigned keep, struct kt_kcache_cleaned *ret, struct kt_err *err)
{
	*ret = (struct kt_kcache_cleaned){0};
	int r = clean_entries(cache, keep, ret, err);
	if (r == 0)
		r = kt_kcache_sweep(cache, err);
	if (r == 0)
		r = clean_leftovers(cache, err);
	if (r == 0)
		r = clean_initramfs(cache, err);
	if (r == 0 && (ret->removed.failed || ret->skipped.failed))
		r = out_of_memory(err);
	return r;
}
