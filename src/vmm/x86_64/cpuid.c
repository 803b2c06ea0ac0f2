// SPDX-License-Identifier: GPL-2.0-only
/*
 * One package per LLC: SMT and core are the levels of leaf 0xB and 0x1F, and the level-3
 * cache of leaves 4 (Intel) and 0x8000001D (AMD) is shared by exactly that package. Caches
 * are the same on every host, so that a scheduler sees the same machine everywhere.
 */
#include "vmm/x86_64/cpuid.h"

#include <cpuid.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"

#define LEAF_MAX	  0x1fu
#define LEAF_EXTENDED_MAX 0x8000001eu

#define F1_ECX_VMX	    (1u << 5)
#define F1_ECX_X2APIC	    (1u << 21)
#define F1_ECX_TSC_DEADLINE (1u << 24)
#define F1_ECX_HYPERVISOR   (1u << 31)
/* XSAVE, OSXSAVE, AVX, F16C, FMA */
#define F1_ECX_XSAVE_USERS (1u << 26 | 1u << 27 | 1u << 28 | 1u << 29 | 1u << 12)
/* AVX2 and AVX-512; protection keys, vector AES and more AVX-512; still more and AMX */
#define F7_EBX_XSAVE_USERS (1u << 5 | 3u << 16 | 1u << 21 | 7u << 26 | 3u << 30)
#define F7_ECX_XSAVE_USERS (1u << 1 | 3u << 3 | 1u << 6 | 1u << 9 | 7u << 10 | 1u << 14)
#define F7_EDX_XSAVE_USERS (3u << 2 | 1u << 8 | 1u << 22 | 1u << 23 | 3u << 24)
#define F1_EDX_HTT	   (1u << 28)
#define X1_ECX_CMP_LEGACY  (1u << 1)
#define X1_ECX_SVM	   (1u << 2)
#define X1_ECX_TOPOEXT	   (1u << 22)

enum cache_type { CACHE_DATA = 1, CACHE_CODE = 2, CACHE_UNIFIED = 3 };

/* Lines are 64 bytes, one partition: size = ways * sets * 64. */
static const struct cache {
	unsigned level;
	enum cache_type type;
	unsigned ways, sets;
	bool of_llc; /* shared by the whole LLC; else by the threads of a core */
} caches[] = {
	{1, CACHE_DATA, 8, 64, false},	     /* 32 KiB */
	{1, CACHE_CODE, 8, 64, false},	     /* 32 KiB */
	{2, CACHE_UNIFIED, 8, 1024, false},  /* 512 KiB */
	{3, CACHE_UNIFIED, 16, 16384, true}, /* 16 MiB */
};

struct shape {
	const struct kt_topo *topo;
	uint32_t apic_id;
	unsigned thread_bits, package_bits, package_cpus, node, core;
	bool amd; /* AMD or its relative Hygon */
};

struct kvm_cpuid_entry2 *kt_x86_cpuid_find(
	struct kt_x86_cpuid *table, uint32_t leaf, uint32_t subleaf)
{
	for (uint32_t i = 0; i < table->count; i++) {
		struct kvm_cpuid_entry2 *e = &table->entries[i];
		bool indexed = e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
		if (e->function == leaf && (!indexed || e->index == subleaf))
			return e;
	}
	return NULL;
}

static void drop_leaf(struct kt_x86_cpuid *table, uint32_t leaf)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < table->count; i++)
		if (table->entries[i].function != leaf)
			table->entries[kept++] = table->entries[i];
	table->count = kept;
}

/* false when the table is full. */
static bool add(struct kt_x86_cpuid *table, struct kvm_cpuid_entry2 entry)
{
	if (table->count >= KT_X86_CPUID_MAX)
		return false;
	table->entries[table->count++] = entry;
	return true;
}

static bool vendor_is(const struct kvm_cpuid_entry2 *e, const char *name)
{
	char vendor[12];
	memcpy(vendor, &e->ebx, 4);
	memcpy(vendor + 4, &e->edx, 4);
	memcpy(vendor + 8, &e->ecx, 4);
	return !memcmp(vendor, name, sizeof(vendor));
}

