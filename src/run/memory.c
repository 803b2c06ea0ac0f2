// SPDX-License-Identifier: GPL-2.0-only
/* Reads /proc/self/status. The peak the kernel keeps includes the RAM of earlier guests. */
#include "run/memory.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

#define STATUS_BYTES 16384

/* The value of the line "NAME:   N kB", in bytes. */
static uint64_t value_of(const char *status, const char *name)
{
	size_t bytes = strlen(name);
	uint64_t kib = 0;
	for (const char *line = status; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, bytes) == 0 && line[bytes] == ':' &&
			sscanf(line + bytes + 1, " %" SCNu64 " kB", &kib) == 1)
			return kib << 10;
	}
	return 0;
}

struct kt_run_memory kt_run_memory_parse(const char *status)
{
	return (struct kt_run_memory){
		.own_bytes = value_of(status, "RssAnon") + value_of(status, "RssFile"),
		.guest_bytes = value_of(status, "RssShmem"),
		.peak_bytes = value_of(status, "VmHWM"),
	};
}

static struct kt_run_memory read_own(void)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (kt_fs_read("/proc/self/status", STATUS_BYTES, &text, NULL) < 0)
		return (struct kt_run_memory){0}; /* not known is a value of its own */
	return kt_run_memory_parse(kt_str_get(&text));
}

void kt_run_memory_begin(uint64_t *max_bytes)
{
	static atomic_bool had_guest;
	struct kt_run_memory m = read_own();
	bool is_first = !atomic_exchange(&had_guest, true);
	*max_bytes = is_first ? KT_MAX(m.own_bytes, m.peak_bytes) : m.own_bytes;
}

void kt_run_memory_look(uint64_t *max_bytes)
{
	struct kt_run_memory m = read_own();
	*max_bytes = KT_MAX(*max_bytes, m.own_bytes);
}
