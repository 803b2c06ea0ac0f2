/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the vCPUs of a machine stand when its run is over: in words, and as registers. */
#pragma once

#include "base/str.h"
#include "vmm/machine.h"
#include "vmm/x86_64/state.h"

/*
 * Add one line per vCPU to OUT: RIP, what it does, whether it takes interrupts, what is left
 * of its local timer, the interrupt vectors that wait for it or that it serves. Its threads
 * are home.
 */
void kt_vmm_standing_add(const struct kt_vm *vm, struct kt_str *out);

/* The registers of all vCPUs, malloced. -EBUSY: a thread is not home. */
int kt_vmm_states_get(const struct kt_vm *vm, struct kt_x86_state **ret, struct kt_err *err);
