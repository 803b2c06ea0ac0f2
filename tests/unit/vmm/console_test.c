// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/console.h"

#include <criterion/criterion.h>
#include <string.h>

static void feed(struct kt_vmm_console *c, const char *text)
{
	kt_vmm_console_feed(c, text, strlen(text));
}

Test(console, a_panic_line_is_seen_however_it_is_cut)
{
	const char text[] = "[    1.0] Kernel panic - not syncing: Attempted to kill init!\r\n";
	struct kt_vmm_console c = {0};
	for (size_t i = 0; i < strlen(text); i++) {
		cr_assert_not(c.panic);
		kt_vmm_console_feed(&c, text + i, 1);
	}
	cr_assert(c.panic);
	cr_assert_not(c.panic_over);
	cr_assert_str_eq(c.panic_line, "Kernel panic - not syncing: Attempted to kill init!");
}

Test(console, the_end_line_says_that_nothing_more_comes)
{
	struct kt_vmm_console c = {0};
	feed(&c, "Kernel panic - not syncing: first\nKernel panic - not syncing: second\n");
	feed(&c, "---[ end Kernel panic - not syncing: first ]---\n");
	cr_assert(c.panic_over);
	cr_assert_str_eq(c.panic_line, "Kernel panic - not syncing: first");
}

Test(console, other_lines_are_no_panic)
{
	struct kt_vmm_console c = {0};
	feed(&c, "WARNING: CPU: 0\nOops: 0000\nno kernel panic here\nKernel panic - n\not "
		 "syncing\n");
	cr_assert_not(c.panic);
}

Test(console, lines_of_any_length_are_survived)
{
	struct kt_vmm_console c = {0};
	for (int i = 0; i < 10000; i++)
		feed(&c, "xxxxxxxxxx");
	feed(&c, " Kernel panic - not syncing: too late in its line\n");
	cr_assert_not(c.panic);
	feed(&c, "Kernel panic - not syncing: next line\n");
	cr_assert(c.panic);
}
