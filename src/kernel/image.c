// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bzImage names its release behind the setup header (boot protocol 2.0); a vmlinux has it
 * in the text at the symbol linux_banner.
 */
#include "kernel/image.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/elf.h"
#include "base/mem.h"
#include "base/str.h"

#define SETUP_SECTORS_AT   0x1f1u
#define CODE_PARAGRAPHS_AT 0x1f4u /* of 16 bytes, behind the setup sectors */
#define SECTOR_BYTES	   512u
#define SETUP_MAGIC_AT	   0x202u
#define VERSION_TEXT_AT	   0x20eu
#define VERSION_TEXT_OFF   0x200u
#define SETUP_BYTES	   0x210u
#define BANNER_BYTES	   160
#define SEGMENTS_MAX	   64

static const char banner_start[] = "Linux version ";

static int not_an_image(const char *path, const char *why, struct kt_err *err)
{
	return kt_fail(err, ENOEXEC, "give a vmlinux, a bzImage, or an id of 'ktstr kernel list'",
		"'%s' is no x86-64 kernel image: %s", path, why);
}

static int first_word(const char *text, char **ret, struct kt_err *err)
{
	*ret = kt_strf("%.*s", (int)strcspn(text, " \n"), text);
	return *ret ? 0 : kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

/* The header knows the length of what follows; a copy that broke off is shorter. */
static int check_whole(int fd, const char *path, const unsigned char *setup, struct kt_err *err)
{
	uint64_t needs = ((setup[SETUP_SECTORS_AT] ?: 4) + 1u) * (uint64_t)SECTOR_BYTES;
	uint32_t paragraphs;
	struct stat st;
	memcpy(&paragraphs, setup + CODE_PARAGRAPHS_AT, sizeof(paragraphs));
	needs += paragraphs * 16ull;
	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size >= needs)
		return 0;
	return kt_fail(err, ENOEXEC, "copy the image again, or build the kernel again",
		"bzImage '%s' is cut off: it has %lld bytes of the %llu its header names", path,
		(long long)st.st_size, (unsigned long long)needs);
}

static int bzimage_release(
	int fd, const char *path, const unsigned char *setup, char **ret, struct kt_err *err)
{
	char text[BANNER_BYTES + 1] = {0};
	int r = check_whole(fd, path, setup, err);
	if (r < 0)
		return r;
	unsigned at = setup[VERSION_TEXT_AT] | (unsigned)setup[VERSION_TEXT_AT + 1] << 8;
	if (!at || pread(fd, text, BANNER_BYTES, at + VERSION_TEXT_OFF) <= 0)
		return not_an_image(path, "its header names no version", err);
	return first_word(text, ret, err);
}

/* Offset in the file of the byte at VADDR, -1 when no segment holds it. */
static off_t file_offset(const struct kt_elf *elf, uint64_t vaddr)
{
	struct kt_elf_segment s;
	for (size_t i = 0; i < SEGMENTS_MAX && kt_elf_load_segment(elf, i, &s); i++) {
		if (vaddr >= s.vaddr && vaddr - s.vaddr < s.file_bytes)
			return (off_t)(s.offset + (vaddr - s.vaddr));
	}
	return -1;
}

static int vmlinux_release(const char *path, char **ret, struct kt_err *err)
{
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	char text[BANNER_BYTES + 1] = {0};
	uint64_t vaddr;
	int r = kt_elf_open(path, &elf, err);
	if (r < 0)
		return r;
	if (kt_elf_machine(elf) != EM_X86_64)
		return not_an_image(path, "it is for another machine", err);
	if (kt_elf_symbol(elf, "linux_banner", &vaddr, NULL) < 0)
		return not_an_image(path, "it has no symbol linux_banner", err);
	off_t at = file_offset(elf, vaddr);
	if (at < 0 || pread(kt_elf_fd(elf), text, BANNER_BYTES, at) <= 0 ||
		!kt_starts_with(text, banner_start))
		return not_an_image(path, "its banner is not 'Linux version ...'", err);
	return first_word(text + strlen(banner_start), ret, err);
}

int kt_kimage_read(
	const char *path, enum kt_kimage_kind *ret_kind, char **ret_release, struct kt_err *err)
{
	unsigned char setup[SETUP_BYTES] = {0};
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno, "give the path of a vmlinux or a bzImage",
			"kernel image '%s': %s", path, strerror(errno));
	ssize_t n = pread(fd, setup, sizeof(setup), 0);
	bool elf = n > SELFMAG && !memcmp(setup, ELFMAG, SELFMAG);
	bool bzimage = n == (ssize_t)sizeof(setup) && !memcmp(setup + SETUP_MAGIC_AT, "HdrS", 4);
	if (!elf && !bzimage)
		return not_an_image(path, "neither an ELF file nor one with a setup header", err);
	int r = elf ? vmlinux_release(path, ret_release, err)
		    : bzimage_release(fd, path, setup, ret_release, err);
	if (r == 0)
		*ret_kind = elf ? KT_KIMAGE_VMLINUX : KT_KIMAGE_BZIMAGE;
	return r;
}
