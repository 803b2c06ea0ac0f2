// SPDX-License-Identifier: GPL-2.0-only
/*
 * The launcher's loop against a machine played by a thread: the good course, and machines
 * that send nonsense, die, lose output or never come up.
 */
#include "softkvm/session.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

struct play;
typedef void script(struct play *p);

struct play {
	struct kt_softkvm_session s;
	int machine[KT_SOFTKVM_PORT_COUNT]; /* the machine's ends */
	int monitor;			    /* QEMU's end */
	int user_out;			    /* what the user reads */
	script *run;
	struct kt_softkvm_inbox in;
	char stdin_seen[64];
};

static const char *const argv[] = {"cmd", NULL};
static const char *const none[] = {NULL};
static const char *const sleeper[] = {"sleep", "600", NULL};

static void say(struct play *p, enum kt_softkvm_msg_type type, const void *data, size_t bytes)
{
	struct kt_softkvm_outbox o = {0};
	cr_assert_eq(kt_softkvm_put(&o, type, data, bytes), 0);
	cr_assert_eq(kt_softkvm_flush(&o, p->machine[KT_SOFTKVM_PORT_CONTROL]), 0);
	kt_softkvm_outbox_done(&o);
}

/* Read until a message of TYPE came. */
static struct kt_softkvm_msg hear(struct play *p, enum kt_softkvm_msg_type type)
{
	struct kt_softkvm_msg m = {0};
	struct pollfd fd = {.fd = p->machine[KT_SOFTKVM_PORT_CONTROL], .events = POLLIN};

	for (;;) {
		int r = kt_softkvm_next(&p->in, &m);
		if (r < 0 || (r == 1 && m.type == type))
			return m;
		if (r == 1)
			continue;
		poll(&fd, 1, -1);
		if (kt_softkvm_fill(&p->in, fd.fd) < 0)
			return (struct kt_softkvm_msg){0};
	}
}

static void come_up(struct play *p)
{
	uint32_t version = KT_SOFTKVM_VERSION;
	say(p, KT_SOFTKVM_MSG_READY, &version, sizeof(version));
	hear(p, KT_SOFTKVM_MSG_START);
	say(p, KT_SOFTKVM_MSG_STARTED, NULL, 0);
}

static void report(struct play *p, uint32_t code, uint64_t stdout_bytes)
{
	struct kt_softkvm_exit e = {.code = code, .bytes[KT_SOFTKVM_STREAM_STDOUT] = stdout_bytes};
	say(p, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e));
}

static void *play_main(void *arg)
{
	struct play *p = arg;
	p->run(p);
	return NULL;
}

static void set_up(struct play *p, const char *input)
{
	int in[2], out[2], console[2], says[2], monitor[2];

	*p = (struct play){.in = {.side = KT_SOFTKVM_MACHINE}};
	cr_assert_eq(pipe(in), 0);
	cr_assert_eq(pipe(out), 0);
	cr_assert_eq(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
	close(in[1]);
	dup2(in[0], 0);
	dup2(out[1], 1);
	p->user_out = out[0];
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++) {
		int fds[2];
		cr_assert_eq(
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
		p->s.ports[i] = fds[0];
		p->machine[i] = fds[1];
	}
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, console), 0);
	cr_assert_eq(pipe2(says, O_NONBLOCK), 0);
	cr_assert_eq(write(console[1], "last words\n", 11), 11);
	p->s.console_fd = console[0];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, monitor), 0);
	p->s.monitor_fd = monitor[0];
	p->monitor = monitor[1];
	p->s.qemu_says_fd = says[0];
	p->s.cpus = 1;
	p->s.boot_ms = 60000;
	p->s.kernel_path = "/the/kernel";
	p->s.argv = argv;
	p->s.env = none;
	p->s.rw_dirs = none;
	struct kt_proc_spec spec = {.argv = sleeper};
	cr_assert_eq(kt_proc_spawn(&spec, &p->s.qemu, NULL), 0);
}

static int serve(struct play *p, script *run, int *status, struct kt_err *err)
{
	pthread_t thread;

	p->run = run;
	cr_assert_eq(pthread_create(&thread, NULL, play_main, p), 0);
	int r = kt_softkvm_session_serve(&p->s, status, err);
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		if (p->s.ports[i] >= 0)
			shutdown(p->s.ports[i], SHUT_RDWR);
	pthread_join(thread, NULL);
	kt_softkvm_inbox_done(&p->in);
	kt_proc_done(&p->s.qemu);
	return r;
}

