/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For programs that run inside a softkvm machine: knowing that they do, and how long the host
 * kept the machine's CPUs waiting. PID 1 writes the files, everyone else reads them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "softkvm/msg.h"

#define KT_SOFTKVM_ENV	   "KTSTR_SOFTKVM" /* "1" in the environment of the machine's command */
#define KT_SOFTKVM_RUN_DIR "/run/ktstr"
/* Holds the machine's boot id, so that neither a stray file nor a stray variable is believed. */
#define KT_SOFTKVM_MARKER KT_SOFTKVM_RUN_DIR "/softkvm"
/* One line "lost_ns threads seq", replaced whole about every 100 ms. */
#define KT_SOFTKVM_DELAY_FILE KT_SOFTKVM_RUN_DIR "/host_delay"

/* This process runs inside a softkvm machine. */
bool kt_softkvm_inside(void);
/* PID 1 of a softkvm machine (mounts /proc when it is missing). Call before anything else. */
bool kt_softkvm_is_init(void);

/*
 * Nanoseconds in which a vCPU thread of the machine was ready to run on the outer host and did
 * not: the most that any one of its CPUs can have lost since its start; *RET_THREADS is how many
 * threads there are. -ENOENT outside a machine or where the host does not count it.
 */
int kt_softkvm_host_delay_ns(uint64_t *ret, unsigned *ret_threads);

/* Write marker and delay file; for PID 1. 0 or -errno. */
int kt_softkvm_mark(void);
int kt_softkvm_host_delay_write(const struct kt_softkvm_host_delay *d);
