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
#include "softkvm/msg.h"

#define KT_SOFTKVM_BOOT_MS 120000u

/* Zero means the default. */
struct kt_softkvm_opts {
	const char *const *argv;    /* NULL-terminated; argv[0] is looked up in PATH inside */
	const char *kernel_path;    /* bzImage, or vmlinux with a PVH note */
	const char *const *rw_dirs; /* NULL-terminated; made when missing; NULL: none */
	const char *const *env;	    /* extra "K=V", NULL-terminated, or NULL */
	/*
	 * Descriptors of the caller beyond the standard streams, open for writing: the command
	 * has writable ones of the same numbers. Pipes there, whatever they are here; like a
	 * pipe's, their reader may be slow or leave. They stay the caller's. One that cannot be
	 * written (a full disk) is like one whose reader left, with a warning; the run goes on.
	 */
	const int *out_fds;
	const char *const *out_names; /* in messages, "report 'x'"; NULL: by their numbers */
	unsigned out_fd_count;	      /* at most KT_SOFTKVM_OUT_FDS_MAX */
	unsigned cpus;		      /* default, as of ram_mib: what kt_softkvm_size() gives */
	uint64_t ram_mib;
	unsigned boot_ms; /* until the command runs; default KT_SOFTKVM_BOOT_MS */
};

/*
 * Whether FD can be one of out_fds: 3 to KT_SOFTKVM_OUT_FD_MAX, open, writable. Ask before
 * opening files, or a number that the user left closed may be one of those. 0 or -EINVAL, -EBADF.
 */
int kt_softkvm_out_fd_check(int fd, struct kt_err *err);

/*
 * Run and wait. *RET_STATUS is the command's exit code, or 128 + the signal that killed it (or
 * that ended this call before the command ran). When one of out_fds could not be written the
 * end is -errno, unless a signal was it. Signals INT, TERM, HUP, QUIT, USR1, USR2 and
 * WINCH of the process go to the command meanwhile: call it from the main thread. TSTP, and
 * the command's being stopped from the terminal (Ctrl-Z), stop the machine, its time, and the
 * process, until CONT. Whatever ends the caller ends machine and QEMU. Fails inside a softkvm
 * machine.
 */
int kt_softkvm_run(const struct kt_softkvm_opts *o, int *ret_status, struct kt_err *err);
