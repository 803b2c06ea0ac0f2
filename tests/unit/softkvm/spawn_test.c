// SPDX-License-Identifier: GPL-2.0-only
/* The command's process: streams, identity, terminal, signals, and errors before exec. */
#include "softkvm/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const env[] = {"PATH=/usr/bin:/bin", "A=b c", NULL};
static const char *const none[] = {NULL};

static struct kt_softkvm_start start_of(const char *const *argv)
{
	if (geteuid() != 0)
		cr_skip_test("PID 1 is root; so must be who plays it");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return (struct kt_softkvm_start){.cwd = "/", .argv = argv, .env = env, .rw_dirs = none};
}

/* Everything that comes from FD until its end. */
static void read_end(int fd, char *text, size_t room)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0;

	while (n + 1 < room && poll(&p, 1, 60000) > 0) {
		ssize_t got = read(fd, text + n, room - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
}

static int wait_status(const struct kt_softkvm_child *c)
{
	int status = -1;
	if (c->keeper > 0)
		waitpid(c->keeper, NULL, 0); /* then the command is ours to reap */
	waitpid(c->pid, &status, 0);
	return status;
}

Test(softkvm_spawn, streams_and_environment_are_the_callers)
{
	static const char *const argv[] = {
		"sh", "-c", "read x; echo \"$x $A $(umask) $PWD\"; echo err >&2; exit 3", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	struct kt_err err = {0};
	char text[256];

	s.umask = 027;
	s.cwd = "/usr";
	cr_assert_eq(kt_softkvm_spawn(&s, &c, &err), 0, "%s", err.text);
	cr_expect_eq(c.master, -1);
	cr_assert_eq(write(c.streams[0], "line\n", 5), 5);
	read_end(c.streams[1], text, sizeof(text));
	cr_expect_str_eq(text, "line b c 0027 /usr\n");
	read_end(c.streams[2], text, sizeof(text));
	cr_expect_str_eq(text, "err\n");
	int status = wait_status(&c);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

Test(softkvm_spawn, identity_is_given_up_for_the_callers)
{
	static const char *const argv[] = {"sh", "-c", "id -u; id -g; id -G", NULL};
	static const uint32_t groups[] = {1234, 77};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	char text[256];

	s.uid = 4321;
	s.gid = 1234;
	s.groups = groups;
	s.group_count = 2;
	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	read_end(c.streams[1], text, sizeof(text));
	cr_expect_str_eq(text, "4321\n1234\n1234 77\n");
	wait_status(&c);
}

Test(softkvm_spawn, the_first_cpu_is_left_if_there_is_another)
{
	static const char *const argv[] = {
		"sh", "-c", "sed -n 's/^Cpus_allowed:\\t//p' /proc/self/status; exec nproc", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	cpu_set_t mine;
	char text[1024];

	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	bool leaves = CPU_ISSET(0, &mine) && CPU_COUNT(&mine) > 1;
	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	read_end(c.streams[1], text, sizeof(text));
	wait_status(&c);
	char *mask_end = strchr(text, '\n');
	cr_assert_not_null(mask_end, "%s", text);
	bool has_first = strtoul(mask_end - 1, NULL, 16) & 1;
	cr_expect_eq(has_first, CPU_ISSET(0, &mine) && !leaves, "%s", text);
	cr_expect_eq(atoi(mask_end + 1), CPU_COUNT(&mine) - leaves, "%s", text);
}

Test(softkvm_spawn, an_unknown_command_is_an_error_and_leaves_no_child)
{
	static const char *const argv[] = {"no-such-command", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	struct kt_err err = {0};

	cr_expect_eq(kt_softkvm_spawn(&s, &c, &err), -ENOENT);
	cr_expect_not_null(strstr(err.text, "'no-such-command'"), "%s", err.text);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}

Test(softkvm_spawn, a_missing_working_directory_is_named)
{
	static const char *const argv[] = {"true", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	struct kt_err err = {0};

	s.cwd = "/no/such/folder";
	cr_expect_eq(kt_softkvm_spawn(&s, &c, &err), -ENOENT);
	cr_expect_not_null(strstr(err.text, "/no/such/folder"), "%s", err.text);
}

Test(softkvm_spawn, a_raw_terminal_has_size_and_sends_interrupts)
{
	static const char *const argv[] = {
		"sh", "-c", "test -t 0 && test -t 1 && stty size && exec sleep 600", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	char text[64] = "";
	size_t n = 0;

	s.tty = KT_SOFTKVM_TTY_IN | KT_SOFTKVM_TTY_OUT | KT_SOFTKVM_TTY_ERR | KT_SOFTKVM_TTY_RAW;
	s.winsize = (struct kt_softkvm_winsize){.rows = 12, .cols = 34};
	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	cr_expect_geq(c.master, 0);
	cr_expect_eq(c.streams[2], -1);
	struct pollfd p = {.fd = c.streams[1], .events = POLLIN};
	while (!strchr(text, '\n') && poll(&p, 1, 60000) > 0) {
		ssize_t got = read(c.streams[1], text + n, sizeof(text) - 1 - n);
		cr_assert_gt(got, 0);
		n += (size_t)got;
	}
	cr_expect_str_eq(text, "12 34\r\n");
	cr_assert_eq(write(c.streams[0], "\003", 1), 1);
	int status = wait_status(&c);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

/* The keeper's next state, as of waitpid. */
static int wait_keeper(const struct kt_softkvm_child *c)
{
	int status = -1;
	waitpid(c->keeper, &status, WUNTRACED);
	return status;
}

Test(softkvm_spawn, ctrl_z_stops_the_command_and_its_keeper_tells, .timeout = 60)
{
	static const char *const argv[] = {
		"sh", "-c", "echo go; read x; read y; echo \"$x$y\"; exit 7", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	char text[64] = "";

	s.tty = KT_SOFTKVM_TTY_IN | KT_SOFTKVM_TTY_OUT | KT_SOFTKVM_TTY_RAW;
	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	cr_assert_gt(c.keeper, 0);
	struct pollfd p = {.fd = c.streams[1], .events = POLLIN};
	cr_assert_eq(poll(&p, 1, 60000), 1);
	cr_assert_eq(write(c.streams[0], "\032", 1), 1);
	int status = wait_keeper(&c);
	cr_assert(WIFSTOPPED(status));
	kt_softkvm_child_continue(&c);
	cr_assert_eq(write(c.streams[0], "\032", 1), 1); /* a second time */
	status = wait_keeper(&c);
	cr_assert(WIFSTOPPED(status));
	kt_softkvm_child_continue(&c);
	cr_assert_eq(write(c.streams[0], "a\nb\n", 4), 4);
	status = wait_status(&c);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	read_end(c.streams[1], text, sizeof(text));
	cr_expect_not_null(strstr(text, "ab\r\n"), "%s", text);
}

Test(softkvm_spawn, an_unknown_command_on_a_terminal_leaves_nobody)
{
	static const char *const argv[] = {"no-such-command", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;

	s.tty = KT_SOFTKVM_TTY_IN | KT_SOFTKVM_TTY_OUT | KT_SOFTKVM_TTY_RAW;
	cr_expect_eq(kt_softkvm_spawn(&s, &c, NULL), -ENOENT);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}

/* Numbers that PID 1 uses itself, and the highest there may be. */
Test(softkvm_spawn, further_outputs_have_their_numbers)
{
	static const char *const argv[] = {"sh", "-c",
		"echo three >&3; echo five >/dev/fd/5; test -w /proc/self/fd/1023 && "
		"test -w /proc/self/fd/4 && echo all >&5",
		NULL};
	static const uint32_t numbers[] = {5, 3, 1023, 4};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	char text[256];

	s.uid = s.gid = 65534; /* may open its pipe again by name */
	s.out_fds = numbers;
	s.out_fd_count = 4;
	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	read_end(c.streams[KT_SOFTKVM_STREAM_OUT0 + 1], text, sizeof(text));
	cr_expect_str_eq(text, "three\n");
	read_end(c.streams[KT_SOFTKVM_STREAM_OUT0], text, sizeof(text));
	cr_expect_str_eq(text, "five\nall\n");
	int status = wait_status(&c);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(softkvm_spawn, a_signal_reaches_the_whole_group)
{
	static const char *const argv[] = {"sh", "-c", "sleep 600; true", NULL};
	struct kt_softkvm_start s = start_of(argv);
	struct kt_softkvm_child c;
	char text[8];

	cr_assert_eq(kt_softkvm_spawn(&s, &c, NULL), 0);
	kt_softkvm_child_signal(&c, SIGTERM);
	int status = wait_status(&c);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	read_end(c.streams[1], text, sizeof(text)); /* ends only when the grandchild is gone too */
	cr_expect_str_eq(text, "");
}
