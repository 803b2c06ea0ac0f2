// SPDX-License-Identifier: GPL-2.0-only
/*
 * The direct map is known by its shape: of all differences between address and guest-physical
 * address it is the one, a multiple of 1 GiB, under which the tables map most of RAM. The CPU
 * whose tables have one is the CPU that is looked through; one in user mode may have tables
 * that hide the kernel (page table isolation), with the kernel's own in the page before.
 */
#include "vmm/x86_64/maps.h"

#include <string.h>

#include "base/mem.h"

#define GIB	       (1ull << 30)
#define KERNEL_HALF    0xff00000000000000ull /* where it begins with five levels */
#define IMAGE	       0xffffffff80000000ull /* kernel text, data and modules, to the end */
#define ISOLATION_BIT  0x1000ull	     /* of CR3: the tables of user mode */
#define ROOTS_MAX      8u
#define CANDIDATES_MAX 64u

struct vote {
	uint64_t difference, bytes;
};

struct poll {
	const struct kt_vmm_mem *mem;
	struct vote votes[CANDIDATES_MAX];
	unsigned count;
};

/* What of a run lies in RAM, range by range. */
static struct kt_x86_run clip(const struct kt_x86_run *run, const struct kt_vm_range *range)
{
	uint64_t from = KT_MAX(run->gpa, range->gpa);
	uint64_t end = KT_MIN(run->gpa + run->bytes, range->gpa + range->bytes);
	if (from >= end)
		return (struct kt_x86_run){0};
	return (struct kt_x86_run){run->linear + (from - run->gpa), from, end - from};
}

static uint64_t bytes_in_ram(const struct kt_vmm_mem *mem, const struct kt_x86_run *run)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i < mem->range_count; i++)
		bytes += clip(run, &mem->ranges[i]).bytes;
	return bytes;
}

static int take_vote(void *arg, const struct kt_x86_run *run)
{
	struct poll *poll = arg;
	uint64_t difference = run->linear - run->gpa, bytes = bytes_in_ram(poll->mem, run);
	unsigned i = 0;
	if (difference % GIB || difference < KERNEL_HALF || !bytes)
		return 0;
	while (i < poll->count && poll->votes[i].difference != difference)
		i++;
	/* The direct map is among the first: it lies low, and few others are aligned so. */
	if (i == CANDIDATES_MAX)
		return 0;
	if (i == poll->count)
		poll->votes[poll->count++].difference = difference;
	poll->votes[i].bytes += bytes;
	return 0;
}

/* Base of the direct map in *RET, 0 when there is none. */
static int find_direct_map(
	const struct kt_vmm_mem *mem, const struct kt_x86_paging *paging, uint64_t *ret)
{
	struct poll poll = {.mem = mem};
	int r = kt_x86_walk(mem, paging, KERNEL_HALF, IMAGE - 1, take_vote, &poll);
	if (r < 0 && r != -E2BIG)
		return r;
	struct vote best = {0};
	for (unsigned i = 0; i < poll.count; i++)
		if (poll.votes[i].bytes > best.bytes)
			best = poll.votes[i];
	*ret = best.bytes >= mem->bytes / 2 ? best.difference : 0;
	return 0;
}

static bool is_listed(const struct kt_x86_paging *list, unsigned count, uint64_t root)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].root == root)
			return true;
	return false;
}

/* The tables to try; each root once. Returns how many. */
static unsigned list_roots(
	const struct kt_x86_state *cpus, unsigned count, struct kt_x86_paging list[ROOTS_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; i < 2 * count && n < ROOTS_MAX; i++) {
		struct kt_x86_paging paging = kt_x86_paging_of(&cpus[i / 2].sregs);
		if (i % 2)
			paging.root &= ~ISOLATION_BIT;
		if (paging.levels >= 4 && !is_listed(list, n, paging.root))
			list[n++] = paging;
	}
	return n;
}

/* The tables to look through; without a direct map those of the first CPU that has any. */
static int choose(const struct kt_vmm_mem *mem, const struct kt_x86_state *cpus, unsigned count,
	struct kt_x86_paging *ret, uint64_t *ret_direct_map)
{
	struct kt_x86_paging list[ROOTS_MAX];
	unsigned n = list_roots(cpus, count, list);
	*ret = n ? list[0] : (struct kt_x86_paging){0};
	for (unsigned i = 0; i < n && !*ret_direct_map; i++) {
		int r = find_direct_map(mem, &list[i], ret_direct_map);
		if (r < 0)
			return r;
		if (*ret_direct_map)
			*ret = list[i];
	}
	return 0;
}

struct listing {
	const struct kt_vmm_mem *mem;
	struct kt_x86_maps *maps;
};

static int push(struct kt_x86_maps *maps, const struct kt_x86_run *run)
{
	if (!run->bytes)
		return 0;
	if (maps->runs.count >= KT_X86_MAPS_MAX)
		return -E2BIG;
	return kt_vec_push(&maps->runs, *run);
}

static int take_run(void *arg, const struct kt_x86_run *run)
{
	struct listing *l = arg;
	int r = 0;
	if (l->maps->direct_map && run->linear - run->gpa == l->maps->direct_map)
		return 0;
	for (unsigned i = 0; i < l->mem->range_count && !r; i++) {
		struct kt_x86_run part = clip(run, &l->mem->ranges[i]);
		r = push(l->maps, &part);
	}
	return r;
}

/* Whole ranges, whatever a debugging option took out of the direct map for now. */
static int add_ram(const struct kt_vmm_mem *mem, struct kt_x86_maps *maps)
{
	int r = 0;
	for (unsigned i = 0; i < mem->range_count && !r; i++) {
		const struct kt_vm_range *range = &mem->ranges[i];
		r = push(maps, &(struct kt_x86_run){
				       maps->direct_map + range->gpa, range->gpa, range->bytes});
	}
	return r;
}

/* The list may be cut off; no memory is a failure. */
static int add_mapped(
	struct listing *l, const struct kt_x86_paging *paging, uint64_t from, uint64_t last)
{
	int r = kt_x86_walk(l->mem, paging, from, last, take_run, l);
	if (r != -E2BIG)
		return r;
	l->maps->cut = true;
	return 0;
}

int kt_x86_maps_find(const struct kt_vmm_mem *mem, const struct kt_x86_state *cpus, unsigned count,
	struct kt_x86_maps *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_x86_maps_done) struct kt_x86_maps maps = {0};
	struct kt_x86_paging paging;
	struct listing l = {mem, &maps};
	int r = choose(mem, cpus, count, &paging, &maps.direct_map);
	/* RAM first: whatever the tables hold, there is room for it. */
	if (!r)
		r = add_ram(mem, &maps);
	if (!r)
		r = add_mapped(&l, &paging, IMAGE, UINT64_MAX);
	if (!r)
		r = add_mapped(&l, &paging, KERNEL_HALF, IMAGE - 1);
	if (r < 0)
		return kt_fail(
			err, -r, "free memory", "list of the guest's mappings: %s", strerror(-r));
	*ret = maps;
	maps = (struct kt_x86_maps){0};
	return 0;
}

void kt_x86_maps_done(struct kt_x86_maps *maps)
{
	kt_vec_done(&maps->runs);
}
