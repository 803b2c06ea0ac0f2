/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line with which a test program runs itself again in a machine that offers KVM:
 * the user's own, with the kernel resolved, so that both sides mean the same one, and with
 * the descriptors of reports that only exist outside.
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"
#include "kernel/find.h"
#include "run/run.h"

/* How KERNEL is named inside: its id when it is an entry of CACHE, else by the path given for it.
 */
const char *kt_run_reenter_kernel(const struct kt_kernel *kernel, const char *cache);

struct kt_run_reenter_argv {
	KT_VEC(char *) words; /* NULL-terminated */
};

/* VALUE, a place inside a word of argv, has another name inside. */
struct kt_run_reenter_swap {
	const char *value, *with;
};

/*
 * SELF and the words of O with COUNT values swapped; kernel (when the user named none) and
 * seed come before all other options. 0 or -ENOMEM.
 */
int kt_run_reenter_argv(const struct kt_run_options *o, const char *self, const char *kernel,
	const struct kt_run_reenter_swap *swaps, size_t count, struct kt_run_reenter_argv *ret,
	struct kt_err *err);
void kt_run_reenter_argv_done(struct kt_run_reenter_argv *a);

/*
 * Whether the program inside, which ended with STATUS, was killed by a signal that no user sent:
 * then -errno says so.
 */
int kt_run_reenter_check_status(int status, struct kt_err *err);
