// SPDX-License-Identifier: GPL-2.0-only
/* What cleaning takes, and what it leaves. */
#include "kernel/cache_gc.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/lock.h"
#include "fake/kernel_entry.h"
#include "kernel/cache.h"

static struct kt_fake_ksource fake;
static struct kt_kcache_cleaned cleaned;

static void init(void)
{
	kt_fake_ksource_init(&fake);
	kt_fake_entry(fake.cache, "a-11111111", 100, "default", "");
	kt_fake_entry(fake.cache, "b-22222222", 200, "default", "");
	kt_fake_entry(fake.cache, "c-33333333", 300, "default", "");
}

static void done(void)
{
	kt_kcache_cleaned_done(&cleaned);
	kt_fake_ksource_done(&fake);
}

TestSuite(cache_gc, .init = init, .fini = done);

static void clean(unsigned keep)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_kcache_clean(fake.cache, keep, &cleaned, &err), 0, "%s", err.text);
}

Test(cache_gc, keep_n_leaves_the_n_newest)
{
	clean(2);
	cr_assert_str_eq(kt_str_get(&cleaned.removed), "a-11111111\n");
	cr_assert_eq(cleaned.removed_count, 1);
	cr_assert_gt(cleaned.removed_bytes, 0);
	cr_assert_not(kt_fake_exists("%s/kernels/a-*", fake.cache));
	cr_assert(kt_fake_exists("%s/kernels/b-*", fake.cache));
	cr_assert(kt_fake_exists("%s/kernels/c-*", fake.cache));
}

Test(cache_gc, a_new_variant_does_not_drive_out_the_default_kernel)
{
	kt_fake_entry(fake.cache, "plain-11111111", 1000, "default", "");
	kt_fake_entry(fake.cache, "plain-22222222", 2000, "default", "");
	kt_fake_variant(fake.cache, "kasan-33333333", 3000, "kasan");
	kt_fake_variant(fake.cache, "kasan-44444444", 4000, "kasan");
	clean(1);
	cr_assert(kt_fake_exists("%s/kernels/plain-22222222", fake.cache));
	cr_assert(kt_fake_exists("%s/kernels/kasan-44444444", fake.cache));
	cr_assert_eq(cleaned.removed_count, 2 + 3, "and those of init");
}

Test(cache_gc, keep_none_leaves_nothing)
{
	clean(0);
	cr_assert_eq(cleaned.removed_count, 3);
	cr_assert_not(kt_fake_exists("%s/kernels/*", fake.cache));
	cr_assert_not(kt_fake_exists("%s/kernels/.removed*", fake.cache));
}

Test(cache_gc, damaged_entries_go_and_never_count)
{
	kt_fake_write(fake.cache, "kernels/c-33333333/meta.json", "{");
	clean(2);
	cr_assert_str_eq(kt_str_get(&cleaned.removed), "c-33333333\n");
	cr_assert(kt_fake_exists("%s/kernels/a-*", fake.cache));
}

Test(cache_gc, an_entry_whose_bytes_changed_is_damaged)
{
	kt_fake_write(fake.cache, "kernels/c-33333333/vmlinux", "c-3333333X");
	clean(2);
	cr_assert_str_eq(kt_str_get(&cleaned.removed), "c-33333333\n");
	cr_assert(kt_fake_exists("%s/kernels/a-*", fake.cache));
}

Test(cache_gc, entry_in_use_is_skipped_and_named)
{
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/a-11111111", fake.cache);
	int fd = -1;
	cr_assert_eq(kt_kcache_hold(dir, &fd, NULL), 0);
	clean(1);
	close(fd);
	cr_assert_str_eq(kt_str_get(&cleaned.skipped), "a-11111111: in use\n");
	cr_assert_str_eq(kt_str_get(&cleaned.removed), "b-22222222\n");
	cr_assert(kt_fake_exists("%s", dir));
}

Test(cache_gc, what_belongs_to_no_entry_goes)
{
	kt_fake_write(fake.cache, "logs/33333333.log", "kept");
	kt_fake_write(fake.cache, "logs/99999999.log", "failed");
	kt_fake_write(fake.cache, "work/33333333/kept", "");
	kt_fake_write(fake.cache, "work/99999999/kept", "");
	kt_fake_write(fake.cache, "work/99999999.lock", "");
	clean(3);
	cr_assert(kt_fake_exists("%s/logs/33333333.log", fake.cache));
	cr_assert(kt_fake_exists("%s/work/33333333/kept", fake.cache));
	cr_assert_not(kt_fake_exists("%s/*/99999999*", fake.cache));
}

Test(cache_gc, packed_initramfs_go_whatever_is_kept)
{
	kt_fake_write(fake.cache, "initramfs/0123.cpio.zst", "packed");
	clean(3);
	cr_assert_not(kt_fake_exists("%s/initramfs", fake.cache));
	cr_assert(kt_fake_exists("%s/kernels/a-*", fake.cache));
}

Test(cache_gc, build_under_way_is_left_alone)
{
	KT_AUTOFREE char *path = kt_strf("%s/work/99999999.lock", fake.cache);
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	kt_fake_write(fake.cache, "logs/99999999.log", "growing");
	kt_fake_write(fake.cache, "work/99999999/src/x", "growing");
	cr_assert_eq(kt_lock_take(path, "test", 0, &lock, NULL), 0);
	clean(0);
	cr_assert(kt_fake_exists("%s/logs/99999999.log", fake.cache));
	cr_assert(kt_fake_exists("%s/work/99999999/src/x", fake.cache));
}
