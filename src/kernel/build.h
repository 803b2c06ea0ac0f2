/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds a kernel into the cache, or finds it there. The cli calls it; it takes minutes, so
 * it reports progress, and leaves nothing half done when interrupted or killed.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/err.h"
#include "kernel/find.h"
#include "kernel/make.h"
#include "kernel/variant.h"

/* Zero bytes: Debian's source, our fragment, as many jobs as there are CPUs. */
struct kt_kernel_build_spec {
	const char *source;	      /* NULL or "debian", a tarball, a folder */
	const char *const *fragments; /* paths merged after ours, NULL-terminated, or NULL */
	kt_kvariants variants;	      /* merged after ours and before the user's */
	unsigned jobs;		      /* 0: CPUs we may run on */
	bool force;		      /* build even when there is such an entry */
	bool keep_tree;		      /* leave source and objects in the cache's work folder */
	const volatile sig_atomic_t *cancel; /* set by a signal handler; NULL: never */
	kt_kernel_progress_fn *progress;     /* NULL: kt_log() */
	void *progress_arg;
};

/*
 * *RET is the kernel, *RET_BUILT (may be NULL) whether this call built it. Waits for another
 * builder of the same kernel and takes what that one built.
 */
int kt_kernel_build(const struct kt_kernel_build_spec *spec, struct kt_kernel **ret,
	bool *ret_built, struct kt_err *err);
