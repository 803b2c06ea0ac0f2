/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world of a scenario in the guest: struct kt_env by cgroup v2 files, forked workers, the
 * clock, and frames written to a descriptor. Lives in the test's own process.
 */
#pragma once

#include <stdint.h>

#include "base/loss.h"
#include "guest/child.h"
#include "guest/placement.h"
#include "scenario/cgroup.h"
#include "scenario/env.h"

struct kt_guest_env {
	struct kt_env env; /* for kt_engine_run(); its arg is this object */
	struct kt_scenario_cgroups cgroups;
	struct kt_guest_shared *shared; /* borrowed; the phase is kept there */
	struct kt_guest_placement placement;
	uint64_t limit_ns;		/* what its call of that name says */
	const char *programs;		/* the table of program.h */
	int fd;				/* borrowed; frames go there */
	uint32_t seq;
	struct kt_loss loss;
};

/* E must not move afterwards. */
void kt_guest_env_init(struct kt_guest_env *e, struct kt_guest_shared *shared, int fd);
/* When a wait must end if the test's process, which begins now, is killed after TIMEOUT_MS. */
uint64_t kt_guest_env_limit_ns(uint64_t timeout_ms);
/* Keep the placement log at PATH, which must stay. */
void kt_guest_env_log_placement(struct kt_guest_env *e, const char *path);
/* A failure or a note of the harness itself, as a detail of kind "guest". */
void kt_guest_env_fail(struct kt_guest_env *e, const struct kt_err *err);
/* Remove the scenario's folder of cgroups. What cannot be removed is a note. */
void kt_guest_env_done(struct kt_guest_env *e);