static void expect_failure(script *run, int errnum, const char *part)
{
	struct play p;
	struct kt_err err = {0};
	int status = 77;

	set_up(&p, "");
	cr_expect_eq(serve(&p, run, &status, &err), -errnum, "%s", err.text);
	cr_expect_eq(status, 77);
	cr_expect_not_null(strstr(err.text, part), "%s", err.text);
	cr_expect_neq(err.fix[0], '\0');
}

static void good_course(struct play *p)
{
	uint64_t total;

	come_up(p);
	struct kt_softkvm_msg m = hear(p, KT_SOFTKVM_MSG_STDIN_END);
	memcpy(&total, m.payload, sizeof(total));
	cr_expect_eq(total, 5u);
	(void)!read(p->machine[KT_SOFTKVM_STREAM_STDIN], p->stdin_seen, sizeof(p->stdin_seen) - 1);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "abc", 3), 3);
	report(p, 42, 6);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "def", 3), 3);
}

Test(softkvm_session, status_input_and_late_output_arrive)
{
	struct play p;
	struct kt_err err = {0};
	char out[16] = "";
	int status;

	set_up(&p, "input");
	cr_assert_eq(serve(&p, good_course, &status, &err), 0, "%s", err.text);
	cr_expect_eq(status, 42);
	cr_expect_str_eq(p.stdin_seen, "input");
	cr_expect_eq(read(p.user_out, out, sizeof(out)), 6);
	cr_expect_str_eq(out, "abcdef");
}

static void fails_to_mount(struct play *p)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_err why = {0};
	uint32_t version = KT_SOFTKVM_VERSION;

	say(p, KT_SOFTKVM_MSG_READY, &version, sizeof(version));
	hear(p, KT_SOFTKVM_MSG_START);
	kt_fail(&why, ENODEV, "take another kernel", "mount 9p: no");
	kt_softkvm_put_failed(&o, &why);
	kt_softkvm_flush(&o, p->machine[KT_SOFTKVM_PORT_CONTROL]);
	kt_softkvm_outbox_done(&o);
}

Test(softkvm_session, the_machines_own_error_is_passed_on)
{
	expect_failure(fails_to_mount, ENODEV, "softkvm machine: mount 9p: no");
}

static void other_version(struct play *p)
{
	uint32_t version = KT_SOFTKVM_VERSION + 1;
	say(p, KT_SOFTKVM_MSG_READY, &version, sizeof(version));
}

Test(softkvm_session, another_version_is_refused_with_the_consoles_tail)
{
	expect_failure(other_version, EPROTO, "last words");
}

static void exit_before_start(struct play *p)
{
	report(p, 0, 0);
}

Test(softkvm_session, an_exit_before_the_start_is_refused)
{
	expect_failure(exit_before_start, EPROTO, "exit status that cannot be");
}

static void impossible_status(struct play *p)
{
	come_up(p);
	report(p, 256, 0);
}

Test(softkvm_session, a_status_above_255_is_refused)
{
	expect_failure(impossible_status, EPROTO, "exit status that cannot be");
}

static void starts_twice(struct play *p)
{
	come_up(p);
	say(p, KT_SOFTKVM_MSG_STARTED, NULL, 0);
}

Test(softkvm_session, a_second_start_is_refused)
{
	expect_failure(starts_twice, EPROTO, "started twice");
}

static void garbage(struct play *p)
{
	cr_assert_eq(
		write(p->machine[KT_SOFTKVM_PORT_CONTROL], "this is no message at all", 25), 25);
}

Test(softkvm_session, bytes_that_are_no_message_end_the_run)
{
	expect_failure(garbage, EPROTO, "no message");
}

static void loses_output(struct play *p)
{
	come_up(p);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "abc", 3), 3);
	report(p, 0, 1000);
	shutdown(p->machine[KT_SOFTKVM_STREAM_STDOUT], SHUT_RDWR);
}

Test(softkvm_session, missing_output_is_an_error_and_no_success)
{
	expect_failure(loses_output, EIO, "lost output");
}

static void control_closes(struct play *p)
{
	come_up(p);
	shutdown(p->machine[KT_SOFTKVM_PORT_CONTROL], SHUT_RDWR);
}

Test(softkvm_session, a_closed_control_port_is_the_machines_end)
{
	expect_failure(control_closes, EIO, "while the command ran");
}

static void qemu_dies(struct play *p)
{
	come_up(p);
	kill(p->s.qemu.pid, SIGKILL);
}

Test(softkvm_session, the_death_of_qemu_is_told_with_its_cause)
{
	expect_failure(qemu_dies, EIO, "QEMU killed by SIGKILL");
}

static void stays_silent(struct play *p)
{
	(void)p;
}

