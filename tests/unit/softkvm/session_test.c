// SPDX-License-Identifier: GPL-2.0-only
/*
 * The launcher's loop against a machine played by a thread: the good course, and machines
 * that send nonsense, die, lose output or never come up.
 */
#include "unit/softkvm/play.h"

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
