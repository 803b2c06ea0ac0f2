/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine left, for gdb over a socket ("target remote"): a thread per CPU, registers,
 * memory as the chosen CPU's page tables show it. To look at only: whatever would change or
 * resume the machine is answered with an error.
 */
#pragma once

#include "vmm/vmcore.h"

/* Errors as gdb shows them. */
#define KT_GDB_E_READ_ONLY "E01" /* the machine is over: nothing of it can be changed or run */
#define KT_GDB_E_UNMAPPED  "E0e" /* as EFAULT: nothing readable is there */
#define KT_GDB_E_MALFORMED "E16" /* as EINVAL */

/* See kt_vm_gdb_serve. */
int kt_gdb_serve(const struct kt_vmm_remains *remains, int listen_fd, bool (*stop)(void *arg),
	void *arg, struct kt_err *err);
