/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variants of a kernel for debugging and of its preemption: the rows of variant.def with the
 * fragments they stand for. A kernel may be several of them at once, so they are handled as
 * sets. build.c merges the fragments, kind.c recognises a kernel by its .config.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

enum kt_kvariant {
#define VARIANT(name, ...) KT_KVARIANT_##name,
#include "kernel/variant.def"
#undef VARIANT
	KT_KVARIANT_COUNT,
};

/* Bit V is kt_kvariant V. */
typedef uint32_t kt_kvariants;

struct kt_kvariant_info {
	const char *name;
	const char *says;     /* one line */
	const char *option;   /* with CONFIG_: set in the .config of this variant only */
	double slowness;      /* of the default kernel, for deadlines; 1 or more */
	double memory;	      /* of the default kernel's guest memory; 1 or more */
	const char *fragment; /* text of variants/NAME.kconfig */
};

const struct kt_kvariant_info *kt_kvariant_info(enum kt_kvariant v);

/*
 * Add the variants of NAMES, separated by ',' or '+', to *SET. -EINVAL: a name that is none,
 * with the nearest one, or two that exclude each other, with the reason; *SET is as before.
 */
int kt_kvariants_add(kt_kvariants *set, const char *names, struct kt_err *err);
/* Are all parts of NAMES variants? For telling a variant from an id or a path. */
bool kt_kvariants_are_names(const char *names);
/* "lockdep+rt" with SEPARATOR '+', in the order of the table; "" of none. Malloced or NULL. */
char *kt_kvariants_text(kt_kvariants set, char separator);

/*
 * The hash of our fragment and those of SET, as stored in the meta.json of an entry: another one
 * there means older options.
 */
void kt_kvariants_fragment_hash(kt_kvariants set, char out[KT_HASH_TEXT_BYTES]);

/* Which a kernel is, by the text of its .config. */
kt_kvariants kt_kvariants_of_config(const char *config);
/* The factors of all of SET together. */
double kt_kvariants_slowness(kt_kvariants set);
double kt_kvariants_memory(kt_kvariants set);
