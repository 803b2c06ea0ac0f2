// SPDX-License-Identifier: GPL-2.0-only
/* When a comparison with hashes may be left out, and that no change goes unnoticed. */
#include "kernel/cache_seen.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "unit/tmpdir.h"

#define LATER_NS (1ull << 62) /* long after any file here was made */

static struct kt_kmeta m;

/* The latest change of the files that are noted, by the clock of files. */
static uint64_t newest_ns(void)
{
	uint64_t newest = 0;
	for (int i = 0; i < KT_KMETA_FILES; i++) {
		struct stat st;
		cr_assert_eq(stat(in_tmp(kt_kmeta_file_name((enum kt_kmeta_file_kind)i)), &st), 0);
		newest = KT_MAX(newest,
			(uint64_t)st.st_ctim.tv_sec * KT_NS_PER_S + (uint64_t)st.st_ctim.tv_nsec);
	}
	return newest;
}

/* That clock moves in ticks: until a file that is made now is younger than all these. */
static void await_tick(void)
{
	uint64_t before = newest_ns(), made = before;
	while (made <= before) {
		struct stat st;
		put_file("tick", "");
		cr_assert_eq(stat(in_tmp("tick"), &st), 0);
		made = (uint64_t)st.st_ctim.tv_sec * KT_NS_PER_S + (uint64_t)st.st_ctim.tv_nsec;
	}
}

static void setup(void)
{
	tmpdir_make();
	m = (struct kt_kmeta){0};
	for (int i = 0; i < KT_KMETA_FILES; i++)
		put_file(kt_kmeta_file_name((enum kt_kmeta_file_kind)i), "abcd");
	cr_assert_eq(kt_kmeta_measure(&m, tmpdir, NULL), 0);
}

TestSuite(cache_seen, .init = setup, .fini = tmpdir_remove);

Test(cache_seen, nothing_is_known_before_it_was_noted)
{
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
	kt_kseen_note(&m, tmpdir, LATER_NS);
	cr_assert(kt_kseen_is_known(&m, tmpdir));
}

Test(cache_seen, a_byte_that_changes_is_noticed_even_with_size_and_time_put_back)
{
	const char *path = in_tmp(kt_kmeta_file_name(KT_KMETA_VMLINUX));
	struct stat st;
	kt_kseen_note(&m, tmpdir, LATER_NS);
	cr_assert_eq(stat(path, &st), 0);
	await_tick();
	put_file(kt_kmeta_file_name(KT_KMETA_VMLINUX), "abcX");
	struct timespec times[2] = {st.st_atim, st.st_mtim};
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
}

Test(cache_seen, another_size_and_a_missing_file_are_noticed)
{
	const char *path = in_tmp(kt_kmeta_file_name(KT_KMETA_CONFIG));
	kt_kseen_note(&m, tmpdir, LATER_NS);
	cr_assert_eq(truncate(path, 3), 0);
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
	unlink(path);
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
}

Test(cache_seen, another_hash_in_the_description_is_noticed)
{
	kt_kseen_note(&m, tmpdir, LATER_NS);
	m.files[KT_KMETA_BZIMAGE].hash[0] ^= 1;
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
}

Test(cache_seen, files_that_are_still_young_are_not_noted)
{
	uint64_t old_ns = newest_ns() + 2 * KT_NS_PER_S;
	kt_kseen_note(&m, tmpdir, newest_ns());
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
	kt_kseen_note(&m, tmpdir, old_ns - 1);
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
	kt_kseen_note(&m, tmpdir, old_ns);
	cr_assert(kt_kseen_is_known(&m, tmpdir));
}

Test(cache_seen, a_damaged_note_is_no_note)
{
	kt_kseen_note(&m, tmpdir, LATER_NS);
	cr_assert_eq(truncate(in_tmp("verified"), 30), 0);
	cr_assert_not(kt_kseen_is_known(&m, tmpdir));
}
