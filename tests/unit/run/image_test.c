// SPDX-License-Identifier: GPL-2.0-only
/* The initramfs: what is in it, when it is compressed, and that a kept one is used. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/zst.h"
#include "run/image.h"

/* A minimal static ELF header: what the archive checks before it packs a program. */
static char *write_program(const char *dir)
{
	unsigned char elf[128] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	elf[16] = 2;  /* ET_EXEC */
	elf[18] = 62; /* EM_X86_64 */
	elf[20] = 1;  /* EV_CURRENT */
	elf[52] = 64; /* e_ehsize */
	elf[54] = 56; /* e_phentsize */
	elf[58] = 64; /* e_shentsize */
	char *path = kt_strf("%s/program", dir);
	cr_assert_eq(kt_fs_replace(path, elf, sizeof(elf), NULL), 0);
	return path;
}

static unsigned count_entries(const char *dir)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static int make(const char *program, const char *cache_dir, size_t pack_above_bytes,
	struct kt_run_image *ret, struct kt_err *err)
{
	struct kt_run_image_spec spec = {
		.program = program, .cache_dir = cache_dir, .pack_above_bytes = pack_above_bytes};
	return kt_run_image_make(&spec, ret, err);
}

Test(image, a_small_archive_is_plain_and_holds_init)
{
	char *dir = NULL;
	cr_assert_eq(kt_fs_mkdtemp(NULL, "image-", &dir, NULL), 0);
	KT_AUTOFREE char *program = write_program(dir);
	struct kt_run_image image = {0};
	struct kt_err err = {0};
	cr_assert_eq(make(program, dir, 1 << 20, &image, &err), 0, "%s", err.text);
	cr_assert_eq(memcmp(image.data, "070701", 6), 0);
	cr_assert_not_null(memmem(image.data, image.bytes, "init\0", 5));
	cr_assert_eq(image.bytes, image.unpacked_bytes);
	kt_run_image_done(&image);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}

Test(image, a_large_archive_is_compressed_once_and_kept)
{
	char *dir = NULL;
	cr_assert_eq(kt_fs_mkdtemp(NULL, "image-", &dir, NULL), 0);
	KT_AUTOFREE char *program = write_program(dir);
	KT_AUTOFREE char *kept = kt_strf("%s/initramfs", dir);
	struct kt_run_image first = {0}, second = {0};
	cr_assert_eq(make(program, dir, 1, &first, NULL), 0);
	cr_assert_lt(first.bytes, first.unpacked_bytes);
	cr_assert_eq(count_entries(kept), 1);
	cr_assert_eq(make(program, dir, 1, &second, NULL), 0);
	cr_assert_eq(count_entries(kept), 1);
	cr_assert_eq(second.bytes, first.bytes);
	cr_assert_eq(memcmp(first.data, second.data, first.bytes), 0);

	void *plain = NULL;
	size_t bytes = 0;
	cr_assert_eq(kt_zst_unpack(first.data, first.bytes, 1 << 20, &plain, &bytes, NULL), 0);
	cr_assert_eq(bytes, first.unpacked_bytes);
	free(plain);
	kt_run_image_done(&first);
	kt_run_image_done(&second);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}

Test(image, a_dynamic_program_is_refused_with_its_loader)
{
	struct kt_run_image image = {0};
	struct kt_err err = {0};
	cr_assert_eq(make("/bin/sh", "/nonexistent", 1 << 20, &image, &err), -ENOEXEC);
	cr_assert_not_null(strstr(err.text, "ld-linux"));
	cr_assert_str_eq(err.fix, "link the program with -static");
}

Test(image, a_table_says_where_the_programs_of_payloads_are)
{
	char *dir = NULL;
	cr_assert_eq(kt_fs_mkdtemp(NULL, "image-", &dir, NULL), 0);
	KT_AUTOFREE char *program = write_program(dir);
	struct kt_run_include_program table[] = {{"sh", "/bin/sh"}, {"./x", "/include-files/x"}};
	struct kt_run_includes includes = {.programs = {.items = table, .count = 2}};
	struct kt_run_image_spec spec = {.program = program,
		.cache_dir = dir,
		.includes = &includes,
		.pack_above_bytes = 1 << 20};
	struct kt_run_image image = {0};
	static const char lines[] = "sh\t/bin/sh\n./x\t/include-files/x\n";
	cr_assert_eq(kt_run_image_make(&spec, &image, NULL), 0);
	cr_assert_not_null(memmem(image.data, image.bytes, "ktstr/programs\0", 15));
	cr_assert_not_null(memmem(image.data, image.bytes, lines, strlen(lines)));
	kt_run_image_done(&image);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}
