/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the vCPUs of a machine stand, for the text of a run that a deadline had to end. */
#pragma once

#include "base/str.h"
#include "vmm/machine.h"

/*
 * Add one line per vCPU to OUT: RIP, what it does, whether it takes interrupts, what is left
 * of its local timer, the interrupt vectors that wait for it or that it serves. Its threads
 * are home.
 */
void kt_vmm_standing_add(const struct kt_vm *vm, struct kt_str *out);
