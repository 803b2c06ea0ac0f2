// SPDX-License-Identifier: GPL-2.0-only
/* The tables are found and read the way a kernel does it: from the RSDP on. */
#include "vmm/x86_64/acpi.h"

#include <criterion/criterion.h>
#include <string.h>

#include "vmm/x86_64/layout.h"

#define MIB (1ull << 20)

static struct kt_vmm_mem mem;

static void teardown(void)
{
	kt_vmm_mem_done(&mem);
}

static void make(const struct kt_topo *topo, uint64_t bytes)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_vmm_mem_init(&mem, bytes, NULL), 0);
	cr_assert_eq(kt_x86_acpi_write(&mem, topo, &err), 0, "%s", err.text);
}

static uint64_t le(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;
	memcpy(&v, at, bytes);
	return v;
}

static unsigned sum(const uint8_t *at, size_t bytes)
{
	uint8_t s = 0;
	while (bytes--)
		s = (uint8_t)(s + *at++);
	return s;
}

/* A table with its header checked. */
static const uint8_t *table_at(uint64_t gpa)
{
	const uint8_t *t = kt_vmm_mem_at(&mem, gpa, 36);
	cr_assert_not_null(t);
	cr_assert_geq(gpa, KT_X86_ACPI);
	cr_assert_leq(gpa + le(t + 4, 4), KT_X86_ACPI_END);
	cr_assert_eq(sum(t, le(t + 4, 4)), 0, "checksum of %.4s", (const char *)t);
	return t;
}

static const uint8_t *find(const char *signature)
{
	const uint8_t *rsdp = kt_vmm_mem_at(&mem, KT_X86_ACPI, 36);
	cr_assert_eq(memcmp(rsdp, "RSD PTR ", 8), 0);
	cr_assert_eq(sum(rsdp, 20), 0);
	cr_assert_eq(sum(rsdp, 36), 0);
	const uint8_t *xsdt = table_at(le(rsdp + 24, 8));
	cr_assert_eq(memcmp(xsdt, "XSDT", 4), 0);
	for (uint64_t at = 36; at < le(xsdt + 4, 4); at += 8) {
		const uint8_t *t = table_at(le(xsdt + at, 8));
		if (!memcmp(t, signature, 4))
			return t;
	}
	cr_assert_fail("no table %s", signature);
	return NULL;
}

TestSuite(acpi, .fini = teardown);

Test(acpi, fadt_names_registers_reset_dsdt_and_facs)
{
	make(&(struct kt_topo){1, 1, 1, 1}, 64 * MIB);
	const uint8_t *fadt = find("FACP");
	cr_assert_eq(le(fadt + 4, 4), 276);
	const uint8_t *facs = kt_vmm_mem_at(&mem, le(fadt + 36, 4), 64);
	cr_assert_eq(memcmp(facs, "FACS", 4), 0);
	cr_assert_eq(le(fadt + 36, 4) % 64, 0);
	cr_assert_eq(memcmp(table_at(le(fadt + 140, 8)), "DSDT", 4), 0);
	cr_assert_eq(le(fadt + 40, 4), le(fadt + 140, 8));
	cr_assert_eq(le(fadt + 46, 2), KT_X86_SCI_IRQ);
	cr_assert_eq(le(fadt + 56, 4), KT_X86_PM_EVENT);
	cr_assert_eq(le(fadt + 64, 4), KT_X86_PM_CONTROL);
	cr_assert_eq(le(fadt + 76, 4), KT_X86_PM_TIMER);
	cr_assert_eq(le(fadt + 112, 4) & (1u << 10 | 1u << 20), 1u << 10);
	cr_assert_eq(le(fadt + 120, 8), KT_X86_CF9);
	cr_assert_eq(fadt[128], 6);
}

