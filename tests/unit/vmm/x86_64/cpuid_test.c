// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/x86_64/cpuid.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct kt_x86_host host = {.tsc_deadline = true, .xsave = true};
static struct kt_x86_cpuid table;

static void put(uint32_t leaf, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	table.entries[table.count++] =
		(struct kvm_cpuid_entry2){.function = leaf, .eax = a, .ebx = b, .ecx = c, .edx = d};
}

/* What a KVM supports, as far as the function looks at it. */
static void start(const char *vendor)
{
	uint32_t v[3];
	memcpy(v, vendor, 12);
	table = (struct kt_x86_cpuid){0};
	put(0, 0xd, v[0], v[2], v[1]);
	put(1, 0x800f12, 0x00000800, 0x00000001 | 1u << 5 | 1u << 26 | 1u << 28, 1u << 28);
	put(4, 0x121, 0, 0, 0);
	put(7, 0, 1u << 5 | 1u << 16 | 1u << 3, 1u << 3, 0);
	put(0xd, 7, 0x340, 0x340, 0);
	put(0x80000000, 0x80000008, v[0], v[2], v[1]);
	put(0x80000001, 0, 0, 1u << 2, 0);
	put(0x80000006, 0, 0, 0x2008140, 0x808140);
	put(0x80000008, 0x3028, 0, 0x5, 0);
}

static void apply(const struct kt_topo *topo, unsigned cpu)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_x86_cpuid_apply(&table, topo, cpu, &host, &err), 0, "%s", err.text);
}

static const struct kvm_cpuid_entry2 *get(uint32_t leaf, uint32_t subleaf)
{
	const struct kvm_cpuid_entry2 *e = kt_x86_cpuid_find(&table, leaf, subleaf);
	cr_assert_not_null(e, "leaf %x.%u", leaf, subleaf);
	return e;
}

/* APIC ids below this many bits share the cache of subleaf SUB. */
static unsigned sharing(uint32_t leaf, uint32_t sub)
{
	return (get(leaf, sub)->eax >> 14 & 0xfff) + 1;
}

static void check_levels(uint32_t leaf, const struct kt_topo *topo, unsigned cpu)
{
	const struct kvm_cpuid_entry2 *smt = get(leaf, 0), *core = get(leaf, 1);
	cr_assert_eq(smt->eax, kt_topo_thread_bits(topo));
	cr_assert_eq(smt->ebx, topo->threads);
	cr_assert_eq(smt->ecx, 0x100);
	cr_assert_eq(core->eax, kt_topo_thread_bits(topo) + kt_topo_core_bits(topo));
	cr_assert_eq(core->ebx, topo->threads * topo->cores);
	cr_assert_eq(core->ecx, 0x201);
	cr_assert_eq(smt->edx, kt_topo_apic_id(topo, cpu));
	cr_assert_eq(core->edx, smt->edx);
	cr_assert_eq(get(leaf, 2)->ebx, 0);
	cr_assert_eq(get(leaf, 2)->ecx, 2);
}

static const struct kt_topo topologies[] = {
	{1, 1, 1, 1}, {1, 1, 4, 1}, {1, 2, 2, 2}, {2, 4, 3, 2}, {4, 8, 8, 2}, {1, 1, 5, 3}};

Test(cpuid, levels_of_every_cpu_follow_the_topology_on_both_vendors)
{
	const char *vendors[] = {"GenuineIntel", "AuthenticAMD", "HygonGenuine"};
	for (unsigned v = 0; v < 3; v++)
		for (unsigned t = 0; t < sizeof(topologies) / sizeof(topologies[0]); t++)
			for (unsigned cpu = 0; cpu < kt_topo_cpu_count(&topologies[t]); cpu++) {
				start(vendors[v]);
				apply(&topologies[t], cpu);
				check_levels(0xb, &topologies[t], cpu);
				check_levels(0x1f, &topologies[t], cpu);
				cr_assert_eq(get(1, 0)->ebx >> 24,
					kt_topo_apic_id(&topologies[t], cpu) & 0xff);
				cr_assert_geq(get(0, 0)->eax, 0x1f);
			}
}

