// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_only tests, for a machine whose cgroup v2 has the controllers. Those named fault_ must
 * not pass; tests/guest_cases.py and tests/kill_tests.py know what must come of each.
 */
#include <ktstr/ktstr.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The folder of this test, from the cgroup in which its own process is. */
static bool find_folder(char ret[512])
{
	char line[512] = "";
	FILE *f = fopen("/proc/self/cgroup", "r");
	while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::", 3) != 0)
		;
	if (f)
		fclose(f);
	char *own = strstr(line, "/own");
	if (strncmp(line, "0::", 3) != 0 || !own)
		return false;
	*own = '\0';
	snprintf(ret, 512, "/sys/fs/cgroup%.400s", line + 3);
	return true;
}

static bool read_file(const char *folder, const char *file, char *ret, size_t bytes)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, bytes - 1);
	if (fd >= 0)
		close(fd);
	ret[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

KTSTR_TEST(tables, "ops and cpusets as in a guest, on this machine's CPUs",
	.host_only = true, .topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(2),
	.checks = CHECKS(.isolation = true, .min_iteration_rate = 10),
	.steps = STEPS(
		STEP(HOLD_FRAC(0.5),
			.cgroups = CGROUPS(CGROUP("left", .cpuset = CPUS_RANGE(0, 0.5)),
				CGROUP("right", .cpuset = CPUS_RANGE(0.5, 1)))),
		STEP(HOLD_FRAC(0.5),
			.ops = OPS(OP(add_cgroup, .name = "a"),
				OP(add_cgroup, .name = "b"),
				OP(spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait))),
				OP(set_cpuset, .cgroup = "b", .cpus = CPUS_RANGE(0, 1)),
				OP(move_all_tasks, .from = "a", .to = "b"),
				OP(spawn, .in_runner = true, .work = WORKS(WORK(yield_heavy)))))));

KTSTR_TEST_BODY(observed, "what a test makes is below its own folder, and the kernel is the host's",
	.host_only = true, .duration_ms = SECONDS(3))
{
	char folder[512], procs[256] = "", cpus[256] = "";
	if (!find_folder(folder)) {
		ktstr_fail(ctx, "the scenario's process is in no folder of its own");
		return;
	}
	if (!strstr(folder, "/ktstr/run-"))
		ktstr_fail(ctx, "the folder is '%s'", folder);
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait)));
	DO(ctx, set_cpuset, .cgroup = "a", .cpus = CPUS_RANGE(0, 0.5));
	ktstr_hold_ms(ctx, 300);
	if (!read_file(folder, "test/cgroups/a/cgroup.procs", procs, sizeof(procs)) || !*procs)
		ktstr_fail(ctx, "no worker is in %s/test/cgroups/a", folder);
	if (!read_file(folder, "test/cgroups/a/cpuset.cpus", cpus, sizeof(cpus)) || !*cpus)
		ktstr_fail(ctx, "%s/test/cgroups/a has no cpuset", folder);
	printf("said on the host\n");
	ktstr_note(ctx, "a %s", getenv("KTSTR_SOFTKVM") ? "softkvm machine" : "machine of its own");
}

KTSTR_PAYLOAD(shell, .program = "sh");

KTSTR_TEST(knobs, "files of most controllers, a freeze and a program of this machine",
	.host_only = true, .topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(5),
	.payloads = PAYLOADS(&shell), .checks = CHECKS(.isolation = true),
	.steps = STEPS(
		STEP(HOLD_MS(1000),
			.cgroups = CGROUPS(CGROUP("files", .cpuset = CPUS_RANGE(0, 0.5), .mems = "0",
				.cpu = CPU_QUOTA_PCT(50), .cpu_weight = 200,
				.memory = {.max = MIB(64)}, .pids_max = 16))),
		STEP(HOLD_MS(2500), /* longer than a worker may stand still that is not frozen */
			.ops = OPS(OP(add_cgroup, .name = "ice"),
				OP(spawn, .cgroup = "ice", .work = WORKS(WORK(spin_wait))),
				OP(freeze_cgroup, .cgroup = "ice"))),
		STEP(HOLD_MS(100),
			.ops = OPS(OP(add_cgroup, .name = "program"),
				OP(run_payload, .payload = &shell, .cgroup = "program",
					.args = ARGS("-c", "test -d /sys/fs/cgroup$(sed -n s/0:://p /proc/self/cgroup)")),
				OP(wait_payload, .name = "sh")))));

KTSTR_TEST(threads, "threads in a threaded cgroup, whose process itself does nothing",
	.host_only = true, .topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = 2500,
	.checks = CHECKS(.isolation = true),
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("both", .cpuset = CPUS_RANGE(0.5, 1),
			.work = WORKS(WORK(spin_wait, .workers = 2, .mode = KTSTR_MODE_THREADS)))))));

KTSTR_TEST(too_large, "a machine with more LLCs than there are is a reason to skip",
	.host_only = true, .topology = TOPOLOGY(1, 64, 1, 1), .steps = STEPS(STEP(HOLD_FULL)));

KTSTR_TEST_BODY(leaves_behind, "what a test leaves running is ended", .host_only = true,
	.duration_ms = SECONDS(2))
{
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait)));
	ktstr_hold_ms(ctx, 100);
	if (fork() == 0) {
		setsid();
		for (;;)
			pause();
	}
}

/* A process beside the test that stops the worker of cgroup 'a' for three seconds. */
static void meddle(const char *folder)
{
	char procs[256] = "";
	if (fork())
		return;
	for (int tries = 0; !*procs && tries < 1000; tries++) {
		usleep(10000);
		read_file(folder, "test/cgroups/a/cgroup.procs", procs, sizeof(procs));
	}
	usleep(300000);
	if (atoi(procs) <= 1)
		_exit(1);
	kill(atoi(procs), SIGSTOP);
	sleep(3);
	kill(atoi(procs), SIGCONT);
	_exit(0);
}

static const struct ktstr_step one_worker[] = {
	STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a"))), {.require_ = 0}};

KTSTR_TEST_BODY(fault_stopped, "a worker that is stopped for three seconds is found",
	.host_only = true, .duration_ms = SECONDS(5))
{
	char folder[512];
	if (find_folder(folder))
		meddle(folder);
	ktstr_run_steps(ctx, one_worker);
}

KTSTR_TEST(in_guest, "a test that is not host_only, beside them", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = 500, .steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a")))));

static volatile int *volatile nowhere = (volatile int *)0x10;

KTSTR_TEST_BODY(fault_crashes, "a body that writes where nothing is", .host_only = true)
{
	DO(ctx, add_cgroup_def, .def = CGROUPS(CGROUP("a", .work = WORKS(WORK(spin_wait)))));
	*nowhere = 0;
}

KTSTR_TEST_BODY(endless, "for whoever ends it from outside", .host_only = true,
	.duration_ms = SECONDS(60))
{
	DO(ctx, add_cgroup_def, .def = CGROUPS(CGROUP("a", .cpuset = CPUS_RANGE(0, 0.5)),
				       CGROUP("b", .work = WORKS(WORK(spin_wait, .workers = 2)))));
	if (fork() == 0) {
		setsid();
		for (;;)
			pause();
	}
	ktstr_hold_ms(ctx, 60000);
}
