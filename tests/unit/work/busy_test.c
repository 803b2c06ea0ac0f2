// SPDX-License-Identifier: GPL-2.0-only
/* The lines of /proc/stat, and what of them is busy. */
#include <criterion/criterion.h>

#include "work/busy.h"

Test(busy, idle_and_waiting_for_a_disk_are_not_busy)
{
	unsigned cpu = 0;
	struct kt_busy b;
	cr_assert(kt_busy_line("cpu12 1 2 4 100 200 8 16 32 64 128", &cpu, &b));
	cr_expect_eq(cpu, 12);
	cr_expect_eq(b.busy, 63);
	cr_expect_eq(b.all, 363);
}

Test(busy, sums_and_other_lines_are_left_out)
{
	static const char *const lines[] = {"cpu  1 2 3 4 5 6 7 8", "intr 1 2 3", "", "cpu1",
		"cpu1 1 2 3 4 5 6 7", "cpux 1 2 3 4 5 6 7 8"};
	unsigned cpu;
	struct kt_busy b;
	for (int i = 0; i < 6; i++)
		cr_expect_not(kt_busy_line(lines[i], &cpu, &b), "%s", lines[i]);
}

Test(busy, a_share_is_of_the_time_between)
{
	struct kt_busy a = {.busy = 100, .all = 400}, b = {.busy = 130, .all = 440};
	cr_expect_float_eq(kt_busy_pct(&a, &b), 75, 1e-9);
	cr_expect_float_eq(kt_busy_pct(&b, &b), 0, 1e-9);
	cr_expect_float_eq(kt_busy_pct(&b, &a), 0, 1e-9);
}

Test(busy, this_machine_has_counted)
{
	struct kt_busy b;
	kt_busy_read(&b);
	cr_expect_gt(b.busy, 0);
	cr_expect_lt(b.busy, b.all);
}
