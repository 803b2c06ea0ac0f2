// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole reads and writes over descriptors that return what they like: short counts, EINTR
 * and EAGAIN are handled here and nowhere else.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* What to do about a failed read or write: 0 to try again, or -errno. */
static int retry_or_fail(int fd, short events)
{
	if (errno == EINTR)
		return 0;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return -errno;
	struct pollfd p = {.fd = fd, .events = events};
	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int kt_fd_write_all(int fd, const void *data, size_t bytes)
{
	const char *p = data;
	while (bytes) {
		ssize_t n = write(fd, p, bytes);
		if (n < 0) {
			int r = retry_or_fail(fd, POLLOUT);
			if (r < 0)
				return r;
			continue;
		}
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int kt_fd_read_exact(int fd, void *data, size_t bytes)
{
	char *p = data;
	while (bytes) {
		ssize_t n = read(fd, p, bytes);
		if (!n)
			return -EPIPE;
		if (n < 0) {
			int r = retry_or_fail(fd, POLLIN);
			if (r < 0)
				return r;
			continue;
		}
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int kt_fd_read_all(int fd, size_t limit, struct kt_str *out)
{
	char chunk[16384];
	size_t left = limit;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (!n)
			return out->failed ? -ENOMEM : 0;
		if (n < 0) {
			int r = retry_or_fail(fd, POLLIN);
			if (r < 0)
				return r;
			continue;
		}
		/* What fits is kept: the caller may want to show where it became too much. */
		size_t taken = (size_t)n < left ? (size_t)n : left;
		kt_str_add_bytes(out, chunk, taken);
		if (out->failed)
			return -ENOMEM;
		left -= taken;
		if (taken < (size_t)n)
			return -EFBIG;
	}
}

int kt_fd_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
}

int kt_fd_set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return wanted != flags && fcntl(fd, F_SETFL, wanted) < 0 ? -errno : 0;
}

int kt_fd_set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

void kt_fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
