// SPDX-License-Identifier: GPL-2.0-only
/* Chains of all widths compute the same, and matrices are products. */
#include <criterion/criterion.h>
#include <string.h>

#include "work/multiply.h"

Test(multiply, all_widths_of_this_cpu_compute_the_same)
{
	uint32_t want = 7;
	for (int i = 0; i < 1000; i++)
		want = want * 2654435761u + 1;
	for (unsigned width = KTSTR_WIDTH_scalar; width <= (unsigned)kt_multiply_widest();
		width++) {
		struct kt_multiply m = {0};
		for (int c = 0; c < 4; c++)
			for (int lane = 0; lane < 16; lane++)
				m.lanes[c][lane] = 7;
		kt_multiply(&m, (enum ktstr_width)width, 1000);
		unsigned lanes = width == KTSTR_WIDTH_scalar ? 1 : kt_multiply_bits(width) / 32;
		for (int c = 0; c < 4; c++)
			for (unsigned lane = 0; lane < 16; lane++)
				cr_expect_eq(m.lanes[c][lane], lane < lanes ? want : 7,
					"%s lane %u", kt_multiply_name(width), lane);
	}
}

Test(multiply, matrices_fit_their_bytes_and_are_products)
{
	struct kt_matrix m;
	cr_assert_eq(kt_matrix_init(&m, 3 * 9 * sizeof(double)), 0);
	cr_assert_eq(m.n, 3);
	for (unsigned i = 0; i < 9; i++) {
		m.a[i] = i;
		m.b[i] = 10.0 * i;
	}
	for (unsigned row = 0; row < 3; row++)
		kt_matrix_row(&m, row);
	cr_expect_eq(m.c[0], 0 * 0 + 1 * 30 + 2 * 60);
	cr_expect_eq(m.c[8], 6 * 20 + 7 * 50 + 8 * 80);
	kt_matrix_done(&m);
	cr_assert_eq(kt_matrix_init(&m, 1), 0);
	cr_expect_eq(m.n, 1);
	kt_matrix_done(&m);
}
