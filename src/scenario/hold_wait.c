// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pidfd in an epoll set. What can fail here fails only on a machine that is out of something;
 * that is an error and no reason to go on without watching, because a scheduler that dies
 * unseen would make a passed test of one that tested nothing.
 */
#include "scenario/hold_wait.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>

#include "base/clock.h"
#include "base/mem.h"

static int fail(int errnum, const char *what, pid_t pid, struct kt_err *err)
{
	return kt_fail(err, errnum,
		"raise the limit of open files (ulimit -n) and of memory; it needs Linux 5.3 or "
		"newer",
		"cannot watch the scheduler's process %d: %s: %s", (int)pid, what,
		strerror(errnum));
}

/* The kernel is asked for the time that is left, again after each signal. */
static int wait_for_end(
	int epoll_fd, uint64_t deadline_ns, pid_t pid, bool *ret_ended, struct kt_err *err)
{
	for (;;) {
		struct epoll_event event;
		int n = epoll_wait(epoll_fd, &event, 1, kt_deadline_poll_ms(deadline_ns));
		if (n < 0 && errno != EINTR)
			return fail(errno, "epoll_wait", pid, err);
		/* After a signal it is asked again, also at the very end. */
		if (n < 0 || (n == 0 && !kt_deadline_passed(deadline_ns)))
			continue;
		*ret_ended = n > 0;
		return 0;
	}
}

int kt_hold_wait(uint64_t deadline_ns, pid_t pid, bool *ret_ended, struct kt_err *err)
{
	if (pid <= 0) {
		kt_sleep_until(deadline_ns);
		*ret_ended = false;
		return 0;
	}
	KT_AUTOFD int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0 && errno == ESRCH) {
		*ret_ended = true;
		return 0;
	}
	if (pidfd < 0)
		return fail(errno, "pidfd_open", pid, err);
	KT_AUTOFD int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return fail(errno, "epoll_create1", pid, err);
	struct epoll_event event = {.events = EPOLLIN};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pidfd, &event) < 0)
		return fail(errno, "epoll_ctl", pid, err);
	return wait_for_end(epoll_fd, deadline_ns, pid, ret_ended, err);
}
