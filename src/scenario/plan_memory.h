/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ops on the kernel's memory and on its schedulers may be given: symbols, tags,
 * places, values, names. Called by plan_op.c for each field; knows nothing of cgroups.
 */
#pragma once

#include "base/err.h"
#include "scenario/plan.h"
#include "topo/model.h"

#define KT_PLAN_TAG_BYTES    128  /* with the NUL */
#define KT_PLAN_SYMBOL_BYTES 512  /* as the kernel's own limit, with the NUL */
#define KT_PLAN_MAP_BYTES    16	  /* BPF_OBJ_NAME_LEN, with the NUL */
#define KT_PLAN_SCHED_BYTES  129  /* with the NUL */
#define KT_PLAN_KERNEL_BYTES 4096 /* of one read or written value */

/* Each returns 0 or -EINVAL. NULL is as good as empty. */
int kt_plan_check_tag(const char *tag, struct kt_err *err);
int kt_plan_check_symbol(const char *symbol, struct kt_err *err);
int kt_plan_check_map(const char *map, struct kt_err *err);
int kt_plan_check_sched(const struct ktstr_sched *sched, struct kt_err *err);
int kt_plan_check_target(
	const struct kt_topo *topo, const struct ktstr_kernel_target *target, struct kt_err *err);
int kt_plan_check_width(const struct ktstr_kernel_value *width, struct kt_err *err);
/* HOT: the kernel runs meanwhile, so that nothing can be read and written back. */
int kt_plan_take_writes(const struct kt_topo *topo, const struct ktstr_kernel_write *writes,
	bool hot, struct kt_plan_writes *ret, struct kt_err *err);

/*
 * Make one op of each run of write_kernel_cold, so that all CPUs stand once for all of its
 * writes. Any other op is a barrier. *COUNT becomes smaller. 0 or -ENOMEM.
 */
int kt_plan_merge_cold_writes(struct kt_plan_op *ops, size_t *count, struct kt_err *err);
