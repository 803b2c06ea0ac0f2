// SPDX-License-Identifier: GPL-2.0-only
/* Four or five levels of 512 entries; the third and the second may map 1 GiB and 2 MiB. */
#include "vmm/x86_64/pages.h"

#include <stdlib.h>

#include "base/mem.h"

#define CR0_PG	      0x80000000ull
#define CR4_PAE	      0x20ull
#define CR4_LA57      0x1000ull
#define EFER_LMA      0x400ull
#define ENTRY_PRESENT 1ull
#define ENTRY_LARGE   0x80ull
#define ENTRY_ADDRESS 0x000ffffffffff000ull
#define PAGE_BYTES    4096u
#define ENTRIES	      512u
#define LARGE_LEVELS  3u
#define TABLES_MAX    65536u

struct kt_x86_paging kt_x86_paging_of(const struct kvm_sregs *sregs)
{
	struct kt_x86_paging paging = {.root = sregs->cr3 & ENTRY_ADDRESS};
	if (!(sregs->cr0 & CR0_PG))
		return paging;
	if (!(sregs->efer & EFER_LMA) || !(sregs->cr4 & CR4_PAE))
		paging.levels = 1;
	else
		paging.levels = sregs->cr4 & CR4_LA57 ? 5 : 4;
	return paging;
}

/* Bytes that one entry of a table of LEVEL maps, 1 being the lowest. */
static uint64_t span(unsigned level)
{
	return 1ull << (12 + 9 * (level - 1));
}

/* The bits above the top table's repeat its highest one. */
static uint64_t canonical(uint64_t linear, unsigned levels)
{
	unsigned unused = 64 - (12 + 9 * levels);
	return (uint64_t)((int64_t)(linear << unused) >> unused);
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return level == 1 || (level <= LARGE_LEVELS && entry & ENTRY_LARGE);
}

/* Bits below the span are flags in a large page's entry. */
static uint64_t leaf_gpa(uint64_t entry, unsigned level)
{
	return entry & ENTRY_ADDRESS & ~(span(level) - 1);
}

bool kt_x86_translate(const struct kt_vmm_mem *mem, const struct kt_x86_paging *paging,
	uint64_t linear, uint64_t *ret_gpa)
{
	if (!paging->levels) {
		*ret_gpa = linear;
		return true;
	}
	if (paging->levels < 4 || canonical(linear, paging->levels) != linear)
		return false;
	uint64_t gpa = paging->root;
	for (unsigned level = paging->levels; level; level--) {
		const uint64_t *table = kt_vmm_mem_at(mem, gpa, PAGE_BYTES);
		if (!table)
			return false;
		uint64_t entry = table[linear / span(level) % ENTRIES];
		if (!(entry & ENTRY_PRESENT))
			return false;
		if (is_leaf(entry, level)) {
			*ret_gpa = leaf_gpa(entry, level) + linear % span(level);
			return true;
		}
		gpa = entry & ENTRY_ADDRESS;
	}
	return false;
}

struct walk {
	const struct kt_vmm_mem *mem;
	unsigned levels;
	uint64_t from, last;
	kt_x86_run_fn *fn;
	void *arg;
	struct kt_x86_run run; /* not given yet; no bytes: none */
	uint8_t *seen;	       /* a bit for each page of RAM that was read as a table */
	unsigned tables;
};

static int flush(struct walk *w)
{
	struct kt_x86_run run = w->run;
	w->run.bytes = 0;
	return run.bytes ? w->fn(w->arg, &run) : 0;
}

static int add(struct walk *w, const struct kt_x86_run *run)
{
	if (w->run.bytes && w->run.linear + w->run.bytes == run->linear &&
		w->run.gpa + w->run.bytes == run->gpa) {
		w->run.bytes += run->bytes;
		return 0;
	}
	int r = flush(w);
	w->run = *run;
	return r;
}

/* A large page may begin before the first address or end after the last. */
static int add_leaf(struct walk *w, uint64_t linear, uint64_t gpa, uint64_t bytes)
{
	uint64_t from = KT_MAX(linear, w->from), last = KT_MIN(linear + (bytes - 1), w->last);
	return add(w, &(struct kt_x86_run){from, gpa + (from - linear), last - from + 1});
}

/* The table at GPA for reading; NULL: outside of RAM, or read before. */
static const uint64_t *enter(struct walk *w, uint64_t gpa)
{
	const uint64_t *table = kt_vmm_mem_at(w->mem, gpa, PAGE_BYTES);
	if (!table)
		return NULL;
	uint64_t page = (uint64_t)((const char *)table - (const char *)w->mem->map) / PAGE_BYTES;
	uint8_t bit = (uint8_t)(1u << page % 8);
	if (w->seen[page / 8] & bit)
		return NULL;
	w->seen[page / 8] |= bit;
	w->tables++;
	return table;
}

/* BASE: what the first entry maps, not canonical yet. At most five deep. */
static int walk_table(struct walk *w, uint64_t gpa, unsigned level, uint64_t base)
{
	const uint64_t *table = enter(w, gpa);
	int r = 0;
	if (w->tables > TABLES_MAX)
		return -E2BIG;
	for (unsigned i = 0; table && i < ENTRIES && !r; i++) {
		uint64_t entry = table[i], bytes = span(level);
		uint64_t linear = canonical(base + i * bytes, w->levels);
		if (!(entry & ENTRY_PRESENT) || linear > w->last || linear + (bytes - 1) < w->from)
			continue;
		if (is_leaf(entry, level))
			r = add_leaf(w, linear, leaf_gpa(entry, level), bytes);
		else
			r = walk_table(w, entry & ENTRY_ADDRESS, level - 1, linear);
	}
	return r;
}

int kt_x86_walk(const struct kt_vmm_mem *mem, const struct kt_x86_paging *paging, uint64_t from,
	uint64_t last, kt_x86_run_fn *fn, void *arg)
{
	struct walk w = {
		.mem = mem,
		.levels = paging->levels,
		.from = from,
		.last = last,
		.fn = fn,
		.arg = arg,
	};
	if (paging->levels < 4)
		return 0;
	KT_AUTOFREE uint8_t *seen = calloc(mem->bytes / PAGE_BYTES / 8 + 1, 1);
	if (!seen)
		return -ENOMEM;
	w.seen = seen;
	int r = walk_table(&w, paging->root, paging->levels, 0);
	int last_r = !r || r == -E2BIG ? flush(&w) : 0;
	return r ? r : last_r;
}
