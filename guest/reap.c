// SPDX-License-Identifier: GPL-2.0-only
/* Reaping of orphans: workers of a test whose own process died come to PID 1. */
#include "guest/reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define AT_ONCE 4096 /* as many per call, so that a fork bomb cannot hold PID 1 here */

void kt_guest_reap_orphans(pid_t keep)
{
	for (unsigned i = 0; i < AT_ONCE; i++) {
		siginfo_t info = {0};
		/* A look without reaping: KEEP must not be taken by accident. */
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid ||
			info.si_pid == keep)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

unsigned kt_guest_reap_all(unsigned deadline_ms)
{
	uint64_t deadline = kt_deadline_ms(deadline_ms);
	unsigned killed = 0;
	int status;
	/* -1 means every process of this machine; anywhere else it would be the user's. */
	if (getpid() != 1)
		return 0;
	kt_guest_reap_orphans(0); /* what has ended was not killed by this */
	kill(-1, SIGKILL);
	while (!kt_deadline_passed(deadline)) {
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			break;
		if (pid > 0)
			killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		else
			kt_sleep_until(kt_deadline_ms(2));
	}
	return killed;
}
