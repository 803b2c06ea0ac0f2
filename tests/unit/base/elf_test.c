// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small ELF file made by hand, read as it is and then damaged in every place; and this
 * program itself, as one that a linker made.
 */
#include "base/elf.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tmpdir.h"

#define VADDR 0x400000u

/* Everything a kernel or a program may hold, in one struct that is the file. */
struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[4];
	char interp[16];
	Elf64_Dyn dyn[4];
	char dynstr[32];
	Elf64_Sym sym[4];
	char strtab[32];
	char shstr[64];
	char payload[16];
	Elf64_Shdr sh[6];
};

#define AT(field) offsetof(struct image, field)

static Elf64_Shdr section(uint32_t name, uint32_t type, size_t offset, size_t bytes)
{
	return (Elf64_Shdr){
		.sh_name = name,
		.sh_type = type,
		.sh_offset = offset,
		.sh_size = bytes,
		.sh_addralign = 1,
	};
}

static void fill_headers(struct image *m)
{
	m->eh = (Elf64_Ehdr){
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = VADDR + 0x123,
		.e_phoff = AT(ph),
		.e_shoff = AT(sh),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 4,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 6,
		.e_shstrndx = 5,
	};
	m->ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_vaddr = VADDR,
		.p_paddr = 0x1000,
		.p_filesz = sizeof(*m),
		.p_memsz = sizeof(*m) + 100};
	m->ph[1] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = AT(interp), .p_filesz = 11};
	m->ph[2] =
		(Elf64_Phdr){.p_type = PT_DYNAMIC, .p_offset = AT(dyn), .p_filesz = sizeof(m->dyn)};
	m->ph[3] = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_vaddr = 0x800000,
		.p_offset = AT(payload),
		.p_filesz = 16,
		.p_memsz = 16};
}

static void fill_sections(struct image *m)
{
	/*                     0 1       9        17       25     32 */
	memcpy(m->shstr, "\0.symtab\0.strtab\0kt.data\0kt.bss\0.shstrtab", 42);
	m->sh[1] = section(1, SHT_SYMTAB, AT(sym), sizeof(m->sym));
	m->sh[1].sh_link = 2;
	m->sh[1].sh_entsize = sizeof(Elf64_Sym);
	m->sh[1].sh_addralign = 8;
	m->sh[2] = section(9, SHT_STRTAB, AT(strtab), sizeof(m->strtab));
	m->sh[3] = section(17, SHT_PROGBITS, AT(payload), sizeof(m->payload));
	m->sh[4] = section(25, SHT_NOBITS, 0xffffff, 0xffffff);
	m->sh[5] = section(32, SHT_STRTAB, AT(shstr), sizeof(m->shstr));
}

static struct image make_image(void)
{
	struct image m;
	memset(&m, 0, sizeof(m));
	fill_headers(&m);
	fill_sections(&m);
	strcpy(m.interp, "/lib/ld.so");
	memcpy(m.dynstr, "\0libone.so\0libtwo.so", 20);
	m.dyn[0] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = 1};
	m.dyn[1] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = VADDR + AT(dynstr)};
	m.dyn[2] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = 11};
	memcpy(m.strtab, "\0runqueues\0missing\0jiffies", 26);
	m.sym[1] = (Elf64_Sym){.st_name = 1, .st_shndx = 3, .st_value = 0xffffffff81000000u};
	m.sym[2] = (Elf64_Sym){.st_name = 11, .st_shndx = SHN_UNDEF, .st_value = 1};
	m.sym[3] = (Elf64_Sym){.st_name = 19, .st_shndx = SHN_ABS, .st_value = 42};
	memcpy(m.payload, "the payload....", 16);
	return m;
}

static int open_bytes(const void *data, size_t bytes, struct kt_elf **ret, struct kt_err *err)
{
	cr_assert_eq(kt_fs_replace(in_tmp("elf"), data, bytes, NULL), 0);
	return kt_elf_open(in_tmp("elf"), ret, err);
}

static struct kt_elf *open_image(const struct image *m)
{
	struct kt_elf *e = NULL;
	struct kt_err err = {0};
	cr_assert_eq(open_bytes(m, sizeof(*m), &e, &err), 0, "%s", err.text);
	return e;
}

static void expect_refused(const struct image *m, const char *why)
{
	struct kt_elf *e = NULL;
	struct kt_err err = {0};
	cr_assert_eq(open_bytes(m, sizeof(*m), &e, &err), -ENOEXEC, "%s", err.text);
	cr_assert_null(e);
	cr_assert_not_null(strstr(err.text, why), "%s", err.text);
}

TestSuite(elf, .init = tmpdir_make, .fini = tmpdir_remove);

