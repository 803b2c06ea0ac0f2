/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes ELF files with one segment of code: the flat kernels of these tests. */
#pragma once

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "unit/tmpdir.h"

#define FLAT_ENTRY 0x200000ull

struct flat_file {
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	uint8_t code[4096];
};

static inline struct flat_file flat_file(const void *code, size_t bytes)
{
	struct flat_file f = {
		.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = FLAT_ENTRY,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1},
		.segment = {.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.p_paddr = FLAT_ENTRY,
			.p_vaddr = FLAT_ENTRY,
			.p_filesz = sizeof(f.code),
			.p_memsz = sizeof(f.code)},
	};
	cr_assert_leq(bytes, sizeof(f.code));
	memcpy(f.code, code, bytes);
	return f;
}

static inline const char *put_bytes(const char *name, const void *data, size_t bytes)
{
	const char *path = in_tmp(name);
	cr_assert_eq(kt_fs_replace(path, data, bytes, NULL), 0);
	return path;
}
