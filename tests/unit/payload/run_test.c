// SPDX-License-Identifier: GPL-2.0-only
/* With real small programs, since what is tested is their process. */
#include "payload/run.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "unit/tmpdir.h"

#define SHELL	"/bin/sh"
#define LONG_MS 60000u /* far more than anything here takes */

TestSuite(payload_run, .init = tmpdir_make, .fini = tmpdir_remove);

static struct kt_payload_run *start(const char *script, bool in_harness_group)
{
	const char *const args[] = {"-c", script, NULL};
	struct ktstr_payload payload = {
		.program = SHELL, .args = args, .in_harness_group = in_harness_group};
	struct kt_payload_spec spec = {.payload = &payload, .cgroup = ""};
	struct kt_payload_run *p = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_start(&spec, SHELL, 0, &p, &err), 0, "%s", err.text);
	return p;
}

static struct kt_payload_output run(const char *script)
{
	struct kt_payload_run *p = start(script, false);
	struct kt_payload_output o = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_wait(p, kt_deadline_ms(LONG_MS), &o, &err), 0, "%s", err.text);
	kt_payload_free(p);
	return o;
}

Test(payload_run, both_outputs_and_the_exit_code_come_back)
{
	struct kt_payload_output o = run("echo one; echo two >&2; exit 3");
	cr_assert_str_eq(kt_str_get(&o.out), "one\n");
	cr_assert_str_eq(kt_str_get(&o.err), "two\n");
	cr_assert(WIFEXITED(o.status) && WEXITSTATUS(o.status) == 3);
	cr_assert(!o.stopped);
	cr_assert_gt(o.wall_ns, 0);
	kt_payload_output_done(&o);
}

Test(payload_run, arguments_of_a_run_follow_those_of_the_payload)
{
	const char *const first[] = {"-c", "echo \"$0 $1 $2\"", "a", NULL};
	const char *const more[] = {"b", "c", NULL};
	struct ktstr_payload payload = {.program = SHELL, .args = first};
	struct kt_payload_spec spec = {.payload = &payload, .args = more, .cgroup = ""};
	KT_AUTO(kt_payload_free) struct kt_payload_run *p = NULL;
	struct kt_payload_output o = {0};
	cr_assert_eq(kt_payload_start(&spec, SHELL, 0, &p, NULL), 0);
	cr_assert_eq(kt_payload_wait(p, kt_deadline_ms(LONG_MS), &o, NULL), 0);
	cr_assert_str_eq(kt_str_get(&o.out), "a b c\n");
	kt_payload_output_done(&o);
}

Test(payload_run, output_beyond_the_limit_is_counted_and_not_kept)
{
	struct kt_payload_output o = run("head -c 3000000 /dev/zero; head -c 400000 /dev/zero >&2");
	cr_assert_eq(o.out.len, KT_PAYLOAD_OUT_BYTES);
	cr_assert_eq(o.out_bytes, 3000000);
	cr_assert_eq(o.err.len, KT_PAYLOAD_ERR_BYTES);
	cr_assert_eq(o.err_bytes, 400000);
	kt_payload_output_done(&o);
}

/* Start a script that makes the file "there" once it has said BEFORE, and then does AFTER. */
static struct kt_payload_run *start_and_await(const char *before, const char *after)
{
	KT_AUTOFREE char *script = kt_strf("%s; : > %s; %s", before, in_tmp("there"), after);
	struct kt_payload_run *p = start(script, false);
	uint64_t deadline_ns = kt_deadline_ms(LONG_MS);
	while (!kt_fs_exists(in_tmp("there"))) {
		cr_assert_not(kt_deadline_passed(deadline_ns));
		kt_sleep_until(kt_deadline_ms(5));
	}
	return p;
}

/* More than a pipe holds: it would never end if nobody read before the wait. */
Test(payload_run, a_program_that_prints_does_not_wait_for_its_reader)
{
	KT_AUTO(kt_payload_free)
	struct kt_payload_run *p = start_and_await("head -c 2000000 /dev/zero", "sleep 1000");
	cr_assert_not_null(p);
}

Test(payload_run, a_wait_that_comes_to_its_deadline_leaves_it_running)
{
	KT_AUTO(kt_payload_free)
	struct kt_payload_run *p = start_and_await("echo now", "sleep 1000");
	struct kt_payload_output o = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_wait(p, kt_deadline_ms(100), &o, &err), -ETIMEDOUT);
	cr_assert_eq(kt_payload_kill(p, &o, &err), 0, "%s", err.text);
	cr_assert(o.stopped && WIFSIGNALED(o.status) && WTERMSIG(o.status) == SIGKILL);
	cr_assert_str_eq(kt_str_get(&o.out), "now\n");
	kt_payload_output_done(&o);
}

