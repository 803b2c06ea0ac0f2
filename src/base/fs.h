/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files and folders. Paths are plain strings; every failure names the path. Temporary files
 * are made beside their target and either renamed over it or removed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* mkdir -p with mode 0755. */
int kt_fs_mkdirs(const char *path, struct kt_err *err);
/* The whole file appended to OUT (at most LIMIT bytes, -EFBIG beyond). */
int kt_fs_read(const char *path, size_t limit, struct kt_str *out, struct kt_err *err);
/* Replace the file whole or not at all: temporary file, fsync, rename. */
int kt_fs_replace(const char *path, const void *data, size_t bytes, struct kt_err *err);
/*
 * The same for what is not in memory: FILL writes to the new, empty file FD and returns 0 or
 * -errno, which is reported as a failure to write PATH.
 */
int kt_fs_replace_by(
	const char *path, int (*fill)(void *arg, int fd), void *arg, struct kt_err *err);
/* Write to an existing file such as one of cgroupfs or procfs (no create, one write). */
int kt_fs_write_existing(const char *path, const char *text, struct kt_err *err);
/* Remove a tree; missing is fine. Stays on one file system, does not follow links. */
int kt_fs_remove_tree(const char *path, struct kt_err *err);
/* Copy a regular file's bytes and mode to a new path (replaced whole or not at all). */
int kt_fs_copy(const char *from, const char *to, struct kt_err *err);
bool kt_fs_exists(const char *path);
/* A fresh folder "BASE/PREFIXXXXXXX" (BASE NULL: $TMPDIR or /tmp); *ret is malloced. */
int kt_fs_mkdtemp(const char *base, const char *prefix, char **ret, struct kt_err *err);
/* Absolute form of PATH, which may not exist yet; malloced, NULL when out of memory. */
char *kt_fs_absolute(const char *path);
/* Path of the running program; malloced, NULL on failure. */
char *kt_fs_self(void);
/* Call FN for each entry but "." and "..", sorted by name; what is not 0 stops and is returned. */
int kt_fs_each(
	const char *dir, int (*fn)(void *arg, const char *name), void *arg, struct kt_err *err);
