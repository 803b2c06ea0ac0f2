/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launcher's side of a running machine: its descriptors, its streams and the loop that
 * relays until the command has ended. Filled by launch.c; hides the control protocol.
 */
#pragma once

#include "base/err.h"
#include "base/proc.h"
#include "softkvm/msg.h"
#include "softkvm/qemu.h"

struct kt_softkvm_session {
	struct kt_proc qemu;
	int ports[KT_SOFTKVM_PORT_COUNT]; /* our ends, nonblocking; -1: closed, or none */
	int console_fd;
	int monitor_fd;	  /* QMP */
	int qemu_says_fd; /* QEMU's standard output and error */
	unsigned vcpus;	  /* of the machine */
	unsigned boot_ms;
	const char *kernel_path;
	const char *const *argv;
	const char *const *env; /* complete */
	const char *const *rw_dirs;
	const int *out_fds; /* the user's ends of the streams from KT_SOFTKVM_STREAM_OUT0 on */
	const char *const *out_names; /* of those; NULL: by their numbers */
	unsigned out_fd_count;
};

/* Relay until the end; see kt_softkvm_run(). The caller ends QEMU and closes descriptors. */
int kt_softkvm_session_serve(struct kt_softkvm_session *s, int *ret_status, struct kt_err *err);
