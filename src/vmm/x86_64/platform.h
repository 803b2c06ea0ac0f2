/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ports by which a guest leaves or asks the time: keyboard controller (reset only), reset
 * register 0xCF9, ACPI event and control registers and the PM timer.
 */
#pragma once

#include <stdint.h>

#include "vmm/bus.h"
#include "vmm/vm.h"

/* Zero bytes are the state after power-on. */
struct kt_x86_platform {
	enum kt_vm_door door; /* set once the guest left; whoever ran the access looks here */
	uint16_t event_enable, control;
};

/* 0 or -errno of kt_vmm_bus_add. */
int kt_x86_platform_attach(struct kt_x86_platform *p, struct kt_vmm_bus *pio);
