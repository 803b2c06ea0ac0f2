/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long each phase of a run may take. Deadlines follow from the machine's size and the
 * accelerator's measured speed, so that a slow host is given time and a fast one does not
 * wait for a guest that hangs.
 */
#pragma once

#include <stdint.h>

struct kt_run_budget {
	uint64_t boot_ms;     /* from KVM_RUN to the guest's ready */
	uint64_t scenario_ms; /* from ready to finish */
	uint64_t shutdown_ms; /* from finish to the reset */
};

/*
 * For CPUS vCPUs at SPEED_MIPS million simple instructions per second (0: unknown) and
 * WORKERS processes at once. TIMEOUT_MS, when not 0, replaces the sum: it is what the user
 * said, and every phase may use all of it.
 */
struct kt_run_budget kt_run_budget_of(unsigned cpus, double speed_mips, uint64_t duration_ms,
	uint64_t workers, uint64_t timeout_ms);