static struct shape shape_of(struct kt_x86_cpuid *table, const struct kt_topo *topo, unsigned cpu)
{
	const struct kvm_cpuid_entry2 *zero = kt_x86_cpuid_find(table, 0, 0);
	struct kt_topo_place place = kt_topo_place(topo, cpu);
	return (struct shape){
		.topo = topo,
		.apic_id = kt_topo_apic_id(topo, cpu),
		.thread_bits = kt_topo_thread_bits(topo),
		.package_bits = kt_topo_thread_bits(topo) + kt_topo_core_bits(topo),
		.package_cpus = topo->cores * topo->threads,
		.node = place.node,
		.core = place.core % topo->cores,
		.amd = zero && (vendor_is(zero, "AuthenticAMD") || vendor_is(zero, "HygonGenuine")),
	};
}

static void set_features(
	struct kt_x86_cpuid *table, const struct shape *s, const struct kt_x86_host *host)
{
	struct kvm_cpuid_entry2 *one = kt_x86_cpuid_find(table, 1, 0);
	if (one) {
		/* The field of leaf 1 is 8 bits wide; who needs more reads leaf 0xB. */
		unsigned addressable = KT_MIN(1u << s->package_bits, 255u);
		one->ebx = (one->ebx & 0xffff) | addressable << 16 | s->apic_id << 24;
		one->ecx |= F1_ECX_HYPERVISOR | F1_ECX_X2APIC;
		one->ecx &= ~F1_ECX_TSC_DEADLINE;
		one->ecx |= host->tsc_deadline ? F1_ECX_TSC_DEADLINE : 0;
		one->edx &= ~F1_EDX_HTT;
		one->edx |= s->package_cpus > 1 ? F1_EDX_HTT : 0;
	}
	struct kvm_cpuid_entry2 *extended = kt_x86_cpuid_find(table, 0x80000001, 0);
	if (extended && s->amd) {
		extended->ecx &= ~X1_ECX_CMP_LEGACY;
		extended->ecx |= s->package_cpus > 1 ? X1_ECX_CMP_LEGACY : 0;
		extended->ecx |= X1_ECX_TOPOEXT;
	}
}

/* A guest that can run guests of its own needs time to prepare for them, at every boot. */
static void hide_nesting(struct kt_x86_cpuid *table)
{
	struct kvm_cpuid_entry2 *one = kt_x86_cpuid_find(table, 1, 0);
	struct kvm_cpuid_entry2 *extended = kt_x86_cpuid_find(table, 0x80000001, 0);
	if (one)
		one->ecx &= ~F1_ECX_VMX;
	if (extended)
		extended->ecx &= ~X1_ECX_SVM;
	drop_leaf(table, 0x8000000a);
}

/* XSAVE and everything that keeps its state there. */
static void hide_xsave(struct kt_x86_cpuid *table)
{
	struct kvm_cpuid_entry2 *one = kt_x86_cpuid_find(table, 1, 0);
	struct kvm_cpuid_entry2 *seven = kt_x86_cpuid_find(table, 7, 0);
	if (one)
		one->ecx &= ~F1_ECX_XSAVE_USERS;
	if (seven) {
		seven->ebx &= ~F7_EBX_XSAVE_USERS;
		seven->ecx &= ~F7_ECX_XSAVE_USERS;
		seven->edx &= ~F7_EDX_XSAVE_USERS;
	}
	drop_leaf(table, 0xd);
}

static void raise_maximum(struct kt_x86_cpuid *table, uint32_t leaf, uint32_t max)
{
	struct kvm_cpuid_entry2 *e = kt_x86_cpuid_find(table, leaf, 0);
	if (e && e->eax < max)
		e->eax = max;
}

/* Leaf 0xB or 0x1F: threads of a core, CPUs of the package, end. */
static bool add_levels(struct kt_x86_cpuid *table, const struct shape *s, uint32_t leaf)
{
	const struct kvm_cpuid_entry2 levels[] = {
		{.index = 0, .eax = s->thread_bits, .ebx = s->topo->threads, .ecx = 1 << 8},
		{.index = 1, .eax = s->package_bits, .ebx = s->package_cpus, .ecx = 1 | 2 << 8},
		{.index = 2, .ecx = 2},
	};
	drop_leaf(table, leaf);
	for (size_t i = 0; i < KT_ARRAY_LEN(levels); i++) {
		struct kvm_cpuid_entry2 e = levels[i];
		e.function = leaf;
		e.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
		e.edx = s->apic_id;
		if (!add(table, e))
			return false;
	}
	return true;
}

