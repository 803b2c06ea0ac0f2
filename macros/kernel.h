/* SPDX-License-Identifier: GPL-2.0-only */
/* Literals of include/ktstr/kernel.h: places in the kernel, values, and lists of writes. */
#ifndef KTSTR_MACROS_KERNEL_H
#define KTSTR_MACROS_KERNEL_H

/* Where in the kernel: a symbol, an address, a field of a per-CPU symbol or of a task. */
#define KTSTR_KERNEL_SYMBOL(s)                                                                     \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_SYMBOL, .symbol = (s)                                  \
	}
#define KTSTR_KERNEL_DIRECT(a)                                                                     \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_DIRECT, .address = (a)                                 \
	}
#define KTSTR_KERNEL_VIRTUAL(a)                                                                    \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_VIRTUAL, .address = (a)                                \
	}
#define KTSTR_KERNEL_PER_CPU(s, f, c)                                                              \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_PER_CPU, .symbol = (s), .field = (f), .cpu = (c)       \
	}
#define KTSTR_KERNEL_TASK(p, s, f)                                                                 \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_TASK, .pid = (p), .start = (s), .field = (f)           \
	}

/* What is written there; BYTES takes a text of them, without its NUL. */
#define KTSTR_U32(n)                                                                               \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_U32, .number = (n)                                   \
	}
#define KTSTR_U64(n)                                                                               \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_U64, .number = (n)                                   \
	}
#define KTSTR_OR_U32(n)                                                                            \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_OR_U32, .number = (n)                                \
	}
#define KTSTR_BYTES(text)                                                                          \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_BYTES, .bytes = (text),                              \
		.byte_count = sizeof(text) - 1                                                     \
	}

/* How much is read. */
#define KTSTR_WIDTH_U32                                                                            \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_U32                                                  \
	}
#define KTSTR_WIDTH_U64                                                                            \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_U64                                                  \
	}
#define KTSTR_WIDTH_BYTES(n)                                                                       \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_BYTES, .byte_count = (n)                             \
	}

/*
 * KTSTR_KERNEL_WRITES(
 *	KTSTR_KERNEL_WRITE(.target = KTSTR_KERNEL_SYMBOL("x"), .value = KTSTR_U32(1)), ...)
 */
#define KTSTR_KERNEL_WRITES(...)                                                                   \
	((const struct ktstr_kernel_write[]){                                                      \
		__VA_ARGS__, {.target = {.place = KTSTR_KERNEL_PLACE_UNSET}}})
#define KTSTR_KERNEL_WRITE(...)                                                                    \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

#endif
