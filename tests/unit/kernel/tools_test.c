// SPDX-License-Identifier: GPL-2.0-only
/* What is missing is said at once, with one command. */
#include "kernel/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "fake/kernel_source.h"

static struct kt_fake_ksource fake;

static void init(void)
{
	kt_fake_ksource_init(&fake);
}

static void done(void)
{
	kt_fake_ksource_done(&fake);
}

TestSuite(tools, .init = init, .fini = done);

Test(tools, all_that_is_missing_is_in_one_error)
{
	struct kt_err err = {0};
	kt_fake_shell(fake.top, "mkdir bin && for t in make gcc ld objcopy bc awk zstd tar cc1 as;"
				"do p=$(command -v $t) && ln -s $p bin/$t; done; true");
	char *path = getenv("PATH");
	cr_assert_not_null(path);
	char *old = strdup(path);
	char bin[256];
	snprintf(bin, sizeof(bin), "%s/bin", fake.top);
	setenv("PATH", bin, 1);
	int r = kt_ktools_check("/x/linux.tar.xz", &err);
	setenv("PATH", old, 1);
	free(old);
	cr_assert_eq(r, -ENOENT);
	cr_assert(strstr(err.text, "flex, bison, pahole"), "%s", err.text);
	cr_assert(strstr(err.text, "xz"), "%s", err.text);
	cr_assert(strstr(err.fix, "apt-get install -y flex bison pahole"), "%s", err.fix);
	cr_assert(strstr(err.fix, "xz-utils"), "%s", err.fix);
}

Test(tools, unpacker_is_only_needed_for_its_tarball)
{
	struct kt_err err = {0};
	setenv("PATH", "/nowhere", 1);
	cr_assert_eq(kt_ktools_check("/x/folder", &err), -ENOENT);
	cr_assert_not(strstr(err.fix, "xz-utils"), "%s", err.fix);
	cr_assert_not(strstr(err.fix, "bzip2"), "%s", err.fix);
}

Test(tools, versions_name_compiler_linker_and_pahole)
{
	char *text = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_ktools_versions(&text, &err), 0, "%s", err.text);
	cr_assert(strstr(text, "gcc"), "%s", text);
	cr_assert(strstr(text, "ld"), "%s", text);
	cr_assert_not(strchr(text, '\n'));
	free(text);
}
