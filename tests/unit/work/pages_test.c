// SPDX-License-Identifier: GPL-2.0-only
/* Where pages are, by the kernel's own word. */
#include <criterion/criterion.h>
#include <sys/mman.h>

#include "work/pages.h"

static uint64_t counts[KT_PAGES_NODES_MAX];

static uint64_t sum(void)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < KT_PAGES_NODES_MAX; i++)
		n += counts[i];
	return n;
}

static char *map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

Test(pages, only_pages_that_were_touched_are_anywhere)
{
	char *p = map(4096 * 1500); /* more than one request to the kernel */
	for (size_t i = 0; i < 1400; i++)
		p[i * 4096] = 1;
	if (!kt_pages_count(p, 4096 * 1500, counts))
		cr_skip_test("this kernel does not say where pages are");
	cr_expect_eq(sum(), 1400);
}

Test(pages, a_piece_that_begins_inside_a_page_has_that_page)
{
	char *p = map(4096 * 3);
	memset(p, 1, 4096 * 3);
	if (!kt_pages_count(p + 4000, 200, counts))
		cr_skip_test("this kernel does not say where pages are");
	cr_expect_eq(sum(), 2);
}

Test(pages, of_nothing_there_are_none)
{
	cr_expect(kt_pages_count(counts, 0, counts));
	cr_expect_eq(sum(), 0);
}

Test(pages, of_very_many_some_stand_for_all)
{
	size_t count = 3 * 65536;
	char *p = map(4096 * count);
	for (size_t i = 0; i < count; i += 3)
		p[i * 4096] = 1; /* those that are asked */
	if (!kt_pages_count(p, 4096 * count, counts))
		cr_skip_test("this kernel does not say where pages are");
	cr_expect_eq(sum(), count);
}

Test(pages, some_node_has_cpus)
{
	struct kt_cpus all = kt_cpus_range(0, KT_PAGES_NODES_MAX - 1);
	struct kt_cpus nodes = kt_pages_nodes_with_cpus(&all);
	cr_expect_gt(kt_cpus_count(&nodes), 0);
}
