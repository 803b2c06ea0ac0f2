/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One build in its work folder, from source to the files of an entry. build.c has made sure
 * that nobody else works there, and puts the result into the cache.
 */
#pragma once

#include "base/err.h"
#include "kernel/cache_meta.h"
#include "kernel/config.h"
#include "kernel/make.h"
#include "kernel/source.h"

/* A fragment of a variant or of the user. */
struct kt_kfragment {
	char *path; /* absolute; of a variant: what names it in errors */
	char *text;
};

struct kt_ktree {
	const struct kt_ksource *source;
	const struct kt_kfragment *fragments; /* merged after ours, COUNT of them */
	size_t fragment_count;
	const struct kt_kconfig *options; /* of our fragment and those */
	unsigned jobs;
	const char *work; /* folder: src (of a tarball), obj, entry */
	struct kt_kmake *make;
	struct kt_kmeta *meta; /* gets release and lost_options */
};

/* Unpack, configure and compile; WORK/entry then holds every file but the log and meta.json. */
int kt_ktree_build(const struct kt_ktree *t, struct kt_err *err);
