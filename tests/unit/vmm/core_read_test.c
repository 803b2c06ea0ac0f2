// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <string.h>

#include "unit/tmpdir.h"
#include "vmm/vm.h"

TestSuite(core_read, .init = tmpdir_make, .fini = tmpdir_remove);

struct file {
	Elf64_Ehdr elf;
	Elf64_Phdr note;
	char text[64];
};

static struct file file_of(const char *text)
{
	struct file f = {
		.elf = {.e_ident = {0x7f, 'E', 'L', 'F'},
			.e_type = ET_CORE,
			.e_phoff = sizeof(Elf64_Ehdr)},
		.note = {.p_type = PT_NOTE,
			.p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.p_filesz = sizeof(f.text)},
	};
	memcpy(f.text, text, strlen(text));
	return f;
}

static int offset_of(const struct file *f, size_t bytes, uint64_t *ret, struct kt_err *err)
{
	cr_assert_eq(kt_fs_replace(in_tmp("core"), f, bytes, NULL), 0);
	return kt_vm_core_offset(in_tmp("core"), ret, err);
}

Test(core_read, the_offset_of_a_moved_kernel_is_found)
{
	struct file f = file_of("A=1\nKERNELOFFSET=ae00000\nB=2\n");
	uint64_t offset = 1;
	cr_assert_eq(offset_of(&f, sizeof(f), &offset, NULL), 0);
	cr_assert_eq(offset, 0xae00000);
	f = file_of("A=1\nXKERNELOFFSET=ae00000\n");
	cr_assert_eq(offset_of(&f, sizeof(f), &offset, NULL), 0);
	cr_assert_eq(offset, 0, "a kernel that does not say");
}

Test(core_read, a_number_at_the_very_end_is_not_read_past)
{
	struct file f = file_of("");
	uint64_t offset = 1;
	memset(f.text, 'x', sizeof(f.text));
	memcpy(f.text + sizeof(f.text) - 15, "\nKERNELOFFSET=7", 15);
	cr_assert_eq(offset_of(&f, sizeof(f), &offset, NULL), 0);
	cr_assert_eq(offset, 7);
}

Test(core_read, damaged_files_are_refused_by_name)
{
	struct kt_err err = {0};
	uint64_t offset = 1;
	const struct file good = file_of("\nKERNELOFFSET=1\n");
	struct file bad = good;
	cr_assert_eq(offset_of(&good, sizeof(good) - 1, &offset, &err), -ENOEXEC);
	cr_assert(strstr(err.text, in_tmp("core")), "%s", err.text);
	cr_assert_eq(offset_of(&good, 70, &offset, &err), -ENOEXEC);
	cr_assert_eq(offset_of(&good, 0, &offset, &err), -ENOEXEC);
	bad.elf.e_type = ET_EXEC;
	cr_assert_eq(offset_of(&bad, sizeof(bad), &offset, &err), -ENOEXEC);
	bad = good;
	bad.note.p_filesz = UINT64_MAX;
	cr_assert_eq(offset_of(&bad, sizeof(bad), &offset, &err), -ENOEXEC);
	bad = good;
	bad.note.p_offset = UINT64_MAX;
	cr_assert_eq(offset_of(&bad, sizeof(bad), &offset, &err), -ENOEXEC);
	cr_assert_eq(kt_vm_core_offset(in_tmp("missing"), &offset, &err), -ENOENT);
	cr_assert_eq(offset, 1);
}
