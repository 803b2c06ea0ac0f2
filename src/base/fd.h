/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors: whole reads and writes, pipes, flags. Reads and writes retry EINTR and wait
 * for a nonblocking descriptor with poll.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

/* Write all bytes. Returns 0 or -errno. */
int kt_fd_write_all(int fd, const void *data, size_t bytes);
/* Read exactly BYTES. Returns 0, -EPIPE at an early end of file, or -errno. */
int kt_fd_read_exact(int fd, void *data, size_t bytes);
/* Append everything up to end of file, at most LIMIT bytes (those, and -EFBIG beyond). 0 or -errno.
 */
int kt_fd_read_all(int fd, size_t limit, struct kt_str *out);
/* fds[0] reads, fds[1] writes; both O_CLOEXEC. 0 or -errno. */
int kt_fd_pipe(int fds[2]);
int kt_fd_set_nonblock(int fd, bool on);
int kt_fd_set_cloexec(int fd, bool on);
/* Close *FD unless it is -1, and make it -1. */
void kt_fd_close(int *fd);
