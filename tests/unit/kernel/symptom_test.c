// SPDX-License-Identifier: GPL-2.0-only
/* What a console says of a kernel that never ran the test. */
#include "kernel/symptom.h"

#include <string.h>

#include <criterion/criterion.h>

static void says(const char *console, const char *cause, const char *fix)
{
	struct kt_ksymptom s = kt_ksymptom_of(console);
	cr_assert(strstr(s.cause, cause), "%s", s.cause);
	cr_assert(strstr(s.fix, fix), "%s", s.fix);
}

Test(symptom, silence_is_a_symptom)
{
	says("", "said nothing", "SERIAL_8250_CONSOLE");
	says("\r\n \n", "said nothing", "whole");
}

Test(symptom, words_of_the_console_name_the_option)
{
	says("[ 1.0] x\n[ 1.1] Kernel panic - not syncing: VFS: Unable to mount root fs on\n",
		"initramfs", "BLK_DEV_INITRD");
	says("Initramfs unpacking failed: compression method zstd not configured\n"
	     "VFS: Unable to mount root fs\n",
		"unpack", "CONFIG_RD_ZSTD=y");
	says("Failed to execute /init (error -8)\n", "cannot run", "BINFMT_ELF");
	says("ktstr: guest stage 'mounts': mounting cgroup2\n", "file system", "console names");
	says("\n\nZSTD-compressed data is corrupt\n\n -- System halted", "damaged", "again");
}

Test(symptom, an_unknown_end_points_to_the_console)
{
	says("[ 0.1] Linux version 6.1\n", "never reported", "the console");
}
