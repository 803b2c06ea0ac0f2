// SPDX-License-Identifier: GPL-2.0-only
/* The launcher's own stop, and whose signals it leaves alone. */
#include "softkvm/signals.h"

#include <criterion/criterion.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int read_signal(const struct kt_softkvm_signals *s)
{
	struct signalfd_siginfo info;
	return read(s->fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

Test(softkvm_signals, they_come_on_the_descriptor_and_the_mask_is_restored)
{
	struct kt_softkvm_signals s = {.fd = -1};
	sigset_t mask;

	cr_assert_eq(kt_softkvm_signals_open(&s), 0);
	cr_expect(s.can_stop);
	raise(SIGTSTP);
	cr_expect_eq(read_signal(&s), SIGTSTP);
	raise(SIGTERM);
	cr_expect_eq(read_signal(&s), SIGTERM);
	cr_expect_eq(read_signal(&s), 0);
	raise(SIGPIPE);
	kt_softkvm_signals_close(&s);
	cr_expect_eq(s.fd, -1);
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	cr_expect_not(sigismember(&mask, SIGTSTP));
	cr_expect_not(sigismember(&mask, SIGPIPE));
}

Test(softkvm_signals, who_ignores_a_stop_or_a_hangup_goes_on_ignoring_it)
{
	struct kt_softkvm_signals s = {.fd = -1};

	signal(SIGTSTP, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	cr_assert_eq(kt_softkvm_signals_open(&s), 0);
	cr_expect_not(s.can_stop);
	raise(SIGTSTP);
	raise(SIGHUP);
	cr_expect_eq(read_signal(&s), 0);
	kt_softkvm_signals_stop(&s, false);
	kt_softkvm_signals_close(&s);
}

/* In a process group whose parent could continue it: elsewhere the kernel discards SIGTSTP. */
Test(softkvm_signals, a_stop_lasts_until_the_continuation, .timeout = 60)
{
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (!pid) {
		struct kt_softkvm_signals s = {.fd = -1};
		setpgid(0, 0);
		int r = kt_softkvm_signals_open(&s);
		kt_softkvm_signals_stop(&s, false);
		r = r < 0 || read_signal(&s) ? 1 : 0;
		kt_softkvm_signals_close(&s);
		_exit(r);
	}
	cr_assert_eq(waitpid(pid, &status, WUNTRACED), pid);
	cr_assert(WIFSTOPPED(status));
	cr_expect_eq(WSTOPSIG(status), SIGTSTP);
	kill(pid, SIGCONT);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
