// SPDX-License-Identifier: GPL-2.0-only
/* The command's process: streams, identity, terminal, signals, and errors before exec. */
#include "softkvm/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const env[] = {"PATH=/usr/bin:/bin", "A=b c", NULL};
static const char *const none[] = {NULL};

static struct kt_softkvm_start start_of(const char *const *argv)
{
	if (geteuid() != 0)
		cr_skip_test("PID 1 is root; so must be who plays it");
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
