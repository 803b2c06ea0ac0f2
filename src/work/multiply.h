/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiply chains: what keeps the multiplier of a CPU busy and nothing else. */
#pragma once

#include <stdint.h>

#include <ktstr/work.h>

/* Four independent chains, of up to 16 lanes. */
struct kt_multiply {
	uint32_t lanes[4][16] __attribute__((aligned(64)));
};

/* STEPS steps of all four chains. WIDTH must be available. */
void kt_multiply(struct kt_multiply *m, enum ktstr_width width, unsigned steps);
/* The widest that this CPU has, of scalar to vec512. */
enum ktstr_width kt_multiply_widest(void);
unsigned kt_multiply_bits(enum ktstr_width width);
const char *kt_multiply_name(enum ktstr_width width);

/* Square matrices of double, three of which fit into BYTES: C += A * B. */
struct kt_matrix {
	double *a, *b, *c;
	unsigned n; /* rows */
	void *memory;
	uint64_t bytes;
};
/* Map them, at least 1 x 1. 0 or -ENOMEM. */
int kt_matrix_init(struct kt_matrix *m, uint64_t bytes);
/* One row of the product. */
void kt_matrix_row(struct kt_matrix *m, unsigned row);
void kt_matrix_done(struct kt_matrix *m);
