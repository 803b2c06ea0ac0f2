// SPDX-License-Identifier: GPL-2.0-only
/* One command: its log, its count, its failure, and its end when we are not there any more. */
#include "kernel/make.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/mem.h"
#include "fake/kernel_source.h"

static struct kt_fake_ksource fake;
static struct kt_kmake make;
static char *log_path;

static void init(void)
{
	kt_fake_ksource_init(&fake);
	log_path = kt_strf("%s/log", fake.top);
	make = (struct kt_kmake){
		.log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
		.log_path = log_path,
		.started_ns = kt_now_ns(),
		.phase = "testing",
		.counting = true,
	};
}

static void done(void)
{
	close(make.log_fd);
	free(log_path);
	kt_fake_ksource_done(&fake);
}

TestSuite(make, .init = init, .fini = done);

static int run(const char *script, struct kt_err *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	return kt_kmake_run(&make, argv, fake.top, err);
}

Test(make, output_is_logged_and_steps_are_counted)
{
	struct kt_err err = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str log = {0};
	cr_assert_eq(run("echo '  CC      a.o'; echo warning >&2; echo '  LD      b'; pwd", &err),
		0, "%s", err.text);
	cr_assert_eq(make.steps, 2);
	cr_assert_eq(kt_fs_read(log_path, 10000, &log, NULL), 0);
	cr_assert(kt_starts_with(log.text, "+ sh -c"), "%s", log.text);
	cr_assert(strstr(log.text, "\nwarning\n"), "%s", log.text);
	cr_assert(strstr(log.text, fake.top), "%s", log.text);
}

Test(make, failure_shows_first_error_last_lines_and_log)
{
	struct kt_err err = {0};
	cr_assert_eq(run("echo fine", &err), 0);
	cr_assert_eq(
		run("echo 'a.c:1: error: no such thing'; for i in $(seq 100); do echo l$i; done;"
		    "echo 'b.c:2: error: later'; exit 3",
			&err),
		-EIO);
	cr_assert(strstr(err.text, "exited with 3"), "%s", err.text);
	cr_assert(strstr(err.text, "first error: a.c:1: error: no such thing"), "%s", err.text);
	cr_assert(strstr(err.text, "\nl100\nb.c:2"), "%s", err.text);
	cr_assert_not(strstr(err.text, "\nl50\n"), "%s", err.text);
	cr_assert(strstr(err.fix, log_path), "%s", err.fix);
}

Test(make, tail_holds_only_lines_of_the_failed_command)
{
	struct kt_err err = {0};
	cr_assert_eq(run("echo earlier", &err), 0);
	cr_assert_eq(run("echo mine; exit 1", &err), -EIO);
	cr_assert_not(strstr(err.text, "earlier"), "%s", err.text);
	cr_assert(strstr(err.text, "mine"), "%s", err.text);
}

Test(make, missing_program_fails)
{
	struct kt_err err = {0};
	const char *const argv[] = {"no-such-program-here", NULL};
	cr_assert_lt(kt_kmake_run(&make, argv, fake.top, &err), 0);
	cr_assert(strstr(err.text, "no-such-program-here"), "%s", err.text);
}

static volatile sig_atomic_t stop;

static void stop_on_progress(void *arg, const struct kt_kernel_progress *p)
{
	(void)arg;
	(void)p;
	if (kt_fake_exists("%s/pid", fake.top))
		stop = 1;
}

static pid_t number_in(const char *file)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	cr_assert_eq(kt_fs_read(file, 100, &text, NULL), 0);
	pid_t pid = (pid_t)atoi(kt_str_get(&text));
	cr_assert_gt(pid, 1);
	return pid;
}

/* The process whose number FILE holds, as a pidfd. */
static int pidfd_of(const char *file)
{
	return (int)syscall(SYS_pidfd_open, number_in(file), 0);
}

static bool ends(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	return pidfd < 0 || poll(&p, 1, 60000) == 1;
}

