/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling class and cgroup of the calling worker, for kinds that change or need them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <ktstr/work.h>

#include "base/cpumask.h"
#include "work/worker.h"

/*
 * Put the calling thread into CLASS; PRIO counts for rt only. 0 or -errno. Deadline is 1 ms of
 * each 10 ms.
 */
int kt_worker_class_try(enum ktstr_class class, unsigned prio);
/* The same; when it fails the worker keeps its class and a note says why. */
void kt_worker_class(struct kt_worker *w, enum ktstr_class class, unsigned prio);

/* The folder of its cgroup in cgroupfs. False when there is no cgroup v2, or it does not fit. */
bool kt_worker_cgroup_dir(char *ret, size_t bytes);
/* Confine the thread (0: the caller) to CPUS. 0 or -errno. */
int kt_worker_confine(pid_t tid, const struct kt_cpus *cpus);
