// SPDX-License-Identifier: GPL-2.0-only
/* The test's own process: whatever it does is a result, and what it said before is kept. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "guest/child.h"
#include "wire/stream.h"

#define ENOUGH_MS 60000

struct seen {
	unsigned frames;
	uint16_t last_phase;
	struct kt_loss loss;
};

static void take(void *arg, const struct kt_frame *f)
{
	struct seen *s = arg;
	s->frames++;
	if (f->type == KT_FRAME_phase)
		s->last_phase = f->phase.phase;
}

static struct kt_guest_child_end run_spec(struct kt_guest_child *spec, struct seen *s)
{
	struct kt_guest_child_end end;
	spec->on_frame = take;
	spec->frame_arg = s;
	spec->loss = &s->loss;
	spec->signal_fd = -1;
	cr_assert_eq(kt_guest_child_run(spec, &end, NULL), 0);
	return end;
}

static struct kt_guest_child_end run_child(
	void (*run)(void *arg, struct kt_guest_shared *shared, int fd), uint64_t timeout_ms,
	struct seen *s)
{
	struct kt_guest_child spec = {.run = run, .timeout_ms = timeout_ms};
	return run_spec(&spec, s);
}

static void say_phase(struct kt_guest_shared *shared, int fd, uint16_t phase)
{
	struct kt_frame f = {.type = KT_FRAME_phase, .phase = {.phase = phase}};
	atomic_store(&shared->phase, phase);
	if (kt_stream_write(fd, &f, phase, NULL) < 0)
		_exit(99);
}

static void three_phases(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	for (uint16_t i = 0; i < 3; i++)
		say_phase(shared, fd, i);
}

Test(child, frames_come_through_and_the_end_is_a_good_one)
{
	struct seen s = {0};
	struct kt_guest_child_end end = run_child(three_phases, ENOUGH_MS, &s);
	cr_assert(end.finished);
	cr_assert_eq(s.frames, 3);
	cr_assert_eq(s.last_phase, 2);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
}

static void more_than_a_pipe_holds(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	for (uint16_t i = 0; i < 20000; i++)
		say_phase(shared, fd, i);
}

Test(child, no_frame_is_lost_when_there_are_many)
{
	struct seen s = {0};
	cr_assert(run_child(more_than_a_pipe_holds, ENOUGH_MS, &s).finished);
	cr_assert_eq(s.frames, 20000);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
}

static void segfault(void *arg, struct kt_guest_shared *shared, int fd)
{
	three_phases(arg, shared, fd);
	*(volatile int *)(uintptr_t)0x7000 = 1;
}

Test(child, a_crash_is_told_with_signal_phase_and_address)
{
	struct seen s = {0};
	struct kt_guest_child_end end = run_child(segfault, ENOUGH_MS, &s);
	cr_assert_not(end.finished);
	cr_assert_eq(end.signal, SIGSEGV);
	cr_assert_eq(end.phase, 2);
	cr_assert_eq(s.frames, 3);
	cr_assert(
		strstr(end.text, "SIGSEGV") && strstr(end.text, "address 0x7000"), "%s", end.text);
}

static void killed(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	(void)fd;
	raise(SIGKILL);
}

Test(child, a_signal_without_a_fault_has_no_address)
{
	struct seen s = {0};
	struct kt_guest_child_end end = run_child(killed, ENOUGH_MS, &s);
	cr_assert_eq(end.signal, SIGKILL);
	cr_assert(strstr(end.text, "SIGKILL") && !strstr(end.text, "address"), "%s", end.text);
}

static void aborts(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	(void)fd;
	abort();
}

Test(child, abort_kills_although_it_is_caught)
{
	struct seen s = {0};
	cr_assert_eq(run_child(aborts, ENOUGH_MS, &s).signal, SIGABRT);
}

static void exits_3(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	(void)fd;
	_exit(3);
}

static void exits_0(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	(void)fd;
	_exit(0);
}

Test(child, an_exit_of_its_own_is_no_good_end)
{
	struct seen s = {0};
	struct kt_guest_child_end end = run_child(exits_3, ENOUGH_MS, &s);
	cr_assert_not(end.finished);
	cr_assert_eq(end.signal, 0);
	cr_assert_eq(end.exit_status, 3);
	cr_assert_not(run_child(exits_0, ENOUGH_MS, &s).finished);
}

static void hangs(void *arg, struct kt_guest_shared *shared, int fd)
{
	three_phases(arg, shared, fd);
	for (;;)
		pause();
}

Test(child, one_that_hangs_is_killed_at_its_limit)
{
	struct seen s;
	struct kt_guest_child_end end;
	/* On a busy machine it may need longer to say what it has to say. */
	for (uint64_t limit_ms = 300; limit_ms < ENOUGH_MS; limit_ms *= 2) {
		s = (struct seen){0};
		end = run_child(hangs, limit_ms, &s);
		if (s.frames == 3)
			break;
	}
	cr_assert_not(end.finished);
	cr_assert_eq(end.signal, SIGKILL);
	cr_assert_eq(s.frames, 3);
	cr_assert(strstr(end.text, "within its limit"), "%s", end.text);
}

