// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl behind an interrupt line. */
#include "vmm/irq.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

void kt_vmm_irq_set(struct kt_vmm_irq *irq, bool level)
{
	if (irq->level == level)
		return;
	irq->level = level;
	if (irq->vm_fd < 0)
		return;
	struct kvm_irq_level line = {.irq = irq->gsi, .level = level};
	if (ioctl(irq->vm_fd, KVM_IRQ_LINE, &line) < 0)
		irq->failed++;
}
