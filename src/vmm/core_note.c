// SPDX-License-Identifier: GPL-2.0-only
/* Notes in the layout of Linux' own core files, from sys/procfs.h, so that gdb knows them. */
#include "vmm/core_note.h"

#include <elf.h>
#include <string.h>
#include <sys/procfs.h>

#include "base/mem.h"

#define PAGE_BYTES	 4096u
#define VMCOREINFO	 "VMCOREINFO"
#define VMCOREINFO_FIRST "OSRELEASE="
#define PROGRAM		 "vmlinux" /* gdb compares it with the name of the file it was given */

static void add_padded(struct kt_str *out, const void *data, size_t bytes)
{
	static const char zero[4];
	kt_str_add_bytes(out, data, bytes);
	kt_str_add_bytes(out, zero, -bytes & 3);
}

static void add_note(
	struct kt_str *out, const char *name, uint32_t type, const void *data, size_t bytes)
{
	Elf64_Nhdr head = {
		.n_namesz = (uint32_t)strlen(name) + 1,
		.n_descsz = (uint32_t)bytes,
		.n_type = type,
	};
	add_padded(out, &head, sizeof(head));
	add_padded(out, name, head.n_namesz);
	add_padded(out, data, bytes);
}

/* Debuggers print it as it is: no control characters from the guest's console. */
static void add_process(struct kt_str *out, const char *why)
{
	struct elf_prpsinfo info = {.pr_sname = 'R', .pr_fname = PROGRAM};
	KT_AUTOFREE char *text = kt_strf("%s, ended by: %s", PROGRAM, why);
	for (size_t i = 0; text && text[i] && i < sizeof(info.pr_psargs) - 1; i++)
		info.pr_psargs[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : ' ';
	out->failed |= !text;
	add_note(out, "CORE", NT_PRPSINFO, &info, sizeof(info));
}

static void add_registers(struct kt_str *out, const struct kt_x86_state *cpu, unsigned index)
{
	const struct kvm_regs *r = &cpu->regs;
	const struct kvm_sregs *s = &cpu->sregs;
	/* Order of struct user_regs_struct; what would be orig_rax is "no system call". */
	const elf_gregset_t values = {r->r15, r->r14, r->r13, r->r12, r->rbp, r->rbx, r->r11,
		r->r10, r->r9, r->r8, r->rax, r->rcx, r->rdx, r->rsi, r->rdi, UINT64_MAX, r->rip,
		s->cs.selector, r->rflags, r->rsp, s->ss.selector, s->fs.base, s->gs.base,
		s->ds.selector, s->es.selector, s->fs.selector, s->gs.selector};
	struct elf_prstatus status = {.pr_pid = (pid_t)index + 1};
	memcpy(status.pr_reg, values, sizeof(values));
	add_note(out, "CORE", NT_PRSTATUS, &status, sizeof(status));
}

/* The note as the kernel made it: at the begin of a page, all of it inside. */
static const char *vmcoreinfo_in(const char *page, size_t *ret_bytes)
{
	Elf64_Nhdr head;
	const char *text = page + sizeof(head) + ((sizeof(VMCOREINFO) + 3) & ~3ull);
	memcpy(&head, page, sizeof(head));
	if (head.n_namesz != sizeof(VMCOREINFO) || head.n_type || !head.n_descsz ||
		memcmp(page + sizeof(head), VMCOREINFO, sizeof(VMCOREINFO)) != 0 ||
		memcmp(text, VMCOREINFO_FIRST, strlen(VMCOREINFO_FIRST)) != 0)
		return NULL;
	*ret_bytes = head.n_descsz;
	return text;
}

const char *kt_vmm_vmcoreinfo(const struct kt_vmm_mem *mem, size_t *ret_bytes)
{
	uint64_t from, end = 0;
	while (kt_vmm_mem_next_data(mem, end, &from, &end)) {
		/* The text may fill the page and its head make it two. */
		for (uint64_t at = from; at < end && mem->bytes - at >= 2 * PAGE_BYTES;
			at += PAGE_BYTES) {
			size_t bytes = 0;
			const char *text = vmcoreinfo_in((const char *)mem->map + at, &bytes);
			if (text && bytes <= KT_VMM_VMCOREINFO_MAX) {
				*ret_bytes = bytes;
				return text;
			}
		}
	}
	return NULL;
}

void kt_vmm_core_notes(const struct kt_vmm_mem *mem, const struct kt_x86_state *cpus,
	unsigned count, const char *why, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str lines = {0};
	add_process(out, why);
	for (unsigned i = 0; i < count; i++) {
		add_registers(out, &cpus[i], i);
		kt_x86_state_line(&cpus[i], i, &lines);
	}
	size_t bytes = 0;
	const char *info = kt_vmm_vmcoreinfo(mem, &bytes);
	if (info)
		add_note(out, VMCOREINFO, 0, info, bytes);
	add_note(out, "KTSTR", 0, kt_str_get(&lines), lines.len);
	out->failed |= lines.failed;
}
