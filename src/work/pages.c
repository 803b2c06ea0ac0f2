// SPDX-License-Identifier: GPL-2.0-only
/*
 * move_pages without a destination says where each page is, for a thread's own memory and with
 * no file to read; /proc/PID/numa_maps would mix the threads of a process and what it forked with.
 */
#include "work/pages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define ASKED_MAX   65536u /* pages of one piece of memory */
#define AT_ONCE	    512u
#define VMSTAT_ROOM 32768u

static bool count_some(
	void *const pages[], unsigned n, uint64_t each, uint64_t counts[KT_PAGES_NODES_MAX])
{
	int nodes[AT_ONCE];
	if (syscall(SYS_move_pages, 0, (unsigned long)n, pages, NULL, nodes, 0) < 0)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (nodes[i] >= 0)
			counts[KT_MIN((unsigned)nodes[i], KT_PAGES_NODES_MAX - 1)] += each;
	return true;
}

bool kt_pages_count(const void *at, size_t bytes, uint64_t counts[KT_PAGES_NODES_MAX])
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)at / page * page;
	size_t count = ((uintptr_t)at + bytes - first + page - 1) / page;
	size_t step = (count + ASKED_MAX - 1) / ASKED_MAX;
	void *pages[AT_ONCE];
	unsigned n = 0;
	for (size_t i = 0; bytes && i < count; i += step) {
		pages[n++] = (void *)(first + i * page);
		if (n < AT_ONCE && i + step < count)
			continue;
		if (!count_some(pages, n, step, counts))
			return false;
		n = 0;
	}
	return true;
}

/* The beginning of a file of the kernel's as text; false when it cannot be read. */
static bool read_text(const char *path, char *buf, size_t bytes)
{
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	while (fd >= 0 && used < bytes - 1) {
		ssize_t n = read(fd, buf + used, bytes - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	buf[used] = '\0';
	return used > 0;
}

struct kt_cpus kt_pages_nodes_with_cpus(const struct kt_cpus *fallback)
{
	char text[256];
	struct kt_cpus nodes;
	bool known = read_text("/sys/devices/system/node/has_cpu", text, sizeof(text)) &&
		     kt_cpus_parse(text, &nodes, NULL) == 0;
	return known ? nodes : *fallback;
}

bool kt_pages_migrated(uint64_t *ret)
{
	static const char key[] = "\npgmigrate_success ";
	KT_AUTOFREE char *text = malloc(VMSTAT_ROOM);
	if (!text || !read_text("/proc/vmstat", text, VMSTAT_ROOM))
		return false;
	const char *line = strstr(text, key);
	if (!line)
		return false;
	*ret = strtoull(line + sizeof(key) - 1, NULL, 10);
	return true;
}
