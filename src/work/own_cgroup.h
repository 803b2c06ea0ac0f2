/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the calling worker stands in cgroup v2, for kinds that leave their cgroup. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define KT_OWN_CGROUP_BYTES 512u

/*
 * The folder of the caller's cgroup, wherever cgroup2 is mounted. 0 or -errno: -ENOENT when it
 * is not mounted, -ENAMETOOLONG.
 */
int kt_own_cgroup(char ret[KT_OWN_CGROUP_BYTES]);
/* The same from files such as /proc/self/cgroup and /proc/self/mountinfo. */
int kt_own_cgroup_of(const char *cgroup, const char *mountinfo, char ret[KT_OWN_CGROUP_BYTES]);
/*
 * The file of the cgroup NAME beside DIR that takes members: threads for a thread of a process
 * of several, else processes. 0 or -ENAMETOOLONG.
 */
int kt_own_cgroup_sibling(const char *dir, const char *name, char ret[KT_OWN_CGROUP_BYTES]);
/* Write PID (0: the caller) to that file. 0 or -errno. */
int kt_own_cgroup_join(const char *file, pid_t pid);
/*
 * Give FN the processes of such a file one by one until it returns true. 1 when it did, 0 when
 * it has had them all, -errno.
 */
int kt_own_cgroup_any(const char *file, bool (*fn)(void *arg, pid_t pid), void *arg);
