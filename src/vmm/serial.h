/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An 8250/16550A serial port whose output never waits: what Linux' driver needs for console
 * and tty output. Input exists in loopback mode only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vmm/irq.h"
#include "vmm/vm.h"

#define KT_VMM_SERIAL_BYTES 8u

/* Fill sink, sink_arg and irq; the rest starts as zero bytes. */
struct kt_vmm_serial {
	kt_vm_sink *sink;
	void *sink_arg;
	struct kt_vmm_irq irq;
	uint8_t ier, lcr, mcr, scratch, divisor[2];
	bool fifo;
	bool tx_event;	/* transmitter became empty and nobody asked yet */
	bool has_input; /* one byte, from loopback */
	uint8_t input;
};

/* A kt_vmm_io of the eight ports; DEV is a struct kt_vmm_serial. */
void kt_vmm_serial_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write);
