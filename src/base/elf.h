/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to libelf: headers, loadable segments, sections, symbols and needed libraries of
 * a 64-bit little-endian ELF file. Every offset of the file is checked by libelf or here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct kt_elf;

struct kt_elf_segment {
	uint64_t offset, paddr, vaddr, file_bytes, mem_bytes;
};

/* -ENOEXEC: not a 64-bit little-endian ELF file, or truncated. */
int kt_elf_open(const char *path, struct kt_elf **ret, struct kt_err *err);
void kt_elf_free(struct kt_elf *elf);

uint64_t kt_elf_entry(const struct kt_elf *elf);
uint16_t kt_elf_machine(const struct kt_elf *elf);
int kt_elf_fd(const struct kt_elf *elf); /* borrowed */

/* PT_LOAD segments in file order; I from 0. false past the last. */
bool kt_elf_load_segment(const struct kt_elf *elf, size_t i, struct kt_elf_segment *ret);
/* Contents of a section, borrowed from ELF. -ENOENT when there is none of that name. */
int kt_elf_section(const struct kt_elf *elf, const char *name, const void **ret, size_t *ret_bytes,
	struct kt_err *err);
/* Value of a symbol of .symtab. -ENOENT when missing. */
int kt_elf_symbol(const struct kt_elf *elf, const char *name, uint64_t *ret, struct kt_err *err);
/* The I-th DT_NEEDED name, NULL past the last. */
const char *kt_elf_needed(const struct kt_elf *elf, size_t i);
/* PT_INTERP, NULL when static. */
const char *kt_elf_interp(const struct kt_elf *elf);
/*
 * The program at PATH as a kernel loads it, malloced: up to the end of its segments, without
 * sections, symbols and debug information, and with a header that says so.
 */
int kt_elf_read_loaded(const char *path, void **ret, size_t *ret_bytes, struct kt_err *err);
/* 0 when the program at PATH can run where there is no other file; -ENOEXEC. */
int kt_elf_check_static(const char *path, struct kt_err *err);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_elf, kt_elf_free);
