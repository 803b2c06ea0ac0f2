/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel, found or else built: the one under test and the one of the machine that offers
 * KVM. A build takes minutes, so it tells its progress and Ctrl-C ends it cleanly.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "kernel/build.h"
#include "kernel/find.h"

struct kt_run_kernel_want {
	const char *which; /* id or path; NULL: the default order */
	bool for_softkvm;  /* the kernel of the machine that offers KVM; which is not used */
	bool build;	   /* build the default kernel when nothing was named and there is none */
	kt_kernel_progress_fn *progress; /* NULL: kt_log() */
	void (*progress_end)(void);	 /* after the last progress of a build; may be NULL */
};

/* 0 or -errno; -EINTR when a signal ended the build: kt_run_interrupted() says which. */
int kt_run_kernel_get(
	const struct kt_run_kernel_want *want, struct kt_kernel **ret, struct kt_err *err);

/* kt_kernel_build() that signals cancel; cancel of SPEC is not used. */
int kt_run_kernel_build(const struct kt_kernel_build_spec *spec, struct kt_kernel **ret,
	bool *ret_built, struct kt_err *err);
