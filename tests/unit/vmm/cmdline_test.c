// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/cmdline.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "vmm/x86_64/layout.h"

Test(cmdline, own_words_come_first_and_the_callers_last)
{
	KT_AUTOFREE char *text = NULL;
	cr_assert_eq(kt_vmm_cmdline(false, "loglevel=7 foo", &text, NULL), 0);
	cr_assert(kt_starts_with(text, "console=ttyS0 "));
	cr_assert(kt_ends_with(text, " nokaslr loglevel=7 foo"));
	cr_assert_not_null(strstr(text, " reboot=k "));
	cr_assert_not_null(strstr(text, " printk.time=1 "), "complaints are told by their stamps");
}

Test(cmdline, kaslr_is_allowed_when_asked)
{
	KT_AUTOFREE char *text = NULL;
	cr_assert_eq(kt_vmm_cmdline(true, NULL, &text, NULL), 0);
	cr_assert_null(strstr(text, "nokaslr"));
}

Test(cmdline, the_last_byte_that_fits_is_taken_and_the_next_refused)
{
	KT_AUTOFREE char *base = NULL;
	KT_AUTOFREE char *text = NULL;
	char extra[KT_X86_CMDLINE_BYTES + 1];
	struct kt_err err = {0};
	cr_assert_eq(kt_vmm_cmdline(true, NULL, &base, NULL), 0);
	size_t room = KT_X86_CMDLINE_BYTES - 1 - strlen(base) - 1;
	memset(extra, 'x', sizeof(extra));
	extra[room] = '\0';
	cr_assert_eq(kt_vmm_cmdline(true, extra, &text, &err), 0);
	cr_assert_eq(strlen(text), KT_X86_CMDLINE_BYTES - 1);
	extra[room] = 'x';
	extra[room + 1] = '\0';
	cr_assert_eq(kt_vmm_cmdline(true, extra, &base, &err), -E2BIG);
}

Test(cmdline, control_characters_are_refused)
{
	char *text = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_vmm_cmdline(true, "a\nb", &text, &err), -EINVAL);
	cr_assert_null(text);
}
