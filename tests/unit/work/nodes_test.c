// SPDX-License-Identifier: GPL-2.0-only
/* Lists of nodes without allocation; where pages are, on whatever machine this is. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "work/nodes.h"
#include "work/pages.h"

static void expect_list(const char *list, unsigned count, unsigned last)
{
	struct kt_cpus set = kt_nodes_list(list);
	cr_expect_eq(kt_cpus_count(&set), count, "'%s'", list);
	cr_expect(!count || kt_cpus_has(&set, last), "'%s'", list);
}

Test(nodes, lists_are_numbers_and_ranges)
{
	expect_list("", 0, 0);
	expect_list("0", 1, 0);
	expect_list("0-3,8", 5, 8);
	expect_list("0-1\n", 2, 1);
}

Test(nodes, of_malformed_lists_the_part_before_counts)
{
	expect_list("x", 0, 0);
	expect_list("1,x", 1, 1);
	expect_list("3-1", 0, 0);
	expect_list("1022-5000000000", 2, 1023);
}

Test(nodes, node_0_has_cpus_and_node_1000_has_none)
{
	struct kt_cpus none = kt_nodes_cpus(1000), some = kt_nodes_cpus(0);
	cr_expect_eq(kt_cpus_count(&none), 0);
	cr_expect_gt(kt_cpus_count(&some), 0);
}

Test(nodes, pages_that_exist_elsewhere_are_misplaced)
{
	size_t bytes = 64 * 4096;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	madvise(p, bytes, MADV_NOHUGEPAGE);
	int wrong = kt_nodes_misplaced(p, bytes, 64, 63);
	if (wrong < 0)
		cr_skip("move_pages is not permitted here");
	cr_expect_eq(wrong, 0, "pages that do not exist are nowhere");
	for (int i = 0; i < 32; i++)
		p[i * 4096] = 1;
	cr_expect_eq(kt_nodes_misplaced(p, bytes, 64, 63), 32);
	uint64_t counts[KT_PAGES_NODES_MAX] = {0};
	cr_assert(kt_pages_count(p, bytes, counts));
	for (unsigned node = 0; node < 2; node++)
		cr_expect_eq((uint64_t)kt_nodes_misplaced(p, bytes, 64, node), 32 - counts[node]);
	munmap(p, bytes);
}

Test(nodes, binding_to_a_node_that_is_not_there_fails)
{
	static char memory[8192] __attribute__((aligned(4096)));
	cr_expect_lt(kt_nodes_bind(memory, sizeof(memory), 63), 0);
}
