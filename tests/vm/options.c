// SPDX-License-Identifier: GPL-2.0-only
/* What the options of a test program change in a guest, looked at from inside; see guest_cases.py. */
#include <ktstr/ktstr.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first line of FILE without its newline; "" when there is none. */
static const char *line_of(const char *file)
{
	static char line[4096];
	FILE *f = fopen(file, "re");
	line[0] = '\0';
	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
	return line;
}

static void expect(struct ktstr_ctx *ctx, const char *file, const char *wanted)
{
	const char *got = line_of(file);
	if (strcmp(got, wanted) != 0)
		ktstr_fail(ctx, "%s has '%s' instead of '%s'", file, got, wanted);
}

static void expect_exit(struct ktstr_ctx *ctx, const char *program, int wanted)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, "/opt", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		WEXITSTATUS(status) != wanted)
		ktstr_fail(ctx, "%s ended with wait status 0x%x instead of exit %d", program,
			(unsigned)status, wanted);
}

KTSTR_TEST_BODY(looks, "words, sysctls, files, memory and seed are those of the command line",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	const char *words = line_of("/proc/cmdline");
	const char *last = " ktest=1 ktest=2";
	struct sysinfo info;
	if (strlen(words) < strlen(last) || strcmp(words + strlen(words) - strlen(last), last) != 0)
		ktstr_fail(ctx, "the words of --append are not the last of '%s'", words);
	expect(ctx, "/proc/sys/kernel/sched_rr_timeslice_ms", "77");
	expect(ctx, "/opt/text", "hello from outside");
	expect_exit(ctx, "/opt/ls", 0);
	expect_exit(ctx, "/opt/script", 7);
	if (sysinfo(&info) < 0 || info.totalram > MIB(300) || info.totalram < MIB(150))
		ktstr_fail(ctx, "%lu MiB of memory, 300 were asked for", info.totalram / MIB(1));
	if (ktstr_seed(ctx) != 5)
		ktstr_fail(ctx, "the seed is %llu, not 5", (unsigned long long)ktstr_seed(ctx));
	printf("said in the guest\n");
}

KTSTR_TEST_BODY(
	broken, "fails at once", .topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	ktstr_fail(ctx, "as it should");
}

KTSTR_TEST_BODY(
	choosy, "does not run here", .topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	ktstr_skip(ctx, "there is no %s", "unicorn");
}

KTSTR_TEST_BODY(quick_one, "one that passes at once", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = SECONDS(1))
{
	(void)ctx;
}

KTSTR_TEST_BODY(quick_two, "another that passes at once", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = SECONDS(1))
{
	(void)ctx;
}
