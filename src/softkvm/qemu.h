/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's command line for the softkvm machine, as a pure function of what it is to have.
 * Called by the launcher; hides every option of QEMU.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "softkvm/msg.h"

/* Ports of the machine's virtio-serial device: one per stream, of the same number, and one more. */
enum kt_softkvm_port {
	KT_SOFTKVM_PORT_CONTROL = KT_SOFTKVM_STREAMS_MAX,
	KT_SOFTKVM_PORT_COUNT,
};

extern const char *const kt_softkvm_port_names[KT_SOFTKVM_PORT_COUNT];

/* Shares take one PCI slot each on the machine's single bus. */
#define KT_SOFTKVM_RW_DIRS_MAX 16

#define KT_SOFTKVM_QEMU	     "qemu-system-x86_64"
#define KT_SOFTKVM_ROLE_WORD "ktstr.role=softkvm"

/* CPU 0 is the machine's own, beside those that commands have: no guest may run there (README). */
#define KT_SOFTKVM_OWN_CPUS 1u

struct kt_softkvm_machine {
	const char *qemu_path;
	const char *kernel_path;
	unsigned cpus; /* for commands */
	uint64_t ram_mib;
	uint64_t tsc_khz;	    /* of the host's counter, which the machine reads; 0: unknown */
	const char *const *rw_dirs; /* absolute, NULL-terminated, or NULL */
	int initrd_fd;		    /* a memfd */
	int console_fd;		    /* a socket */
	int monitor_fd;		    /* a socket; QEMU speaks QMP there */
	int port_fds[KT_SOFTKVM_PORT_COUNT]; /* sockets; -1: no such port */
};

typedef KT_VEC(char *) kt_softkvm_args; /* NULL-terminated, owned */

/* 0 or -ENOMEM. */
int kt_softkvm_qemu_argv(const struct kt_softkvm_machine *m, kt_softkvm_args *ret);
void kt_softkvm_args_done(kt_softkvm_args *args);
