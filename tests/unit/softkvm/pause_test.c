// SPDX-License-Identifier: GPL-2.0-only
/* Ctrl-Z: the machine's clocks stop first, then the launcher; and machines that do not play along.
 */
#include "unit/softkvm/play.h"

/* Read from QEMU's end of the monitor until WORD was sent. */
static void monitor_hears(struct play *p, const char *word)
{
	struct pollfd fd = {.fd = p->monitor, .events = POLLIN};
	char text[512] = "";
	size_t n = 0;

	while (!strstr(text, word) && n + 1 < sizeof(text) && poll(&fd, 1, 60000) > 0) {
		ssize_t got = read(p->monitor, text + n, sizeof(text) - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
	}
	cr_expect_not_null(strstr(text, word), "%s in: %s", word, text);
}

static void monitor_says(struct play *p, const char *line)
{
	cr_assert_eq(write(p->monitor, line, strlen(line)), (ssize_t)strlen(line));
}

/* By /proc: only a parent could wait for it. */
static bool is_stopped(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	const char *name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") T", 3);
}

/*
 * A process group of its own to stop, and a child that continues it whenever it is stopped:
 * sooner, SIGCONT would take a SIGTSTP away that nobody has read yet.
 */
static pid_t stand_alone(void)
{
	pid_t self = getpid();
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	setpgid(0, 0);
	pid_t pid = fork();
	if (pid)
		return pid;
	setpgid(0, 0);
	while (getppid() == self) {
		if (is_stopped(self))
			kill(self, SIGCONT);
		kt_sleep_until(kt_deadline_ms(10));
	}
	_exit(0);
}

static void end_alone(pid_t helper)
{
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
}

static void is_paused_from_outside(struct play *p)
{
	uint64_t realtime_ns;

	come_up(p);
	monitor_hears(p, "qmp_capabilities");
	monitor_says(p, "{\"QMP\": {}}\r\n{\"return\": {}}\r\n");
	hear(p, KT_SOFTKVM_MSG_HOST_DELAY);
	kill(getpid(), SIGTSTP);
	monitor_hears(p, "\"stop\"");
	monitor_says(p, "{\"event\": \"STOP\"}\r\n{\"return\": {}}\r\n");
	monitor_hears(p, "\"cont\"");
	struct kt_softkvm_msg m = hear(p, KT_SOFTKVM_MSG_CONTINUE);
	memcpy(&realtime_ns, m.payload, sizeof(realtime_ns));
	cr_expect_gt(realtime_ns, 1000000000ull * KT_NS_PER_S);
	report(p, 5, 0);
}

Test(softkvm_pause, a_stop_pauses_the_machine_and_a_continuation_continues_it, .timeout = 100)
{
	struct play p;
	struct kt_err err = {0};
	int status;

	pid_t helper = stand_alone();
	set_up(&p, "");
	cr_expect_eq(serve(&p, is_paused_from_outside, &status, &err), 0, "%s", err.text);
	cr_expect_eq(status, 5);
	end_alone(helper);
}

static void is_stopped_from_its_terminal(struct play *p)
{
	struct kt_softkvm_stopped s = {.bytes[KT_SOFTKVM_STREAM_STDOUT] = 6};
	struct pollfd monitor = {.fd = p->monitor, .events = POLLIN};

	come_up(p);
	monitor_hears(p, "qmp_capabilities");
	monitor_says(p, "{\"return\": {}}\r\n");
	say(p, KT_SOFTKVM_MSG_STOPPED, &s, sizeof(s));
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "abc", 3), 3);
	cr_expect_eq(poll(&monitor, 1, 300), 0, "paused before the output was complete");
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "def", 3), 3);
	monitor_hears(p, "\"stop\"");
	monitor_says(p, "{\"return\": {}}\r\n");
	monitor_hears(p, "\"cont\"");
	hear(p, KT_SOFTKVM_MSG_CONTINUE);
	report(p, 0, 6);
}

Test(softkvm_pause, a_commands_stop_shows_its_output_first, .timeout = 100)
{
	struct play p;
	struct kt_err err = {0};
	int status;

	pid_t helper = stand_alone();
	set_up(&p, "");
	cr_expect_eq(serve(&p, is_stopped_from_its_terminal, &status, &err), 0, "%s", err.text);
	end_alone(helper);
}

static void refuses_to_pause(struct play *p)
{
	come_up(p);
	monitor_hears(p, "qmp_capabilities");
	monitor_says(p, "{\"error\": {\"class\": \"X\", \"desc\": \"not today\"}}\r\n");
	hear(p, KT_SOFTKVM_MSG_SIGNAL); /* never comes */
}

Test(softkvm_pause, a_monitors_refusal_is_told_in_its_words)
{
	expect_failure(refuses_to_pause, EIO, "QEMU says: not today");
}

static void stops_before_it_runs(struct play *p)
{
	struct kt_softkvm_stopped s = {0};
	say(p, KT_SOFTKVM_MSG_STOPPED, &s, sizeof(s));
}

Test(softkvm_pause, a_stop_of_what_does_not_run_is_refused)
{
	expect_failure(stops_before_it_runs, EPROTO, "stopped what does not run");
}
