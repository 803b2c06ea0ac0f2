/* SPDX-License-Identifier: GPL-2.0-only */
/* Duties of PID 1 towards processes that lost their parent. Called by agent.c and child.c. */
#pragma once

#include <sys/types.h>

/* Reap what has ended, but leave KEEP to its owner. Does not wait; bounded. */
void kt_guest_reap_orphans(pid_t keep);

/*
 * Kill every process of the machine but PID 1, and reap until none is left or DEADLINE_MS is
 * over. Returns how many were still alive and died of it. Nothing at all unless the caller is
 * PID 1.
 */
unsigned kt_guest_reap_all(unsigned deadline_ms);