Test(acpi, madt_lists_cpus_in_order_with_their_apic_ids)
{
	const struct kt_topo topo = {1, 2, 3, 2};
	make(&topo, 64 * MIB);
	const uint8_t *madt = find("APIC");
	unsigned cpus = 0, ioapics = 0;
	for (uint64_t at = 44; at < le(madt + 4, 4); at += madt[at + 1]) {
		cr_assert_gt(madt[at + 1], 0);
		if (madt[at] == 0) {
			cr_assert_eq(madt[at + 2], cpus);
			cr_assert_eq(madt[at + 3], kt_topo_apic_id(&topo, cpus));
			cpus++;
		}
		ioapics += madt[at] == 1;
	}
	cr_assert_eq(cpus, kt_topo_cpu_count(&topo));
	cr_assert_eq(ioapics, 1);
}

Test(acpi, ids_from_255_on_are_x2apic_entries)
{
	const struct kt_topo topo = {4, 16, 16, 2};
	unsigned plain = 0, x2apic = 0;
	make(&topo, 64 * MIB);
	const uint8_t *madt = find("APIC");
	for (uint64_t at = 44; at < le(madt + 4, 4); at += madt[at + 1]) {
		plain += madt[at] == 0;
		x2apic += madt[at] == 9;
		if (madt[at] == 9)
			cr_assert_geq(le(madt + at + 4, 4), 255);
	}
	cr_assert_eq(plain, 255);
	cr_assert_eq(x2apic, 512 - 255);
	const uint8_t *srat = find("SRAT");
	x2apic = 0;
	for (uint64_t at = 48; at < le(srat + 4, 4); at += srat[at + 1])
		x2apic += srat[at] == 2;
	cr_assert_eq(x2apic, 512 - 255);
}

Test(acpi, srat_gives_every_cpu_and_all_memory_to_nodes)
{
	const struct kt_topo topo = {2, 2, 2, 1};
	make(&topo, KT_X86_GAP + 1024 * MIB);
	const uint8_t *srat = find("SRAT");
	unsigned cpus = 0;
	uint64_t memory[2] = {0};
	for (uint64_t at = 48; at < le(srat + 4, 4); at += srat[at + 1]) {
		const uint8_t *e = srat + at;
		if (e[0] == 0) {
			cr_assert_eq(e[2], kt_topo_place(&topo, cpus).node);
			cr_assert_eq(e[3], kt_topo_apic_id(&topo, cpus));
			cpus++;
		} else if (e[0] == 1) {
			cr_assert_lt(le(e + 2, 4), 2);
			cr_assert_not_null(kt_vmm_mem_at(&mem, le(e + 8, 8), le(e + 16, 8)));
			memory[le(e + 2, 4)] += le(e + 16, 8);
		}
	}
	cr_assert_eq(cpus, 4);
	cr_assert_eq(memory[0] + memory[1], KT_X86_GAP + 1024 * MIB);
	cr_assert_eq(memory[0], memory[1]);
}

Test(acpi, slit_says_near_and_far)
{
	make(&(struct kt_topo){3, 3, 1, 1}, 1024 * MIB);
	const uint8_t *slit = find("SLIT");
	cr_assert_eq(le(slit + 36, 8), 3);
	cr_assert_eq(le(slit + 4, 4), 44 + 9);
	for (unsigned i = 0; i < 9; i++)
		cr_assert_eq(slit[44 + i], i % 4 ? 20 : 10);
}

Test(acpi, nodes_follow_each_other_without_gap_or_overlap)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, KT_X86_GAP + 513 * MIB, NULL), 0);
	for (unsigned nodes = 1; nodes <= 8; nodes++) {
		uint64_t total = 0, end = 0;
		for (unsigned node = 0; node < nodes; node++) {
			struct kt_vm_range r[KT_VMM_RANGES_MAX];
			unsigned n = kt_x86_node_ranges(&mem, nodes, node, r);
			cr_assert_geq(n, 1);
			for (unsigned i = 0; i < n; i++) {
				cr_assert_geq(r[i].gpa, end);
				end = r[i].gpa + r[i].bytes;
				total += r[i].bytes;
			}
		}
		cr_assert_eq(total, KT_X86_GAP + 513 * MIB);
	}
}

Test(acpi, tables_that_do_not_fit_are_an_error)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_vmm_mem_init(&mem, 64 * MIB, NULL), 0);
	cr_assert_eq(kt_x86_acpi_write(&mem, &(struct kt_topo){512, 512, 1, 1}, &err), -E2BIG);
}
