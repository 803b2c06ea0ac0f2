// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fork, relay and wait. The child runs with SCHED_FIFO, above all workers and above whatever
 * scheduler is under test: the harness must come to its turn even when that scheduler starves
 * everyone. It sleeps nearly always; workers it forks start as ordinary tasks again.
 */
#include "guest/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/proc.h"
#include "guest/reap.h"
#include "wire/stream.h"

#define FIFO_PRIORITY	1    /* PID 1 runs one above */
#define TICK_MS		1000 /* orphans are looked for at least so often */
#define DEATH_MS	5000 /* from SIGKILL to the end of the process */
#define DRAIN_BYTES	(1u << 20)
#define AT_ONCE_BYTES	65536u /* per look at the deadline */
#define FIRST_OWN_FD	3      /* standard streams stay, for the words of a crash */
#define EXIT_NO_PARENT	120
#define EXIT_NO_STREAMS 121
#define FIX_MEMORY	"give the machine more memory"

struct run {
	const struct kt_guest_child *spec;
	struct kt_guest_shared *shared;
	struct kt_proc proc;
	int pipe_fd, output_fd; /* -1: none */
	struct kt_stream_reader *reader;
	struct kt_stream_seq seq;
	uint64_t start_ns, deadline;
	uint64_t elapsed_ms;	/* until it was to end */
	const char *killed_why; /* NULL: not by us */
};

/* Only PID 1 writes to the frame port: a stray write of the test must not become a frame. */
static void close_others(int fd)
{
	if (fd > FIRST_OWN_FD)
		close_range(FIRST_OWN_FD, (unsigned)fd - 1, 0);
	close_range((unsigned)KT_MAX(fd + 1, FIRST_OWN_FD), ~0u, 0);
}

/* Away from the terminal and from the standard streams of the program. */
static void stand_apart(int output_fd, pid_t parent)
{
	KT_AUTOFD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NO_PARENT);
	setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
		dup2(output_fd, STDERR_FILENO) < 0)
		_exit(EXIT_NO_STREAMS);
}

