// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting a child: everything that allocates happens before fork, so that the child, which
 * may come from a threaded program, only makes system calls. What fails before exec travels
 * back through a pipe that a successful exec closes.
 */
#include "base/proc.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/vec.h"

/* From fork to exec; a program read over 9p under two levels of emulation takes seconds. */
#define EXEC_DEADLINE_MS 60000u

/* What the child tells when it cannot become the program. */
enum step { STEP_SETUP, STEP_FOLDER, STEP_DESCRIPTORS, STEP_EXEC };

struct failure {
	enum step step;
	int errnum;
};

/* What the child needs, all made by the parent. */
struct start {
	const struct kt_proc_spec *spec;
	const char *path;
	char *const *env;
	pid_t parent;
	int report_fd;
};

/* access() alone would take a folder for a program. */
static bool is_program(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *kt_proc_which(const char *name)
{
	if (!*name)
		return NULL;
	if (strchr(name, '/'))
		return is_program(name) ? strdup(name) : NULL;
	const char *folder = getenv("PATH");
	if (!folder || !*folder)
		folder = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(folder, ":");
		/* An empty element of PATH is the working folder. */
		KT_AUTOFREE char *path = kt_strf("%.*s%s%s", (int)n, folder, n ? "/" : "./", name);
		if (!path)
			return NULL;
		if (is_program(path))
			return KT_TAKE(path);
		if (!folder[n])
			return NULL;
		folder += n + 1;
	}
}

/* Whether A and B, both "K=V", are about the same K. */
static bool names_same_variable(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return !strncmp(a, b, n) && b[n] == '=';
}

/* The environment with EXTRA on top; the strings stay where they are. NULL when out of memory. */
static char **merge_env(const char *const *extra)
{
	size_t ours = 0, theirs = 0;
	while (environ && environ[ours])
		ours++;
	while (extra && extra[theirs])
		theirs++;
	char **env = calloc(ours + theirs + 1, sizeof(*env));
	if (!env)
		return NULL;
	size_t n = 0;
	for (size_t i = 0; i < ours; i++) {
		bool replaced = false;
		for (size_t j = 0; j < theirs && !replaced; j++)
			replaced = names_same_variable(extra[j], environ[i]);
		if (!replaced)
			env[n++] = environ[i];
	}
	for (size_t j = 0; j < theirs; j++)
		env[n++] = (char *)extra[j];
	return env;
}

