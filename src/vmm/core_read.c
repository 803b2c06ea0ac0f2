// SPDX-License-Identifier: GPL-2.0-only
/* Reads core files again, which may be anybody's by then: every offset and size is bounded. */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "vmm/vm.h"

#define NOTES_MAX (16u << 20) /* of 4096 CPUs it is less than 4 MiB */
#define FIELD	  "\nKERNELOFFSET="

static int fail(struct kt_err *err, int errnum, const char *path, const char *why)
{
	return kt_fail(err, errnum, "name a .vmcore file that --keep-vm left", "core file '%s': %s",
		path, why);
}

/* The notes and a NUL; -errno. */
static int read_notes(int fd, char **ret, uint64_t *ret_bytes)
{
	Elf64_Ehdr elf;
	Elf64_Phdr note;
	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
		memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_type != ET_CORE ||
		elf.e_phoff != sizeof(elf) ||
		pread(fd, &note, sizeof(note), sizeof(elf)) != sizeof(note) ||
		note.p_type != PT_NOTE || note.p_filesz > NOTES_MAX ||
		note.p_offset > INT64_MAX - NOTES_MAX)
		return -ENOEXEC;
	KT_AUTOFREE char *notes = calloc(1, note.p_filesz + 1);
	if (!notes)
		return -ENOMEM;
	if (pread(fd, notes, note.p_filesz, (off_t)note.p_offset) != (ssize_t)note.p_filesz)
		return -ENOEXEC;
	*ret = KT_TAKE(notes);
	*ret_bytes = note.p_filesz;
	return 0;
}

int kt_vm_core_offset(const char *path, uint64_t *ret, struct kt_err *err)
{
	KT_AUTOFREE char *notes = NULL;
	uint64_t bytes = 0;
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, errno, path, strerror(errno));
	int r = read_notes(fd, &notes, &bytes);
	if (r < 0)
		return fail(err, -r, path, r == -ENOEXEC ? "it is none, or damaged" : strerror(-r));
	const char *at = memmem(notes, bytes, FIELD, strlen(FIELD));
	*ret = at ? strtoull(at + strlen(FIELD), NULL, 16) : 0;
	return 0;
}