Test(softkvm_session, a_machine_that_never_comes_up_is_given_up)
{
	struct play p;
	struct kt_err err = {0};
	int status;

	set_up(&p, "");
	p.s.boot_ms = 300;
	cr_expect_eq(serve(&p, stays_silent, &status, &err), -ETIMEDOUT);
	cr_expect_not_null(strstr(err.text, "did not come up in 300 ms"), "%s", err.text);
}

static void answers_interrupt(struct play *p)
{
	uint32_t sig;

	come_up(p);
	hear(p, KT_SOFTKVM_MSG_HOST_DELAY); /* the loop runs and has its signals blocked */
	kill(getpid(), SIGTERM);
	struct kt_softkvm_msg m = hear(p, KT_SOFTKVM_MSG_SIGNAL);
	memcpy(&sig, m.payload, sizeof(sig));
	report(p, 128 + sig, 0);
}

Test(softkvm_session, a_signal_goes_to_the_command)
{
	struct play p;
	struct kt_err err = {0};
	sigset_t blocked;
	int status;

	/* Threads inherit the mask, so that only the loop's signalfd takes it. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	set_up(&p, "");
	cr_assert_eq(serve(&p, answers_interrupt, &status, &err), 0, "%s", err.text);
	cr_expect_eq(status, 128 + SIGTERM);
}

/* Three bytes of its output never come, as if the reader of the first three had stopped. */
static void interrupted_at_the_end(struct play *p)
{
	int queued = 1;

	come_up(p);
	hear(p, KT_SOFTKVM_MSG_HOST_DELAY); /* the loop runs and has its signals blocked */
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "abc", 3), 3);
	report(p, 0, 6);
	while (ioctl(p->s.ports[KT_SOFTKVM_PORT_CONTROL], FIONREAD, &queued) == 0 && queued)
		kt_sleep_until(
			kt_now_ns() + KT_NS_PER_MS); /* until the loop has taken the report */
	kill(getpid(), SIGTERM);
}

Test(softkvm_session, a_signal_ends_the_run_though_nobody_reads_the_last_output, .timeout = 60)
{
	struct play p;
	struct kt_err err = {0};
	sigset_t blocked;
	int status;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	set_up(&p, "");
	cr_assert_eq(serve(&p, interrupted_at_the_end, &status, &err), 0, "%s", err.text);
	cr_expect_eq(status, 128 + SIGTERM);
}

static void interrupted_while_booting(struct play *p)
{
	(void)p;
	kill(getpid(), SIGINT);
}

Test(softkvm_session, a_signal_before_the_start_ends_the_run)
{
	struct play p;
	sigset_t blocked;
	int status;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	set_up(&p, "");
	cr_assert_eq(serve(&p, interrupted_while_booting, &status, NULL), 0);
	cr_expect_eq(status, 128 + SIGINT);
}

static void writes_further_outputs(struct play *p)
{
	struct kt_softkvm_exit e = {.code = 0};

	come_up(p);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_OUT0 + 1], "second", 6), 6);
	e.bytes[KT_SOFTKVM_STREAM_OUT0] = 5;
	e.bytes[KT_SOFTKVM_STREAM_OUT0 + 1] = 6;
	say(p, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e));
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_OUT0], "first", 5), 5);
}

Test(softkvm_session, further_outputs_are_complete_before_the_end)
{
	struct play p;
	struct kt_err err = {0};
	int first[2], second[2], status;
	char text[16] = "";

	set_up(&p, "");
	cr_assert_eq(pipe(first), 0);
	cr_assert_eq(pipe(second), 0);
	int fds[] = {first[1], second[1]};
	p.s.out_fds = fds;
	p.s.out_fd_count = 2;
	cr_assert_eq(serve(&p, writes_further_outputs, &status, &err), 0, "%s", err.text);
	cr_expect_eq(read(first[0], text, sizeof(text)), 5);
	cr_expect_str_eq(text, "first");
	cr_expect_eq(read(second[0], text, sizeof(text)), 6);
}

/* Writes to the full one until it is closed, then to the other one, and ends with 7. */
static void writes_to_a_full_one_first(struct play *p)
{
	struct kt_softkvm_exit e = {.code = 7};
	struct pollfd full = {.fd = p->machine[KT_SOFTKVM_STREAM_OUT0], .events = POLLIN};

	come_up(p);
	cr_assert_eq(write(full.fd, "first", 5), 5);
	cr_expect_eq(poll(&full, 1, 60000), 1, "nobody told the writer");
	cr_expect(full.revents & (POLLIN | POLLHUP));
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_OUT0 + 1], "second", 6), 6);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "shown", 5), 5);
	e.bytes[KT_SOFTKVM_STREAM_OUT0] = 5000;
	e.bytes[KT_SOFTKVM_STREAM_OUT0 + 1] = 6;
	e.bytes[KT_SOFTKVM_STREAM_STDOUT] = 5;
	say(p, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e));
}

