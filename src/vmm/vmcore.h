/* SPDX-License-Identifier: GPL-2.0-only */
/* The core file of a stopped machine, made of its memory and registers alone. */
#pragma once

#include "vmm/memory.h"
#include "vmm/x86_64/state.h"

/* What a machine left. */
struct kt_vmm_remains {
	const struct kt_vmm_mem *mem;
	const struct kt_x86_state *cpus;
	unsigned cpu_count;
	const char *why; /* the run ended, for people */
};

/* See kt_vm_core_write. */
int kt_vmm_core_write(const struct kt_vmm_remains *remains, const char *path, uint64_t *ret_bytes,
	struct kt_err *err);
