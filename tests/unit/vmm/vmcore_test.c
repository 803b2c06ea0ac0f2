// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/vmcore.h"

#include <signal.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/elf.h"
#include "unit/vmm/flat.h"
#include "unit/vmm/x86_64/tables.h"

#define VMALLOC	  0xffffc90000000000ull
#define HEAD_ROOM (64u << 10)

static struct kt_x86_state cpus[2];

static void setup(void)
{
	tmpdir_make();
	tables_setup();
	for (uint64_t gpa = 0; gpa < mem.bytes; gpa += 2 * MIB)
		map(4, 2, DIRECT_MAP + gpa, gpa);
	map(4, 1, VMALLOC, 0x900000);
	for (unsigned i = 0; i < KT_ARRAY_LEN(cpus); i++)
		cpus[i] = (struct kt_x86_state){.sregs = sregs_of(ROOT, 4)};
}

static void teardown(void)
{
	tables_teardown();
	tmpdir_remove();
}

TestSuite(vmcore, .init = setup, .fini = teardown);
TestSuite(vmcore_vm, .init = flat_setup, .fini = flat_teardown);

static int write_core(const char *name, uint64_t *ret_bytes, struct kt_err *err)
{
	const struct kt_vmm_remains remains = {&mem, cpus, KT_ARRAY_LEN(cpus), "test"};
	return kt_vmm_core_write(&remains, in_tmp(name), ret_bytes, err);
}

static struct kt_elf *open_core(const char *name)
{
	struct kt_err err = {0};
	struct kt_elf *elf = NULL;
	cr_assert_eq(kt_elf_open(in_tmp(name), &elf, &err), 0, "%s", err.text);
	return elf;
}

/* Eight bytes at LINEAR as a debugger reads them; all ones where nothing is mapped. */
static uint64_t peek(const struct kt_elf *elf, uint64_t linear)
{
	struct kt_elf_segment s;
	uint64_t value = UINT64_MAX;
	for (size_t i = 0; kt_elf_load_segment(elf, i, &s); i++) {
		if (linear < s.vaddr || linear - s.vaddr >= s.file_bytes)
			continue;
		off_t at = (off_t)(s.offset + (linear - s.vaddr));
		cr_assert_eq(pread(kt_elf_fd(elf), &value, sizeof(value), at), sizeof(value));
		return value;
	}
	return value;
}

static void poke(uint64_t gpa, uint64_t value)
{
	memcpy(kt_vmm_mem_at(&mem, gpa, sizeof(value)), &value, sizeof(value));
}

Test(vmcore, memory_is_read_at_the_kernels_addresses)
{
	uint64_t bytes = 0;
	poke(0x900008, 0x1122334455667788);
	poke(mem.bytes - 8, 42);
	cr_assert_eq(write_core("core", &bytes, NULL), 0);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = open_core("core");
	cr_assert_eq(peek(elf, DIRECT_MAP + 0x900008), 0x1122334455667788);
	cr_assert_eq(peek(elf, VMALLOC + 8), 0x1122334455667788);
	cr_assert_eq(peek(elf, DIRECT_MAP + mem.bytes - 8), 42);
	cr_assert_eq(peek(elf, DIRECT_MAP + 0x2345678), 0);
	cr_assert_eq(peek(elf, VMALLOC + 0x1000), UINT64_MAX);
}

Test(vmcore, physical_addresses_are_kept_and_segments_stay_in_the_file)
{
	uint64_t bytes = 0;
	struct kt_elf_segment s;
	struct stat st;
	cr_assert_eq(write_core("core", &bytes, NULL), 0);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = open_core("core");
	cr_assert_eq(fstat(kt_elf_fd(elf), &st), 0);
	size_t count = 0;
	for (; kt_elf_load_segment(elf, count, &s); count++) {
		cr_assert_eq(s.file_bytes, s.mem_bytes);
		cr_assert_leq(s.offset + s.file_bytes, (uint64_t)st.st_size);
		cr_assert_eq(s.offset % 4096, 0);
		cr_assert_eq(s.paddr, s.vaddr == VMALLOC ? 0x900000 : s.vaddr - DIRECT_MAP);
	}
	cr_assert_eq(count, 2);
}

Test(vmcore, pages_of_zeroes_are_holes)
{
	uint64_t bytes = 0;
	struct stat st;
	memset(kt_vmm_mem_at(&mem, 16 * MIB, 8 * MIB), 0, 8 * MIB); /* pages the host has */
	poke(30 * MIB + 4088, 1);
	cr_assert_eq(write_core("core", &bytes, NULL), 0);
	cr_assert_eq(stat(in_tmp("core"), &st), 0);
	cr_assert_gt((uint64_t)st.st_size, mem.bytes);
	cr_assert_lt((uint64_t)st.st_blocks * 512, HEAD_ROOM);
	cr_assert_lt(bytes, HEAD_ROOM);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = open_core("core");
	cr_assert_eq(peek(elf, DIRECT_MAP + 30 * MIB + 4088), 1);
}

