// SPDX-License-Identifier: GPL-2.0-only
/* Workers that stand still, told from those that move, sleep in a frozen cgroup or have ended. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "run/host_stall.h"
#include "unit/tmpdir.h"

static struct kt_str told, noted;
static unsigned tellings;
static struct kt_run_stall stall;
static const int group_a, group_b; /* only their addresses count */

static void on_detail(void *arg, bool fails, const char *text)
{
	cr_assert_eq(arg, &stall);
	tellings += fails;
	kt_str_addf(fails ? &told : &noted, "%s\n", text);
}

static void put(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(const char *text, const char *fmt, ...)
{
	char name[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	KT_AUTOFREE char *dir = kt_strf("%s/%s", tmpdir, name);
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(kt_fs_mkdirs(dir, NULL), 0);
	put_file(name, text);
}

static const char *sched_text(unsigned switches, const char *runtime)
{
	static char text[512];
	snprintf(text, sizeof(text),
		"kt-spin_wait (41, #threads: 1)\n"
		"-------------------------------------------------------------------\n"
		"se.exec_start                                :        123456.789012\n"
		"se.sum_exec_runtime                          :        %s\n"
		"se.nr_migrations                             :                    2\n"
		"nr_switches                                  :                   %u\n"
		"nr_voluntary_switches                        :                    5\n",
		runtime, switches);
	return text;
}

static void put_worker(unsigned pid, unsigned switches, const char *runtime)
{
	put(sched_text(switches, runtime), "proc/%u/sched", pid);
}

static void init(void)
{
	tmpdir_make();
	stall = (struct kt_run_stall){.on_detail = on_detail, .arg = &stall};
	stall.proc = strdup(in_tmp("proc"));
	stall.mount = strdup(in_tmp("cg"));
	put(sched_text(7, "1.000001"), "proc/self/sched");
	put("0::/ktstr/run-1-1/test/a\n", "proc/41/cgroup");
	put("populated 1\nfrozen 0\n", "cg/ktstr/run-1-1/test/a/cgroup.events");
	put("Name:\tkt\nState:\tT (stopped)\nPid:\t41\n", "proc/41/status");
	pid_t pid = 41;
	kt_run_stall_add(&stall, &group_a, "a", &pid, 1);
}

static void done(void)
{
	kt_run_stall_done(&stall);
	kt_str_done(&told);
	kt_str_done(&noted);
	free((char *)stall.proc);
	free((char *)stall.mount);
	tmpdir_remove();
}

TestSuite(host_stall, .init = init, .fini = done);

static void look(unsigned times)
{
	while (times--)
		kt_run_stall_look(&stall);
}

Test(host_stall, four_looks_alike_are_told_once)
{
	put_worker(41, 12, "33.000100");
	look(3);
	cr_assert_eq(tellings, 0);
	look(1);
	cr_assert_eq(tellings, 1);
	look(10);
	cr_assert_eq(tellings, 1);
	cr_assert_not_null(strstr(kt_str_get(&told),
				   "sched: 12 -> 12 switches (+0), 33000100 -> 33000100 ns of run "
				   "time (+0)"),
		"%s", kt_str_get(&told));
	cr_assert_not_null(strstr(kt_str_get(&told), "of cgroup 'a' stood still for 4 looks"), "%s",
		kt_str_get(&told));
}

Test(host_stall, workers_that_are_too_many_to_look_at_are_noted_once)
{
	static pid_t pids[4096];
	kt_run_stall_add(&stall, &group_b, "b", pids, 4095); /* one is there already */
	cr_assert_str_empty(kt_str_get(&noted));
	kt_run_stall_add(&stall, &group_b, "b", pids, 2);
	cr_assert_not_null(strstr(kt_str_get(&noted), "beyond the first 4096"));
	size_t bytes = noted.len;
	kt_run_stall_add(&stall, &group_b, "b", pids, 2);
	cr_assert_eq(noted.len, bytes);
	cr_assert_eq(stall.watched.count, 4096);
	cr_assert_eq(tellings, 0);
}

Test(host_stall, one_that_moved_may_be_told_again)
{
	put_worker(41, 12, "33.000100");
	look(5);
	put_worker(41, 13, "33.000100");
	look(3);
	cr_assert_eq(tellings, 1);
	look(1);
	cr_assert_eq(tellings, 2);
}

Test(host_stall, either_number_that_moves_is_enough)
{
	for (unsigned i = 0; i < 6; i++) {
		put_worker(41, 12 + i, "33.000100");
		look(1);
	}
	for (unsigned i = 0; i < 6; i++) {
		KT_AUTOFREE char *runtime = kt_strf("34.00000%u", i);
		put_worker(41, 20, runtime);
		look(1);
	}
	cr_assert_eq(tellings, 0, "%s", kt_str_get(&told));
}

Test(host_stall, a_frozen_worker_is_meant_to_stand_still)
{
	put_worker(41, 12, "33.000100");
	put("populated 1\nfrozen 1\n", "cg/ktstr/run-1-1/test/a/cgroup.events");
	look(8);
	cr_assert_eq(tellings, 0);
	put("populated 1\nfrozen 0\n", "cg/ktstr/run-1-1/test/a/cgroup.events");
	look(3); /* looks while it was frozen do not count */
	cr_assert_eq(tellings, 0);
	look(1);
	cr_assert_eq(tellings, 1);
}

Test(host_stall, one_that_has_ended_is_not_told)
{
	put_worker(41, 12, "33.000100");
	put("State:\tZ (zombie)\n", "proc/41/status");
	look(9);
	cr_assert_eq(kt_fs_remove_tree(in_tmp("proc/41"), NULL), 0);
	look(9);
	cr_assert_eq(tellings, 0);
}

Test(host_stall, only_workers_that_are_watched_are_told)
{
	pid_t pids[] = {42, 43};
	put_worker(41, 1, "1.0");
	put_worker(42, 1, "1.0");
	put_worker(43, 1, "1.0");
	kt_run_stall_add(&stall, &group_b, "b", pids, 2);
	kt_run_stall_forget(&stall, &group_a);
	look(4);
	cr_assert_eq(tellings, 2);
	kt_run_stall_forget(&stall, NULL);
	cr_assert_eq(stall.watched.count, 0);
}

Test(host_stall, without_sched_the_times_of_schedstat_serve)
{
	cr_assert_eq(kt_fs_remove_tree(in_tmp("proc/self"), NULL), 0);
	put("900 30 4\n", "proc/self/schedstat");
	put("33000100 200 12\n", "proc/41/schedstat");
	look(4);
	cr_assert_eq(tellings, 1);
	cr_assert_not_null(
		strstr(kt_str_get(&told), "schedstat: 12 -> 12 switches"), "%s", kt_str_get(&told));
}

Test(host_stall, a_kernel_that_shows_neither_is_noted_once)
{
	cr_assert_eq(kt_fs_remove_tree(in_tmp("proc/self"), NULL), 0);
	put("0 0 0\n", "proc/self/schedstat"); /* as without CONFIG_SCHED_INFO */
	put("0 0 0\n", "proc/41/schedstat");
	look(9);
	cr_assert_eq(tellings, 0);
	cr_assert(stall.off);
	const char *first = strstr(kt_str_get(&noted), "CONFIG_SCHED_DEBUG");
	cr_assert_not_null(first, "%s", kt_str_get(&noted));
	cr_assert_null(strstr(first + 1, "CONFIG_SCHED_DEBUG"), "noted twice");
}

Test(host_stall, the_text_has_all_that_is_known)
{
	put_worker(41, 12, "33.000100");
	put("kt-spin_wait\n", "proc/41/comm");
	put("do_signal_stop", "proc/41/wchan");
	put("35 0x7ffd 0x0 0x0\n", "proc/41/syscall");
	put("[<0>] do_signal_stop+0x1a/0x2b\n[<0>] get_signal+0x1/0x2\n", "proc/41/stack");
	put("0.50 0.40 0.30 2/99 1234\n", "proc/loadavg");
	look(4);
	cr_assert_str_eq(kt_str_get(&told),
		"worker 41 (kt-spin_wait) of cgroup 'a' stood still for 4 looks, 500 ms apart\n"
		"sched: 12 -> 12 switches (+0), 33000100 -> 33000100 ns of run time (+0)\n"
		"state: T (stopped)\n"
		"wchan: do_signal_stop\n"
		"syscall: 35 0x7ffd 0x0 0x0\n"
		"cgroup: 0::/ktstr/run-1-1/test/a\n"
		"load: 0.50 0.40 0.30 2/99 1234\n"
		"kernel stack:\n"
		"  [<0>] do_signal_stop+0x1a/0x2b\n"
		"  [<0>] get_signal+0x1/0x2 (fix: state R: the scheduler lets it wait; T: "
		"something "
		"stopped it; D: see wchan and stack; S: give it shorter sleeps than the looks "
		"take)\n");
}

Test(host_stall, what_cannot_be_read_is_a_question_mark)
{
	put_worker(41, 12, "33.000100");
	cr_assert_eq(kt_fs_remove_tree(in_tmp("proc/41/status"), NULL), 0);
	look(4);
	const char *text = kt_str_get(&told);
	cr_assert(strstr(text, "worker 41 (?)") && strstr(text, "state: ?") &&
			  strstr(text, "wchan: ?") && strstr(text, "load: ?"),
		"%s", text);
	cr_assert_null(strstr(text, "kernel stack"));
}

Test(host_stall, files_in_another_form_are_not_believed)
{
	struct kt_run_stall_sample s;
	cr_assert_not(kt_run_stall_parse_sched("", &s));
	cr_assert_not(kt_run_stall_parse_sched("nr_switches : 4\n", &s));
	cr_assert_not(kt_run_stall_parse_sched("nr_switches\nse.sum_exec_runtime\n", &s));
	cr_assert_not(kt_run_stall_parse_sched("nr_switches : x\nse.sum_exec_runtime : 1.0\n", &s));
	cr_assert_not(kt_run_stall_parse_schedstat("1 2\n", &s));
	cr_assert(kt_run_stall_parse_sched(sched_text(3, "2.000007"), &s));
	cr_assert(s.switches == 3 && s.runtime_ns == 2000007);
}

Test(host_stall, a_real_process_that_is_stopped_is_found)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, WUNTRACED), pid);
	kt_run_stall_forget(&stall, NULL);
	free((char *)stall.proc);
	stall.proc = strdup("/proc");
	kt_run_stall_add(&stall, &group_a, "", &pid, 1);
	/* A process tells its parent that it stops before it leaves its CPU. */
	uint64_t deadline_ns = kt_deadline_ms(60000);
	while (!tellings && !stall.off && !kt_deadline_passed(deadline_ns)) {
		look(1);
		kt_sleep_until(kt_deadline_ms(1));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (stall.off)
		cr_skip("this kernel shows neither sched nor schedstat");
	cr_assert_eq(tellings, 1);
	cr_assert_not_null(
		strstr(kt_str_get(&told), "state: T (stopped)"), "%s", kt_str_get(&told));
	cr_assert_not_null(strstr(kt_str_get(&told), "of the harness's cgroup stood still"), "%s",
		kt_str_get(&told));
}
