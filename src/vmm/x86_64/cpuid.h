/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID of one vCPU: what KVM supports, with the leaves that describe the topology replaced.
 * A pure function over a table, so that it can be judged without KVM.
 */
#pragma once

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "topo/model.h"

#define KT_X86_CPUID_MAX 256u

/* Same layout as struct kvm_cpuid2. */
struct kt_x86_cpuid {
	uint32_t count;
	uint32_t padding;
	struct kvm_cpuid_entry2 entries[KT_X86_CPUID_MAX];
};

/* What works for guests on this host, beyond what KVM's table says. */
struct kt_x86_host {
	bool tsc_deadline; /* the local APIC's deadline timer */
	bool xsave;	   /* XSETBV reaches KVM, so that it knows the guest's XCR0 */
};

/* KVM_GET_SUPPORTED_CPUID and what is known about the host. */
int kt_x86_cpuid_supported(
	int kvm_fd, struct kt_x86_cpuid *ret, struct kt_x86_host *ret_host, struct kt_err *err);

/* Turn TABLE, as supported by KVM, into that of vCPU CPU. -E2BIG when the table is full. */
int kt_x86_cpuid_apply(struct kt_x86_cpuid *table, const struct kt_topo *topo, unsigned cpu,
	const struct kt_x86_host *host, struct kt_err *err);
/* The entry of a leaf, NULL when there is none. */
struct kvm_cpuid_entry2 *kt_x86_cpuid_find(
	struct kt_x86_cpuid *table, uint32_t leaf, uint32_t subleaf);
