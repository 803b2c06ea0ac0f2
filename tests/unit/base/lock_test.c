// SPDX-License-Identifier: GPL-2.0-only
/* One holder at a time, who is named to those that wait, and whose death frees the lock. */
#include "base/lock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "unit/tmpdir.h"

TestSuite(lock, .init = tmpdir_make, .fini = tmpdir_remove);

static int take(const char *purpose, uint64_t deadline, struct kt_lock **ret, struct kt_err *err)
{
	return kt_lock_take(in_tmp("lock"), purpose, deadline, ret, err);
}

Test(lock, holds_pid_and_purpose_in_its_file)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	char expected[64];
	snprintf(expected, sizeof(expected), "%d building kernel X\n", (int)getpid());
	cr_assert_eq(take("building kernel X", 0, &lock, NULL), 0);
	cr_assert(file_is("lock", expected));
}

Test(lock, a_second_taker_is_told_the_holder)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	struct kt_lock *other = NULL;
	struct kt_err err = {0};
	char holder[64];
	snprintf(holder, sizeof(holder), "process %d building", (int)getpid());
	cr_assert_eq(take("building", 0, &lock, NULL), 0);
	cr_assert_eq(take("cleaning", 0, &other, &err), -EBUSY);
	cr_assert_null(other);
	cr_assert_not_null(strstr(err.text, holder), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}

Test(lock, free_lets_the_next_one_in)
{
	struct kt_lock *lock = NULL;
	struct kt_err err = {0};
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(take("again", 0, &lock, &err), 0);
		kt_lock_free(lock);
		cr_assert(file_is("lock", ""), "no stale holder");
	}
	kt_lock_free(NULL);
	cr_assert_eq(err.code, 0);
}

Test(lock, waiting_ends_at_the_deadline)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	struct kt_lock *other = NULL;
	cr_assert_eq(take("a", 0, &lock, NULL), 0);
	uint64_t deadline = kt_deadline_ms(120);
	cr_assert_eq(take("b", deadline, &other, NULL), -EBUSY);
	cr_assert(kt_deadline_passed(deadline));
}

static void *free_soon(void *arg)
{
	kt_sleep_until(kt_deadline_ms(80));
	kt_lock_free(arg);
	return NULL;
}

Test(lock, waiting_ends_with_the_holder)
{
	struct kt_lock *lock = NULL, *other = NULL;
	struct kt_err err = {0};
	pthread_t thread;
	cr_assert_eq(take("a", 0, &lock, NULL), 0);
	cr_assert_eq(pthread_create(&thread, NULL, free_soon, lock), 0);
	cr_assert_eq(take("b", kt_deadline_ms(60000), &other, &err), 0, "%s", err.text);
	cr_assert_eq(err.code, 0, "waiting leaves no error behind");
	pthread_join(thread, NULL);
	kt_lock_free(other);
}

Test(lock, a_killed_holder_frees_it)
{
	int fds[2];
	char ready;
	struct kt_err err = {0};
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	cr_assert_eq(kt_fd_pipe(fds), 0);
	pid_t holder = fork();
	if (!holder) {
		struct kt_lock *theirs = NULL;
		if (!take("dying", 0, &theirs, NULL))
			kt_fd_write_all(fds[1], "x", 1);
		for (;;)
			pause();
	}
	cr_assert_eq(kt_fd_read_exact(fds[0], &ready, 1), 0);
	cr_assert_eq(take("me", 0, &lock, &err), -EBUSY);
	cr_assert_not_null(strstr(err.text, "dying"), "%s", err.text);
	kill(holder, SIGKILL);
	cr_assert_eq(waitpid(holder, NULL, 0), holder);
	cr_assert_eq(take("me", 0, &lock, &err), 0, "%s", err.text);
}

Test(lock, a_forked_child_does_not_keep_what_was_freed)
{
	struct kt_lock *lock = NULL;
	cr_assert_eq(take("parent", 0, &lock, NULL), 0);
	pid_t child = fork();
	if (!child)
		for (;;)
			pause();
	kt_lock_free(lock);
	int r = take("parent again", 0, &lock, NULL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_eq(r, 0);
	kt_lock_free(lock);
}

Test(lock, who_inherits_the_descriptor_keeps_it_after_the_death_of_the_holder)
{
	int up[2], down[2];
	char ready;
	struct kt_err err = {0};
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	cr_assert_eq(kt_fd_pipe(up), 0);
	cr_assert_eq(kt_fd_pipe(down), 0);
	pid_t holder = fork();
	if (!holder) {
		struct kt_lock *theirs = NULL;
		close(down[1]);
		if (take("dying", 0, &theirs, NULL) || fcntl(kt_lock_fd(theirs), F_GETFD) < 0)
			_exit(1);
		if (!fork()) { /* the heir */
			kt_fd_write_all(up[1], "x", 1);
			_exit(kt_fd_read_exact(down[0], &ready, 1) != 0);
		}
		for (;;)
			pause();
	}
	cr_assert_eq(kt_fd_read_exact(up[0], &ready, 1), 0);
	kill(holder, SIGKILL);
	cr_assert_eq(waitpid(holder, NULL, 0), holder);
	cr_assert_eq(take("me", 0, &lock, &err), -EBUSY);
	close(down[1]);
	cr_assert_eq(take("me", kt_deadline_ms(60000), &lock, &err), 0, "%s", err.text);
}

Test(lock, a_file_that_was_removed_does_not_count)
{
	struct kt_lock *old = NULL, *lock = NULL;
	cr_assert_eq(take("old", 0, &old, NULL), 0);
	cr_assert_eq(unlink(in_tmp("lock")), 0);
	cr_assert_eq(take("new", 0, &lock, NULL), 0);
	cr_assert(kt_fs_exists(in_tmp("lock")));
	kt_lock_free(old);
	kt_lock_free(lock);
}

Test(lock, places_without_a_lock_are_told)
{
	struct kt_lock *lock = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_lock_take(in_tmp("none/lock"), "x", 0, &lock, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none/lock")), "%s", err.text);
	cr_assert_eq(symlink("target", in_tmp("link")), 0);
	cr_assert_eq(kt_lock_take(in_tmp("link"), "x", 0, &lock, &err), -ELOOP);
	cr_assert_not(kt_fs_exists(in_tmp("target")));
	cr_assert_null(lock);
}

Test(lock, a_strange_holder_cannot_garble_the_message)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	struct kt_lock *other = NULL;
	struct kt_err err = {0};
	char purpose[400];
	memset(purpose, 'p', sizeof(purpose));
	memcpy(purpose, "a\033[2Jb", 6);
	purpose[sizeof(purpose) - 1] = '\0';
	cr_assert_eq(take(purpose, 0, &lock, NULL), 0);
	cr_assert_eq(take("x", 0, &other, &err), -EBUSY);
	cr_assert_null(strchr(err.text, '\033'));
	cr_assert_not_null(strstr(err.text, "a?[2Jb"), "%s", err.text);
}
