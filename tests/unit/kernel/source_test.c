// SPDX-License-Identifier: GPL-2.0-only
/* Each kind of source, and when its identity changes. */
#include "kernel/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/mem.h"
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

TestSuite(source, .init = init, .fini = done);

/* The identity of PATH now; static memory of four results. */
static const char *identity(const char *path)
{
	static char texts[4][128];
	static unsigned turn;
	struct kt_ksource s = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_ksource_resolve(path, &s, &err), 0, "%s", err.text);
	char *text = texts[turn++ % 4];
	snprintf(text, sizeof(texts[0]), "%s", s.identity);
	kt_ksource_done(&s);
	return text;
}

static void refused(const char *path, int code, const char *words, const char *fix)
{
	struct kt_ksource s = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_ksource_resolve(path, &s, &err), -code, "%s", err.text);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert(strstr(err.fix, fix), "%s", err.fix);
}

Test(source, plain_folder_changes_when_a_file_changes)
{
	const char *before = identity(fake.source);
	cr_assert(!strncmp(before, "tree:", 5));
	cr_assert_str_eq(identity(fake.source), before);
	kt_fake_write(fake.source, "kernel/new.c", "int x;\n");
	cr_assert_str_neq(identity(fake.source), before);
}

Test(source, clean_git_folder_is_its_commit)
{
	kt_fake_shell(fake.source, "git init -q && git add -A && git -c user.name=a "
				   "-c user.email=a@b commit -qm one");
	cr_assert(!strncmp(identity(fake.source), "git:", 4));
}

Test(source, dirty_git_folder_is_its_listing)
{
	kt_fake_shell(fake.source, "git init -q && git add -A && git -c user.name=a "
				   "-c user.email=a@b commit -qm one && echo '# more' >> Kconfig");
	cr_assert(!strncmp(identity(fake.source), "tree:", 5));
}

Test(source, tarball_is_its_bytes)
{
	kt_fake_shell(fake.top, "tar -czf one.tar.gz linux && cp one.tar.gz two.tar.gz && "
				"echo >> linux/Kconfig && tar -czf three.tar.gz linux");
	KT_AUTOFREE char *one = kt_strf("%s/one.tar.gz", fake.top);
	KT_AUTOFREE char *two = kt_strf("%s/two.tar.gz", fake.top);
	KT_AUTOFREE char *three = kt_strf("%s/three.tar.gz", fake.top);
	const char *before = identity(one);
	cr_assert_str_eq(identity(two), before);
	cr_assert_str_neq(identity(three), before);
}

Test(source, relative_path_becomes_absolute)
{
	struct kt_ksource s = {0};
	cr_assert_eq(chdir(fake.top), 0);
	cr_assert_eq(kt_ksource_resolve("./linux", &s, NULL), 0);
	cr_assert_eq(s.path[0], '/');
	cr_assert_eq(s.kind, KT_KSOURCE_FOLDER);
	kt_ksource_done(&s);
}

Test(source, folder_built_in_place_is_refused)
{
	kt_fake_write(fake.source, ".config", "CONFIG_SMP=y\n");
	refused(fake.source, EBUSY, "built in place", "mrproper");
}

Test(source, folder_without_a_kernel_is_refused)
{
	refused(fake.top, EINVAL, "no kernel source", "top folder");
}

Test(source, missing_path_is_refused)
{
	refused("/nowhere/linux.tar.xz", ENOENT, "/nowhere/linux.tar.xz", "--source");
	refused("debain", ENOENT, "/debain", "did you mean 'debian'");
}

Test(source, debian_is_found_or_names_its_package)
{
	struct kt_ksource s = {0};
	struct kt_err err = {0};
	bool there = kt_fs_exists(KT_KSOURCE_DEBIAN_TARBALL);
	int r = kt_ksource_resolve(NULL, &s, &err);
	cr_assert_eq(r, there ? 0 : -ENOENT);
	if (there)
		cr_assert_str_eq(kt_ksource_kind_name(s.kind), "debian");
	else
		cr_assert(strstr(err.fix, "apt-get install linux-source-6.12"), "%s", err.fix);
	kt_ksource_done(&s);
}
