/* SPDX-License-Identifier: GPL-2.0-only */
/* One interrupt line from a device of the monitor into KVM's interrupt controllers. */
#pragma once

#include <stdbool.h>

struct kt_vmm_irq {
	int vm_fd; /* -1: the line only remembers its level (unit tests) */
	unsigned gsi;
	bool level;
	unsigned long failed; /* KVM refused: should stay 0 */
};

/* Set the line; nothing happens when it has that level already. */
void kt_vmm_irq_set(struct kt_vmm_irq *irq, bool level);
