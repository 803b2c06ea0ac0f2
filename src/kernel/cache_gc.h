/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal of what the kernel cache holds. Entries in use and builds under way are left alone
 * and named. The cli calls it; the list itself is kt_kcache_list().
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* What happened, one line per entry. */
struct kt_kcache_cleaned {
	struct kt_str removed; /* ids */
	struct kt_str skipped; /* "ID: in use" */
	unsigned removed_count;
	unsigned skipped_count;
	uint64_t removed_bytes;
};

/*
 * Remove every damaged entry and all sound ones but the KEEP newest of each variant and of those
 * without any; also logs, kept trees and locks of kernels that are no longer there, and the packed
 * initramfs of test programs. *RET is filled as far as it went, even on failure.
 */
int kt_kcache_clean(
	const char *cache, unsigned keep, struct kt_kcache_cleaned *ret, struct kt_err *err);
void kt_kcache_cleaned_done(struct kt_kcache_cleaned *c);
