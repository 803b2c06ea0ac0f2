// SPDX-License-Identifier: GPL-2.0-only
/* Blocked signals and a signalfd; SIGTSTP is let through only when everything is paused. */
#include "softkvm/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

static const int relayed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

/* A blocked signal is queued even when it is ignored, so who ignores it has to be asked. */
static bool ignored(int sig)
{
	struct sigaction sa;
	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

int kt_softkvm_signals_open(struct kt_softkvm_signals *s)
{
	sigset_t mask, blocked;

	sigemptyset(&mask);
	for (size_t i = 0; i < KT_ARRAY_LEN(relayed); i++)
		if (relayed[i] != SIGHUP || !ignored(SIGHUP)) /* nohup means the command too */
			sigaddset(&mask, relayed[i]);
	s->can_stop = !ignored(SIGTSTP);
	if (s->can_stop)
		sigaddset(&mask, SIGTSTP);
	blocked = mask;
	sigaddset(&blocked, SIGPIPE); /* a reader that leaves is the command's news, not ours */
	pthread_sigmask(SIG_BLOCK, &blocked, &s->old_mask);
	s->opened = true;
	s->fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? -errno : 0;
}

void kt_softkvm_signals_close(struct kt_softkvm_signals *s)
{
	struct timespec now = {0};
	sigset_t pipe_only;

	kt_fd_close(&s->fd);
	if (!s->opened)
		return;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	if (!sigismember(&s->old_mask, SIGPIPE))
		while (sigtimedwait(&pipe_only, NULL, &now) > 0)
			;
	pthread_sigmask(SIG_SETMASK, &s->old_mask, NULL);
	s->opened = false;
}

void kt_softkvm_signals_stop(const struct kt_softkvm_signals *s, bool group)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL}, old;
	sigset_t only;

	if (!s->can_stop)
		return;
	sigaction(SIGTSTP, &by_default, &old);
	if (group)
		kill(0, SIGTSTP);
	raise(SIGTSTP); /* to this very thread: it must not run on while another one stops */
	sigemptyset(&only);
	sigaddset(&only, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL); /* stops here */
	pthread_sigmask(SIG_BLOCK, &only, NULL);
	sigaction(SIGTSTP, &old, NULL);
}
