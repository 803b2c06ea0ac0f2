/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file systems of the softkvm machine, as PID 1 mounts them: the host's root under an
 * overlay whose changes stay in the machine's memory, shared folders at their own paths, and
 * the kernel's own file systems with a full cgroup v2.
 */
#pragma once

#include "base/err.h"

/* /proc, /sys and /dev, so that the ports can be found. 0 or -errno. */
int kt_softkvm_mount_early(struct kt_err *err);
/* Everything else, and make it the root. RW_DIRS[i] is where share "rw<i>" belongs. */
int kt_softkvm_mount_root(const char *const *rw_dirs, struct kt_err *err);
