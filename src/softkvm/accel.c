// SPDX-License-Identifier: GPL-2.0-only
/* Facts about the machine and the rule that makes a choice of them. */
#include "softkvm/accel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "softkvm/inside.h"
#include "softkvm/qemu.h"

#define DEVICE	 "/dev/kvm"
#define QEMU_FIX "apt-get install qemu-system-x86"

/* Making a virtual machine is itself emulated there, and its speed is what softkvm offers. */
static const struct kt_softkvm_probe_limits limits_inside = {
	.deadline_ms = 10000,
	.mips_min = 0.01,
};

static const char *const mode_names[] = {
	[KT_ACCEL_AUTO] = "auto",
	[KT_ACCEL_KVM] = "kvm",
	[KT_ACCEL_SOFT] = "soft",
};

int kt_accel_mode_parse(const char *text, enum kt_accel_mode *ret, struct kt_err *err)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(mode_names); i++) {
		if (strcmp(text, mode_names[i]) != 0)
			continue;
		*ret = (enum kt_accel_mode)i;
		return 0;
	}
	const char *near = kt_nearest(text, mode_names, KT_ARRAY_LEN(mode_names));
	kt_fail(err, EINVAL, "use --accel auto, kvm or soft", "accelerator '%s' is unknown", text);
	if (near)
		kt_fix(err, "did you mean '%s'? It is auto, kvm or soft", near);
	return -EINVAL;
}

static void probe(struct kt_accel_facts *f)
{
	kt_softkvm_probe(DEVICE, f->inside ? &limits_inside : NULL, &f->probe);
}

static void read_place(struct kt_accel_facts *ret)
{
	KT_AUTOFREE char *qemu = kt_proc_which(KT_SOFTKVM_QEMU);

	memset(ret, 0, sizeof(*ret));
	ret->inside = kt_softkvm_inside();
	snprintf(ret->qemu_path, sizeof(ret->qemu_path), "%s", qemu ? qemu : "");
}

void kt_accel_facts_read(struct kt_accel_facts *ret)
{
	read_place(ret);
	probe(ret);
}

static int choose_here(const struct kt_accel_facts *f, struct kt_accel *ret)
{
	*ret = (struct kt_accel){
		.name = f->inside ? "softkvm" : "kvm",
		.mips = f->probe.mips,
	};
	snprintf(ret->reason, sizeof(ret->reason), "%s%s",
		f->inside ? "inside a softkvm machine " : "", f->probe.reason);
	return 0;
}

static int choose_softkvm(enum kt_accel_mode mode, const struct kt_accel_facts *f,
	struct kt_accel *ret, struct kt_err *err)
{
	if (!f->qemu_path[0] && mode == KT_ACCEL_SOFT)
		return kt_fail(err, ENOENT, QEMU_FIX, KT_SOFTKVM_QEMU " is not in PATH");
	if (!f->qemu_path[0]) {
		kt_fail(err, ENOENT, QEMU_FIX,
			"%s, and for softkvm " KT_SOFTKVM_QEMU " is not in PATH", f->probe.reason);
		kt_fix(err, QEMU_FIX "; or %s", f->probe.fix);
		return -ENOENT;
	}
	*ret = (struct kt_accel){.enter_softkvm = true, .name = "softkvm"};
	snprintf(ret->reason, sizeof(ret->reason), "%s, so %s emulates a machine that has KVM",
		mode == KT_ACCEL_SOFT ? "--accel soft was given" : f->probe.reason, f->qemu_path);
	return 0;
}

int kt_accel_decide(enum kt_accel_mode mode, const struct kt_accel_facts *f, struct kt_accel *ret,
	struct kt_err *err)
{
	if (f->inside && !f->probe.usable)
		return kt_fail(err, ENODEV, "run 'ktstr kernel build': its kernel has KVM_AMD",
			"inside a softkvm machine %s", f->probe.reason);
	if (f->inside)
		return choose_here(f, ret);
	if (mode == KT_ACCEL_SOFT)
		return choose_softkvm(mode, f, ret, err);
	if (f->probe.usable)
		return choose_here(f, ret);
	if (mode == KT_ACCEL_KVM) {
		kt_fail(err, ENODEV, f->probe.fix, "%s", f->probe.reason);
		kt_fix(err, "%s; or use --accel soft", f->probe.fix);
		return -ENODEV;
	}
	return choose_softkvm(mode, f, ret, err);
}

int kt_accel_choose(enum kt_accel_mode mode, struct kt_accel *ret, struct kt_err *err)
{
	struct kt_accel_facts facts;

	read_place(&facts);
	/* softkvm by force needs no KVM here, and a broken one can hang who touches it */
	if (mode != KT_ACCEL_SOFT || facts.inside)
		probe(&facts);
	return kt_accel_decide(mode, &facts, ret, err);
}