static struct kvm_cpuid_entry2 cache_entry(
	const struct cache *cache, const struct shape *s, uint32_t leaf)
{
	unsigned sharing_bits = cache->of_llc ? s->package_bits : s->thread_bits;
	struct kvm_cpuid_entry2 e = {
		.function = leaf,
		.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		.eax = cache->type | cache->level << 5 | 1u << 8 | ((1u << sharing_bits) - 1) << 14,
		.ebx = (64 - 1) | (cache->ways - 1) << 22,
		.ecx = cache->sets - 1,
	};
	if (leaf == 4) /* addressable cores of the package: a field of 6 bits */
		e.eax |= KT_MIN((1u << (s->package_bits - s->thread_bits)) - 1, 63u) << 26;
	return e;
}

static bool add_caches(struct kt_x86_cpuid *table, const struct shape *s, uint32_t leaf)
{
	drop_leaf(table, leaf);
	for (uint32_t i = 0; i < KT_ARRAY_LEN(caches); i++) {
		struct kvm_cpuid_entry2 e = cache_entry(&caches[i], s, leaf);
		e.index = i;
		if (!add(table, e))
			return false;
	}
	struct kvm_cpuid_entry2 end = {.function = leaf,
		.index = KT_ARRAY_LEN(caches),
		.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX};
	return add(table, end);
}

static bool add_amd(struct kt_x86_cpuid *table, const struct shape *s)
{
	struct kvm_cpuid_entry2 *e = kt_x86_cpuid_find(table, 0x80000008, 0);
	if (e)
		e->ecx = (e->ecx & ~0xf0ffu) | s->package_bits << 12 |
			 KT_MIN(s->package_cpus - 1, 255u);
	/* Without an L3 here Linux takes the package for the LLC, whatever the family. */
	e = kt_x86_cpuid_find(table, 0x80000006, 0);
	if (e)
		e->edx = 0;
	drop_leaf(table, 0x8000001e);
	return add_caches(table, s, 0x8000001d) &&
	       add(table, (struct kvm_cpuid_entry2){
				  .function = 0x8000001e,
				  .eax = s->apic_id,
				  .ebx = (s->core & 0xff) | (s->topo->threads - 1) << 8,
				  .ecx = s->node & 0xff,
			  });
}

int kt_x86_cpuid_apply(struct kt_x86_cpuid *table, const struct kt_topo *topo, unsigned cpu,
	const struct kt_x86_host *host, struct kt_err *err)
{
	struct shape s = shape_of(table, topo, cpu);
	raise_maximum(table, 0, LEAF_MAX);
	set_features(table, &s, host);
	hide_nesting(table);
	if (!host->xsave)
		hide_xsave(table);
	bool fits = add_levels(table, &s, 0xb) && add_levels(table, &s, 0x1f);
	if (s.amd) {
		raise_maximum(table, 0x80000000, LEAF_EXTENDED_MAX);
		fits = fits && add_amd(table, &s);
	} else {
		fits = fits && add_caches(table, &s, 4);
	}
	if (!fits)
		return kt_fail(err, E2BIG, "report this host: its KVM has too many CPUID leaves",
			"CPUID table of CPU %u: more than %u entries", cpu, KT_X86_CPUID_MAX);
	return 0;
}

/*
 * Is KVM itself running on QEMU's emulated CPU? There XSETBV does not leave the guest, so KVM
 * takes XCR0 for what it was and breaks AVX, and the deadline timer never fires.
 */
static bool host_is_tcg(void)
{
	unsigned eax, ebx, ecx, edx;
	char signature[12];
	__cpuid(1, eax, ebx, ecx, edx);
	if (!(ecx & F1_ECX_HYPERVISOR))
		return false;
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	return !memcmp(signature, "TCGTCGTCGTCG", sizeof(signature));
}

int kt_x86_cpuid_supported(
	int kvm_fd, struct kt_x86_cpuid *ret, struct kt_x86_host *ret_host, struct kt_err *err)
{
	ret->count = KT_X86_CPUID_MAX;
	ret->padding = 0;
	if (ioctl(kvm_fd, KVM_GET_SUPPORTED_CPUID, ret) < 0)
		return kt_fail(err, errno, "look at the host's dmesg; try '--accel soft'",
			"KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	bool real = !host_is_tcg();
	*ret_host = (struct kt_x86_host){
		.tsc_deadline =
			real && ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0,
		.xsave = real,
	};
	return 0;
}
