/* SPDX-License-Identifier: GPL-2.0-only */
/* From an affinity as a test says it to CPU numbers of the machine and the cgroup. */
#pragma once

#include <ktstr/work.h>

#include "base/err.h"
#include "topo/model.h"
#include "work/affinity.h"

/*
 * CPUSET is what the cgroup may use; NULL: it is not confined. TOPO must outlive *ret. 0, or
 * -EINVAL when the affinity names what is not there, or comes out empty.
 */
int kt_affinity_resolve(const struct kt_topo *topo, const struct ktstr_affinity *spec,
	const struct kt_cpus *cpuset, struct kt_affinity *ret, struct kt_err *err);
