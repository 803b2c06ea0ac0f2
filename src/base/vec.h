/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing array of one type: KT_VEC(struct foo) v = {0}; kt_vec_push(&v, item).
 * Zero bytes are an empty vector. Elements are moved by realloc: keep no pointers to them
 * across a push.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define KT_VEC(type)                                                                               \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count;                                                                      \
		size_t room;                                                                       \
	}

/* Make room for one more element. Returns 0 or -ENOMEM with the vector as it was. */
static inline int kt_vec_grow(void **items, size_t *room, size_t count, size_t item_bytes)
{
	if (count < *room)
		return 0;
	size_t more = *room ? *room * 2 : 8;
	void *p = reallocarray(*items, more, item_bytes);
	if (!p)
		return -ENOMEM;
	*items = p;
	*room = more;
	return 0;
}

/* 0 or -ENOMEM. */
#define kt_vec_push(v, ...)                                                                        \
	__extension__({                                                                            \
		int kt_vec_r_ = kt_vec_grow(                                                       \
			(void **)&(v)->items, &(v)->room, (v)->count, sizeof(*(v)->items));        \
		if (!kt_vec_r_)                                                                    \
			(v)->items[(v)->count++] = (__VA_ARGS__);                                  \
		kt_vec_r_;                                                                         \
	})

#define kt_vec_each(it, v)                                                                         \
	for (__auto_type it = (v)->items; it && it < (v)->items + (v)->count; it++)

/* Remove element I and keep the order. */
#define kt_vec_remove(v, i)                                                                        \
	do {                                                                                       \
		size_t kt_vec_i_ = (i);                                                            \
		memmove((v)->items + kt_vec_i_, (v)->items + kt_vec_i_ + 1,                        \
			((v)->count - kt_vec_i_ - 1) * sizeof(*(v)->items));                       \
		(v)->count--;                                                                      \
	} while (0)

#define kt_vec_done(v)                                                                             \
	do {                                                                                       \
		free((v)->items);                                                                  \
		(v)->items = NULL;                                                                 \
		(v)->count = (v)->room = 0;                                                        \
	} while (0)
