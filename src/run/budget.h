/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long each phase of a run may take. Deadlines follow from the machine's size and the
 * accelerator's measured speed and the kernel's kind of build, so that what is slow is given
 * time and nobody waits long for a guest that hangs. A limit the user gives is one for the whole
 * test.
 */
#pragma once

#include <stdint.h>

#include "report/outcome.h"

struct kt_run_budget {
	uint64_t whole_ms;    /* all phases together, as the user said; 0: each has its own */
	uint64_t boot_ms;     /* from KVM_RUN to the guest's ready */
	uint64_t scenario_ms; /* from ready to finish */
	uint64_t shutdown_ms; /* from finish to the reset */
	uint64_t guest_ms; /* when the guest ends the test's process by itself, to say where it hung
			    */
};

/*
 * For CPUS vCPUs at SPEED_MIPS million simple instructions per second (0: unknown), WORKERS
 * processes at once, and a kernel that takes KERNEL_SLOWNESS times as long as the default one
 * (below 1: as long). TIMEOUT_MS, when not 0, is the user's limit of the whole test.
 */
struct kt_run_budget kt_run_budget_of(unsigned cpus, double speed_mips, double kernel_slowness,
	uint64_t duration_ms, uint64_t workers, uint64_t timeout_ms);

/*
 * When STAGE (boot or later), entered at NOW_NS, must be over. BEFORE_NS is the deadline that
 * held until now, 0: none. A limit of several stages is not moved by going from one to the next.
 */
uint64_t kt_run_budget_deadline_ns(const struct kt_run_budget *b, enum kt_outcome_stage stage,
	uint64_t now_ns, uint64_t before_ns);
