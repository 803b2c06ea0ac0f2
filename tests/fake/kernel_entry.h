/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of a kernel cache made by hand, for tests of the kernel layer. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/mem.h"
#include "base/str.h"
#include "fake/kernel_source.h"
#include "kernel/cache_meta.h"

/* CACHE/kernels/ID, sound, created at CREATED_NS; its key is 32 times the last digit of ID. */
static inline void kt_fake_entry_of(const char *cache, const char *id, uint64_t created_ns,
	const char *role, const char *lost, const char *variant)
{
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/%s", cache, id);
	char key[33] = {0};
	memset(key, id[strlen(id) - 1], 32);
	for (unsigned i = 0; i < KT_KMETA_FILES; i++)
		kt_fake_write(dir, kt_kmeta_file_name(i), id);
	struct kt_kmeta m = {
		.id = (char *)id,
		.key = key,
		.role = (char *)role,
		.release = (char *)"6.12.1-fake",
		.source_kind = (char *)"debian",
		.source_path = (char *)"/nowhere",
		.source_identity = (char *)"tarball:0",
		.fragment_hash = (char *)"0",
		.compiler = (char *)"gcc",
		.variant = (char *)variant,
		.lost_options = (char *)lost,
		.created_ns = created_ns,
		.build_steps = 7,
	};
	struct kt_err err = {0};
	cr_assert_eq(kt_kmeta_measure(&m, dir, &err), 0, "%s", err.text);
	cr_assert_eq(kt_kmeta_write(&m, dir, &err), 0, "%s", err.text);
}

static inline void kt_fake_entry(
	const char *cache, const char *id, uint64_t created_ns, const char *role, const char *lost)
{
	kt_fake_entry_of(cache, id, created_ns, role, lost, "");
}

static inline void kt_fake_variant(
	const char *cache, const char *id, uint64_t created_ns, const char *variant)
{
	kt_fake_entry_of(cache, id, created_ns, "custom", "", variant);
}
