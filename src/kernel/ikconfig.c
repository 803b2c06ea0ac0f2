// SPDX-License-Identifier: GPL-2.0-only
/*
 * The config stands, packed by gzip, between two marks in the kernel's read-only data. A vmlinux
 * has it in .rodata; a bzImage has a packed vmlinux as its payload, which the setup header
 * locates (boot protocol 2.08). Every number of the file is checked.
 */
#include "kernel/ikconfig.h"

#include <asm/bootparam.h>
#include <string.h>

#include "base/elf.h"
#include "base/fs.h"
#include "base/gz.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/zst.h"

#define MARK		  "IKCFG_ST"
#define SETUP_AT	  0x1f1u
#define SECTOR_BYTES	  512u
#define PAYLOAD_SINCE	  0x208u
#define BZIMAGE_BYTES_MAX (256u << 20)
#define PAYLOAD_BYTES_MAX (1024u << 20)
#define CONFIG_BYTES_MAX  (4u << 20)
#define SIZE_SUFFIX_BYTES 4u /* the kernel's build puts the unpacked size behind a zstd frame */

/* The text behind the mark in BYTES of DATA. */
static char *unpack_config(const void *data, size_t bytes)
{
	const char *mark = memmem(data, bytes, MARK, strlen(MARK));
	if (!mark)
		return NULL;
	const char *start = mark + strlen(MARK);
	size_t left = bytes - (size_t)(start - (const char *)data);
	KT_AUTOFREE void *text = NULL;
	size_t text_bytes = 0;
	if (kt_gz_unpack(start, KT_MIN(left, (size_t)CONFIG_BYTES_MAX), CONFIG_BYTES_MAX, &text,
		    &text_bytes, NULL) < 0)
		return NULL;
	return kt_strf("%.*s", (int)text_bytes, (const char *)text);
}

static char *from_vmlinux(const char *path)
{
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	const void *data;
	size_t bytes;
	if (kt_elf_open(path, &elf, NULL) < 0 ||
		kt_elf_section(elf, ".rodata", &data, &bytes, NULL) < 0)
		return NULL;
	return unpack_config(data, bytes);
}

/* What is told behind the frame saves the memory of a second copy. */
static int unpack_zstd(const void *data, size_t bytes, void **ret, size_t *ret_bytes)
{
	uint32_t told;
	memcpy(&told, (const char *)data + bytes, sizeof(told));
	*ret_bytes = told;
	if (told && told <= PAYLOAD_BYTES_MAX &&
		kt_zst_unpack_exact(data, bytes, told, ret, NULL) == 0)
		return 0;
	return kt_zst_unpack(data, bytes, PAYLOAD_BYTES_MAX, ret, ret_bytes, NULL);
}

/* The payload of a bzImage, unpacked; malloced. */
static void *unpack_payload(const void *data, size_t bytes, size_t *ret_bytes)
{
	static const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
	static const unsigned char gzip[] = {0x1f, 0x8b};
	void *out = NULL;
	int r = -ENOTSUP;
	if (bytes > SIZE_SUFFIX_BYTES + sizeof(zstd) && !memcmp(data, zstd, sizeof(zstd)))
		r = unpack_zstd(data, bytes - SIZE_SUFFIX_BYTES, &out, ret_bytes);
	else if (bytes > sizeof(gzip) && !memcmp(data, gzip, sizeof(gzip)))
		r = kt_gz_unpack(data, bytes, PAYLOAD_BYTES_MAX, &out, ret_bytes, NULL);
	return r < 0 ? NULL : out;
}

static char *from_bzimage(const char *path)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str file = {0};
	struct setup_header setup;
	if (kt_fs_read(path, BZIMAGE_BYTES_MAX, &file, NULL) < 0 ||
		file.len < SETUP_AT + sizeof(setup))
		return NULL;
	memcpy(&setup, file.text + SETUP_AT, sizeof(setup));
	uint64_t code = ((setup.setup_sects ?: 4) + 1u) * (uint64_t)SECTOR_BYTES;
	uint64_t at = code + setup.payload_offset;
	if (setup.version < PAYLOAD_SINCE || at > file.len || setup.payload_length > file.len - at)
		return NULL;
	size_t bytes = 0;
	KT_AUTOFREE void *kernel = unpack_payload(file.text + at, setup.payload_length, &bytes);
	return kernel ? unpack_config(kernel, bytes) : NULL;
}

char *kt_kikconfig_read(const char *path, enum kt_kimage_kind kind)
{
	return kind == KT_KIMAGE_VMLINUX ? from_vmlinux(path) : from_bzimage(path);
}
