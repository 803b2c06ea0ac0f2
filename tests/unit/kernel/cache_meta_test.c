// SPDX-License-Identifier: GPL-2.0-only
/* meta.json: what is written is read, and what is damaged is seen. */
#include "kernel/cache_meta.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "fake/kernel_entry.h"

#define ID "6.12.1-fake-aaaaaaaa"

static struct kt_fake_ksource fake;
static char *dir;

static void init(void)
{
	kt_fake_ksource_init(&fake);
	kt_fake_entry(fake.cache, ID, 123456789012345678ull, "default", "CONFIG_X\n");
	dir = kt_strf("%s/kernels/" ID, fake.cache);
}

static void done(void)
{
	free(dir);
	kt_fake_ksource_done(&fake);
}

TestSuite(cache_meta, .init = init, .fini = done);

static void verify_fails(bool hashes, const char *words)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_kmeta_read(dir, &m, &err), 0, "%s", err.text);
	cr_assert_eq(kt_kmeta_verify(&m, dir, hashes, &err), -EUCLEAN);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert(strstr(err.fix, "--force"), "%s", err.fix);
	kt_kmeta_done(&m);
}

Test(cache_meta, what_is_written_is_read)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_kmeta_read(dir, &m, &err), 0, "%s", err.text);
	cr_assert_str_eq(m.id, ID);
	cr_assert_str_eq(m.role, "default");
	cr_assert_str_eq(m.lost_options, "CONFIG_X\n");
	cr_assert_eq(m.created_ns, 123456789012345678ull);
	cr_assert_eq(m.build_steps, 7);
	cr_assert_eq(m.files[KT_KMETA_CONFIG].bytes, strlen(ID));
	cr_assert_eq(kt_kmeta_verify(&m, dir, true, &err), 0, "%s", err.text);
	kt_kmeta_done(&m);
}

Test(cache_meta, truncated_meta_is_an_error_with_a_remedy)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	KT_AUTOFREE char *path = kt_strf("%s/meta.json", dir);
	cr_assert_eq(truncate(path, 100), 0);
	cr_assert_lt(kt_kmeta_read(dir, &m, &err), 0);
	cr_assert(strstr(err.text, "meta.json"), "%s", err.text);
	cr_assert(strstr(err.fix, "kernel clean"), "%s", err.fix);
}

Test(cache_meta, another_format_is_refused)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	kt_fake_write(dir, "meta.json", "{\"format\": 99}");
	cr_assert_eq(kt_kmeta_read(dir, &m, &err), -EUCLEAN);
	cr_assert(strstr(err.text, "99"), "%s", err.text);
}

Test(cache_meta, missing_field_is_named)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	kt_fake_write(dir, "meta.json", "{\"format\": 1, \"id\": \"x\"}");
	cr_assert_eq(kt_kmeta_read(dir, &m, &err), -EUCLEAN);
	cr_assert(strstr(err.text, "'key'"), "%s", err.text);
}

Test(cache_meta, shorter_file_is_damage)
{
	KT_AUTOFREE char *path = kt_strf("%s/bzImage", dir);
	cr_assert_eq(truncate(path, 3), 0);
	verify_fails(false, "bzImage");
}

Test(cache_meta, missing_file_is_damage)
{
	KT_AUTOFREE char *path = kt_strf("%s/vmlinux", dir);
	cr_assert_eq(unlink(path), 0);
	verify_fails(false, "vmlinux");
}

Test(cache_meta, changed_bytes_of_the_same_length_are_damage)
{
	kt_fake_write(dir, "vmlinux", "6.12.1-fake-aaaaaaab");
	struct kt_kmeta m = {0};
	cr_assert_eq(kt_kmeta_read(dir, &m, NULL), 0);
	cr_assert_eq(kt_kmeta_verify(&m, dir, false, NULL), 0, "sizes are right");
	kt_kmeta_done(&m);
	verify_fails(true, "changed");
}

Test(cache_meta, an_entry_of_an_older_program_has_no_variant)
{
	struct kt_kmeta m = {0};
	struct kt_err err = {0};
	kt_fake_shell(dir, "grep -v '\"variant\"' meta.json > new && mv new meta.json");
	cr_assert_eq(kt_kmeta_read(dir, &m, &err), 0, "%s", err.text);
	cr_assert_str_eq(m.variant, "");
	kt_kmeta_done(&m);
}

Test(cache_meta, the_variant_is_kept)
{
	struct kt_kmeta m = {0};
	kt_fake_variant(fake.cache, ID, 1, "lockdep+rt");
	cr_assert_eq(kt_kmeta_read(dir, &m, NULL), 0);
	cr_assert_str_eq(m.variant, "lockdep+rt");
	cr_assert_str_eq(m.role, "custom");
	kt_kmeta_done(&m);
}

Test(cache_meta, meta_cut_off_anywhere_is_damage)
{
	KT_AUTOFREE char *path = kt_strf("%s/meta.json", dir);
	KT_AUTO_DONE(kt_str_done) struct kt_str whole = {0};
	cr_assert_eq(kt_fs_read(path, 1 << 20, &whole, NULL), 0);
	for (size_t cut = whole.len - 2; cut > 0; cut--) {
		struct kt_kmeta m = {0};
		struct kt_err err = {0};
		cr_assert_eq(truncate(path, (off_t)cut), 0);
		cr_assert_lt(kt_kmeta_read(dir, &m, &err), 0, "cut at %zu", cut);
		cr_assert_neq(err.fix[0], '\0');
	}
}
