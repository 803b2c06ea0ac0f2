/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc says of one task, for bodies that watch their workers. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* CPU time so far, from schedstat; 0 when it is not known. */
uint64_t kt_task_run_ns(pid_t pid);
/* Where it ran last, -1 when it is not known. */
int kt_task_last_cpu(pid_t pid);
/* The same of one line as /proc/PID/stat has it: the name may hold blanks and brackets. */
int kt_task_cpu_of_stat(const char *line);
