/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership by attribute: a variable declared with KT_AUTO(f) is given to f when its scope
 * ends, KT_TAKE(p) moves a pointer out of its owner, KT_AUTOFD closes a descriptor.
 * Destructors named here accept NULL (or -1) and half-built objects.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* KT_AUTO(kt_vm_free) struct kt_vm *vm = NULL; needs KT_DEFINE_AUTO(struct kt_vm, kt_vm_free) */
#define KT_AUTO(free_fn) __attribute__((cleanup(free_fn##_auto)))

/* Put after the prototype of a destructor `void free_fn(type *)`. */
#define KT_DEFINE_AUTO(type, free_fn)                                                              \
	static inline __attribute__((unused)) void free_fn##_auto(type **p)                        \
	{                                                                                          \
		if (*p)                                                                            \
			free_fn(*p);                                                               \
	}                                                                                          \
	_Static_assert(1, "")

/* KT_AUTO_DONE(kt_str_done) struct kt_str s = {0}; for objects in caller memory */
#define KT_AUTO_DONE(done_fn) __attribute__((cleanup(done_fn)))

#define KT_TAKE(p)                                                                                 \
	__extension__({                                                                            \
		__auto_type kt_taken_ = (p);                                                       \
		(p) = NULL;                                                                        \
		kt_taken_;                                                                         \
	})

#define KT_AUTOFREE __attribute__((cleanup(kt_mem_free_auto)))
#define KT_AUTOFD   __attribute__((cleanup(kt_mem_close_auto)))
#define KT_AUTOFILE __attribute__((cleanup(kt_mem_fclose_auto)))

#define KT_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KT_MIN(a, b)	((a) < (b) ? (a) : (b))
#define KT_MAX(a, b)	((a) > (b) ? (a) : (b))

static inline void kt_mem_free_auto(void *p)
{
	free(*(void **)p);
}

static inline void kt_mem_close_auto(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void kt_mem_fclose_auto(FILE **f)
{
	if (*f)
		fclose(*f);
}

/* Move a descriptor out of its KT_AUTOFD owner. */
static inline int kt_take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