Test(elf, header_and_segments_are_given)
{
	struct image m = make_image();
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	struct kt_elf_segment s;
	struct stat a, b;
	cr_assert_eq(kt_elf_entry(e), VADDR + 0x123);
	cr_assert_eq(kt_elf_machine(e), EM_X86_64);
	cr_assert(!fstat(kt_elf_fd(e), &a) && !stat(in_tmp("elf"), &b) && a.st_ino == b.st_ino);
	cr_assert(kt_elf_load_segment(e, 0, &s));
	cr_assert(s.offset == 0 && s.vaddr == VADDR && s.paddr == 0x1000);
	cr_assert(s.file_bytes == sizeof(m) && s.mem_bytes == sizeof(m) + 100);
	cr_assert(kt_elf_load_segment(e, 1, &s));
	cr_assert(s.offset == AT(payload) && s.vaddr == 0x800000 && s.file_bytes == 16);
	cr_assert_not(kt_elf_load_segment(e, 2, &s));
}

Test(elf, interpreter_and_needed_libraries_are_given)
{
	struct image m = make_image();
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	cr_assert_str_eq(kt_elf_interp(e), "/lib/ld.so");
	cr_assert_str_eq(kt_elf_needed(e, 0), "libone.so");
	cr_assert_str_eq(kt_elf_needed(e, 1), "libtwo.so");
	cr_assert_null(kt_elf_needed(e, 2));
}

Test(elf, a_program_with_an_interpreter_is_not_alone)
{
	struct image m = make_image();
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_replace(in_tmp("elf"), &m, sizeof(m), NULL), 0);
	cr_assert_eq(kt_elf_check_static(in_tmp("elf"), &err), -ENOEXEC);
	cr_assert_not_null(strstr(err.text, "needs /lib/ld.so"), "%s", err.text);
	m.ph[1].p_type = PT_NULL;
	cr_assert_eq(kt_fs_replace(in_tmp("elf"), &m, sizeof(m), NULL), 0);
	cr_assert_eq(kt_elf_check_static(in_tmp("elf"), NULL), 0);
	cr_assert_eq(kt_elf_check_static(in_tmp("none"), NULL), -ENOENT);
}

Test(elf, a_program_is_read_up_to_the_end_of_its_segments_and_has_no_sections_then)
{
	struct image m = make_image();
	void *data = NULL;
	size_t bytes = 0;
	struct kt_err err = {0};
	m.ph[0].p_filesz = AT(sym); /* the rest is for linkers and debuggers */
	m.ph[3].p_type = PT_NULL;
	for (int i = 0; i < 4; i++)
		if (m.ph[i].p_type == PT_LOAD && m.ph[i].p_offset > AT(sym))
			m.ph[i].p_type = PT_NULL;
	cr_assert_eq(kt_fs_replace(in_tmp("elf"), &m, sizeof(m), NULL), 0);
	cr_assert_eq(kt_elf_read_loaded(in_tmp("elf"), &data, &bytes, &err), 0, "%s", err.text);
	cr_assert_eq(bytes, AT(sym));

	KT_AUTO(kt_elf_free) struct kt_elf *e = NULL;
	struct image *got = data;
	cr_assert_eq(got->eh.e_shoff + got->eh.e_shnum + got->eh.e_shstrndx, 0);
	cr_assert_eq(
		memcmp((char *)got + sizeof(m.eh), (char *)&m + sizeof(m.eh), bytes - sizeof(m.eh)),
		0);
	cr_assert_eq(open_bytes(data, bytes, &e, &err), 0, "%s", err.text);
	cr_assert_eq(kt_elf_entry(e), m.eh.e_entry);
	free(data);
}

Test(elf, a_program_that_is_cut_off_is_not_read)
{
	struct image m = make_image();
	void *data = NULL;
	size_t bytes = 0;
	cr_assert_eq(kt_fs_replace(in_tmp("elf"), &m, AT(payload), NULL), 0);
	cr_assert_eq(kt_elf_read_loaded(in_tmp("elf"), &data, &bytes, NULL), -ENOEXEC);
	cr_assert_null(data);
	cr_assert_eq(kt_elf_read_loaded(in_tmp("none"), &data, &bytes, NULL), -ENOENT);
}

