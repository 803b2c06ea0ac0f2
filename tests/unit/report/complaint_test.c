// SPDX-License-Identifier: GPL-2.0-only
/* What counts as a complaint of the kernel, and what only looks like one. */
#include "report/complaint.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct kt_complaint_scan scan_of(const char *text)
{
	struct kt_complaint_scan s = {.len = 0};

	kt_complaint_feed(&s, text, strlen(text));
	kt_complaint_flush(&s);
	return s;
}

static const char *kind_of(const char *line)
{
	static char kind[32];
	struct kt_complaint_scan s = scan_of(line);

	cr_assert_leq(s.found.count, 1, "%s", line);
	snprintf(kind, sizeof(kind), "%s", s.found.count ? s.found.items[0].kind : "none");
	kt_complaint_done(&s);
	return kind;
}

Test(complaint, each_kind_is_known_by_its_line)
{
	static const struct {
		const char *line, *kind;
	} rows[] = {
		{"WARNING: CPU: 1 PID: 77 at kernel/sched/core.c:123 foo+0x1/0x2", "warning"},
		{"WARNING: possible circular locking dependency detected", "lockdep"},
		{"WARNING: suspicious RCU usage", "lockdep"},
		{"BUG: kernel NULL pointer dereference, address: 0000000000000000", "bug"},
		{"BUG: scheduling while atomic: init/1/0x00000002", "bug"},
		{"BUG: KASAN: use-after-free in foo+0x1/0x2", "kasan"},
		{"kernel BUG at kernel/sched/ext.c:99!", "bug"},
		{"UBSAN: array-index-out-of-bounds in kernel/x.c:1:2", "ubsan"},
		{"Oops: general protection fault, probably for non-canonical address 0x1: 0000",
			"oops"},
		{"general protection fault, probably for non-canonical address 0x1", "oops"},
		{"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [spin:71]", "lockup"},
		{"watchdog: CPU3: Watchdog detected hard LOCKUP on cpu 3", "lockup"},
		{"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", "rcu"},
		{"rcu: INFO: rcu_preempt self-detected stall on CPU", "rcu"},
		{"INFO: task worker:71 blocked for more than 120 seconds.", "hung task"},
		{"Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
			"panic"},
		{"irq 5: nobody cared (try booting with the \"irqpoll\" option)", "irq"},
		{"Out of memory: Killed process 70 (spin) total-vm:1kB", "oom"},
		{"sched_ext: BPF scheduler \"simple\" disabled (runnable task stall)", "sched_ext"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert_str_eq(kind_of(rows[i].line), rows[i].kind, "%s", rows[i].line);
}

Test(complaint, the_same_words_elsewhere_are_none)
{
	static const char *const lines[] = {
		"Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
		"Speculative Return Stack Overflow: WARNING: See https://kernel.org/doc/html/",
		"PCI: if necessary, use \"pci=nocrs\" and report a bug",
		"rcu: INFO: Stall ended before state dump start",
		"Warning: unable to open an initial console.",
		"clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable",
		"traps: spin[71] general protection fault ip:401000 sp:7ffe error:0 in spin",
		"sched_ext: BPF scheduler \"simple\" disabled (unregistered from user space)",
		"sched_ext: BPF scheduler \"simple\" enabled",
		"Call Trace:",
		"RCU Tasks Trace: Setting shift to 1 and lim to 1 rcu_task_cb_adjust=1.",
		"kfence: initialized - using 2097152 bytes for 255 objects",
		"WARNING: Flushing system-wide workqueues will be prohibited in near future.",
		"Memory cgroup out of memory: Killed process 70 (spin)",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_assert_str_eq(kind_of(lines[i]), "none", "%s", lines[i]);
}

Test(complaint, time_stamp_and_caller_are_stripped)
{
	struct kt_complaint_scan s = scan_of("[    1.234567] WARNING: a\n"
					     "[   12.000001][   T71] BUG: b\n"
					     "[12345.000001][    C1] WARNING: c\n");

	cr_assert_eq(s.found.count, 3);
	cr_assert_str_eq(s.found.items[0].line, "WARNING: a");
	cr_assert_str_eq(s.found.items[1].line, "BUG: b");
	cr_assert_eq(s.found.items[1].line_number, 2);
	kt_complaint_done(&s);
}

Test(complaint, with_stamps_on_the_console_unstamped_lines_are_not_the_kernels)
{
	struct kt_complaint_scan s = scan_of("[    0.000000] Linux version 6.12\n"
					     "WARNING: printed by a program\n"
					     "[    1.000000] WARNING: printed by the kernel\n");

	cr_assert_eq(s.found.count, 1);
	cr_assert_eq(s.found.items[0].line_number, 3);
	kt_complaint_done(&s);
}

Test(complaint, a_kernels_line_behind_a_programs_unfinished_one_is_found)
{
	struct kt_complaint_scan s = scan_of(
		"[    0.000000] Linux version 6\nprogress 50%[   12.345678] WARNING: CPU: 1 "
		"PID: 77 at kernel/sched/core.c:123 foo+0x1/0x2\n");

	cr_assert_eq(s.found.count, 1);
	cr_assert_str_eq(s.found.items[0].line,
		"WARNING: CPU: 1 PID: 77 at kernel/sched/core.c:123 foo+0x1/0x2");
	cr_assert_eq(s.found.items[0].line_number, 2);
	kt_complaint_done(&s);
}

Test(complaint, a_programs_own_words_before_the_stamp_do_not_hide_the_kernels)
{
	cr_assert_str_eq(kind_of("[    0.000000] Linux version 6\nWARNING: mine[   12.345678] BUG: "
				 "scheduling while atomic: init/1/0x00000002\n"),
		"bug");
}

Test(complaint, a_program_that_never_ends_its_line_hides_nothing)
{
	char text[3000] = "[    0.000000] Linux version 6\n";

	memset(text + strlen(text), '.', 2000);
	strcat(text, "[   12.345678] BUG: scheduling while atomic: init/1/0x00000002\n");
	cr_assert_str_eq(kind_of(text), "bug");
}

Test(complaint, brackets_inside_a_line_are_no_stamp)
{
	cr_assert_str_eq(kind_of("[    0.000000] Linux version 6\nload [1.5] WARNING: high\n"
				 "see [12] WARNING: this [x.y] BUG: that\n"),
		"none");
}

Test(complaint, a_program_that_prints_stamps_later_hides_nothing_of_a_kernel_without)
{
	struct kt_complaint_scan s = scan_of("earlycon: uart8250 at I/O port 0x3f8\n"
					     "[    9.000000] copied from dmesg\n"
					     "WARNING: printed by the kernel\n");

	cr_assert_eq(s.found.count, 1);
	kt_complaint_done(&s);
}

Test(complaint, a_quiet_kernel_is_known_by_its_first_line)
{
	struct kt_complaint_scan s = scan_of("\n[    0.100000] earlycon: uart8250\n"
					     "WARNING: printed by a program\n"
					     "[    1.000000] WARNING: printed by the kernel\n");

	cr_assert_eq(s.found.count, 1);
	cr_assert_eq(s.found.items[0].line_number, 4);
	kt_complaint_done(&s);
}

Test(complaint, the_oops_of_a_bug_is_the_same_complaint)
{
	struct kt_complaint_scan s =
		scan_of("BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
			"#PF: supervisor write access in kernel mode\n"
			"Oops: Oops: 0002 [#1] PREEMPT SMP\n"
			"---[ end trace 0000000000000000 ]---\n"
			"Oops: Oops: 0002 [#2] PREEMPT SMP\n"
			"Kernel panic - not syncing: Fatal exception\n");

	cr_assert_eq(s.found.count, 3);
	cr_assert_str_eq(s.found.items[0].kind, "bug");
	cr_assert_eq(s.found.items[1].line_number, 5);
	cr_assert(s.found.items[2].is_panic);
	kt_complaint_done(&s);
}

Test(complaint, pieces_make_the_same_lines_as_the_whole)
{
	static const char text[] = "a\r\n[    1.000000] WARNING: cut anywhere\r\nb\n";
	struct kt_complaint_scan s = {.len = 0};

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		kt_complaint_feed(&s, text + i, 1);
	cr_assert_eq(s.found.count, 1);
	cr_assert_str_eq(s.found.items[0].line, "WARNING: cut anywhere");
	cr_assert_eq(s.found.items[0].line_number, 2);
	kt_complaint_done(&s);
}

Test(complaint, overlong_lines_and_floods_are_bounded)
{
	struct kt_complaint_scan s = {.len = 0};
	char x[100];

	memset(x, 'x', sizeof(x));
	kt_complaint_feed(&s, "WARNING: ", 9);
	for (int i = 0; i < 100; i++)
		kt_complaint_feed(&s, x, sizeof(x));
	kt_complaint_flush(&s);
	cr_assert_eq(strlen(s.found.items[0].line), KT_COMPLAINT_LINE_BYTES - 1);
	for (unsigned i = 0; i < KT_COMPLAINTS_MAX + 5; i++)
		kt_complaint_feed(&s, "WARNING: y\n", 11);
	cr_assert_eq(s.found.count, KT_COMPLAINTS_MAX);
	cr_assert_eq(s.more, 6);
	kt_complaint_done(&s);
}

Test(complaint, globs_allow_by_the_line_without_its_stamp)
{
	struct kt_complaint_scan s = scan_of("[    1.000000] WARNING: at kernel/foo.c:1\n");
	const char *const right[] = {"nothing", "WARNING: at kernel/foo.c:*", NULL};
	const char *const wrong[] = {"WARNING", NULL};

	cr_assert(kt_complaint_allowed(&s.found.items[0], right));
	cr_assert_not(kt_complaint_allowed(&s.found.items[0], wrong));
	cr_assert_not(kt_complaint_allowed(&s.found.items[0], NULL));
	kt_complaint_done(&s);
}
