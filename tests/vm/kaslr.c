// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel is, with KASLR and without. Two addresses are looked at, because one of them
 * may by chance be the one it was linked for: that of the code in the kernel's own mapping, and
 * that of the code in memory, which is chosen apart from it.
 */
#include <ktstr/ktstr.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINKED_VIRTUAL	0xffffffff81000000ull /* of _text, without KASLR */
#define LINKED_PHYSICAL 0x1000000ull	      /* CONFIG_PHYSICAL_START */

/* The hexadecimal number that the first line of FILE with WORDS begins with; 0: none. */
static unsigned long long address_in(const char *file, const char *words)
{
	unsigned long long at = 0;
	char line[512];
	FILE *f = fopen(file, "re");
	while (f && !at && fgets(line, sizeof(line), f)) {
		if (!strstr(line, words) || sscanf(line, "%llx", &at) != 1)
			at = 0;
	}
	if (f)
		fclose(f);
	return at;
}

static bool has_nokaslr(void)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "re");
	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	return strstr(line, "nokaslr");
}

struct place {
	unsigned long long virtual_at, physical_at;
};

/* Both must be known, or a comparison would prove nothing. */
static struct place find_kernel(struct ktstr_ctx *ctx)
{
	struct place p = {
		address_in("/proc/kallsyms", " _text\n"), address_in("/proc/iomem", "Kernel code")};
	if (!p.virtual_at || !p.physical_at)
		ktstr_fail(ctx, "the kernel hides where it is: _text 0x%llx, code 0x%llx",
			p.virtual_at, p.physical_at);
	return p;
}

KTSTR_TEST_BODY(moved, "with .kaslr the kernel is not where it was linked for",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1), .kaslr = true)
{
	struct place p = find_kernel(ctx);
	if (has_nokaslr())
		ktstr_fail(ctx, "the command line has nokaslr");
	if (p.virtual_at == LINKED_VIRTUAL && p.physical_at == LINKED_PHYSICAL)
		ktstr_fail(ctx, "the kernel was not moved");
}

KTSTR_TEST_BODY(fixed, "without .kaslr every symbol is where vmlinux has it",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	struct place p = find_kernel(ctx);
	if (!has_nokaslr())
		ktstr_fail(ctx, "the command line lacks nokaslr");
	if (p.virtual_at != LINKED_VIRTUAL || p.physical_at != LINKED_PHYSICAL)
		ktstr_fail(
			ctx, "_text is at 0x%llx, the code at 0x%llx", p.virtual_at, p.physical_at);
}
