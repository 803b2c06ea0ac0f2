// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signals are blocked in every thread and read by one thread from a signalfd; an eventfd
 * ends that thread.
 */
#include "run/interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "report/exit_status.h"

static struct {
	pthread_t thread;
	sigset_t before;
	int signal_fd, quit_fd;
	void (*fn)(void *arg);
	void *arg;
	atomic_int seen;
} state;

/* As if nobody had taken it. */
static void die_of(int sig)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, sig);
	signal(sig, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

static void *serve(void *unused)
{
	unsigned count = 0;
	(void)unused;
	struct pollfd fds[2] = {
		{.fd = state.signal_fd, .events = POLLIN}, {.fd = state.quit_fd, .events = POLLIN}};
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			return NULL;
		struct signalfd_siginfo info;
		if (!fds[0].revents || read(state.signal_fd, &info, sizeof(info)) != sizeof(info))
			continue;
		int none = 0;
		atomic_compare_exchange_strong(&state.seen, &none, (int)info.ssi_signo);
		if (++count > KT_RUN_INTERRUPTS_MAX)
			die_of((int)info.ssi_signo);
		state.fn(state.arg);
	}
}

int kt_run_interrupt_begin(void (*fn)(void *arg), void *arg, struct kt_err *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, &state.before);

	state.fn = fn;
	state.arg = arg;
	state.signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	state.quit_fd = eventfd(0, EFD_CLOEXEC);
	int r = state.signal_fd < 0 || state.quit_fd < 0 ? errno : 0;
	if (!r)
		r = pthread_create(&state.thread, NULL, serve, NULL);
	if (!r)
		return 0;
	close(state.signal_fd);
	close(state.quit_fd);
	pthread_sigmask(SIG_SETMASK, &state.before, NULL);
	return kt_fail(err, r,
		"raise the limit of open files (ulimit -n) or of threads (ulimit -u)",
		"signals cannot be watched: %s", strerror(r));
}

void kt_run_interrupt_end(void)
{
	uint64_t one = 1;
	(void)!write(state.quit_fd, &one, sizeof(one)); /* an eventfd takes 1 always */
	pthread_join(state.thread, NULL);
	close(state.signal_fd);
	close(state.quit_fd);
	pthread_sigmask(SIG_SETMASK, &state.before, NULL);
}

int kt_run_interrupted(void)
{
	return atomic_load(&state.seen);
}

int kt_run_interrupt_status(int status)
{
	int sig = kt_run_interrupted();
	return sig ? KT_EXIT_SIGNAL + sig : status;
}
