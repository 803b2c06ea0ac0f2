/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Works from what a test says to what its workers are given. Asked by the plan for each work in
 * the cgroup it will run in, as that is then, and again by the engine when it starts it.
 */
#pragma once

#include <ktstr/work.h>

#include "base/err.h"
#include "scenario/names.h"
#include "topo/model.h"
#include "work/attr.h"

/* Of a work: its count of workers is final, its affinity and memory have CPUs and nodes. */
struct kt_work_final {
	struct ktstr_work work;
	struct kt_work_where where;
};

/* R, with the work's kind and cgroup (NULL or "": none) before the error, the kind only once. */
int kt_work_rules_wrap(struct kt_err *err, int r, enum ktstr_work_kind kind, const char *cgroup);
/* What holds wherever the work runs. 0 or -EINVAL. */
int kt_work_rules_check(
	const struct kt_topo *topo, const struct ktstr_work *work, struct kt_err *err);
/* In CGROUP, of NAMES; NULL or "" is the harness's own. TOPO must outlive *ret. 0 or -EINVAL. */
int kt_work_rules_resolve(const struct kt_topo *topo, const struct kt_names *names,
	const char *cgroup, const struct ktstr_work *work, struct kt_work_final *ret,
	struct kt_err *err);

/* The controllers of a whole test, of knob.h: threads exclude some. 0 or -EINVAL. */
int kt_work_rules_check_controllers(unsigned mask, struct kt_err *err);
