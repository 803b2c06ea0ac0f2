// SPDX-License-Identifier: GPL-2.0-only
/* Whole reads and writes in the face of short counts, signals and nonblocking pipes. */
#include "base/fd.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define MANY (1u << 20) /* more than a pipe holds */

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* A signal every millisecond, without SA_RESTART: every blocking call meets EINTR. */
static void start_alarms(void)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval every_ms = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000};
	cr_assert_eq(sigaction(SIGALRM, &sa, NULL), 0);
	cr_assert_eq(setitimer(ITIMER_REAL, &every_ms, NULL), 0);
}

/* The main thread takes the alarms; this one waits until it did, then acts. */
static void after_alarms(void)
{
	int before = alarms;
	while (alarms < before + 3)
		kt_sleep_until(kt_deadline_ms(1));
}

static void block_alarms(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *write_in_two_parts(void *arg)
{
	int fd = *(int *)arg;
	block_alarms();
	after_alarms();
	cr_assert_eq(write(fd, "ab", 2), 2);
	after_alarms();
	cr_assert_eq(write(fd, "cd", 2), 2);
	return NULL;
}

static void *read_many(void *arg)
{
	static char got[MANY];
	int fd = *(int *)arg;
	block_alarms();
	after_alarms();
	cr_assert_eq(kt_fd_read_exact(fd, got, sizeof(got)), 0);
	for (size_t i = 0; i < sizeof(got); i++)
		cr_assert_eq(got[i], (char)(i * 7), "byte %zu", i);
	return NULL;
}

Test(fd, read_exact_joins_short_reads_and_ignores_signals)
{
	int fds[2];
	pthread_t other;
	char got[4];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	start_alarms();
	cr_assert_eq(pthread_create(&other, NULL, write_in_two_parts, &fds[1]), 0);
	cr_assert_eq(kt_fd_read_exact(fds[0], got, 4), 0);
	cr_assert_eq(memcmp(got, "abcd", 4), 0);
	pthread_join(other, NULL);
}

Test(fd, read_exact_waits_on_a_nonblocking_descriptor)
{
	int fds[2];
	pthread_t other;
	char got[4];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(kt_fd_set_nonblock(fds[0], true), 0);
	start_alarms();
	cr_assert_eq(pthread_create(&other, NULL, write_in_two_parts, &fds[1]), 0);
	cr_assert_eq(kt_fd_read_exact(fds[0], got, 4), 0);
	cr_assert_eq(memcmp(got, "abcd", 4), 0);
	pthread_join(other, NULL);
}

static void write_many(bool nonblock)
{
	static char data[MANY];
	int fds[2];
	pthread_t other;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(kt_fd_set_nonblock(fds[1], nonblock), 0);
	start_alarms();
	cr_assert_eq(pthread_create(&other, NULL, read_many, &fds[0]), 0);
	cr_assert_eq(kt_fd_write_all(fds[1], data, sizeof(data)), 0);
	pthread_join(other, NULL);
}

Test(fd, write_all_writes_more_than_a_pipe_holds)
{
	write_many(false);
}

Test(fd, write_all_waits_on_a_nonblocking_descriptor)
{
	write_many(true);
}

Test(fd, an_early_end_is_told)
{
	int fds[2];
	char got[4];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(write(fds[1], "abc", 3), 3);
	close(fds[1]);
	cr_assert_eq(kt_fd_read_exact(fds[0], got, 4), -EPIPE);
	cr_assert_eq(kt_fd_read_exact(fds[0], got, 0), 0);
}

Test(fd, failures_are_negative_errno)
{
	int fds[2];
	char got[1];
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(kt_fd_pipe(fds), 0);
	close(fds[0]);
	cr_assert_eq(kt_fd_write_all(fds[1], "x", 1), -EPIPE);
	cr_assert_eq(kt_fd_write_all(fds[1], "x", 0), 0);
	cr_assert_eq(kt_fd_write_all(fds[0], "x", 1), -EBADF);
	cr_assert_eq(kt_fd_read_exact(fds[0], got, 1), -EBADF);
	cr_assert_eq(kt_fd_read_all(fds[0], 10, &s), -EBADF);
	cr_assert_eq(kt_fd_set_nonblock(fds[0], true), -EBADF);
	cr_assert_eq(kt_fd_set_cloexec(fds[0], true), -EBADF);
}

/* A pipe that holds TEXT and then ends. */
static int ended_pipe(const char *text)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(kt_fd_write_all(fds[1], text, strlen(text)), 0);
	close(fds[1]);
	return fds[0];
}

Test(fd, read_all_appends_up_to_the_end)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTOFD int fd = ended_pipe("hello");
	kt_str_add(&s, ">");
	cr_assert_eq(kt_fd_read_all(fd, 5, &s), 0);
	cr_assert_str_eq(kt_str_get(&s), ">hello");
}

Test(fd, read_all_stops_at_its_limit)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTOFD int fd = ended_pipe("hello");
	cr_assert_eq(kt_fd_read_all(fd, 4, &s), -EFBIG);
	cr_assert_str_eq(kt_str_get(&s), "hell");
	KT_AUTOFD int endless = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(kt_fd_read_all(endless, 100000, &s), -EFBIG);
	cr_assert_eq(s.len, 4 + 100000);
}

Test(fd, flags_go_on_and_off)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(fds[1], F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(kt_fd_set_cloexec(fds[0], false), 0);
	cr_assert_not(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(kt_fd_set_cloexec(fds[0], true), 0);
	cr_assert(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(kt_fd_set_nonblock(fds[0], true), 0);
	cr_assert(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	cr_assert_eq(kt_fd_set_nonblock(fds[0], false), 0);
	cr_assert_not(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
}

Test(fd, close_forgets_the_number_so_that_twice_is_harmless)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	int old = fds[0];
	kt_fd_close(&fds[0]);
	cr_assert_eq(fds[0], -1);
	cr_assert_eq(fcntl(old, F_GETFD), -1);
	kt_fd_close(&fds[0]);
	cr_assert_eq(fds[0], -1);
	close(fds[1]);
}
