// SPDX-License-Identifier: GPL-2.0-only
/*
 * The project's kernel options as bytes of this object. The assembler reads the file when
 * this source is compiled; EMBEDS in configure.py makes it a dependency.
 */
#include "kernel/fragment.h"

__asm__(".pushsection .rodata\n"
	".local kt_kernel_fragment_start, kt_kernel_fragment_end\n"
	"kt_kernel_fragment_start:\n"
	".incbin \"src/kernel/ktstr.kconfig\"\n"
	"kt_kernel_fragment_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char kt_kernel_fragment_start[];
extern const char kt_kernel_fragment_end[];

const char *kt_kernel_fragment(size_t *ret_bytes)
{
	if (ret_bytes)
		*ret_bytes = (size_t)(kt_kernel_fragment_end - kt_kernel_fragment_start);
	return kt_kernel_fragment_start;
}
