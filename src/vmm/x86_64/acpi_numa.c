// SPDX-License-Identifier: GPL-2.0-only
/* SRAT: which CPUs and which memory belong to a node. SLIT: how far nodes are apart. */
#include <string.h>

#include "base/mem.h"
#include "vmm/x86_64/acpi.h"

#define SECTION_BYTES	(128ull << 20) /* Linux' memory sections: no node should share one */
#define SMALL_BYTES	(4ull << 20)
#define DISTANCE_LOCAL	10u
#define DISTANCE_REMOTE 20u
#define XAPIC_IDS	255u
#define ENABLED		1u

struct srat_apic {
	uint8_t type, length, node_low, apic_id;
	uint32_t flags;
	uint8_t sapic_eid, node_high[3];
	uint32_t clock_domain;
} __attribute__((packed));

struct srat_memory {
	uint8_t type, length;
	uint32_t node;
	uint16_t reserved0;
	uint64_t base, bytes;
	uint32_t reserved1, flags;
	uint64_t reserved2;
} __attribute__((packed));

struct srat_x2apic {
	uint8_t type, length;
	uint16_t reserved0;
	uint32_t node, apic_id, flags, clock_domain, reserved1;
} __attribute__((packed));

_Static_assert(sizeof(struct srat_apic) == 16, "ACPI 6.5, 5.2.16.1");
_Static_assert(sizeof(struct srat_memory) == 40, "ACPI 6.5, 5.2.16.2");
_Static_assert(sizeof(struct srat_x2apic) == 24, "ACPI 6.5, 5.2.16.3");

unsigned kt_x86_node_ranges(const struct kt_vmm_mem *mem, unsigned nodes, unsigned node,
	struct kt_vm_range ret[KT_VMM_RANGES_MAX])
{
	uint64_t share = mem->bytes / nodes;
	share -= share % (share >= 2 * SECTION_BYTES ? SECTION_BYTES : SMALL_BYTES);
	uint64_t from = node * share;
	uint64_t to = node + 1 == nodes ? mem->bytes : from + share;
	unsigned count = 0;
	for (uint64_t low = 0, i = 0; i < mem->range_count; low += mem->ranges[i++].bytes) {
		uint64_t high = low + mem->ranges[i].bytes;
		uint64_t a = KT_MAX(from, low), b = KT_MIN(to, high);
		if (a < b)
			ret[count++] = (struct kt_vm_range){
				.gpa = mem->ranges[i].gpa + (a - low), .bytes = b - a};
	}
	return count;
}

static void add_cpu(struct kt_str *out, uint32_t apic_id, uint32_t node)
{
	if (apic_id < XAPIC_IDS) {
		const struct srat_apic e = {
			.type = 0,
			.length = sizeof(e),
			.node_low = (uint8_t)node,
			.apic_id = (uint8_t)apic_id,
			.flags = ENABLED,
			.node_high = {(uint8_t)(node >> 8)},
		};
		kt_str_add_bytes(out, &e, sizeof(e));
		return;
	}
	const struct srat_x2apic e = {
		.type = 2, .length = sizeof(e), .node = node, .apic_id = apic_id, .flags = ENABLED};
	kt_str_add_bytes(out, &e, sizeof(e));
}

static void add_memory(struct kt_str *out, const struct kt_vm_range *range, uint32_t node)
{
	const struct srat_memory e = {
		.type = 1,
		.length = sizeof(e),
		.node = node,
		.base = range->gpa,
		.bytes = range->bytes,
		.flags = ENABLED,
	};
	kt_str_add_bytes(out, &e, sizeof(e));
}

void kt_x86_acpi_srat(struct kt_str *out, const struct kt_vmm_mem *mem, const struct kt_topo *topo)
{
	static const uint8_t reserved[12] = {1}; /* a field that must be 1, then 8 bytes */
	kt_str_add_bytes(out, reserved, sizeof(reserved));
	for (unsigned cpu = 0; cpu < kt_topo_cpu_count(topo); cpu++)
		add_cpu(out, kt_topo_apic_id(topo, cpu), kt_topo_place(topo, cpu).node);
	for (unsigned node = 0; node < topo->nodes; node++) {
		struct kt_vm_range ranges[KT_VMM_RANGES_MAX];
		unsigned count = kt_x86_node_ranges(mem, topo->nodes, node, ranges);
		for (unsigned i = 0; i < count; i++)
			add_memory(out, &ranges[i], node);
	}
}

void kt_x86_acpi_slit(struct kt_str *out, const struct kt_topo *topo)
{
	uint64_t nodes = topo->nodes;
	kt_str_add_bytes(out, &nodes, sizeof(nodes));
	for (unsigned from = 0; from < topo->nodes; from++)
		for (unsigned to = 0; to < topo->nodes; to++) {
			char distance = from == to ? DISTANCE_LOCAL : DISTANCE_REMOTE;
			kt_str_add_bytes(out, &distance, 1);
		}
}
