/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a cpuset as a test writes it (struct ktstr_cpus) to CPU numbers of one machine. Every
 * refusal says what to write instead; a spec that comes out empty is refused too.
 */
#pragma once

#include <ktstr/cpus.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "topo/model.h"

/* All CPUs, but with more than 2 of them not the highest, which the harness keeps. */
struct kt_cpus kt_cpuset_usable(const struct kt_topo *topo);

/* SPEC is set (not KTSTR_CPUS_KIND_UNSET). 0 or -EINVAL. */
int kt_cpuset_resolve(const struct kt_topo *topo, const struct ktstr_cpus *spec,
	struct kt_cpus *ret, struct kt_err *err);
