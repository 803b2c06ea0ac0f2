/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel cache: one folder per entry under CACHE/kernels, put there whole by a rename.
 *   CACHE/kernels/ID/     vmlinux bzImage config build.log meta.json
 *   CACHE/work/KEY8/      a build under way, or a kept tree; its lock is CACHE/work/KEY8.lock
 *   CACHE/logs/KEY8.log   the log of that build, also when it failed
 * A user of an entry holds a shared flock on its folder; removal needs the exclusive one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kernel/cache_meta.h"

/* Digits of the key that stand in names. */
#define KT_KCACHE_KEY_DIGITS 8

struct kt_kcache_entry {
	char *id;  /* name of its folder */
	char *dir; /* absolute */
	bool damaged;
	struct kt_err why;    /* of damaged */
	struct kt_kmeta meta; /* zero when meta.json could not be read */
	uint64_t created_ns;  /* of meta.json, else the folder's mtime */
	uint64_t bytes;	      /* of all its files */
};

struct kt_kcache_list {
	struct kt_kcache_entry *items; /* newest first */
	size_t count;
};

/*
 * $KTSTR_CACHE_DIR, $XDG_CACHE_HOME/ktstr or $HOME/.cache/ktstr; absolute, malloced, not
 * made. Empty variables count as unset, and so does a relative XDG_CACHE_HOME.
 */
int kt_kcache_dir(char **ret, struct kt_err *err);

/* All entries; sizes are verified, hashes too when HASHES. No cache is an empty list. */
int kt_kcache_list(const char *cache, bool hashes, struct kt_kcache_list *ret, struct kt_err *err);
void kt_kcache_list_done(struct kt_kcache_list *l);
/* Was it built with options other than those this program carries? */
bool kt_kcache_is_stale(const struct kt_kcache_entry *e);
/* The sound entry of the full KEY, or NULL. */
const struct kt_kcache_entry *kt_kcache_by_key(const struct kt_kcache_list *l, const char *key);

/* Mark an entry as used: *ret_fd holds the shared lock until closed. -ENOENT when it is gone. */
int kt_kcache_hold(const char *entry_dir, int *ret_fd, struct kt_err *err);

/* Put the finished folder NEW_DIR into the cache as ID, replacing an older one of that name. */
int kt_kcache_commit(const char *cache, const char *new_dir, const char *id, struct kt_err *err);
/*
 * Remove an entry. Returns 0, 1 when somebody uses it (it stays), or -errno. Its folder first
 * gets a name no reader takes for an entry.
 */
int kt_kcache_remove(const char *cache, const char *id, struct kt_err *err);
/* Remove what builders and removers that died left behind. What a lock holder owns stays. */
int kt_kcache_sweep(const char *cache, struct kt_err *err);