static _Noreturn void be_child(
	const struct kt_guest_child *spec, struct kt_guest_shared *shared, int fd)
{
	struct sched_param param = {.sched_priority = FIFO_PRIORITY};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Refused outside the machine (unit tests): then it runs like everyone. */
	(void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
	close_others(fd);
	kt_guest_crash_catch(&shared->crash, NULL);
	spec->run(spec->arg, shared, fd);
	fflush(NULL);
	atomic_store(&shared->finished, true);
	_exit(0);
}

static void relay_frame(void *arg, const struct kt_frame *f)
{
	struct run *run = arg;
	switch (f->type) {
	case KT_FRAME_phase:
	case KT_FRAME_stimulus:
	case KT_FRAME_worker:
	case KT_FRAME_detail:
	case KT_FRAME_claim:
	case KT_FRAME_loss:
	case KT_FRAME_metric:
	case KT_FRAME_payload:
	case KT_FRAME_marker:
	case KT_FRAME_capture:
		run->spec->on_frame(run->spec->frame_arg, f);
		return;
	case KT_FRAME_hello:
	case KT_FRAME_topology:
	case KT_FRAME_ready:
	case KT_FRAME_crash:
	case KT_FRAME_finish:
	case KT_FRAME_dmesg:
		/* Only PID 1 may say these. */
		kt_loss_add(run->spec->loss, KT_LOSS_frame_bad, 1);
	}
}

static void relay_output(struct run *run, size_t limit)
{
	uint8_t data[16384];
	for (size_t total = 0; run->output_fd >= 0 && total < limit;) {
		ssize_t n = read(run->output_fd, data, sizeof(data));
		if (n <= 0)
			return;
		run->spec->on_output(run->spec->output_arg, data, (size_t)n);
		total += (size_t)n;
	}
}

/* What is in the pipe now, at most LIMIT bytes. */
static void relay_pipe(struct run *run, size_t limit)
{
	uint8_t data[16384];
	for (size_t total = 0; total < limit;) {
		ssize_t n = read(run->pipe_fd, data, sizeof(data));
		if (n <= 0)
			return;
		kt_stream_push(run->reader, data, (size_t)n);
		total += (size_t)n;
	}
}

/* Elsewhere the children of this process are somebody's. */
static void reap(struct run *run)
{
	if (run->spec->reaps)
		kt_guest_reap_orphans(run->proc.pid);
}

static void take_signals(struct run *run)
{
	struct signalfd_siginfo info;
	if (read(run->spec->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(run);
	else
		run->killed_why = "the machine was told to stop";
}

/* Relay until the child has ended or must be killed. */
static void watch(struct run *run)
{
	struct pollfd fds[] = {
		{.fd = run->pipe_fd, .events = POLLIN},
		{.fd = run->proc.pidfd, .events = POLLIN},
		{.fd = run->spec->signal_fd, .events = POLLIN},
		{.fd = run->spec->stop_fd ? run->spec->stop_fd : -1, .events = POLLIN},
		{.fd = run->output_fd, .events = POLLIN},
	};
	while (!run->killed_why) {
		if (kt_deadline_passed(run->deadline)) {
			run->killed_why = "it did not end within its limit";
			return;
		}
		int wait_ms = KT_MIN(kt_deadline_poll_ms(run->deadline), TICK_MS);
		if (poll(fds, KT_ARRAY_LEN(fds), wait_ms) == 0)
			reap(run);
		if (fds[4].revents & POLLIN)
			relay_output(run, AT_ONCE_BYTES);
		else if (fds[4].revents)
			fds[4].fd = -1;
		if (fds[3].revents)
			run->killed_why = "the run was interrupted";
		if (fds[0].revents & POLLIN)
			relay_pipe(run, AT_ONCE_BYTES);
		else if (fds[0].revents)
			fds[0].fd = -1; /* closed by a child that goes on without it */
		if (fds[2].revents & POLLIN)
			take_signals(run);
		if (fds[1].revents)
			return;
	}
}

static void describe_end(const struct run *run, int status, struct kt_guest_child_end *end)
{
	const struct kt_guest_crash *crash = &run->shared->crash;
	char how[64];
	end->finished = atomic_load(&run->shared->finished) && status == 0 && !run->killed_why;
	end->phase = atomic_load(&run->shared->phase);
	end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	kt_proc_status_text(status, how, sizeof(how));
	if (run->killed_why)
		snprintf(end->text, sizeof(end->text),
			"the test's process was killed after %llu ms: %s",
			(unsigned long long)run->elapsed_ms, run->killed_why);
	else if (end->signal && crash->signal == end->signal)
		snprintf(end->text, sizeof(end->text),
			"the test's process was %s at instruction 0x%llx, address 0x%llx", how,
			(unsigned long long)crash->instruction, (unsigned long long)crash->address);
	else
		snprintf(end->text, sizeof(end->text), "the test's process %s%s",
			end->signal ? "was " : "", how);
}

/* The reading end into *RET, which then does not wait; the other end is returned, or -errno. */
static int open_pipe(int *ret, struct kt_err *err)
{
	int fds[2];
	int r = kt_fd_pipe(fds);
	if (r < 0)
		return kt_fail(err, -r, FIX_MEMORY, "pipe: %s", strerror(-r));
	*ret = fds[0];
	(void)kt_fd_set_nonblock(fds[0], true); /* fails for no pipe */
	return fds[1];
}

static int start(struct run *run, struct kt_err *err)
{
	KT_AUTOFD int write_fd = open_pipe(&run->pipe_fd, err);
	KT_AUTOFD int print_fd = -1;
	if (write_fd < 0)
		return write_fd;
	if (run->spec->on_output && (print_fd = open_pipe(&run->output_fd, err)) < 0)
		return print_fd;
	run->reader = kt_stream_reader_new(relay_frame, run, &run->seq, run->spec->loss);
	if (!run->reader)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
	fflush(NULL);
	pid_t self = getpid(), pid = fork();
	if (pid < 0)
		return kt_fail(err, errno, FIX_MEMORY, "fork: %s", strerror(errno));
	if (pid == 0) {
		if (run->spec->on_output)
			stand_apart(print_fd, self);
		be_child(run->spec, run->shared, write_fd);
	}
	run->proc.pid = pid;
	run->proc.pidfd = pidfd_open(pid, 0);
	if (run->proc.pidfd >= 0)
		return 0;
	int r = kt_fail(err, errno, "use Linux 5.3 or newer", "pidfd_open: %s", strerror(errno));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	run->proc.pid = 0;
	return r;
}

/* Frames that the child wrote somewhere else, or nowhere, behind the last that arrived. */
static void count_missing(struct run *run)
{
	uint32_t missing = atomic_load(&run->shared->frames) - run->seq.next;
	if (missing && missing <= INT32_MAX)
		kt_loss_add(run->spec->loss, KT_LOSS_frame_gap, missing);
}

/* From the child's end, or the decision to kill it, to the last frame. */
static void finish(struct run *run, struct kt_guest_child_end *end)
{
	int status = 0;
	run->elapsed_ms = (kt_now_ns() - run->start_ns) / KT_NS_PER_MS;
	if (run->killed_why)
		kt_proc_signal(&run->proc, SIGKILL);
	int r = kt_proc_wait(&run->proc, kt_deadline_ms(DEATH_MS), &status);
	relay_pipe(run, DRAIN_BYTES);
	relay_output(run, DRAIN_BYTES);
	kt_stream_finish(run->reader);
	count_missing(run);
	if (r < 0) {
		status = SIGKILL; /* as of waitpid: what was sent and has not come through */
		run->killed_why = "it did not end, not even after SIGKILL";
		run->proc.pid = 0;
	}
	describe_end(run, status, end);
}

static void run_done(struct run *run)
{
	kt_proc_done(&run->proc);
	kt_fd_close(&run->pipe_fd);
	kt_fd_close(&run->output_fd);
	kt_stream_reader_free(run->reader);
	if (run->shared)
		munmap(run->shared, sizeof(*run->shared));
}

int kt_guest_child_run(
	const struct kt_guest_child *spec, struct kt_guest_child_end *ret, struct kt_err *err)
{
	KT_AUTO_DONE(run_done)
	struct run run = {.spec = spec,
		.pipe_fd = -1,
		.output_fd = -1,
		.start_ns = kt_now_ns(),
		.deadline = kt_deadline_ms(spec->timeout_ms)};
	void *shared = mmap(NULL, sizeof(*run.shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return kt_fail(err, errno, FIX_MEMORY, "shared memory: %s", strerror(errno));
	run.shared = shared;
	int r = start(&run, err);
	if (r < 0)
		return r;
	struct kt_guest_child_end end = {0};
	watch(&run);
	finish(&run, &end);
	*ret = end;
	return 0;
}
