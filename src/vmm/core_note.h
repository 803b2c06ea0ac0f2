/* SPDX-License-Identifier: GPL-2.0-only */
/* The notes of a core file: what a debugger wants to know besides memory. */
#pragma once

#include "base/str.h"
#include "vmm/memory.h"
#include "vmm/x86_64/state.h"

#define KT_VMM_VMCOREINFO_MAX 4096u

/*
 * The text that Linux leaves in its memory for crash tools ("OSRELEASE=...", symbols, sizes),
 * looked for page by page. Borrowed from guest memory, *RET_BYTES at most KT_VMM_VMCOREINFO_MAX;
 * NULL: there is none, as in kernels without CONFIG_VMCORE_INFO.
 */
const char *kt_vmm_vmcoreinfo(const struct kt_vmm_mem *mem, size_t *ret_bytes);

/*
 * Append the notes: NT_PRPSINFO, whose command says WHY the run ended; NT_PRSTATUS per CPU, as
 * process 1 for CPU 0 and so on; "VMCOREINFO"; and "KTSTR", lines of text with the system
 * registers of each CPU. WHY may be of the guest's making.
 */
void kt_vmm_core_notes(const struct kt_vmm_mem *mem, const struct kt_x86_state *cpus,
	unsigned count, const char *why, struct kt_str *out);
