// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images, vmlinux and bzImage. A bzImage's header lies behind half a KiB that nobody
 * reads: the first byte of an input says whether those bytes are part of it.
 */
#include "fuzz/fuzz_mem.h"
#include "vmm/image.h"

#define LOW_BYTES	(0x100000u + 0x20000u)
#define HIGH_BYTES	0x4000u
#define FILE_BYTES	0x4000u
#define HEADER_AT	0x1f1u
#define RAW		0u
#define AT_HEADER	1u
#define AT_SOUND_HEADER 2u

static struct kt_vmm_mem mem;

/* Boot flag, magic, version and flags as a kernel has them. */
static void make_sound(struct setup_header *setup)
{
	setup->boot_flag = 0xaa55;
	setup->header = 0x53726448;
	setup->version = 0x20f;
	setup->loadflags |= LOADED_HIGH;
	setup->xloadflags |= XLF_KERNEL_64;
	setup->pref_address = KT_X86_HIGH + (setup->pref_address & 0x3f000);
}

static size_t make_file(struct fuzz_in *in, uint8_t file[FILE_BYTES])
{
	unsigned kind = fuzz_number(in, 1) % 3;
	memset(file, 0, FILE_BYTES);
	if (kind == RAW)
		return fuzz_take(in, file, FILE_BYTES);
	size_t bytes = fuzz_number(in, 2) % FILE_BYTES;
	struct setup_header setup;
	fuzz_take(in, &setup, sizeof(setup));
	if (kind == AT_SOUND_HEADER)
		make_sound(&setup);
	memcpy(file + HEADER_AT, &setup, sizeof(setup));
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t file[FILE_BYTES];
	struct fuzz_in in = {data, bytes};
	char path[32];
	struct kt_vmm_image image;
	struct kt_err err = {0};
	if (!mem.bytes)
		mem = fuzz_mem(LOW_BYTES, HIGH_BYTES);
	int fd = fuzz_file(file, make_file(&in, file), path);
	int r = kt_vmm_image_load(&mem, path, &image, &err);
	close(fd);
	if (r < 0) {
		FUZZ_CHECK(err.text[0] && err.fix[0]);
		return 0;
	}
	FUZZ_CHECK(image.entry >= KT_X86_HIGH && image.entry < image.end);
	/* The byte before the end is guest memory, and so is the entry. */
	FUZZ_CHECK(kt_vmm_mem_at(&mem, image.end - 1, 1));
	return 0;
}
