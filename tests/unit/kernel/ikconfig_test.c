// SPDX-License-Identifier: GPL-2.0-only
/* The .config inside images. */
#include "kernel/ikconfig.h"

#include <asm/bootparam.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/zst.h"
#include "fake/kernel_source.h"

#define CONFIG	"CONFIG_SMP=y\\nCONFIG_PREEMPT_RT=y\\n" /* for printf(1) */
#define CODE_AT 1024u
#define OFFSET	64u /* of the payload in the code */

static struct kt_fake_ksource fake;

static void init(void)
{
	kt_fake_ksource_init(&fake);
	kt_fake_shell(fake.top,
		"{ printf IKCFG_ST; printf '" CONFIG "' | gzip -9; printf IKCFG_ED; } > marked");
	kt_fake_shell(fake.top,
		"printf '.section .rodata\\n.space 100\\n.incbin \"marked\"\\n' > c.s &&"
		"gcc -nostdlib -static -Wl,-e,0 -o vmlinux -x assembler c.s");
}

static void done(void)
{
	kt_fake_ksource_done(&fake);
}

TestSuite(ikconfig, .init = init, .fini = done);

static char *read_config(const char *name, enum kt_kimage_kind kind)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", fake.top, name);
	return kt_kikconfig_read(path, kind);
}

static void assert_found(const char *name, enum kt_kimage_kind kind)
{
	KT_AUTOFREE char *text = read_config(name, kind);
	cr_assert_not_null(text);
	cr_assert_str_eq(text, "CONFIG_SMP=y\nCONFIG_PREEMPT_RT=y\n");
}

static void assert_none(const char *name, enum kt_kimage_kind kind)
{
	KT_AUTOFREE char *text = read_config(name, kind);
	cr_assert_null(text);
}

static void read_all(const char *name, struct kt_str *out)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", fake.top, name);
	cr_assert_eq(kt_fs_read(path, 1 << 20, out, NULL), 0);
}

/* A bzImage whose payload is DATA; LENGTH is what its header says. */
static void write_bzimage(const void *data, size_t bytes, uint32_t length)
{
	KT_AUTOFREE char *path = kt_strf("%s/bzImage", fake.top);
	KT_AUTOFREE char *file = calloc(1, CODE_AT + OFFSET + bytes);
	struct setup_header setup = {.setup_sects = 1,
		.version = 0x20f,
		.payload_offset = OFFSET,
		.payload_length = length};
	memcpy(file + 0x1f1, &setup, sizeof(setup));
	memcpy(file + CODE_AT + OFFSET, data, bytes);
	cr_assert_eq(kt_fs_replace(path, file, CODE_AT + OFFSET + bytes, NULL), 0);
}

/* vmlinux as the kernel's build packs it: a zstd frame and its unpacked size. */
static size_t pack_zstd(char **ret)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str vmlinux = {0};
	void *packed = NULL;
	size_t bytes = 0;
	read_all("vmlinux", &vmlinux);
	cr_assert_eq(kt_zst_pack(vmlinux.text, vmlinux.len, 3, &packed, &bytes, NULL), 0);
	*ret = realloc(packed, bytes + 4);
	memset(*ret + bytes, 0x11, 4);
	return bytes + 4;
}

Test(ikconfig, vmlinux_has_it_between_marks)
{
	assert_found("vmlinux", KT_KIMAGE_VMLINUX);
}

Test(ikconfig, bzimage_has_it_in_its_zstd_payload)
{
	KT_AUTOFREE char *packed = NULL;
	size_t bytes = pack_zstd(&packed);
	write_bzimage(packed, bytes, (uint32_t)bytes);
	assert_found("bzImage", KT_KIMAGE_BZIMAGE);
}

Test(ikconfig, bzimage_has_it_in_its_gzip_payload)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str packed = {0};
	kt_fake_shell(fake.top, "gzip -k vmlinux");
	read_all("vmlinux.gz", &packed);
	write_bzimage(packed.text, packed.len, (uint32_t)packed.len);
	assert_found("bzImage", KT_KIMAGE_BZIMAGE);
}

Test(ikconfig, image_without_one_is_none)
{
	kt_fake_shell(fake.top,
		"echo 'const int x = 1;' | gcc -x c -nostdlib -static -Wl,-e,0 -o plain -");
	assert_none("plain", KT_KIMAGE_VMLINUX);
	assert_none("missing", KT_KIMAGE_VMLINUX);
	assert_none("missing", KT_KIMAGE_BZIMAGE);
	write_bzimage("\xfd"
		      "7zXZ",
		5, 5);
	assert_none("bzImage", KT_KIMAGE_BZIMAGE);
}

Test(ikconfig, every_truncation_of_a_bzimage_is_survived)
{
	KT_AUTOFREE char *packed = NULL;
	KT_AUTOFREE char *path = kt_strf("%s/bzImage", fake.top);
	size_t bytes = pack_zstd(&packed);
	write_bzimage(packed, bytes, (uint32_t)bytes);
	for (size_t cut = CODE_AT + OFFSET + bytes; cut-- > 0; cut -= cut > 64 ? 61 : 0) {
		cr_assert_eq(truncate(path, (off_t)cut), 0);
		assert_none("bzImage", KT_KIMAGE_BZIMAGE);
	}
}

Test(ikconfig, lies_of_the_header_are_survived)
{
	KT_AUTOFREE char *packed = NULL;
	size_t bytes = pack_zstd(&packed);
	static const uint32_t lengths[] = {0, 1, 4, 5, UINT32_MAX, UINT32_MAX - 1023};
	for (size_t i = 0; i < KT_ARRAY_LEN(lengths); i++) {
		write_bzimage(packed, bytes, lengths[i]);
		assert_none("bzImage", KT_KIMAGE_BZIMAGE);
	}
}

Test(ikconfig, damaged_config_is_none)
{
	kt_fake_shell(fake.top,
		"printf 'IKCFG_STnot packed' > marked && gcc -nostdlib -static -Wl,-e,0 -o vmlinux "
		"-x assembler c.s");
	assert_none("vmlinux", KT_KIMAGE_VMLINUX);
}
