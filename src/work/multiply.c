// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each width has a function of its own, compiled for the instructions it needs and called only
 * where the CPU has them.
 */
#include "work/multiply.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#define FACTOR 2654435761u /* odd, so that a chain never ends in 0 */

typedef uint32_t vec128 __attribute__((vector_size(16)));
typedef uint32_t vec256 __attribute__((vector_size(32)));
typedef uint32_t vec512 __attribute__((vector_size(64)));

/* The empty asm keeps the compiler from finding a closed form. */
#define CHAINS(name, type, feature)                                                                \
	__attribute__((target(feature))) static void name(struct kt_multiply *m, unsigned steps)   \
	{                                                                                          \
		type c[4];                                                                         \
		for (int i = 0; i < 4; i++)                                                        \
			memcpy(&c[i], m->lanes[i], sizeof(c[i]));                                  \
		while (steps--) {                                                                  \
			for (int i = 0; i < 4; i++)                                                \
				c[i] = c[i] * FACTOR + 1u;                                         \
			__asm__ volatile("" : "+m"(c));                                            \
		}                                                                                  \
		for (int i = 0; i < 4; i++)                                                        \
			memcpy(m->lanes[i], &c[i], sizeof(c[i]));                                  \
	}

CHAINS(multiply128, vec128, "sse4.1")
CHAINS(multiply256, vec256, "avx2")
CHAINS(multiply512, vec512, "avx512f")

static void multiply_scalar(struct kt_multiply *m, unsigned steps)
{
	uint64_t a = m->lanes[0][0], b = m->lanes[1][0], c = m->lanes[2][0], d = m->lanes[3][0];
	while (steps--) {
		a = a * FACTOR + 1;
		b = b * FACTOR + 1;
		c = c * FACTOR + 1;
		d = d * FACTOR + 1;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
	m->lanes[0][0] = (uint32_t)a;
	m->lanes[1][0] = (uint32_t)b;
	m->lanes[2][0] = (uint32_t)c;
	m->lanes[3][0] = (uint32_t)d;
}

static const struct {
	const char *name;
	unsigned bits;
	void (*run)(struct kt_multiply *m, unsigned steps);
} widths[] = {
	[KTSTR_WIDTH_scalar] = {"scalar", 64, multiply_scalar},
	[KTSTR_WIDTH_vec128] = {"vec128", 128, multiply128},
	[KTSTR_WIDTH_vec256] = {"vec256", 256, multiply256},
	[KTSTR_WIDTH_vec512] = {"vec512", 512, multiply512},
	[KTSTR_WIDTH_amx] = {"amx", 0, NULL},
	[KTSTR_WIDTH_widest] = {"widest", 0, NULL},
};

void kt_multiply(struct kt_multiply *m, enum ktstr_width width, unsigned steps)
{
	widths[width].run(m, steps);
}

enum ktstr_width kt_multiply_widest(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		return KTSTR_WIDTH_vec512;
	if (__builtin_cpu_supports("avx2"))
		return KTSTR_WIDTH_vec256;
	return __builtin_cpu_supports("sse4.1") ? KTSTR_WIDTH_vec128 : KTSTR_WIDTH_scalar;
}

unsigned kt_multiply_bits(enum ktstr_width width)
{
	return widths[width].bits;
}

const char *kt_multiply_name(enum ktstr_width width)
{
	return widths[width].name;
}

int kt_matrix_init(struct kt_matrix *m, uint64_t bytes)
{
	unsigned n = 1;
	while (3ull * (n + 1) * (n + 1) * sizeof(double) <= bytes)
		n++;
	uint64_t each = (uint64_t)n * n;
	void *p = mmap(NULL, 3 * each * sizeof(double), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	double *d = p;
	*m = (struct kt_matrix){.a = d,
		.b = d + each,
		.c = d + 2 * each,
		.n = n,
		.memory = p,
		.bytes = 3 * each * sizeof(double)};
	for (uint64_t i = 0; i < each; i++)
		m->a[i] = m->b[i] = 1.0 / (double)(i + 1);
	return 0;
}

void kt_matrix_row(struct kt_matrix *m, unsigned row)
{
	for (unsigned col = 0; col < m->n; col++) {
		double sum = 0;
		for (unsigned k = 0; k < m->n; k++)
			sum += m->a[row * m->n + k] * m->b[k * m->n + col];
		m->c[row * m->n + col] = sum;
	}
}

void kt_matrix_done(struct kt_matrix *m)
{
	if (m->memory)
		munmap(m->memory, m->bytes);
	*m = (struct kt_matrix){0};
}
