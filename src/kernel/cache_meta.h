/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta.json of a cache entry: what was built from what, and the sizes and hashes its files
 * must still have. Written by build.c, read by cache.c.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

#define KT_KMETA_FORMAT 1

enum kt_kmeta_file_kind {
	KT_KMETA_VMLINUX,
	KT_KMETA_BZIMAGE,
	KT_KMETA_CONFIG,
	KT_KMETA_LOG,
	KT_KMETA_FILES,
};

struct kt_kmeta_file {
	uint64_t bytes;
	char hash[KT_HASH_TEXT_BYTES];
};

/* All strings are malloced. */
struct kt_kmeta {
	char *id;
	char *key;	       /* 32 hex digits: source, fragments, compiler */
	char *role;	       /* "default": Debian's source and our fragment only; else "custom" */
	char *release;	       /* as uname -r says in it */
	char *source_kind;     /* "debian", "tarball", "folder" */
	char *source_path;     /* where it was */
	char *source_identity; /* what it was */
	char *fragment_hash;   /* of the project's fragment and those of its variants */
	char *variant;	       /* "lockdep+rt"; "" of none */
	char *compiler;	       /* versions of the tools that decide the code */
	char *lost_options;    /* optional ones olddefconfig dropped, each with '\n' */
	uint64_t created_ns;   /* CLOCK_REALTIME */
	uint64_t build_ms;
	uint64_t build_steps; /* files compiled: the next build's expected total */
	struct kt_kmeta_file files[KT_KMETA_FILES];
};

/* Name of a file inside the entry. */
const char *kt_kmeta_file_name(enum kt_kmeta_file_kind kind);

/* Note size and hash of each file below DIR. */
int kt_kmeta_measure(struct kt_kmeta *m, const char *dir, struct kt_err *err);
/* Compare sizes, and hashes too when HASHES. -EUCLEAN says which file differs. */
int kt_kmeta_verify(const struct kt_kmeta *m, const char *dir, bool hashes, struct kt_err *err);

/* DIR/meta.json */
int kt_kmeta_write(const struct kt_kmeta *m, const char *dir, struct kt_err *err);
/* -EUCLEAN: missing, truncated, of another format. */
int kt_kmeta_read(const char *dir, struct kt_kmeta *ret, struct kt_err *err);
void kt_kmeta_done(struct kt_kmeta *m);