static void serve_full(script *run, const char *const *names, int expected)
{
	struct play p;
	struct kt_err err = {0};
	int other[2], status = 77;
	char text[16] = "", shown[16] = "";

	set_up(&p, "");
	cr_assert_eq(pipe2(other, O_NONBLOCK), 0);
	int fds[] = {open("/dev/full", O_WRONLY), other[1]};
	p.s.out_fds = fds;
	p.s.out_names = names;
	p.s.out_fd_count = 2;
	cr_expect_eq(serve(&p, run, &status, &err), expected, "%s", err.text);
	cr_expect_eq(read(other[0], text, sizeof(text)), 6);
	cr_expect_str_eq(text, "second", "the run did not go on");
	cr_expect_eq(read(p.user_out, shown, sizeof(shown)), 5);
	if (expected < 0) {
		char named[64];
		if (names)
			snprintf(named, sizeof(named), "%s: No space", names[0]);
		else
			snprintf(named, sizeof(named), "descriptor %d: No space", fds[0]);
		cr_expect_not_null(strstr(err.text, named), "%s", err.text);
		cr_expect_neq(err.fix[0], '\0');
	} else {
		cr_expect_eq(status, 128 + SIGTERM);
	}
}

Test(softkvm_session, a_further_output_on_a_full_disk_is_told_at_the_end_and_the_run_goes_on)
{
	serve_full(writes_to_a_full_one_first, NULL, -ENOSPC);
}

Test(softkvm_session, a_further_output_is_named_as_its_owner_knows_it)
{
	static const char *const names[] = {"report 'junit:/dev/full'", "report 'ktap:x'"};
	serve_full(writes_to_a_full_one_first, names, -ENOSPC);
}

static void writes_to_a_full_one_and_is_ended(struct play *p)
{
	struct kt_softkvm_exit e = {.code = 128 + SIGTERM};

	come_up(p);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_OUT0], "first", 5), 5);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_OUT0 + 1], "second", 6), 6);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "shown", 5), 5);
	e.bytes[KT_SOFTKVM_STREAM_OUT0] = 5;
	e.bytes[KT_SOFTKVM_STREAM_OUT0 + 1] = 6;
	e.bytes[KT_SOFTKVM_STREAM_STDOUT] = 5;
	say(p, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e));
}

Test(softkvm_session, a_signal_says_more_than_an_output_that_was_lost)
{
	serve_full(writes_to_a_full_one_and_is_ended, NULL, 0);
}

static void writes_to_a_full_standard_output(struct play *p)
{
	come_up(p);
	cr_assert_eq(write(p->machine[KT_SOFTKVM_STREAM_STDOUT], "text", 4), 4);
	hear(p, KT_SOFTKVM_MSG_SIGNAL); /* never comes */
}

Test(softkvm_session, a_standard_output_on_a_full_disk_ends_the_run)
{
	struct play p;
	struct kt_err err = {0};
	int status;

	set_up(&p, "");
	dup2(open("/dev/full", O_WRONLY), 1);
	cr_expect_eq(serve(&p, writes_to_a_full_standard_output, &status, &err), -ENOSPC);
	cr_expect_not_null(strstr(err.text, "descriptor 1: No space"), "%s", err.text);
}

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

/* A process group of its own to stop, and a child that continues it again and again. */
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
	for (int i = 0; i < 1000 && getppid() == self; i++) {
		kill(self, SIGCONT);
		kt_sleep_until(kt_now_ns() + 50 * KT_NS_PER_MS);
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

Test(softkvm_session, a_stop_pauses_the_machine_and_a_continuation_continues_it, .timeout = 60)
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

Test(softkvm_session, a_commands_stop_shows_its_output_first, .timeout = 60)
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

Test(softkvm_session, a_monitors_refusal_is_told_in_its_words)
{
	expect_failure(refuses_to_pause, EIO, "QEMU says: not today");
}

static void stops_before_it_runs(struct play *p)
{
	struct kt_softkvm_stopped s = {0};
	say(p, KT_SOFTKVM_MSG_STOPPED, &s, sizeof(s));
}

Test(softkvm_session, a_stop_of_what_does_not_run_is_refused)
{
	expect_failure(stops_before_it_runs, EPROTO, "stopped what does not run");
}
