/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flat guest of the probe: memory image, registers and the steps it runs, by raw KVM
 * calls. Runs in the probe's own process, which its parent kills when it hangs.
 */
#pragma once

#include <stdint.h>

/* What was being done; the order is that of doing. */
enum kt_softkvm_probe_stage {
	KT_SOFTKVM_STAGE_OPEN,
	KT_SOFTKVM_STAGE_VERSION,
	KT_SOFTKVM_STAGE_SETUP,
	KT_SOFTKVM_STAGE_LOOP, /* first of the guest's: its speed is known whatever fails later */
	KT_SOFTKVM_STAGE_INT3,
	KT_SOFTKVM_STAGE_CMPXCHG16B,
	KT_SOFTKVM_STAGE_XRSTOR,
	KT_SOFTKVM_STAGE_VEX,
	KT_SOFTKVM_STAGE_DONE,
};

/* Shared with the parent, written as the probe goes: valid whenever the process dies. */
struct kt_softkvm_probe_state {
	volatile enum kt_softkvm_probe_stage stage;
	int api_version;
	int errnum;	      /* of the failed call, 0: the guest did not do what it should */
	uint32_t exit_reason; /* KVM_EXIT_* */
	uint32_t suberror;    /* of KVM_EXIT_INTERNAL_ERROR */
	uint32_t vector;      /* exception the guest took, plus 1; 0: none */
	double mips;	      /* million instructions per second, 0: not measured */
};

/* Run all stages, or stop in the one that fails. */
void kt_softkvm_probe_guest(const char *device, struct kt_softkvm_probe_state *state);
