// SPDX-License-Identifier: GPL-2.0-only
/* Entries: listed, held, put in and taken out whole. */
#include "kernel/cache.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/lock.h"
#include "fake/kernel_entry.h"

static struct kt_fake_ksource fake;

static void init(void)
{
	kt_fake_ksource_init(&fake);
}

static void done(void)
{
	kt_fake_ksource_done(&fake);
}

TestSuite(cache, .init = init, .fini = done);

static void assert_dir(const char *own, const char *xdg, const char *home, const char *want)
{
	KT_AUTOFREE char *dir = NULL;
	struct kt_err err = {0};
	setenv("KTSTR_CACHE_DIR", own, 1);
	setenv("XDG_CACHE_HOME", xdg, 1);
	setenv("HOME", home, 1);
	cr_assert_eq(kt_kcache_dir(&dir, &err), want ? 0 : -ENOENT);
	if (want)
		cr_assert_str_eq(dir, want);
	else
		cr_assert(strstr(err.fix, "KTSTR_CACHE_DIR"), "%s", err.fix);
}

Test(cache, own_variable_goes_before_xdg_before_home)
{
	assert_dir("/own", "/xdg", "/home/u", "/own");
	assert_dir("", "/xdg", "/home/u", "/xdg/ktstr");
	assert_dir("", "", "/home/u", "/home/u/.cache/ktstr");
	assert_dir("", "relative", "/home/u", "/home/u/.cache/ktstr");
	assert_dir("", "", "", NULL);
}

Test(cache, missing_cache_is_an_empty_list)
{
	struct kt_kcache_list l = {0};
	cr_assert_eq(kt_kcache_list("/nowhere/cache", false, &l, NULL), 0);
	cr_assert_eq(l.count, 0);
}

Test(cache, list_is_newest_first_and_marks_damage)
{
	struct kt_kcache_list l = {0};
	KT_AUTOFREE char *kernels = kt_strf("%s/kernels", fake.cache);
	kt_fake_entry(fake.cache, "old-11111111", 100, "default", "");
	kt_fake_entry(fake.cache, "new-22222222", 300, "default", "");
	kt_fake_entry(fake.cache, "mid-33333333", 200, "default", "");
	kt_fake_write(kernels, "mid-33333333/config", "short");
	kt_fake_write(kernels, ".removed-x/config", "no entry");
	cr_assert_eq(kt_kcache_list(fake.cache, false, &l, NULL), 0);
	cr_assert_eq(l.count, 3);
	cr_assert_str_eq(l.items[0].id, "new-22222222");
	cr_assert_str_eq(l.items[1].id, "mid-33333333");
	cr_assert_str_eq(l.items[2].id, "old-11111111");
	cr_assert(l.items[1].damaged);
	cr_assert(kt_kcache_is_stale(&l.items[0]), "its fragment hash is 0");
	cr_assert(strstr(l.items[1].why.text, "config"), "%s", l.items[1].why.text);
	cr_assert_gt(l.items[0].bytes, 4 * strlen("new-22222222"));
	cr_assert_null(kt_kcache_by_key(&l, "33333333333333333333333333333333"), "damaged");
	cr_assert_eq(kt_kcache_by_key(&l, "11111111111111111111111111111111"), &l.items[2]);
	kt_kcache_list_done(&l);
}

Test(cache, entry_under_a_foreign_name_is_damaged)
{
	struct kt_kcache_list l = {0};
	kt_fake_entry(fake.cache, "a-11111111", 100, "default", "");
	kt_fake_shell(fake.cache, "mv kernels/a-11111111 kernels/b-11111111");
	cr_assert_eq(kt_kcache_list(fake.cache, false, &l, NULL), 0);
	cr_assert(l.items[0].damaged);
	cr_assert_str_eq(l.items[0].id, "b-11111111");
	kt_kcache_list_done(&l);
}

Test(cache, held_entry_is_not_removed)
{
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/a-11111111", fake.cache);
	struct kt_err err = {0};
	int fd = -1;
	kt_fake_entry(fake.cache, "a-11111111", 100, "default", "");
	cr_assert_eq(kt_kcache_hold(dir, &fd, &err), 0, "%s", err.text);
	cr_assert_eq(kt_kcache_remove(fake.cache, "a-11111111", &err), 1);
	cr_assert(kt_fs_exists(dir));
	close(fd);
	cr_assert_eq(kt_kcache_remove(fake.cache, "a-11111111", &err), 0, "%s", err.text);
	cr_assert_not(kt_fs_exists(dir));
	cr_assert_eq(kt_kcache_remove(fake.cache, "a-11111111", &err), 0, "gone is removed");
}

Test(cache, hold_of_a_missing_entry_fails)
{
	struct kt_err err = {0};
	int fd = -1;
	cr_assert_eq(kt_kcache_hold("/nowhere/x", &fd, &err), -ENOENT);
	cr_assert_eq(fd, -1);
}

Test(cache, commit_replaces_an_older_entry_whole)
{
	KT_AUTOFREE char *fresh = kt_strf("%s/fresh", fake.top);
	KT_AUTOFREE char *entry = kt_strf("%s/kernels/a-11111111", fake.cache);
	KT_AUTOFREE char *old_file = kt_strf("%s/vmlinux", entry);
	KT_AUTOFREE char *new_file = kt_strf("%s/only", entry);
	struct kt_err err = {0};
	kt_fake_entry(fake.cache, "a-11111111", 100, "default", "");
	kt_fake_write(fresh, "only", "new");
	cr_assert_eq(kt_kcache_commit(fake.cache, fresh, "a-11111111", &err), 0, "%s", err.text);
	cr_assert(kt_fs_exists(new_file));
	cr_assert_not(kt_fs_exists(old_file));
	cr_assert_not(kt_fs_exists(fresh));
}

Test(cache, sweep_takes_dead_builds_and_leaves_living_and_kept_ones)
{
	KT_AUTOFREE char *work = kt_strf("%s/work", fake.cache);
	KT_AUTOFREE char *kernels = kt_strf("%s/kernels", fake.cache);
	KT_AUTOFREE char *lock_path = kt_strf("%s/22222222.lock", work);
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	struct kt_err err = {0};
	kt_fake_write(work, "11111111/src/Makefile", "x");
	kt_fake_write(work, "22222222/src/Makefile", "x");
	kt_fake_write(work, "33333333/kept", "");
	kt_fake_write(kernels, ".removed-a-1/vmlinux", "x");
	cr_assert_eq(kt_lock_take(lock_path, "test", 0, &lock, &err), 0, "%s", err.text);
	cr_assert_eq(kt_kcache_sweep(fake.cache, &err), 0, "%s", err.text);
	cr_assert_not(kt_fake_exists("%s/11111111", work));
	cr_assert(kt_fake_exists("%s/22222222", work));
	cr_assert(kt_fake_exists("%s/33333333", work));
	cr_assert_not(kt_fake_exists("%s/.removed*", kernels));
}
