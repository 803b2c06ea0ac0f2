/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run delay of QEMU's vCPU threads: how long they were runnable and waited for a host CPU,
 * read from the host's scheduler statistics. Used by the launcher, which relays it inside.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"

struct kt_softkvm_delay_source {
	int task_dir;		  /* /proc/PID/task, -1 when it cannot be read */
	unsigned expected;	  /* vCPU threads that will appear */
	KT_VEC(int) stats;	  /* schedstat of each found */
	KT_VEC(uint64_t) last_ns; /* of each, as read last; empty before */
	uint64_t lost_ns;
};

void kt_softkvm_delay_open(struct kt_softkvm_delay_source *d, pid_t qemu, unsigned vcpus);
/*
 * The most that any one CPU of the machine can have lost since the first reading: the largest
 * delay of a thread between two readings, summed over them. *RET_THREADS is 0 until all
 * threads exist and are readable.
 */
uint64_t kt_softkvm_delay_read(struct kt_softkvm_delay_source *d, uint32_t *ret_threads);
void kt_softkvm_delay_done(struct kt_softkvm_delay_source *d);
