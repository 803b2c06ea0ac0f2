// SPDX-License-Identifier: GPL-2.0-only
/*
 * The named properties, of the kernel's own scheduler, which has them. fault_fairness has
 * somebody beside it who makes that scheduler unfair.
 */
#define KTSTR_PROPERTY_FIELDS .duration_ms = 3000
#include <ktstr/property_tests.h>

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_US	   10000
#define LEAST_NICE 19
#define TASKS	   "/sys/fs/cgroup/*/floating/cgroup.procs"

static void hold_back_tasks_in(const char *path)
{
	int pid;
	FILE *f = fopen(path, "r");
	while (f && fscanf(f, "%d", &pid) == 1)
		setpriority(PRIO_PROCESS, (id_t)pid, LEAST_NICE);
	if (f)
		fclose(f);
}

/* Until it is killed: the task that may run anywhere is nice to all others. */
static void hold_back_for_ever(void)
{
	glob_t found;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; usleep(LOOK_US)) {
		if (glob(TASKS, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			hold_back_tasks_in(found.gl_pathv[i]);
		globfree(&found);
	}
}

static void judge_unfair_scheduler(struct ktstr_ctx *ctx)
{
	pid_t pid = fork();
	if (pid == 0)
		hold_back_for_ever();
	if (pid < 0) {
		ktstr_fail(ctx, "fork: %s", strerror(errno));
		return;
	}
	ktstr_property_fairness(ctx);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

KTSTR_TEST(fault_fairness, "a task that is held back is seen to be",
	.topology = KTSTR_PROPERTY_TOPOLOGY(fairness), .body = judge_unfair_scheduler,
	.duration_ms = 3000);
