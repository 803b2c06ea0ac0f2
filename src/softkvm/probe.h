/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether /dev/kvm can run real kernels. A device node proves nothing: some machines emulate
 * ring 0 slowly and stop at instructions every kernel uses. So a flat 64-bit guest executes
 * them and a counted loop. Used by the choice of the accelerator.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The probe takes 10 to 50 ms; after so many its process is killed. */
#define KT_SOFTKVM_PROBE_DEADLINE_MS 1000u
/* Slower is no hardware virtualisation: a kernel would take minutes to boot. */
#define KT_SOFTKVM_PROBE_MIPS_MIN 20.0

/* Zero means the default; inside softkvm, where all is slower yet known to work, neither fits. */
struct kt_softkvm_probe_limits {
	unsigned deadline_ms;
	double mips_min;
};

struct kt_softkvm_probe {
	bool usable;
	double mips;	  /* million instructions per second, 0 when not measured */
	uint64_t took_ns; /* the whole probe */
	char reason[256]; /* a sentence without a full stop, always there */
	char fix[256];	  /* what makes it usable; empty when it is */
};

/*
 * Probe DEVICE ("/dev/kvm"). Never fails and never hangs: what goes wrong is the reason.
 * LIMITS may be NULL.
 */
void kt_softkvm_probe(const char *device, const struct kt_softkvm_probe_limits *limits,
	struct kt_softkvm_probe *ret);
