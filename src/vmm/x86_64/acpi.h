/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI tables of the machine, written below 1 MiB from KT_X86_ACPI on. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "topo/model.h"
#include "vmm/memory.h"

/* -E2BIG when the tables of TOPO do not fit their place. */
int kt_x86_acpi_write(const struct kt_vmm_mem *mem, const struct kt_topo *topo, struct kt_err *err);

/* Parts of the above in acpi_numa.c: table bodies behind the common header. */
void kt_x86_acpi_srat(struct kt_str *out, const struct kt_vmm_mem *mem, const struct kt_topo *topo);
void kt_x86_acpi_slit(struct kt_str *out, const struct kt_topo *topo);

/*
 * Memory of one node as guest-physical ranges (host NULL); returns how many, 0 to
 * KT_VMM_RANGES_MAX. Nodes follow each other; the last one gets the rest.
 */
unsigned kt_x86_node_ranges(const struct kt_vmm_mem *mem, unsigned nodes, unsigned node,
	struct kt_vm_range ret[KT_VMM_RANGES_MAX]);
