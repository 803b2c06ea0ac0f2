// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file is told apart by its first bytes. An ELF goes to the physical addresses of its
 * segments and is entered directly; a bzImage's protected-mode part goes to its preferred
 * address and is entered at its 64-bit entry. Every number of the file is checked.
 */
#include "vmm/image.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/elf.h"
#include "vmm/x86_64/layout.h"

#define SETUP_AT	  0x1f1u /* offset of the setup header in the file */
#define SECTOR_BYTES	  512u
#define VERSION_MIN	  0x20cu /* boot protocol with xloadflags */
#define ENTRY_64	  0x200u
#define SEGMENTS_MAX	  64u
#define LOADER_UNASSIGNED 0xffu

static const char fix_kernel[] = "give an x86-64 vmlinux or bzImage, or run 'ktstr kernel build'";
static const char fix_memory[] = "give the guest more memory";

/* pread all of BYTES; 0 or -errno. */
static int read_at(int fd, void *data, uint64_t bytes, uint64_t offset)
{
	for (uint64_t done = 0; done < bytes;) {
		ssize_t n = pread(fd, (char *)data + done, bytes - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOEXEC;
		done += (uint64_t)n;
	}
	return 0;
}

/*
 * BYTES of FD at OFFSET into guest memory at AT: written to the memfd by the kernel, which
 * takes less than half the time of reading through the mapping, page fault by page fault.
 * What it does not take is read.
 */
static int copy_in(const struct kt_vmm_mem *mem, int fd, void *at, uint64_t bytes, uint64_t offset)
{
	off_t to = (char *)at - (char *)mem->map, from = (off_t)offset;
	uint64_t left = bytes;
	ssize_t n = lseek(mem->fd, to, SEEK_SET) == to ? 1 : -1;
	while (left && n > 0) {
		n = sendfile(mem->fd, fd, &from, left);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return read_at(fd, (char *)at + (bytes - left), left, (uint64_t)from);
}

static int load_segment(const struct kt_vmm_mem *mem, int fd, const struct kt_elf_segment *seg,
	struct kt_vmm_image *image, struct kt_err *err)
{
	if (seg->file_bytes > seg->mem_bytes || seg->paddr < KT_X86_HIGH)
		return kt_fail(err, ENOEXEC, fix_kernel,
			"segment at 0x%llx: below 1 MiB or longer in the file than in memory",
			(unsigned long long)seg->paddr);
	void *at = kt_vmm_mem_at(mem, seg->paddr, seg->mem_bytes);
	if (!at)
		return kt_fail(err, ENOMEM, fix_memory,
			"segment of %llu KiB at 0x%llx is outside %llu MiB of guest memory",
			(unsigned long long)(seg->mem_bytes >> 10), (unsigned long long)seg->paddr,
			(unsigned long long)(mem->bytes >> 20));
	int r = copy_in(mem, fd, at, seg->file_bytes, seg->offset);
	if (r < 0)
		return kt_fail(err, -r, fix_kernel, "read segment at 0x%llx: %s",
			(unsigned long long)seg->paddr, strerror(-r));
	image->end = KT_MAX(image->end, seg->paddr + seg->mem_bytes);
	return 0;
}

static int load_elf(const struct kt_vmm_mem *mem, const char *path, struct kt_vmm_image *image,
	struct kt_err *err)
{
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	int r = kt_elf_open(path, &elf, err);
	if (r < 0)
		return r;
	if (kt_elf_machine(elf) != EM_X86_64)
		return kt_fail(err, ENOEXEC, fix_kernel, "ELF machine %u is not x86-64",
			kt_elf_machine(elf));

	struct kt_elf_segment seg;
	for (size_t i = 0; kt_elf_load_segment(elf, i, &seg); i++) {
		if (i == SEGMENTS_MAX)
			return kt_fail(
				err, ENOEXEC, fix_kernel, "more than %u segments", SEGMENTS_MAX);
		if (seg.mem_bytes && (r = load_segment(mem, kt_elf_fd(elf), &seg, image, err)) < 0)
			return r;
	}
	image->entry = kt_elf_entry(elf);
	if (image->entry < KT_X86_HIGH || image->entry >= image->end)
		return kt_fail(err, ENOEXEC, fix_kernel, "entry 0x%llx is outside its segments",
			(unsigned long long)image->entry);
	image->setup = (struct setup_header){
		.boot_flag = 0xaa55,
		.header = 0x53726448, /* "HdrS" */
		.version = 0x20f,
		.loadflags = LOADED_HIGH,
		.kernel_alignment = 0x200000,
	};
	return 0;
}

/* Read and judge the setup header; *RET_AT is the file offset of the protected-mode part. */
static int read_setup(
	int fd, uint64_t file_bytes, struct setup_header *ret, uint64_t *ret_at, struct kt_err *err)
{
	struct setup_header setup = {0};
	uint8_t jump[2] = {0}; /* its second byte says where the header ends */
	if (read_at(fd, &setup, sizeof(setup), SETUP_AT) < 0 || read_at(fd, jump, 2, 0x200) < 0 ||
		setup.boot_flag != 0xaa55 || setup.header != 0x53726448)
		return kt_fail(err, ENOEXEC, fix_kernel, "neither an ELF file nor a bzImage");
	if (setup.version < VERSION_MIN || !(setup.xloadflags & XLF_KERNEL_64) ||
		!(setup.loadflags & LOADED_HIGH))
		return kt_fail(err, ENOEXEC, fix_kernel,
			"bzImage without 64-bit entry (boot protocol %u.%02u, 2.12 needed)",
			setup.version >> 8, setup.version & 0xff);

	size_t header_bytes = 0x202u + jump[1] - SETUP_AT;
	if (header_bytes < sizeof(setup))
		memset((char *)&setup + header_bytes, 0, sizeof(setup) - header_bytes);
	unsigned sectors = setup.setup_sects ? setup.setup_sects : 4;
	*ret_at = (sectors + 1) * (uint64_t)SECTOR_BYTES;
	if (*ret_at + ENTRY_64 >= file_bytes)
		return kt_fail(err, ENOEXEC, fix_kernel, "bzImage cut off after %llu bytes",
			(unsigned long long)file_bytes);
	*ret = setup;
	return 0;
}

static int load_bzimage(const struct kt_vmm_mem *mem, int fd, uint64_t file_bytes,
	struct kt_vmm_image *image, struct kt_err *err)
{
	uint64_t at = 0;
	int r = read_setup(fd, file_bytes, &image->setup, &at, err);
	if (r < 0)
		return r;

	uint64_t bytes = file_bytes - at;
	uint64_t load = image->setup.pref_address;
	uint64_t needs = KT_MAX(bytes, image->setup.init_size);
	if (load < KT_X86_HIGH || load % 4096)
		return kt_fail(err, ENOEXEC, fix_kernel, "bzImage wants to be at 0x%llx",
			(unsigned long long)load);
	void *to = kt_vmm_mem_at(mem, load, needs);
	if (!to)
		return kt_fail(err, ENOMEM, fix_memory,
			"bzImage needs %llu MiB at 0x%llx, the guest has %llu MiB",
			(unsigned long long)(needs >> 20), (unsigned long long)load,
			(unsigned long long)(mem->bytes >> 20));
	r = copy_in(mem, fd, to, bytes, at);
	if (r < 0)
		return kt_fail(err, -r, fix_kernel, "read bzImage: %s", strerror(-r));
	image->setup.code32_start = (uint32_t)load;
	image->entry = load + ENTRY_64;
	image->end = load + needs;
	return 0;
}

static int load(const struct kt_vmm_mem *mem, const char *path, struct kt_vmm_image *image,
	struct kt_err *err)
{
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char magic[SELFMAG] = {0};
	if (fd < 0 || fstat(fd, &st) < 0)
		return kt_fail(err, errno, fix_kernel, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) || read_at(fd, magic, sizeof(magic), 0) < 0)
		return kt_fail(err, ENOEXEC, fix_kernel, "no regular file or empty");
	if (!memcmp(magic, ELFMAG, SELFMAG))
		return load_elf(mem, path, image, err);
	return load_bzimage(mem, fd, (uint64_t)st.st_size, image, err);
}

int kt_vmm_image_load(const struct kt_vmm_mem *mem, const char *path, struct kt_vmm_image *ret,
	struct kt_err *err)
{
	struct kt_vmm_image image = {0};
	int r = load(mem, path, &image, err);
	if (r < 0)
		return kt_wrap(err, r, "kernel '%s'", path);
	image.setup.type_of_loader = LOADER_UNASSIGNED;
	*ret = image;
	return 0;
}
