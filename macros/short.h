/* SPDX-License-Identifier: GPL-2.0-only */
/* The short names of the language, each an alias of the KTSTR_ name. */
#ifndef KTSTR_MACROS_SHORT_H
#define KTSTR_MACROS_SHORT_H

#define TOPOLOGY      KTSTR_TOPOLOGY
#define MS            KTSTR_MS
#define SECONDS       KTSTR_SECONDS
#define CHECKS        KTSTR_CHECKS
#define STEPS         KTSTR_STEPS
#define OPS           KTSTR_OPS
#define CGROUPS       KTSTR_CGROUPS
#define WORKS         KTSTR_WORKS
#define ALLOW         KTSTR_ALLOW
#define STEP          KTSTR_STEP
#define CGROUP        KTSTR_CGROUP
#define HOLD_FULL     KTSTR_HOLD_FULL
#define HOLD_FRAC     KTSTR_HOLD_FRAC
#define HOLD_MS       KTSTR_HOLD_MS
#define HOLD_LOOP     KTSTR_HOLD_LOOP
#define CPUS_LLC      KTSTR_CPUS_LLC
#define CPUS_NUMA     KTSTR_CPUS_NUMA
#define CPUS_EXACT    KTSTR_CPUS_EXACT
#define CPUS_RANGE    KTSTR_CPUS_RANGE
#define CPUS_DISJOINT KTSTR_CPUS_DISJOINT
#define CPUS_OVERLAP  KTSTR_CPUS_OVERLAP
#define OP            KTSTR_OP
#define DO            KTSTR_DO
#define WORK          KTSTR_WORK

#endif
