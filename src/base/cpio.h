/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writer of cpio archives in the "newc" form, which is what the kernel unpacks as an
 * initramfs. The same entries give the same bytes: owner root, time 0, inodes counted.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/*
 * Zero bytes are an empty archive. Paths are relative to the archive's root ("bin/init"), at
 * most 1023 bytes, without empty, "." or ".." parts; missing parents are added as directories
 * of mode 0755. Every call returns 0 or -errno and on failure adds no part of the entry.
 */
struct kt_cpio {
	struct kt_str out;
	KT_VEC(char *) dirs; /* directories already in the archive */
	unsigned entries;
};

void kt_cpio_done(struct kt_cpio *c);

/* MODE is permission bits only. A directory that is there already is left alone. */
int kt_cpio_dir(struct kt_cpio *c, const char *path, mode_t mode, struct kt_err *err);
int kt_cpio_file(struct kt_cpio *c, const char *path, mode_t mode, const void *data, size_t bytes,
	struct kt_err *err);
/* A regular file with the contents of HOST_PATH (links followed) and its permission bits. */
int kt_cpio_copy(struct kt_cpio *c, const char *path, const char *host_path, struct kt_err *err);
/* MODE with S_IFCHR, S_IFBLK or S_IFIFO. */
int kt_cpio_node(struct kt_cpio *c, const char *path, mode_t mode, dev_t dev, struct kt_err *err);

/*
 * Close the archive. *RET (malloced) starts another archive when one is appended: its length
 * is a multiple of 4. C is empty after.
 */
int kt_cpio_end(struct kt_cpio *c, void **ret, size_t *ret_bytes, struct kt_err *err);
