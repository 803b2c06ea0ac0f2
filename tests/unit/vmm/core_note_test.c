// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/core_note.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <string.h>
#include <sys/procfs.h>

#include "base/mem.h"

#define RAM_BYTES (4ull << 20)

static struct kt_vmm_mem mem;

static void setup(void)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, RAM_BYTES, NULL), 0);
}

static void teardown(void)
{
	kt_vmm_mem_done(&mem);
}

TestSuite(core_note, .init = setup, .fini = teardown);

/* A note as the kernel makes it, at GPA. */
static void put_info(uint64_t gpa, const char *name, uint32_t bytes, const char *text)
{
	Elf64_Nhdr head = {(Elf64_Word)strlen(name) + 1, bytes, 0};
	char *at = kt_vmm_mem_at(&mem, gpa, 4096);
	memcpy(at, &head, sizeof(head));
	strcpy(at + sizeof(head), name);
	strcpy(at + sizeof(head) + ((head.n_namesz + 3) & ~3u), text);
}

/* The contents of the N-th note of that name and type; NULL: there is none. */
static const char *find(
	const struct kt_str *notes, const char *name, uint32_t type, unsigned n, size_t *ret_bytes)
{
	size_t at = 0;
	while (at < notes->len) {
		Elf64_Nhdr head;
		memcpy(&head, notes->text + at, sizeof(head));
		const char *its_name = notes->text + at + sizeof(head);
		const char *data = its_name + ((head.n_namesz + 3) & ~3u);
		at = (size_t)(data - notes->text) + ((head.n_descsz + 3) & ~3u);
		cr_assert_leq(at, notes->len);
		if (head.n_type == type && !strcmp(its_name, name) && !n--) {
			*ret_bytes = head.n_descsz;
			return data;
		}
	}
	return NULL;
}

Test(core_note, each_cpu_is_a_thread_with_its_registers)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str notes = {0};
	struct kt_x86_state cpus[2] = {
		{.regs = {.rip = 0x11, .rsp = 0x22, .rax = 0x33, .r15 = 0x44, .rflags = 0x55},
			.sregs = {.cs.selector = 0x10, .gs.base = 0x66}},
		{.regs = {.rip = 0x77}},
	};
	size_t bytes = 0;
	struct elf_prstatus status;
	kt_vmm_core_notes(&mem, cpus, 2, "", &notes);
	const char *first = find(&notes, "CORE", NT_PRSTATUS, 0, &bytes);
	cr_assert_eq(bytes, sizeof(status));
	memcpy(&status, first, sizeof(status));
	struct user_regs_struct regs;
	memcpy(&regs, status.pr_reg, sizeof(regs));
	cr_assert_eq(status.pr_pid, 1);
	cr_assert_eq(regs.rip, 0x11);
	cr_assert_eq(regs.rsp, 0x22);
	cr_assert_eq(regs.rax, 0x33);
	cr_assert_eq(regs.r15, 0x44);
	cr_assert_eq(regs.eflags, 0x55);
	cr_assert_eq(regs.cs, 0x10);
	cr_assert_eq(regs.gs_base, 0x66);
	memcpy(&status, find(&notes, "CORE", NT_PRSTATUS, 1, &bytes), sizeof(status));
	memcpy(&regs, status.pr_reg, sizeof(regs));
	cr_assert_eq(status.pr_pid, 2);
	cr_assert_eq(regs.rip, 0x77);
	cr_assert_null(find(&notes, "CORE", NT_PRSTATUS, 2, &bytes));
}

Test(core_note, the_command_says_why_without_control_characters)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str notes = {0};
	struct kt_x86_state cpu = {0};
	struct elf_prpsinfo info;
	size_t bytes = 0;
	char why[300];
	memset(why, 'x', sizeof(why));
	memcpy(why, "a \033[2Jb\n\xff", 9);
	why[sizeof(why) - 1] = '\0';
	kt_vmm_core_notes(&mem, &cpu, 1, why, &notes);
	memcpy(&info, find(&notes, "CORE", NT_PRPSINFO, 0, &bytes), sizeof(info));
	cr_assert_str_eq(info.pr_fname, "vmlinux");
	cr_assert_eq(strncmp(info.pr_psargs, "vmlinux, ended by: a  [2Jb  xxx", 31), 0, "%.80s",
		info.pr_psargs);
	cr_assert_eq(info.pr_psargs[sizeof(info.pr_psargs) - 1], '\0');
}

Test(core_note, system_registers_are_lines_of_text)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str notes = {0};
	struct kt_x86_state cpu = {
		.regs.rip = 0xabc, .sregs.cr2 = 0xdead, .mp_state = KVM_MP_STATE_HALTED};
	size_t bytes = 0;
	kt_vmm_core_notes(&mem, &cpu, 1, "", &notes);
	const char *text = find(&notes, "KTSTR", 0, 0, &bytes);
	cr_assert_eq(strncmp(text, "CPU 0 halts at 0xabc CR0=0 CR2=0xdead ", 38), 0, "%s", text);
	cr_assert_null(find(&notes, "VMCOREINFO", 0, 0, &bytes));
}

Test(core_note, vmcoreinfo_is_found_by_its_page)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str notes = {0};
	struct kt_x86_state cpu = {0};
	size_t bytes = 0;
	put_info(0x123000, "VMCOREINFO", 14, "OSRELEASE=6.1\n");
	kt_vmm_core_notes(&mem, &cpu, 1, "", &notes);
	const char *text = find(&notes, "VMCOREINFO", 0, 0, &bytes);
	cr_assert_eq(bytes, 14);
	cr_assert_eq(memcmp(text, "OSRELEASE=6.1\n", 14), 0);
}

Test(core_note, what_only_looks_like_vmcoreinfo_is_passed_over)
{
	size_t bytes = 0;
	put_info(0x100000, "VMCOREINFO", UINT32_MAX, "OSRELEASE=too long\n");
	put_info(0x101000, "VMCOREINFO", 0, "OSRELEASE=empty\n");
	put_info(0x102000, "VMCOREINFO", 10, "no release");
	put_info(0x103000, "VMCOREINFA", 14, "OSRELEASE=6.1\n");
	put_info(0x104010, "VMCOREINFO", 14, "OSRELEASE=not at a page\n");
	put_info(RAM_BYTES - 4096, "VMCOREINFO", 4096, "OSRELEASE=past the end of RAM\n");
	cr_assert_null(kt_vmm_vmcoreinfo(&mem, &bytes));
}

Test(core_note, looking_takes_no_memory_of_the_host)
{
	size_t bytes = 0;
	uint64_t from, end;
	put_info(0x200000, "none", 1, "");
	cr_assert_null(kt_vmm_vmcoreinfo(&mem, &bytes));
	cr_assert(kt_vmm_mem_next_data(&mem, 0, &from, &end));
	cr_assert_eq(from, 0x200000);
	cr_assert(!kt_vmm_mem_next_data(&mem, end, &from, &end));
}
