// SPDX-License-Identifier: GPL-2.0-only
/* System calls are made directly: libnuma would be one more library in each initramfs. */
#include "work/nodes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define ASKED_MAX 64u /* pages */
#define PAGE	  4096u

struct kt_cpus kt_nodes_list(const char *text)
{
	struct kt_cpus set = {0};
	while (isdigit((unsigned char)*text)) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long i = first; i <= last && i < KT_CPUS_MAX; i++)
			kt_cpus_add(&set, (unsigned)i);
		if (*end != ',')
			break;
		text = end + 1;
	}
	return set;
}

struct kt_cpus kt_nodes_cpus(unsigned node)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", node);
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return (struct kt_cpus){0};
	text[n] = '\0';
	return kt_nodes_list(text);
}

int kt_nodes_bind(void *at, size_t bytes, unsigned node)
{
	uint64_t mask = 1ull << node;
	long r = syscall(SYS_mbind, at, bytes, MPOL_BIND, &mask, KT_NODES_MAX + 1ul,
		MPOL_MF_MOVE); /* the kernel takes one bit less than it is told */
	return r < 0 ? -errno : 0;
}

int kt_nodes_misplaced(const void *at, size_t bytes, unsigned count, unsigned node)
{
	void *pages[ASKED_MAX];
	int where[ASKED_MAX], wrong = 0;
	size_t have = bytes / PAGE;
	unsigned n = (unsigned)KT_MIN(KT_MIN(count, ASKED_MAX), have);
	for (unsigned i = 0; i < n; i++)
		pages[i] = (char *)(uintptr_t)at + have * i / n * PAGE;
	if (n && syscall(SYS_move_pages, 0, (unsigned long)n, pages, NULL, where, 0) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++)
		wrong += where[i] >= 0 && (unsigned)where[i] != node;
	return wrong;
}
