// SPDX-License-Identifier: GPL-2.0-only
/* The growing array: order, growth, removal, and walking a constant one. */
#include "base/vec.h"

#include <criterion/criterion.h>

struct pair {
	int a, b;
};

struct pairs {
	KT_VEC(struct pair) list;
};

static int sum(const struct pairs *p)
{
	int total = 0;
	kt_vec_each(it, &p->list)
		total += it->a;
	return total;
}

Test(vec, zero_bytes_are_empty)
{
	struct pairs p = {0};
	cr_assert_eq(sum(&p), 0);
	kt_vec_done(&p.list);
	cr_assert_null(p.list.items);
}

Test(vec, elements_keep_their_order_while_it_grows)
{
	struct pairs p = {0};
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(kt_vec_push(&p.list, (struct pair){.a = i, .b = -i}), 0);
	cr_assert_eq(p.list.count, 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert(p.list.items[i].a == i && p.list.items[i].b == -i);
	cr_assert_eq(sum(&p), 999 * 1000 / 2);
	kt_vec_done(&p.list);
	cr_assert_eq(p.list.count, 0);
}

Test(vec, remove_closes_the_gap)
{
	KT_VEC(int) v = {0};
	for (int i = 0; i < 4; i++)
		cr_assert_eq(kt_vec_push(&v, i), 0);
	kt_vec_remove(&v, 1);
	cr_assert(v.count == 3 && v.items[0] == 0 && v.items[1] == 2 && v.items[2] == 3);
	kt_vec_remove(&v, 2);
	kt_vec_remove(&v, 0);
	cr_assert(v.count == 1 && v.items[0] == 2);
	kt_vec_done(&v);
}
