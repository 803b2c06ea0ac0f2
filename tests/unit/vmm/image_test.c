// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/image.h"

#include "unit/vmm/elf_file.h"

#define RAM (16ull << 20)

static struct kt_vmm_mem mem;
static struct kt_vmm_image image;
static struct kt_err err;

static void setup(void)
{
	tmpdir_make();
	cr_assert_eq(kt_vmm_mem_init(&mem, RAM, NULL), 0);
}

static void teardown(void)
{
	kt_vmm_mem_done(&mem);
	tmpdir_remove();
}

static int load(const void *data, size_t bytes)
{
	return kt_vmm_image_load(&mem, put_bytes("image", data, bytes), &image, &err);
}

static int load_elf(const struct flat_file *f)
{
	return load(f, sizeof(*f));
}

/* A bzImage: two sectors of set-up, the rest protected-mode code. */
struct bz_file {
	uint8_t bytes[1024 + 4096];
};

static struct setup_header *bz_setup(struct bz_file *f)
{
	return (struct setup_header *)(f->bytes + 0x1f1);
}

static struct bz_file bz_file(void)
{
	struct bz_file f = {0};
	struct setup_header setup = {
		.setup_sects = 1,
		.boot_flag = 0xaa55,
		.header = 0x53726448,
		.version = 0x20f,
		.loadflags = LOADED_HIGH,
		.xloadflags = XLF_KERNEL_64,
		.pref_address = 0x400000,
		.init_size = 0x8000,
	};
	memcpy(bz_setup(&f), &setup, sizeof(setup));
	f.bytes[0x200] = 0xeb;
	f.bytes[0x201] = 0x6a; /* header ends at 0x26c */
	memset(f.bytes + 1024, 0x90, 4096);
	return f;
}

TestSuite(image, .init = setup, .fini = teardown);

Test(image, elf_segments_go_to_their_physical_address)
{
	struct flat_file f = flat_file("flat", 4);
	f.segment.p_memsz += 100;
	cr_assert_eq(load_elf(&f), 0, "%s", err.text);
	cr_assert_eq(image.entry, FLAT_ENTRY);
	cr_assert_eq(image.end, FLAT_ENTRY + 4096 + 100);
	cr_assert_eq(memcmp(kt_vmm_mem_at(&mem, FLAT_ENTRY, 4), "flat", 4), 0);
	cr_assert_eq(image.setup.header, 0x53726448);
}

Test(image, elf_outside_memory_is_refused)
{
	struct flat_file f = flat_file("", 0);
	f.segment.p_paddr = RAM - 1;
	cr_assert_eq(load_elf(&f), -ENOMEM);
	f.segment.p_paddr = FLAT_ENTRY;
	f.segment.p_memsz = UINT64_MAX;
	cr_assert_lt(load_elf(&f), 0);
	f.segment.p_memsz = RAM;
	cr_assert_eq(load_elf(&f), -ENOMEM);
}

Test(image, elf_over_the_boot_tables_is_refused)
{
	struct flat_file f = flat_file("", 0);
	f.segment.p_paddr = 0x7000;
	cr_assert_eq(load_elf(&f), -ENOEXEC);
}

Test(image, elf_with_an_entry_outside_is_refused)
{
	struct flat_file f = flat_file("", 0);
	f.head.e_entry = FLAT_ENTRY + 8192;
	cr_assert_eq(load_elf(&f), -ENOEXEC);
	f.head.e_entry = 0;
	cr_assert_eq(load_elf(&f), -ENOEXEC);
}

Test(image, elf_of_another_machine_is_refused)
{
	struct flat_file f = flat_file("", 0);
	f.head.e_machine = EM_AARCH64;
	cr_assert_eq(load_elf(&f), -ENOEXEC);
}

Test(image, truncated_elf_is_refused)
{
	struct flat_file f = flat_file("", 0);
	cr_assert_lt(load(&f, sizeof(f) - 1), 0);
	cr_assert_lt(load(&f, 40), 0);
}

Test(image, bzimage_goes_to_its_preferred_address_and_64_bit_entry)
{
	struct bz_file f = bz_file();
	cr_assert_eq(load(&f, sizeof(f)), 0, "%s", err.text);
	cr_assert_eq(image.entry, 0x400200);
	cr_assert_eq(image.end, 0x408000);
	cr_assert_eq(image.setup.type_of_loader, 0xff);
	cr_assert_eq(*(uint8_t *)kt_vmm_mem_at(&mem, 0x400fff, 1), 0x90);
}

Test(image, bzimage_without_64_bit_entry_is_refused)
{
	struct bz_file f = bz_file();
	bz_setup(&f)->xloadflags = 0;
	cr_assert_eq(load(&f, sizeof(f)), -ENOEXEC);
	f = bz_file();
	bz_setup(&f)->version = 0x20b;
	cr_assert_eq(load(&f, sizeof(f)), -ENOEXEC);
}

Test(image, bzimage_that_lies_about_its_size_is_refused)
{
	struct bz_file f = bz_file();
	bz_setup(&f)->setup_sects = 255;
	cr_assert_eq(load(&f, sizeof(f)), -ENOEXEC);
	f = bz_file();
	bz_setup(&f)->init_size = UINT32_MAX;
	cr_assert_eq(load(&f, sizeof(f)), -ENOMEM);
	f = bz_file();
	bz_setup(&f)->pref_address = UINT64_MAX - 4095;
	cr_assert_eq(load(&f, sizeof(f)), -ENOMEM);
	bz_setup(&f)->pref_address = 0x1000;
	cr_assert_eq(load(&f, sizeof(f)), -ENOEXEC);
}

Test(image, set_up_fields_behind_the_headers_end_are_not_taken)
{
	struct bz_file f = bz_file();
	f.bytes[0x201] = 0x62; /* ends behind init_size, before handover_offset */
	bz_setup(&f)->handover_offset = 0x12345678;
	cr_assert_eq(load(&f, sizeof(f)), 0);
	cr_assert_eq(image.setup.handover_offset, 0);
	cr_assert_eq(image.setup.init_size, 0x8000);
}

Test(image, other_files_are_named_in_the_error)
{
	cr_assert_eq(load("#!/bin/sh\n", 10), -ENOEXEC);
	cr_assert_not_null(strstr(err.text, "image"));
	cr_assert_eq(load("", 0), -ENOEXEC);
	cr_assert_eq(kt_vmm_image_load(&mem, in_tmp("missing"), &image, &err), -ENOENT);
	cr_assert_eq(kt_vmm_image_load(&mem, tmpdir, &image, &err), -ENOEXEC);
}
