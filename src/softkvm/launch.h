/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a command in a machine that has working KVM: QEMU/TCG with emulated AMD SVM, the host's
 * root read-only under an overlay, chosen folders writable at their own paths. The command has
 * the caller's environment, working directory, identity and standard streams. Used by the
 * command line; hides QEMU, the initramfs and the ports.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

#define KT_SOFTKVM_BOOT_MS 120000u

/* Zero means the default. */
struct kt_softkvm_opts {
	const char *const *argv;    /* NULL-terminated; argv[0] is looked up in PATH inside */
	const char *kernel_path;    /* bzImage, or vmlinux with a PVH note */
	const char *const *rw_dirs; /* NULL-terminated; made when missing; NULL: none */
	const char *const *env;	    /* extra "K=V", NULL-terminated, or NULL */
	unsigned cpus;		    /* default: the CPUs this process may use, at most 16 */
	uint64_t ram_mib; /* default: half of what is available, 1 to 4 GiB or 1 GiB per CPU */
	unsigned boot_ms; /* until the command runs; default KT_SOFTKVM_BOOT_MS */
};

/*
 * Run and wait. *RET_STATUS is the command's exit code, or 128 + the signal that killed it (or
 * that ended this call before the command ran). Signals INT, TERM, HUP, QUIT, USR1, USR2 and
 * WINCH of the process go to the command meanwhile: call it from the main thread. Whatever
 * ends the caller ends machine and QEMU. Fails inside a softkvm machine.
 */
int kt_softkvm_run(const struct kt_softkvm_opts *o, int *ret_status, struct kt_err *err);