Test(make, cancelling_ends_the_command_and_its_children)
{
	struct kt_err err = {0};
	make.cancel = &stop;
	make.progress = stop_on_progress;
	cr_assert_eq(
		run("sleep 1000 & echo $! > pid.new; mv pid.new pid; sleep 1001", &err), -EINTR);
	KT_AUTOFREE char *file = kt_strf("%s/pid", fake.top);
	KT_AUTOFD int fd = pidfd_of(file);
	cr_assert(ends(fd));
}

Test(make, command_ends_when_its_builder_is_killed)
{
	KT_AUTOFREE char *file = kt_strf("%s/pid", fake.top);
	pid_t builder = fork();
	if (builder == 0) {
		run("sleep 1000 & echo $! > pid.new; mv pid.new pid; sleep 1001", NULL);
		_exit(0);
	}
	kt_fake_await(file);
	KT_AUTOFD int fd = pidfd_of(file);
	cr_assert_geq(fd, 0);
	kill(builder, SIGKILL);
	waitpid(builder, NULL, 0);
	cr_assert(ends(fd), "the child of the command outlived the builder");
}

/* The watcher that ends the command is stopped meanwhile: so long nothing is ended. */
Test(make, lock_outlives_a_killed_builder_until_the_command_is_ended)
{
	KT_AUTOFREE char *file = kt_strf("%s/pid", fake.top);
	KT_AUTOFREE char *path = kt_strf("%s/lock", fake.top);
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	struct kt_err err = {0};
	/* Orphans of a group that is stopped would be continued by the kernel. */
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t builder = fork();
	if (builder == 0) {
		if (kt_lock_take(path, "building", 0, &lock, NULL) == 0)
			make.lock_fd = kt_lock_fd(lock);
		run("echo $$ > pid.new; mv pid.new pid; sleep 1001", NULL);
		_exit(0);
	}
	kt_fake_await(file);
	pid_t group = number_in(file);
	cr_assert_eq(kill(-group, SIGSTOP), 0);
	kill(builder, SIGKILL);
	waitpid(builder, NULL, 0);
	cr_assert_eq(kt_lock_take(path, "next", 0, &lock, &err), -EBUSY, "%s", err.text);
	cr_assert_eq(kill(-group, SIGCONT), 0);
	cr_assert_eq(
		kt_lock_take(path, "next", kt_deadline_ms(60000), &lock, &err), 0, "%s", err.text);
}

Test(make, lock_is_free_when_the_builder_frees_it)
{
	KT_AUTOFREE char *path = kt_strf("%s/lock", fake.top);
	struct kt_lock *mine = NULL, *next = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_lock_take(path, "building", 0, &mine, &err), 0, "%s", err.text);
	make.lock_fd = kt_lock_fd(mine);
	cr_assert_eq(run("echo said >&2", &err), 0, "%s", err.text);
	kt_lock_free(mine);
	cr_assert_eq(kt_lock_take(path, "next", 0, &next, &err), 0, "%s", err.text);
	kt_lock_free(next);
	KT_AUTO_DONE(kt_str_done) struct kt_str log = {0};
	cr_assert_eq(kt_fs_read(log_path, 10000, &log, NULL), 0);
	cr_assert(strstr(log.text, "\nsaid\n"), "%s", log.text);
}

Test(make, surrounding_make_does_not_limit_ours)
{
	struct kt_err err = {0};
	setenv("MAKEFLAGS", "-n", 1);
	setenv("MAKELEVEL", "3", 1);
	kt_fake_write(fake.top, "Makefile", "all:\n\t@echo level $(MAKELEVEL) > made\n");
	const char *const argv[] = {"make", NULL};
	cr_assert_eq(kt_kmake_run(&make, argv, fake.top, &err), 0, "%s", err.text);
	cr_assert(kt_fake_exists("%s/made", fake.top));
}