Test(payload_run, a_kill_after_the_end_tells_how_it_ended)
{
	KT_AUTO(kt_payload_free) struct kt_payload_run *p = start("exit 7", false);
	struct kt_payload_output o = {0};
	siginfo_t info;
	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	cr_assert_eq(kt_payload_kill(p, &o, NULL), 0);
	cr_assert(!o.stopped && WIFEXITED(o.status) && WEXITSTATUS(o.status) == 7);
	kt_payload_output_done(&o);
}

/* The pid that the script prints, of a child it left behind. */
static pid_t left_behind(const struct kt_payload_output *o)
{
	pid_t pid = (pid_t)atol(kt_str_get(&o->out));
	cr_assert_gt(pid, 1);
	return pid;
}

static bool is_gone(pid_t pid)
{
	char path[64];
	KT_AUTO_DONE(kt_str_done) struct kt_str stat = {0};
	uint64_t deadline_ns = kt_deadline_ms(LONG_MS);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (!kt_deadline_passed(deadline_ns)) {
		kt_str_cut(&stat, 0);
		if (kt_fs_read(path, 4096, &stat, NULL) < 0 || strstr(kt_str_get(&stat), ") Z "))
			return true;
		kt_sleep_until(kt_deadline_ms(5));
	}
	return false;
}

Test(payload_run, what_it_leaves_behind_ends_with_it)
{
	struct kt_payload_output o = run("sleep 1000 & echo $!");
	cr_assert(is_gone(left_behind(&o)));
	kt_payload_output_done(&o);
}

Test(payload_run, in_the_harness_group_its_children_are_left_alone)
{
	KT_AUTO(kt_payload_free)
	struct kt_payload_run *p = start("sleep 1000 >/dev/null 2>&1 & echo $!", true);
	struct kt_payload_output o = {0};
	cr_assert_eq(kt_payload_wait(p, kt_deadline_ms(LONG_MS), &o, NULL), 0);
	pid_t child = left_behind(&o);
	cr_assert_eq(kill(child, 0), 0);
	cr_assert_eq(getpgid(child), getpgrp());
	kill(child, SIGKILL);
	kt_payload_output_done(&o);
}

/* A grandchild in a session of its own has the pipe: the end of it never comes. */
Test(payload_run, an_output_that_others_hold_open_does_not_hold_up_the_end)
{
	const char *there = in_tmp("there");
	KT_AUTOFREE char *script = kt_strf("setsid sh -c 'echo $$; : > %s; exec sleep 1000' & "
					   "while ! test -e %s; do sleep 0.01; done",
		there, there);
	struct kt_payload_output o = run(script);
	pid_t holder = left_behind(&o);
	cr_assert_eq(kill(holder, 0), 0, "nobody holds the pipe");
	kill(holder, SIGKILL);
	kt_payload_output_done(&o);
}

Test(payload_run, dropping_it_kills_it)
{
	struct kt_payload_run *p = start("sleep 60", false);
	siginfo_t info = {0};
	kt_payload_free(p);
	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1, "no child is left");
	cr_assert_eq(errno, ECHILD);
}

Test(payload_run, what_cannot_be_executed_is_said)
{
	struct ktstr_payload payload = {.program = "/etc/passwd"};
	struct kt_payload_spec spec = {.payload = &payload, .cgroup = ""};
	struct kt_payload_run *p = NULL;
	struct kt_err err = {0};
	cr_assert_lt(kt_payload_start(&spec, "/etc/passwd", 0, &p, &err), 0);
	cr_assert(strstr(err.text, "/etc/passwd"), "%s", err.text);
	cr_assert_null(p);
}

Test(payload_run, a_cgroup_that_is_none_is_an_error)
{
	struct ktstr_payload payload = {.program = SHELL};
	struct kt_payload_spec spec = {.payload = &payload, .cgroup = "a"};
	struct kt_payload_run *p = NULL;
	struct kt_err err = {0};
	KT_AUTOFILE FILE *folder = fopen("/tmp", "re");
	cr_assert_not_null(folder);
	cr_assert_lt(kt_payload_start(&spec, SHELL, fileno(folder), &p, &err), 0);
	cr_assert_null(p);
}

/* How long a program that does nothing took, of MS until it is waited for. */
static uint64_t wall_ns_of_nothing(unsigned ms)
{
	KT_AUTO(kt_payload_free) struct kt_payload_run *p = start("exit 0", false);
	struct kt_payload_output o = {0};
	siginfo_t info;
	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	kt_sleep_until(kt_deadline_ms(ms));
	cr_assert_eq(kt_payload_wait(p, kt_deadline_ms(LONG_MS), &o, NULL), 0);
	kt_payload_output_done(&o);
	return o.wall_ns;
}

Test(payload_run, it_took_as_long_as_it_ran_not_until_it_was_waited_for)
{
	unsigned ms = 200;
	/* The thread that notes the end may itself come late on a busy host. */
	while (ms < 20000 && wall_ns_of_nothing(ms) >= ms * KT_NS_PER_MS)
		ms *= 2;
	cr_assert_lt(ms, 20000);
}
