/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel's source comes from, and what identifies it in a cache key:
 *   debian    the tarball of Debian's package linux-source-6.12
 *   tarball   any release tarball; identified, like debian, by the hash of its bytes
 *   folder    a source tree, never written to; identified by its git commit while that is
 *             clean, and by a hash of every file's path, size and mtime otherwise
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

enum kt_ksource_kind {
	KT_KSOURCE_DEBIAN,
	KT_KSOURCE_TARBALL,
	KT_KSOURCE_FOLDER,
};

struct kt_ksource {
	enum kt_ksource_kind kind;
	char *path;	/* absolute: the tarball or the folder */
	char *identity; /* text of the key: "tarball xxh3:..." */
};

/* SPEC: NULL or "debian", a tarball's path, or a folder. Reads the whole tarball or tree. */
int kt_ksource_resolve(const char *spec, struct kt_ksource *ret, struct kt_err *err);
void kt_ksource_done(struct kt_ksource *s);

/* "debian", "tarball", "folder". */
const char *kt_ksource_kind_name(enum kt_ksource_kind kind);
/* Is DIR the top of a kernel source? -EINVAL names what is missing. */
int kt_ksource_check_tree(const char *dir, struct kt_err *err);

#define KT_KSOURCE_DEBIAN_PACKAGE "linux-source-6.12"
#define KT_KSOURCE_DEBIAN_TARBALL "/usr/src/" KT_KSOURCE_DEBIAN_PACKAGE ".tar.xz"
