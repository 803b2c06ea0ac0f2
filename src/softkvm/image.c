// SPDX-License-Identifier: GPL-2.0-only
/*
 * The header of the x86 boot protocol tells how long a bzImage must be, so that a truncated
 * copy is named as such instead of as a machine that never comes up.
 */
#include "softkvm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FIX "run 'ktstr kernel build', or give the path of a bzImage"

#define SETUP_SECTS_AT 0x1f1
#define SYSSIZE_AT     0x1f4
#define MAGIC_AT       0x202
#define HEADER_BYTES   0x210

static int check_bzimage(const char *path, const uint8_t *head, uint64_t bytes, struct kt_err *err)
{
	uint32_t units; /* of 16 bytes */
	uint64_t setup = head[SETUP_SECTS_AT] ? head[SETUP_SECTS_AT] : 4;

	memcpy(&units, head + SYSSIZE_AT, sizeof(units));
	uint64_t needed = (setup + 1) * 512 + (uint64_t)units * 16;
	if (bytes < needed)
		return kt_fail(err, ENOEXEC, FIX,
			"kernel image '%s' is truncated: %llu bytes of %llu", path,
			(unsigned long long)bytes, (unsigned long long)needed);
	return 0;
}

int kt_softkvm_image_check(const char *path, struct kt_err *err)
{
	uint8_t head[HEADER_BYTES];
	struct stat st;

	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kt_fail(err, errno, FIX, "kernel image '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return kt_fail(err, ENOEXEC, FIX, "kernel image '%s' is not a file", path);
	ssize_t n = pread(fd, head, sizeof(head), 0);
	if (n == (ssize_t)sizeof(head) && !memcmp(head + MAGIC_AT, "HdrS", 4))
		return check_bzimage(path, head, (uint64_t)st.st_size, err);
	if (n == (ssize_t)sizeof(head) && !memcmp(head, "\177ELF\2", 5))
		return 0;
	return kt_fail(
		err, ENOEXEC, FIX, "'%s' is no kernel image: neither bzImage nor 64-bit ELF", path);
}