Test(cpuid, intel_has_one_l3_per_package_in_leaf_4)
{
	const struct kt_topo topo = {1, 2, 3, 2};
	start("GenuineIntel");
	apply(&topo, 7);
	cr_assert_eq(sharing(4, 0), 2); /* L1 data: the threads of a core */
	cr_assert_eq(sharing(4, 2), 2); /* L2 */
	cr_assert_eq(sharing(4, 3), 8); /* L3: 3 cores take 2 bits, threads 1 */
	cr_assert_eq(get(4, 3)->eax >> 5 & 7, 3);
	cr_assert_eq(get(4, 3)->eax >> 26, 3);
	cr_assert_eq(get(4, 4)->eax, 0);
	cr_assert_null(kt_x86_cpuid_find(&table, 0x8000001d, 0));
}

Test(cpuid, amd_has_topology_extensions_caches_and_node)
{
	const struct kt_topo topo = {2, 4, 2, 2};
	start("AuthenticAMD");
	apply(&topo, 13); /* LLC 3, node 1, core 0, thread 1 */
	cr_assert(get(0x80000001, 0)->ecx & 1u << 22);
	cr_assert_geq(get(0x80000000, 0)->eax, 0x8000001e);
	cr_assert_eq(sharing(0x8000001d, 0), 2);
	cr_assert_eq(sharing(0x8000001d, 3), 4);
	cr_assert_eq(get(0x8000001d, 4)->eax, 0);
	cr_assert_eq(get(0x8000001e, 0)->eax, 13);
	cr_assert_eq(get(0x8000001e, 0)->ebx, 0x100);
	cr_assert_eq(get(0x8000001e, 0)->ecx, 1);
	cr_assert_eq(get(0x80000008, 0)->ecx & 0xff, 3);
	cr_assert_eq(get(0x80000008, 0)->ecx >> 12 & 0xf, 2);
	cr_assert_eq(get(0x80000008, 0)->eax, 0x3028);
	cr_assert_eq(get(0x80000006, 0)->edx, 0);
}

Test(cpuid, a_single_cpu_is_no_hyperthread)
{
	const struct kt_topo topo = {1, 1, 1, 1};
	start("AuthenticAMD");
	apply(&topo, 0);
	cr_assert_eq(get(1, 0)->edx & 1u << 28, 0);
	cr_assert_eq(get(0x80000001, 0)->ecx & 2, 0);
	cr_assert_eq(get(1, 0)->ebx, 0x00010800);
}

Test(cpuid, features_follow_what_the_host_can_do)
{
	const struct kt_topo topo = {1, 1, 1, 1};
	const struct kt_x86_host poor = {0};
	start("AuthenticAMD");
	apply(&topo, 0);
	cr_assert(get(1, 0)->ecx & 1u << 24);
	cr_assert(get(1, 0)->ecx & 1u << 26);
	cr_assert(get(1, 0)->ecx & 1u << 31);
	cr_assert_not_null(kt_x86_cpuid_find(&table, 0xd, 0));

	start("AuthenticAMD");
	cr_assert_eq(kt_x86_cpuid_apply(&table, &topo, 0, &poor, NULL), 0);
	cr_assert_eq(get(1, 0)->ecx & (1u << 24 | 1u << 26 | 1u << 28), 0);
	cr_assert_eq(get(7, 0)->ebx, 1u << 3);
	cr_assert_eq(get(7, 0)->ecx, 0);
	cr_assert_null(kt_x86_cpuid_find(&table, 0xd, 0));
}

Test(cpuid, guests_are_not_offered_guests_of_their_own)
{
	const struct kt_topo topo = {1, 1, 1, 1};
	start("AuthenticAMD");
	apply(&topo, 0);
	cr_assert_not(get(1, 0)->ecx & 1u << 5);
	cr_assert_not(get(0x80000001, 0)->ecx & 1u << 2);
}

Test(cpuid, applying_twice_changes_nothing)
{
	const struct kt_topo topo = {1, 2, 2, 2};
	start("AuthenticAMD");
	apply(&topo, 5);
	struct kt_x86_cpuid once = table;
	apply(&topo, 5);
	cr_assert_eq(table.count, once.count);
}

Test(cpuid, a_full_table_is_an_error)
{
	const struct kt_topo topo = {1, 1, 1, 1};
	struct kt_err err = {0};
	start("GenuineIntel");
	while (table.count < KT_X86_CPUID_MAX)
		put(0x40000000 + table.count, 0, 0, 0, 0);
	cr_assert_eq(kt_x86_cpuid_apply(&table, &topo, 0, &host, &err), -E2BIG);
}
