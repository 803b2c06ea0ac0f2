// SPDX-License-Identifier: GPL-2.0-only
#include "guest/program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static char table[] = "/tmp/ktstr-programs-XXXXXX";

static void setup(void)
{
	static const char text[] = "bench\t/usr/bin/bench\n./rel ative\t/opt/it\nlast\t/last";
	KT_AUTOFD int fd = mkstemp(table);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void done(void)
{
	unlink(table);
}

TestSuite(program, .init = setup, .fini = done);

Test(program, the_table_says_where_it_is)
{
	static const char *const pairs[][2] = {
		{"bench", "/usr/bin/bench"}, {"./rel ative", "/opt/it"}, {"last", "/last"}};
	for (size_t i = 0; i < KT_ARRAY_LEN(pairs); i++) {
		KT_AUTOFREE char *path = NULL;
		cr_assert_eq(kt_guest_program_find(table, pairs[i][0], &path, NULL), 0);
		cr_assert_str_eq(path, pairs[i][1]);
	}
}

Test(program, one_that_was_not_packed_is_said_with_the_remedy)
{
	char *path = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_guest_program_find(table, "sh", &path, &err), -ENOENT);
	cr_assert_str_eq(err.text, "program 'sh' is not in this machine");
	cr_assert_not_null(strstr(err.fix, ".payloads"));
	cr_assert_eq(kt_guest_program_find("/nowhere", "sh", &path, &err), -ENOENT);
}

Test(program, without_a_table_it_is_looked_for_on_this_machine)
{
	KT_AUTOFREE char *path = NULL;
	cr_assert_eq(kt_guest_program_find(NULL, "/bin/sh", &path, NULL), 0);
	cr_assert_str_eq(path, "/bin/sh");
}