Test(elf, sections_are_found_by_name)
{
	struct image m = make_image();
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	const void *data = NULL;
	size_t bytes = 0;
	struct kt_err err = {0};
	cr_assert_eq(kt_elf_section(e, "kt.data", &data, &bytes, &err), 0, "%s", err.text);
	cr_assert_eq(bytes, 16);
	cr_assert_str_eq(data, "the payload....");
	cr_assert_eq(kt_elf_section(e, "kt.none", &data, &bytes, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'kt.none'"), "%s", err.text);
	cr_assert_eq(kt_elf_section(e, "kt.bss", &data, &bytes, &err), -ENOENT, "not in the file");
	cr_assert_eq(kt_elf_section(e, "", &data, &bytes, &err), -ENOENT);
}

Test(elf, a_compressed_section_is_refused_with_the_remedy)
{
	struct image m = make_image();
	m.sh[3].sh_flags = SHF_COMPRESSED;
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	const void *data;
	size_t bytes;
	struct kt_err err = {0};
	cr_assert_eq(kt_elf_section(e, "kt.data", &data, &bytes, &err), -ENOTSUP);
	cr_assert_not_null(strstr(err.fix, "objcopy"), "%s", err.fix);
}

Test(elf, symbols_are_found_by_name)
{
	struct image m = make_image();
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	uint64_t value = 0;
	struct kt_err err = {0};
	cr_assert_eq(kt_elf_symbol(e, "runqueues", &value, &err), 0, "%s", err.text);
	cr_assert_eq(value, 0xffffffff81000000u);
	cr_assert_eq(kt_elf_symbol(e, "jiffies", &value, &err), 0);
	cr_assert_eq(value, 42);
	cr_assert_eq(kt_elf_symbol(e, "missing", &value, &err), -ENOENT, "undefined");
	cr_assert_eq(kt_elf_symbol(e, "unknown", &value, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'unknown'"), "%s", err.text);
	cr_assert_eq(value, 42);
}

Test(elf, a_stripped_file_is_fine_but_has_no_symbols)
{
	struct image m = make_image();
	uint64_t value;
	struct kt_err err = {0};
	m.eh.e_shoff = m.eh.e_shnum = m.eh.e_shstrndx = 0;
	KT_AUTO(kt_elf_free) struct kt_elf *e = open_image(&m);
	cr_assert_str_eq(kt_elf_needed(e, 1), "libtwo.so");
	cr_assert_eq(kt_elf_symbol(e, "runqueues", &value, &err), -ENOENT);
	cr_assert_not_null(strstr(err.fix, "not stripped"), "%s", err.fix);
}

Test(elf, other_formats_are_refused)
{
	struct image m = make_image();
	m.eh.e_ident[EI_CLASS] = ELFCLASS32;
	expect_refused(&m, "is not usable as ELF file");
	m = make_image();
	m.eh.e_ident[EI_DATA] = ELFDATA2MSB;
	expect_refused(&m, "not 64-bit little-endian");
	m = make_image();
	m.eh.e_ident[0] = 0x7e;
	expect_refused(&m, "does not begin with an ELF header");
}

Test(elf, what_lies_outside_the_file_is_refused)
{
	struct image m = make_image();
	m.ph[3].p_filesz = m.ph[3].p_memsz = 17 + sizeof(m.sh);
	expect_refused(&m, "a segment lies outside");
	m = make_image();
	m.ph[3].p_offset = UINT64_MAX - 5;
	expect_refused(&m, "a segment lies outside");
	m = make_image();
	m.ph[3].p_memsz = 15;
	expect_refused(&m, "larger in the file than in memory");
	m = make_image();
	m.sh[3].sh_size = UINT64_MAX;
	expect_refused(&m, "a section lies outside");
	m = make_image();
	m.ph[2].p_offset = sizeof(m) - 8;
	expect_refused(&m, "dynamic section lies outside");
	m = make_image();
	m.eh.e_phnum = 4000;
	expect_refused(&m, "program headers");
	m = make_image();
	m.eh.e_shnum = 4000;
	expect_refused(&m, "section headers");
}

Test(elf, strings_that_do_not_end_are_refused)
{
	struct image m = make_image();
	m.ph[1].p_filesz = 10; /* without the NUL */
	expect_refused(&m, "interpreter's name is cut off");
	m = make_image();
	m.dyn[0].d_un.d_val = UINT64_MAX;
	expect_refused(&m, "needed library lies outside");
	m = make_image();
	m.dyn[1].d_un.d_ptr = 0x1234;
	expect_refused(&m, "needed library lies outside");
	m = make_image();
	m.dyn[1].d_tag = DT_DEBUG;
	expect_refused(&m, "needed library lies outside");
}

Test(elf, missing_and_strange_files_are_named)
{
	struct kt_elf *e = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_elf_open(in_tmp("none"), &e, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none")));
	cr_assert_eq(kt_elf_open(tmpdir, &e, &err), -ENOEXEC);
	cr_assert_eq(mkfifo(in_tmp("fifo"), 0600), 0);
	cr_assert_eq(kt_elf_open(in_tmp("fifo"), &e, &err), -ENOEXEC);
	cr_assert_eq(open_bytes("", 0, &e, &err), -ENOEXEC);
	cr_assert_eq(open_bytes("\177ELF", 4, &e, &err), -ENOEXEC);
	kt_elf_free(NULL);
}

/* Read all that can be read; that nothing faults is for ASan to see. */
static void read_everything(const struct kt_elf *e)
{
	static const char *const names[] = {
		"kt.data", "kt.bss", ".symtab", ".strtab", ".shstrtab", "x"};
	struct kt_elf_segment s;
	volatile unsigned char sink = 0;
	uint64_t value;
	for (size_t i = 0; i < KT_ARRAY_LEN(names); i++) {
		const void *data;
		size_t bytes;
		if (!kt_elf_section(e, names[i], &data, &bytes, NULL) && bytes)
			sink = ((const unsigned char *)data)[bytes - 1];
	}
	(void)sink; /* read for the fault it would make */
	kt_elf_symbol(e, "runqueues", &value, NULL);
	kt_elf_symbol(e, "unknown", &value, NULL);
	for (size_t i = 0; kt_elf_needed(e, i); i++)
		cr_assert_leq(strlen(kt_elf_needed(e, i)), sizeof(struct image));
	for (size_t i = 0; kt_elf_load_segment(e, i, &s); i++)
		cr_assert_leq(s.offset + s.file_bytes, sizeof(struct image));
	if (kt_elf_interp(e))
		cr_assert_leq(strlen(kt_elf_interp(e)), sizeof(struct image));
}

/* Without a disk in between: there are thousands of them. */
static int open_in_memory(const void *data, size_t bytes, struct kt_elf **ret, struct kt_err *err)
{
	char path[64];
	KT_AUTOFD int fd = memfd_create("elf", MFD_CLOEXEC);
	cr_assert_eq(write(fd, data, bytes), (ssize_t)bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return kt_elf_open(path, ret, err);
}

static void try_bytes(const void *data, size_t bytes)
{
	KT_AUTO(kt_elf_free) struct kt_elf *e = NULL;
	struct kt_err err = {0};
	int r = open_in_memory(data, bytes, &e, &err);
	cr_assert(!r || r == -ENOEXEC, "%s", err.text);
	if (!r)
		read_everything(e);
}

Test(elf, every_truncation_is_refused)
{
	struct image m = make_image();
	for (size_t n = 0; n < sizeof(m); n++) {
		struct kt_elf *e = NULL;
		cr_assert_eq(open_in_memory(&m, n, &e, NULL), -ENOEXEC, "%zu bytes", n);
	}
}

Test(elf, damaged_bytes_never_make_it_read_outside)
{
	static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
	struct image m = make_image();
	for (size_t i = 0; i < sizeof(m); i++) {
		unsigned char *at = (unsigned char *)&m + i;
		unsigned char old = *at;
		for (size_t v = 0; v < KT_ARRAY_LEN(values); v++) {
			*at = values[v];
			try_bytes(&m, sizeof(m));
		}
		*at = old;
	}
}

/* 64-bit fields with extreme values, where single bytes do not reach. */
Test(elf, extreme_fields_never_make_it_read_outside)
{
	static const uint64_t values[] = {
		UINT64_MAX, 1ull << 63, 1ull << 32, UINT64_MAX - 64, 0xfff};
	struct image m = make_image();
	for (size_t i = 0; i + 8 <= sizeof(m); i += 8) {
		uint64_t old;
		memcpy(&old, (char *)&m + i, 8);
		for (size_t v = 0; v < KT_ARRAY_LEN(values); v++) {
			memcpy((char *)&m + i, &values[v], 8);
			try_bytes(&m, sizeof(m));
		}
		memcpy((char *)&m + i, &old, 8);
	}
}

Test(elf, a_program_of_the_linker_is_read)
{
	KT_AUTO(kt_elf_free) struct kt_elf *e = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_elf_open("/proc/self/exe", &e, &err), 0, "%s", err.text);
	const void *data = NULL;
	size_t bytes = 0;
	uint64_t value = 0;
	bool libc = false;
	for (size_t i = 0; kt_elf_needed(e, i); i++)
		libc = libc || kt_starts_with(kt_elf_needed(e, i), "libc.so");
	cr_assert(libc);
	cr_assert_not_null(kt_elf_interp(e));
	cr_assert_eq(kt_elf_section(e, ".text", &data, &bytes, &err), 0);
	cr_assert_gt(bytes, 0);
	cr_assert_eq(kt_elf_symbol(e, "kt_elf_open", &value, &err), 0, "%s", err.text);
	cr_assert_gt(value, 0);
}
