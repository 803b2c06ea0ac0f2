// SPDX-License-Identifier: GPL-2.0-only
/* --sysctl in a guest, on a folder in the place of /proc/sys. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "guest/sysctl.h"

static char *dir, *list, *value;
static struct kt_err err;

static void write_text(const char *path, const char *text)
{
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), NULL), 0);
}

static void init(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-sysctl-", &dir, NULL), 0);
	list = kt_strf("%s/list", dir);
	value = kt_strf("%s/kernel/one.two/x", dir);
	KT_AUTOFREE char *folder = kt_strf("%s/kernel/one.two", dir);
	KT_AUTOFREE char *plain = kt_strf("%s/kernel/plain", dir);
	cr_assert_eq(kt_fs_mkdirs(folder, NULL), 0);
	write_text(value, "0");
	write_text(plain, "0");
}

static void done(void)
{
	kt_fs_remove_tree(dir, NULL);
	free(dir);
	free(list);
	free(value);
}

TestSuite(sysctl, .init = init, .fini = done);

static int apply(const char *lines)
{
	write_text(list, lines);
	return kt_guest_sysctl_apply(list, dir, &err);
}

static const char *text_of(const char *name)
{
	static struct kt_str text;
	kt_str_cut(&text, 0);
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	cr_assert_eq(kt_fs_read(path, 100, &text, NULL), 0);
	return kt_str_get(&text);
}

Test(sysctl, dots_are_slashes)
{
	cr_assert_eq(apply("kernel.plain=a b=c\n"), 0, "%s", err.text);
	cr_assert_str_eq(text_of("kernel/plain"), "a b=c");
}

Test(sysctl, a_key_with_slashes_keeps_its_dots)
{
	cr_assert_eq(apply("kernel/one.two/x=5\n"), 0, "%s", err.text);
	cr_assert_str_eq(text_of("kernel/one.two/x"), "5");
}

Test(sysctl, what_the_kernel_does_not_have_is_named)
{
	cr_assert_eq(apply("kernel.plain=1\nkernel.nope=1\n"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'kernel/nope': there is no "), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "this kernel has it"), "%s", err.fix);
	cr_assert_str_eq(text_of("kernel/plain"), "1");
}

Test(sysctl, no_list_is_nothing_to_do)
{
	cr_assert_eq(kt_guest_sysctl_apply("/nonexistent", dir, &err), 0);
}
