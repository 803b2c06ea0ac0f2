// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ELF core: headers, notes, then RAM as one sparse image. Each PT_LOAD is a mapping of the
 * guest's kernel and points into that image, so what is mapped twice is in the file once, and
 * pages of zeroes are not in it at all.
 */
#include "vmm/vmcore.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "vmm/core_note.h"
#include "vmm/machine.h"
#include "vmm/standing.h"
#include "vmm/x86_64/maps.h"

#define PAGE_BYTES  4096u
#define CHUNK_BYTES (4u << 20) /* per write */

_Static_assert(KT_X86_MAPS_MAX + 1 < PN_XNUM, "e_phnum holds the number of segments");

struct image {
	const struct kt_vmm_mem *mem;
	struct kt_str head; /* everything before RAM */
	uint64_t written_bytes;
};

static uint64_t page_up(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static uint64_t ram_offset(const struct kt_vmm_mem *mem, uint64_t gpa)
{
	return (uint64_t)((char *)kt_vmm_mem_at(mem, gpa, 1) - (char *)mem->map);
}

static void add_load(struct kt_str *head, const struct kt_vmm_mem *mem,
	const struct kt_x86_run *run, uint64_t at)
{
	Elf64_Phdr load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = at + ram_offset(mem, run->gpa),
		.p_vaddr = run->linear,
		.p_paddr = run->gpa,
		.p_filesz = run->bytes,
		.p_memsz = run->bytes,
		.p_align = PAGE_BYTES,
	};
	kt_str_add_bytes(head, &load, sizeof(load));
}

/* Headers and notes, filled up so that RAM begins on a page and its holes stay holes. */
static void make_head(struct image *image, const struct kt_x86_maps *maps, struct kt_str *notes)
{
	static const char zero[PAGE_BYTES];
	size_t segments = 1 + maps->runs.count;
	Elf64_Ehdr elf = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(elf),
		.e_ehsize = sizeof(elf),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)segments,
	};
	Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_flags = PF_R,
		.p_offset = sizeof(elf) + segments * sizeof(note),
		.p_filesz = notes->len,
		.p_align = 4,
	};
	uint64_t ram = page_up(note.p_offset + note.p_filesz);
	kt_str_add_bytes(&image->head, &elf, sizeof(elf));
	kt_str_add_bytes(&image->head, &note, sizeof(note));
	kt_vec_each(run, &maps->runs)
		add_load(&image->head, image->mem, run, ram);
	kt_str_add_bytes(&image->head, kt_str_get(notes), notes->len);
	kt_str_add_bytes(&image->head, zero, ram - image->head.len);
	image->head.failed |= notes->failed;
}

static bool is_zero(const char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE_BYTES - 1);
}

static int write_at(struct image *image, int fd, uint64_t at, const void *data, uint64_t bytes)
{
	image->written_bytes += bytes;
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return -errno;
	return kt_fd_write_all(fd, data, bytes);
}

/* The pages from FROM to END of RAM but those of zeroes, as few writes as there are gaps. */
static int write_pages(struct image *image, int fd, uint64_t from, uint64_t end)
{
	const char *ram = image->mem->map;
	while (from < end) {
		uint64_t stop = from;
		while (stop < end && stop - from < CHUNK_BYTES && !is_zero(ram + stop))
			stop += PAGE_BYTES;
		int r = stop == from ? 0
				     : write_at(image, fd, image->head.len + from, ram + from,
					       stop - from);
		if (r < 0)
			return r;
		from = stop == from ? from + PAGE_BYTES : stop;
	}
	return 0;
}

static int fill(void *arg, int fd)
{
	struct image *image = arg;
	uint64_t from, end = 0;
	int r = write_at(image, fd, 0, kt_str_get(&image->head), image->head.len);
	while (!r && kt_vmm_mem_next_data(image->mem, end, &from, &end))
		r = write_pages(image, fd, from, end);
	/* RAM may end in a hole. */
	if (!r && ftruncate(fd, (off_t)(image->head.len + image->mem->bytes)) < 0)
		r = -errno;
	return r;
}

static int write_file(struct image *image, const char *path, struct kt_err *err)
{
	int r = kt_fs_replace_by(path, fill, image, err);
	if (r == -ENOSPC || r == -EDQUOT || r == -EFBIG)
		return kt_fix(err,
			"make room for a file of up to %llu MiB, or do without keeping the "
			"machine's memory",
			(unsigned long long)(image->mem->bytes >> 20) + 1);
	return r;
}

int kt_vmm_core_write(const struct kt_vmm_remains *remains, const char *path, uint64_t *ret_bytes,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_x86_maps_done) struct kt_x86_maps maps = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str notes = {0};
	struct image image = {.mem = remains->mem};
	int r = kt_x86_maps_find(remains->mem, remains->cpus, remains->cpu_count, &maps, err);
	if (r < 0)
		return r;
	if (maps.cut)
		kt_log(KT_LOG_WARN,
			"'%s' lists only the first %zu mappings of the guest's kernel: the rest "
			"can be read through the direct map only",
			path, maps.runs.count);
	kt_vmm_core_notes(remains->mem, remains->cpus, remains->cpu_count, remains->why, &notes);
	make_head(&image, &maps, &notes);
	if (image.head.failed)
		r = kt_fail(err, ENOMEM, "free memory", "no memory for the head of '%s'", path);
	if (!r)
		r = write_file(&image, path, err);
	if (!r)
		*ret_bytes = image.written_bytes;
	kt_str_done(&image.head);
	return r;
}

int kt_vm_core_write(struct kt_vm *vm, const char *path, uint64_t *ret_bytes, struct kt_err *err)
{
	KT_AUTOFREE struct kt_x86_state *cpus = NULL;
	int r = kt_vmm_states_get(vm, &cpus, err);
	const struct kt_vmm_remains remains = {
		.mem = &vm->mem,
		.cpus = cpus,
		.cpu_count = vm->cpus,
		.why = vm->end.text,
	};
	if (!r)
		r = kt_vmm_core_write(&remains, path, ret_bytes, err);
	return r < 0 ? kt_wrap(err, r, "keep the machine's memory and registers") : 0;
}
