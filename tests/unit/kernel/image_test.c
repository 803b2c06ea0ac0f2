// SPDX-License-Identifier: GPL-2.0-only
/* Telling images apart and reading their release. */
#include "kernel/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

TestSuite(image, .init = init, .fini = done);

static int read_image(
	const char *name, enum kt_kimage_kind *kind, char **release, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", fake.top, name);
	return kt_kimage_read(path, kind, release, err);
}

static void write_bzimage(const char *name, unsigned version_at)
{
	char bytes[0x400] = {0};
	struct kt_err err = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s", fake.top, name);
	bytes[0x1f1] = 1; /* sector behind the first */
	memcpy(bytes + 0x202, "HdrS", 4);
	bytes[0x20e] = (char)version_at;
	bytes[0x20f] = (char)(version_at >> 8);
	strcpy(bytes + 0x300, "6.9.1-x (someone) #1");
	cr_assert_eq(kt_fs_replace(path, bytes, sizeof(bytes), &err), 0, "%s", err.text);
}

static void refused(const char *name, const char *words)
{
	enum kt_kimage_kind kind;
	KT_AUTOFREE char *release = NULL;
	struct kt_err err = {0};
	cr_assert_lt(read_image(name, &kind, &release, &err), 0);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert_null(release);
}

Test(image, bzimage_names_its_release_in_the_header)
{
	enum kt_kimage_kind kind = KT_KIMAGE_VMLINUX;
	KT_AUTOFREE char *release = NULL;
	write_bzimage("bz", 0x100);
	cr_assert_eq(read_image("bz", &kind, &release, NULL), 0);
	cr_assert_eq(kind, KT_KIMAGE_BZIMAGE);
	cr_assert_str_eq(release, "6.9.1-x");
}

Test(image, vmlinux_names_its_release_in_the_banner)
{
	enum kt_kimage_kind kind = KT_KIMAGE_BZIMAGE;
	KT_AUTOFREE char *release = NULL;
	struct kt_err err = {0};
	kt_fake_shell(fake.top,
		"echo 'const char linux_banner[] = \"Linux version 6.8.7-y (a@b)\";'"
		"| gcc -x c -nostdlib -static -Wl,-e,0 -o elf -");
	cr_assert_eq(read_image("elf", &kind, &release, &err), 0, "%s", err.text);
	cr_assert_eq(kind, KT_KIMAGE_VMLINUX);
	cr_assert_str_eq(release, "6.8.7-y");
}

Test(image, what_is_no_kernel_is_refused_with_its_reason)
{
	kt_fake_write(fake.top, "text", "hello");
	write_bzimage("no-version", 0);
	write_bzimage("version-outside", 0xfff0);
	kt_fake_shell(fake.top, "echo 'int x;' | gcc -x c -nostdlib -static -Wl,-e,0 -o other -");
	kt_fake_shell(fake.top, "echo 'const char linux_banner[] = \"Minix 3\";'"
				"| gcc -x c -nostdlib -static -Wl,-e,0 -o minix -");
	refused("text", "neither");
	refused("no-version", "names no version");
	refused("version-outside", "names no version");
	refused("other", "linux_banner");
	refused("minix", "banner");
	refused("missing", "No such file");
}

Test(image, bzimage_shorter_than_its_header_says_is_cut_off)
{
	KT_AUTOFREE char *path = kt_strf("%s/bz", fake.top);
	char paragraphs = 16;
	write_bzimage("bz", 0x100);
	kt_fake_shell(fake.top, "printf '\\020' | dd of=bz bs=1 seek=500 conv=notrunc 2>/dev/null");
	cr_assert_eq(truncate(path, 1024 + paragraphs * 16), 0);
	enum kt_kimage_kind kind;
	KT_AUTOFREE char *release = NULL;
	struct kt_err err = {0};
	cr_assert_eq(read_image("bz", &kind, &release, &err), 0, "%s", err.text);
	static const int cuts[] = {1024 + 255, 1024, 1023, 0x210, 0x20f, 0x202, 100, 4, 1, 0};
	for (size_t i = 0; i < KT_ARRAY_LEN(cuts); i++) {
		cr_assert_eq(truncate(path, cuts[i]), 0);
		refused("bz", cuts[i] >= 0x210 ? "cut off" : "neither");
	}
}

Test(image, vmlinux_cut_off_anywhere_is_refused)
{
	struct stat st;
	KT_AUTOFREE char *path = kt_strf("%s/elf", fake.top);
	kt_fake_shell(fake.top,
		"echo 'const char linux_banner[] = \"Linux version 6.8.7-y (a@b)\";'"
		"| gcc -x c -nostdlib -static -Wl,-e,0 -o elf -");
	cr_assert_eq(stat(path, &st), 0);
	for (off_t cut = st.st_size - 1; cut >= 0; cut -= cut > 200 ? 97 : 1) {
		enum kt_kimage_kind kind;
		char *release = NULL;
		struct kt_err err = {0};
		cr_assert_eq(truncate(path, cut), 0);
		cr_assert_eq(read_image("elf", &kind, &release, &err), -ENOEXEC, "%ld: %s",
			(long)cut, err.text);
		cr_assert_null(release);
		cr_assert(strstr(err.text, "/elf"), "%s", err.text);
		cr_assert_neq(err.fix[0], '\0');
	}
}
