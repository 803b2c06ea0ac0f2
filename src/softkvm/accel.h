/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where test guests run: on this machine's KVM, or in a softkvm machine that offers one. The
 * reason is part of the choice: `ktstr accel` and -v print it and every result stores it.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "softkvm/probe.h"

enum kt_accel_mode { KT_ACCEL_AUTO, KT_ACCEL_KVM, KT_ACCEL_SOFT };

/* What the choice depends on. */
struct kt_accel_facts {
	bool inside; /* this process runs in a softkvm machine */
	struct kt_softkvm_probe probe;
	char qemu_path[256]; /* empty: qemu-system-x86_64 is not in PATH */
};

struct kt_accel {
	bool enter_softkvm; /* guests cannot run in this process: kt_softkvm_run() it first */
	const char *name;   /* "kvm" or "softkvm", as results store it */
	char reason[640];   /* a sentence without a full stop */
	double mips;	    /* of the KVM guests will use; 0: known only inside softkvm */
};

/* "auto", "kvm", "soft"; -EINVAL otherwise. */
int kt_accel_mode_parse(const char *text, enum kt_accel_mode *ret, struct kt_err *err);
/* Look at this machine: runs the probe, a few milliseconds. */
void kt_accel_facts_read(struct kt_accel_facts *ret);
/* The choice as a function of the facts; fails when nothing fits MODE. */
int kt_accel_decide(enum kt_accel_mode mode, const struct kt_accel_facts *f, struct kt_accel *ret,
	struct kt_err *err);
/* Both of the above; KT_ACCEL_SOFT leaves /dev/kvm alone. */
int kt_accel_choose(enum kt_accel_mode mode, struct kt_accel *ret, struct kt_err *err);
