// SPDX-License-Identifier: GPL-2.0-only
/* ELF files: what was opened can be read from end to end, and lies in the file. */
#include "base/elf.h"
#include "fuzz/fuzz.h"

#define NEEDED_MAX 4096u

static void read_all(const struct kt_elf *elf, size_t file_bytes)
{
	static const char *const sections[] = {".text", ".symtab", ".strtab", ".BTF", ".dynamic"};
	struct kt_elf_segment s;
	struct kt_err err = {0};
	uint64_t value;
	for (size_t i = 0; kt_elf_load_segment(elf, i, &s); i++)
		FUZZ_CHECK(s.offset <= file_bytes && s.file_bytes <= file_bytes - s.offset &&
			   s.file_bytes <= s.mem_bytes);
	for (size_t i = 0; i < KT_ARRAY_LEN(sections); i++) {
		const void *at;
		size_t n;
		if (kt_elf_section(elf, sections[i], &at, &n, &err) < 0)
			continue;
		FUZZ_CHECK(n <= file_bytes);
		fuzz_touch(at, n);
	}
	(void)kt_elf_symbol(elf, "main", &value, &err); /* it may have none */
	for (size_t i = 0; i < NEEDED_MAX && kt_elf_needed(elf, i); i++)
		FUZZ_CHECK(strlen(kt_elf_needed(elf, i)) < file_bytes);
	FUZZ_CHECK(!kt_elf_interp(elf) || strlen(kt_elf_interp(elf)) < file_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char path[32];
	struct kt_err err = {0};
	int fd = fuzz_file(data, bytes, path);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	if (kt_elf_open(path, &elf, &err) < 0)
		FUZZ_CHECK(err.text[0] && err.fix[0]);
	else
		read_all(elf, bytes);
	close(fd);
	return 0;
}
