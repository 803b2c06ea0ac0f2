// SPDX-License-Identifier: GPL-2.0-only
/* The fragment inside the program. */
#include "kernel/fragment.h"

#include <string.h>

#include <criterion/criterion.h>

#include "base/fs.h"

Test(fragment, is_the_file_of_the_source_tree)
{
	struct kt_str file = {0};
	struct kt_err err = {0};
	size_t bytes = 0;
	const char *text = kt_kernel_fragment(&bytes);
	cr_assert_eq(
		kt_fs_read("src/kernel/ktstr.kconfig", 1 << 20, &file, &err), 0, "%s", err.text);
	cr_assert_eq(bytes, file.len);
	cr_assert_eq(strlen(text), bytes, "ends with NUL");
	cr_assert_str_eq(text, file.text);
	kt_str_done(&file);
}
