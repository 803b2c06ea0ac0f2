/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a vCPU whose thread is home, for the debuggers that come after a run. */
#pragma once

#include <linux/kvm.h>

#include "base/err.h"
#include "base/str.h"

struct kt_x86_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	uint64_t lstar;		 /* entry of system calls: kernel text */
	uint64_t kernel_gs_base; /* the GS base that SWAPGS would bring */
	uint32_t mp_state;	 /* KVM_MP_STATE_* */
};

/* WHICH names the CPU in the error. */
int kt_x86_state_get(int vcpu_fd, unsigned which, struct kt_x86_state *ret, struct kt_err *err);

/* "runs", "halts", "not started", ... */
const char *kt_x86_mp_state_name(uint32_t mp_state);

/* One line for people: where it stands and what the general registers do not show. */
void kt_x86_state_line(const struct kt_x86_state *state, unsigned cpu, struct kt_str *out);