/* In the child: say what failed and end. */
__attribute__((noreturn)) static void child_fail(const struct start *st, enum step step)
{
	struct failure f = {.step = step, .errnum = errno};
	/* A parent that is gone needs no answer. */
	while (write(st->report_fd, &f, sizeof(f)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* In the child: put FD (moved above the standard ones before) on TARGET. */
static bool place_fd(int fd, int target)
{
	return fd < 0 || dup2(fd, target) == target;
}

/* In the child: FD above 2, so that placing one standard stream cannot overwrite another. */
static int lift_fd(int fd)
{
	return fd ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
}

/* In the child: the three standard streams, and what is to be kept. All else closes at exec. */
static void child_descriptors(const struct start *st)
{
	const struct kt_proc_spec *spec = st->spec;
	int in = spec->stdin_fd ? lift_fd(spec->stdin_fd) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = lift_fd(spec->stdout_fd);
	int said = lift_fd(spec->stderr_fd);
	if (in < 0 || (out < 0 && spec->stdout_fd) || (said < 0 && spec->stderr_fd))
		child_fail(st, STEP_DESCRIPTORS);
	if (!place_fd(in, 0) || !place_fd(out, 1) || !place_fd(said, 2))
		child_fail(st, STEP_DESCRIPTORS);
	/* /dev/null may itself have opened as 0, where dup2 keeps close-on-exec. */
	if (kt_fd_set_cloexec(0, false) < 0)
		child_fail(st, STEP_DESCRIPTORS);
	for (const int *keep = spec->keep_fds; keep && *keep >= 0; keep++)
		if (kt_fd_set_cloexec(*keep, false) < 0)
			child_fail(st, STEP_DESCRIPTORS);
}

/* Handlers must not run in the child, and it starts with nothing blocked. */
static void child_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;
		if (sigaction(sig, NULL, &sa) < 0)
			continue;
		/* nohup's choice is passed on; that of SIGPIPE is ours and most programs need it.
		 */
		if (sa.sa_handler == SIG_IGN && sig != SIGPIPE)
			continue;
		if (sa.sa_handler == SIG_DFL)
			continue;
		sa = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(sig, &sa, NULL);
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void child_main(struct start *st)
{
	const struct kt_proc_spec *spec = st->spec;
	/* The parent may have had its own 0 to 2 closed: the pipe must not be in their place. */
	int report = fcntl(st->report_fd, F_DUPFD_CLOEXEC, 3);
	if (report < 0)
		child_fail(st, STEP_SETUP);
	st->report_fd = report;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		child_fail(st, STEP_SETUP);
	if (getppid() != st->parent)
		_exit(127); /* it died before prctl */
	if (spec->own_group && setpgid(0, 0) < 0)
		child_fail(st, STEP_SETUP);
	child_signals();
	child_descriptors(st);
	if (spec->cwd && chdir(spec->cwd) < 0)
		child_fail(st, STEP_FOLDER);
	execve(st->path, (char *const *)spec->argv, st->env);
	child_fail(st, STEP_EXEC);
}

/* Wait until the child has become the program. 0, or -errno with what it told in *RET. */
static int await_exec(int fd, struct failure *ret)
{
	uint64_t deadline_ns = kt_deadline_ms(EXEC_DEADLINE_MS);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int n;
	do
		n = poll(&pfd, 1, kt_deadline_poll_ms(deadline_ns));
	while (n < 0 && errno == EINTR);
	*ret = (struct failure){.step = STEP_SETUP, .errnum = n < 0 ? errno : ETIMEDOUT};
	if (n <= 0)
		return -ret->errnum;
	struct failure told;
	int r = kt_fd_read_exact(fd, &told, sizeof(told));
	if (r == -EPIPE)
		return 0;
	if (!r)
		*ret = told;
	else
		ret->errnum = -r;
	return -ret->errnum;
}

static int fail_start(
	const struct kt_proc_spec *spec, const char *path, struct failure f, struct kt_err *err)
{
	const char *why = strerror(f.errnum);
	if (f.step == STEP_FOLDER)
		return kt_fail(err, f.errnum, "name a folder that exists",
			"cannot start '%s' in folder '%s': %s", path, spec->cwd, why);
	if (f.step == STEP_EXEC)
		return kt_fail(err, f.errnum,
			"check that the file is a program for this machine and that its "
			"interpreter "
			"exists",
			"cannot execute '%s': %s", path, why);
	return kt_fail(err, f.errnum, "check the limits of processes and open files (ulimit -a)",
		"cannot start '%s': %s", path, why);
}

static int fail_missing(const char *name, struct kt_err *err)
{
	if (strchr(name, '/'))
		return kt_fail(err, ENOENT, "check the path and that the file is executable",
			"there is no program '%s'", name);
	return kt_fail(err, ENOENT, "install the program, or add its folder to PATH",
		"program '%s' is not in PATH", name);
}

/*
 * Born in the cgroup, so that no instruction runs outside of it. Not glibc's fork: the child
 * only makes system calls.
 */
static pid_t fork_into(int cgroup_fd)
{
	if (!cgroup_fd)
		return fork();
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Fork with all signals blocked, so that no handler of the parent ever runs in the child. */
static pid_t fork_child(struct start *st)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork_into(st->spec->cgroup_fd);
	if (!pid)
		child_main(st);
	int saved = errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return pid;
}

/* Not through kt_proc_done(): without pidfd or before setpgid that could not reach the child. */
static void discard_child(const struct kt_proc *p)
{
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (p->pidfd >= 0)
		close(p->pidfd);
}

int kt_proc_spawn(const struct kt_proc_spec *spec, struct kt_proc *ret, struct kt_err *err)
{
	const char *name = spec->argv[0];
	/* With a folder of its own a relative path is looked up there, by exec. */
	bool by_exec = spec->cwd && strchr(name, '/');
	KT_AUTOFREE char *path = by_exec ? strdup(name) : kt_proc_which(name);
	if (!path)
		return fail_missing(name, err);
	KT_AUTOFREE char **env = merge_env(spec->env);
	KT_AUTOFD int told = -1;
	KT_AUTOFD int tell = -1;
	int fds[2];
	int r = env ? kt_fd_pipe(fds) : -ENOMEM;
	struct failure f = {.step = STEP_SETUP, .errnum = -r};
	if (r < 0)
		return fail_start(spec, path, f, err);
	told = fds[0];
	tell = fds[1];

	struct start st = {
		.spec = spec, .path = path, .env = env, .parent = getpid(), .report_fd = tell};
	struct kt_proc p = {.pidfd = -1, .own_group = spec->own_group};
	p.pid = fork_child(&st);
	f.errnum = errno;
	if (p.pid < 0)
		return fail_start(spec, path, f, err);
	close(kt_take_fd(&tell)); /* or its end would never be seen */
	p.pidfd = pidfd_open(p.pid, 0);
	f.errnum = errno;
	r = p.pidfd < 0 ? -f.errnum : await_exec(told, &f);
	if (r < 0) {
		discard_child(&p);
		return fail_start(spec, path, f, err);
	}
	*ret = p;
	return 0;
}
