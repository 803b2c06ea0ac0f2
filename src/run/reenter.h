/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line with which a test program runs itself again in a machine that offers KVM:
 * the user's own, with the kernel resolved, so that both sides mean the same one.
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"
#include "kernel/find.h"
#include "run/run.h"

/* How KERNEL is named inside: its id when it is an entry of CACHE, else the path of its image. */
const char *kt_run_reenter_kernel(const struct kt_kernel *kernel, const char *cache);

struct kt_run_reenter_argv {
	KT_VEC(char *) words; /* NULL-terminated */
};

/*
 * SELF and the words of O, where KERNEL stands in the place of what o->kernel points to, or
 * before all other options when the user named none. 0 or -ENOMEM.
 */
int kt_run_reenter_argv(const struct kt_run_options *o, const char *self, const char *kernel,
	struct kt_run_reenter_argv *ret, struct kt_err *err);
void kt_run_reenter_argv_done(struct kt_run_reenter_argv *a);
