/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sleeping until a hold is over, or until the process of the scheduler under test is. Nothing
 * is polled: the kernel wakes the sleeper when the process ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Sleep until DEADLINE_NS of kt_now_ns(), or until process PID has ended (a zombie has); PID 0
 * only sleeps. A deadline that has passed asks once whether PID is alive. Goes on after
 * signals. 0 with *ret_ended, or -errno when the machine cannot even watch a process.
 */
int kt_hold_wait(uint64_t deadline_ns, pid_t pid, bool *ret_ended, struct kt_err *err);