Test(vmcore, all_of_a_large_stretch_arrives)
{
	uint64_t bytes = 0;
	for (uint64_t gpa = 8 * MIB; gpa < 24 * MIB; gpa += 4096)
		poke(gpa + 8, gpa);
	cr_assert_eq(write_core("core", &bytes, NULL), 0);
	cr_assert_gt(bytes, 16 * MIB);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = open_core("core");
	for (uint64_t gpa = 8 * MIB; gpa < 24 * MIB; gpa += 4096)
		cr_assert_eq(peek(elf, DIRECT_MAP + gpa + 8), gpa);
}

Test(vmcore, a_full_disk_is_an_error_and_leaves_what_was_there)
{
	uint64_t bytes = 77;
	struct kt_err err = {0};
	put_file("core", "old");
	for (uint64_t gpa = 0x900000; gpa < 0xa00000; gpa += 4096)
		poke(gpa, 1);
	/* A limit on the size of files is a disk that is full, for tests. */
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){10 * MIB, 10 * MIB});
	cr_assert_eq(write_core("core", &bytes, &err), -EFBIG);
	cr_assert(strstr(err.text, in_tmp("core")), "%s", err.text);
	cr_assert(strstr(err.fix, "make room for a file of up to 65 MiB"), "%s", err.fix);
	cr_assert_eq(bytes, 77);
	cr_assert(file_is("core", "old"));
	cr_assert_eq(unlink(in_tmp("core")), 0);
	cr_assert_eq(rmdir(tmpdir), 0, "no temporary file is left");
	cr_assert_eq(mkdir(tmpdir, 0700), 0);
}

Test(vmcore, a_folder_that_is_missing_is_named)
{
	uint64_t bytes = 0;
	struct kt_err err = {0};
	cr_assert_eq(write_core("no/core", &bytes, &err), -ENOENT);
	cr_assert(strstr(err.text, "no/core"), "%s", err.text);
}

/* The N-th thread's registers, found through the program headers. */
static struct user_regs_struct thread_regs(const char *name, unsigned n)
{
	static char head[HEAD_ROOM];
	Elf64_Ehdr elf;
	Elf64_Phdr note;
	KT_AUTOFD int fd = open(in_tmp(name), O_RDONLY);
	cr_assert_gt(pread(fd, head, sizeof(head), 0), 4096);
	memcpy(&elf, head, sizeof(elf));
	memcpy(&note, head + elf.e_phoff, sizeof(note));
	cr_assert_eq(elf.e_type, ET_CORE);
	cr_assert_eq(note.p_type, PT_NOTE);
	for (uint64_t at = note.p_offset; at < note.p_offset + note.p_filesz;) {
		Elf64_Nhdr one;
		memcpy(&one, head + at, sizeof(one));
		uint64_t data = at + sizeof(one) + ((one.n_namesz + 3) & ~3u);
		at = data + ((one.n_descsz + 3) & ~3u);
		if (one.n_type != NT_PRSTATUS || n--)
			continue;
		struct elf_prstatus status;
		struct user_regs_struct regs;
		memcpy(&status, head + data, sizeof(status));
		memcpy(&regs, status.pr_reg, sizeof(regs));
		return regs;
	}
	cr_assert(false, "no thread %u", n);
	return (struct user_regs_struct){0};
}

Test(vmcore_vm, a_machine_is_kept_after_its_run)
{
	const struct kt_topo two = {1, 1, 2, 1};
	const uint8_t code[] = {STORE(0x300000, 0x12345678), 0xbb, LE32(0xabcdef), RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_err err = {0};
	uint64_t bytes = 0;
	config.topo = &two;
	struct kt_vm *vm = flat_new(&config);
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	cr_assert_eq(kt_vm_core_write(vm, in_tmp("core"), &bytes, &err), 0, "%s", err.text);
	kt_vm_free(vm);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = open_core("core");
	cr_assert_eq(peek(elf, 0x300000), 0x12345678);
	struct user_regs_struct regs = thread_regs("core", 0);
	cr_assert_eq(regs.rbx, 0xabcdef);
	cr_assert_geq(regs.rip, FLAT_ENTRY);
	cr_assert_leq(regs.rip, FLAT_ENTRY + sizeof(code));
	cr_assert_eq(thread_regs("core", 1).rip, 0xfff0, "not started");
}

Test(vmcore_vm, errors_name_the_file_and_what_was_tried)
{
	const uint8_t code[] = {RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_err err = {0};
	uint64_t bytes = 0;
	struct kt_vm *vm = flat_new(&config);
	flat_finish(vm);
	cr_assert_eq(kt_vm_core_write(vm, in_tmp("no/core"), &bytes, &err), -ENOENT);
	cr_assert(kt_starts_with(err.text, "keep the machine's memory and registers: "), "%s",
		err.text);
	kt_vm_free(vm);
}
