/* SPDX-License-Identifier: GPL-2.0-only */
/* First registers of the boot CPU and the state firmware leaves in every CPU. */
#pragma once

#include <stdint.h>

#include "base/err.h"

/* BSP: 64-bit mode at ENTRY with the zero page in RSI. */
int kt_x86_regs_boot(int vcpu_fd, uint64_t entry, struct kt_err *err);
/* Any vCPU: memory type write-back by default, LINT0 external, LINT1 NMI. */
int kt_x86_regs_firmware(int vcpu_fd, struct kt_err *err);
