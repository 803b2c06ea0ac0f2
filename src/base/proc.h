/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child processes. Each one is killed by pid through its pidfd, dies with its parent
 * (PR_SET_PDEATHSIG of the spawning thread) and is always reaped by its owner.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct kt_proc_spec {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	const char *const
		*env;	     /* extra "K=V" on top of the environment, NULL-terminated, or NULL */
	const char *cwd;     /* NULL: inherit */
	int stdin_fd;	     /* 0: /dev/null; otherwise given to the child */
	int stdout_fd;	     /* 0: inherit */
	int stderr_fd;	     /* 0: inherit */
	const int *keep_fds; /* descriptors the child keeps under their numbers, ends with -1 */
	bool own_group;	     /* setpgid(0, 0): kt_proc_signal() then reaches its children too */
	int cgroup_fd;	     /* folder of a v2 cgroup it is born in; 0: where the caller is */
};

/* A running or ended child. Zero bytes are "none"; pidfd is valid while pid > 0. */
struct kt_proc {
	pid_t pid;
	int pidfd;
	bool own_group;
};

int kt_proc_spawn(const struct kt_proc_spec *spec, struct kt_proc *ret, struct kt_err *err);
/*
 * Wait until DEADLINE_NS (0: no deadline) and reap. Returns 0 with *ret_status as of waitpid,
 * -ETIMEDOUT while it still runs, or -errno.
 */
int kt_proc_wait(struct kt_proc *p, uint64_t deadline_ns, int *ret_status);
/* Send SIG to the child (and its group, if own_group). */
int kt_proc_signal(struct kt_proc *p, int sig);
/* SIGKILL and reap; nothing when none. Fit for KT_AUTO_DONE. */
void kt_proc_done(struct kt_proc *p);

/*
 * Run to its end and append its standard output (at most 16 MiB) to OUT, standard error too
 * when MERGE; without, that is kept for the failure only. Fails when it does not exit with 0:
 * the text then holds the last lines said. DEADLINE_NS 0: no deadline; at one it is killed with
 * its children.
 */
int kt_proc_capture(const char *const *argv, bool merge, uint64_t deadline_ns, struct kt_str *out,
	struct kt_err *err);

/* "exited with 3", "killed by SIGSEGV" into BUF. */
const char *kt_proc_status_text(int status, char *buf, size_t bytes);
/* Full path of NAME in PATH, malloced; NULL when there is none. */
char *kt_proc_which(const char *name);
