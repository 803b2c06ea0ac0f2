// SPDX-License-Identifier: GPL-2.0-only
/* Things that go wrong in a guest; tests/guest_cases.py says what each must be reported as. */
#include <ktstr/ktstr.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
}

KTSTR_TEST_BODY(segfault, "the body writes through a null pointer",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	volatile int *volatile nowhere = NULL; /* both, or the compiler leaves the write out */
	(void)ctx;
	*nowhere = 1;
}

KTSTR_TEST_BODY(early_exit, "the body calls exit",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	(void)ctx;
	_exit(3);
}

KTSTR_TEST_BODY(hang, "the body never returns",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	(void)ctx;
	for (;;)
		pause();
}

KTSTR_TEST_BODY(panic, "the kernel panics in the middle of the test",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	(void)ctx;
	write_file("/proc/sysrq-trigger", "c");
}

KTSTR_TEST_BODY(moved_panic, "the same in a kernel that moved itself",
	.topology = TOPOLOGY(1, 2, 1, 1), .duration_ms = SECONDS(1), .kaslr = true)
{
	(void)ctx;
	write_file("/proc/sysrq-trigger", "c");
}

KTSTR_TEST_BODY(complaint, "the kernel's log has a warning",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	(void)ctx;
	write_file("/dev/kmsg", "<4>WARNING: CPU: 0 PID: 1 at kernel/sched/core.c:1 planted\n");
}

KTSTR_TEST_BODY(allowed_complaint, "the same warning, allowed by the test",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1),
	.allow_complaints = KTSTR_ALLOW("*core.c:1 planted*"))
{
	(void)ctx;
	write_file("/dev/kmsg", "<4>WARNING: CPU: 0 PID: 1 at kernel/sched/core.c:1 planted\n");
}

KTSTR_TEST_BODY(own_failure, "the body says why it failed",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	ktstr_note(ctx, "a note is no failure");
	ktstr_fail(ctx, "seven is not %d", 8);
}

KTSTR_TEST_BODY(early_reset, "the machine restarts before the test is over",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	(void)ctx;
	reboot(RB_AUTOBOOT);
}

KTSTR_TEST(lazy, "one worker of a cgroup sleeps most of its time, which the others do not",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(2),
	.checks = CHECKS(.min_iteration_rate = 40),
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("mixed",
		.work = WORKS(WORK(spin_wait),
			WORK(bursty, .bursty = {.burst_ms = 1, .sleep_ms = 1000})))))));

KTSTR_TEST(bad_plan, "a step moves workers into the cgroup they are in",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(1),
	.steps = STEPS(STEP(HOLD_FULL,
		.ops = OPS(OP(add_cgroup, .name = "a"),
			OP(move_all_tasks, .from = "a", .to = "a")))));
