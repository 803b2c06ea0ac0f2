// SPDX-License-Identifier: GPL-2.0-only
/* The table of symptoms, and what silence means. */
#include "kernel/symptom.h"

#include <string.h>

#include "base/mem.h"

static const struct {
	const char *words;
	struct kt_ksymptom symptom;
} rows[] = {
#define SYMPTOM(words, cause, fix) {words, {cause, fix}},
#include "kernel/symptom.def"
#undef SYMPTOM
};

struct kt_ksymptom kt_ksymptom_of(const char *console)
{
	if (!console[strspn(console, " \r\n")])
		return (struct kt_ksymptom){"the kernel said nothing at all: it has no serial "
					    "console, or died before it had one",
			"check that the image is whole, and built with "
			"CONFIG_SERIAL_8250_CONSOLE=y"};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		if (strstr(console, rows[i].words))
			return rows[i].symptom;
	}
	return (struct kt_ksymptom){"the kernel started, but the test program never reported",
		"look at the console for the last thing it did; if that is the start of /init, "
		"build it with CONFIG_DEVTMPFS=y, CONFIG_SERIAL_8250=y, CONFIG_VIRTIO_MMIO=y, "
		"CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y and CONFIG_VIRTIO_CONSOLE=y"};
}