static void closes_its_port(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	close(fd);
	kt_sleep_until(kt_deadline_ms(20));
}

Test(child, one_that_closes_its_port_is_waited_for)
{
	struct seen s = {0};
	cr_assert(run_child(closes_its_port, ENOUGH_MS, &s).finished);
	cr_assert_eq(s.frames, 0);
}

static int inherited_fds[2];

static void looks_at_what_it_has(void *arg, struct kt_guest_shared *shared, int fd)
{
	three_phases(arg, shared, fd);
	for (int i = 0; i < 2; i++)
		if (fcntl(inherited_fds[i], F_GETFD) >= 0)
			_exit(98);
	if (fcntl(STDERR_FILENO, F_GETFD) < 0)
		_exit(97);
}

Test(child, nothing_but_its_pipe_and_the_standard_streams_is_inherited)
{
	struct seen s = {0};
	/* one below the child's pipe and one far above, as the frame port could be */
	inherited_fds[0] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	inherited_fds[1] = fcntl(inherited_fds[0], F_DUPFD_CLOEXEC, 200);
	cr_assert_geq(inherited_fds[1], 200);
	struct kt_guest_child_end end = run_child(looks_at_what_it_has, ENOUGH_MS, &s);
	cr_assert(end.finished, "%s", end.text);
	cr_assert_eq(s.frames, 3);
}

static void forges(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	struct kt_frame finish = {.type = KT_FRAME_finish};
	struct kt_frame note = {.type = KT_FRAME_detail, .detail = {.text = "true"}};
	if (kt_stream_write(fd, &finish, 0, NULL) < 0 ||
		kt_fd_write_all(fd, "garbage of a wild pointer", 25) < 0 ||
		kt_stream_write(fd, &note, 1, NULL) < 0)
		_exit(99);
}

Test(child, frames_of_pid_1_and_garbage_do_not_pass)
{
	struct seen s = {0};
	cr_assert(run_child(forges, ENOUGH_MS, &s).finished);
	cr_assert_eq(s.frames, 1);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 2);
}

static void closes_everything(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	say_phase(shared, fd, 0);
	atomic_store(&shared->frames, 1);
	close_range(3, ~0u, 0);
	/* As the environment of a scenario does: the write fails, the count goes on. */
	atomic_store(&shared->frames, 3);
}

Test(child, frames_that_could_not_be_written_are_counted_as_missing)
{
	struct seen s = {0};
	cr_assert(run_child(closes_everything, ENOUGH_MS, &s).finished);
	cr_assert_eq(s.frames, 1);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 2);
}

static void keep_output(void *arg, const void *data, size_t bytes)
{
	kt_str_add_bytes(arg, data, bytes);
}

static void prints_much(void *arg, struct kt_guest_shared *shared, int fd)
{
	char byte;
	(void)arg;
	say_phase(shared, fd, 0);
	printf("to standard output\n");
	fprintf(stderr, "to standard error\n");
	if (read(STDIN_FILENO, &byte, 1) != 0 || getsid(0) != getpid())
		_exit(96);
	for (int i = 0; i < 20000; i++)
		printf("line %d\n", i);
}

Test(child, what_it_prints_can_be_taken)
{
	struct seen s = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_guest_child spec = {.run = prints_much,
		.timeout_ms = ENOUGH_MS,
		.on_output = keep_output,
		.output_arg = &out};
	struct kt_guest_child_end end = run_spec(&spec, &s);
	cr_assert(end.finished, "%s", end.text);
	cr_assert_not_null(strstr(kt_str_get(&out), "to standard error\n"));
	cr_assert_not_null(strstr(kt_str_get(&out), "to standard output\nline 0\n"));
	cr_assert(kt_ends_with(kt_str_get(&out), "line 19999\n"));
	cr_assert_eq(s.frames, 1);
}

Test(child, a_descriptor_that_becomes_readable_stops_it)
{
	struct seen s = {0};
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(write(fds[1], "x", 1), 1);
	struct kt_guest_child spec = {.run = hangs, .timeout_ms = ENOUGH_MS, .stop_fd = fds[0]};
	struct kt_guest_child_end end = run_spec(&spec, &s);
	cr_assert_not(end.finished);
	cr_assert_eq(end.signal, SIGKILL);
	cr_assert_not_null(strstr(end.text, "the run was interrupted"), "%s", end.text);
}

static void takes_its_time(void *arg, struct kt_guest_shared *shared, int fd)
{
	(void)arg;
	(void)shared;
	(void)fd;
	kt_sleep_until(kt_deadline_ms(1200)); /* more than between two looks for orphans */
}

Test(child, other_children_of_this_process_are_left_alone)
{
	struct seen s = {0};
	int status;
	pid_t other = fork();
	if (other == 0)
		_exit(5);
	cr_assert(run_child(takes_its_time, ENOUGH_MS, &s).finished);
	cr_assert_eq(waitpid(other, &status, 0), other, "somebody else has reaped it");
	cr_assert_eq(WEXITSTATUS(status), 5);
}
