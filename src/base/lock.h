/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks between processes: flock on a file that holds "PID COMMAND" of its holder, so that a
 * waiting user is told whom he waits for. Freed by the kernel when the holder dies. Not for
 * files on 9p.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct kt_lock;

/*
 * Take the lock at PATH (made when missing), waiting until DEADLINE_NS (0: do not wait).
 * -EBUSY names the holder. PURPOSE ("building kernel X") stands beside the holder's pid.
 */
int kt_lock_take(const char *path, const char *purpose, uint64_t deadline_ns, struct kt_lock **ret,
	struct kt_err *err);
/*
 * Its descriptor, borrowed: who inherits it keeps the lock when we die, until it dies too or
 * closes it. kt_lock_free() frees the lock whoever has it.
 */
int kt_lock_fd(const struct kt_lock *lock);
/* Release; NULL is fine. */
void kt_lock_free(struct kt_lock *lock);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_lock, kt_lock_free);
