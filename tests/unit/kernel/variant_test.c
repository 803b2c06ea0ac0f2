// SPDX-License-Identifier: GPL-2.0-only
/* The table of variants: names, sets, and the fragments behind them. */
#include "kernel/variant.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/config.h"
#include "kernel/fragment.h"

static struct kt_err err;

static void assert_names(const char *given, const char *want)
{
	kt_kvariants set = 0;
	cr_assert_eq(kt_kvariants_add(&set, given, &err), 0, "%s", err.text);
	KT_AUTOFREE char *text = kt_kvariants_text(set, '+');
	cr_assert_str_eq(text, want);
}

static void assert_refused(const char *given, const char *words, const char *fix)
{
	kt_kvariants set = 1u << KT_KVARIANT_ubsan;
	cr_assert_eq(kt_kvariants_add(&set, given, &err), -EINVAL);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert(strstr(err.fix, fix), "%s", err.fix);
	cr_assert_eq(set, 1u << KT_KVARIANT_ubsan, "stays as it was");
}

Test(variant, names_may_be_combined_in_any_order)
{
	assert_names("kasan", "kasan");
	assert_names("rt,lockdep", "lockdep+rt");
	assert_names("lockdep+rt", "lockdep+rt");
	assert_names("debug,debug", "debug");
}

Test(variant, no_variant_is_an_empty_text)
{
	KT_AUTOFREE char *text = kt_kvariants_text(0, '-');
	cr_assert_str_eq(text, "");
}

Test(variant, wrong_name_suggests_the_near_one)
{
	assert_refused("kasn", "'kasn'", "'kasan'");
	assert_refused("lockdep,lokdep", "'lokdep'", "'lockdep'");
	assert_refused("tiramisu", "'tiramisu'", "help variant");
	assert_refused("", "''", "help variant");
	assert_refused("kasan,", "''", "help variant");
}

Test(variant, what_excludes_each_other_is_refused_with_the_reason)
{
	assert_refused("kasan,kcsan", "'kasan' and 'kcsan' exclude", "two kernels");
	assert_refused("rt+voluntary", "one preemption model", "two kernels");
}

Test(variant, only_names_of_variants_are_names)
{
	cr_assert(kt_kvariants_are_names("rt"));
	cr_assert(kt_kvariants_are_names("lockdep+rt"));
	cr_assert_not(kt_kvariants_are_names("6.12"));
	cr_assert_not(kt_kvariants_are_names("rt+"));
	cr_assert_not(kt_kvariants_are_names(""));
	cr_assert_not(kt_kvariants_are_names("rtx"));
}

Test(variant, each_row_has_a_fragment_that_asks_for_its_option)
{
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info(v);
		KT_AUTO_DONE(kt_str_done) struct kt_str file = {0};
		KT_AUTO_DONE(kt_kconfig_done) struct kt_kconfig options = {0};
		KT_AUTOFREE char *path = kt_strf("src/kernel/variants/%s.kconfig", info->name);
		cr_assert_eq(kt_fs_read(path, 1 << 20, &file, &err), 0, "%s", err.text);
		cr_assert_str_eq(file.text, info->fragment);
		cr_assert_eq(
			kt_kconfig_add(&options, info->fragment, path, &err), 0, "%s", err.text);
		bool found = false;
		kt_vec_each(o, &options.options)
			found |= o->required && kt_starts_with(info->option, o->name);
		cr_assert(found, "%s requires nothing that %s shows", path, info->option);
	}
}

Test(variant, none_contradicts_what_is_required_of_every_kernel)
{
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info(v);
		KT_AUTO_DONE(kt_kconfig_done) struct kt_kconfig options = {0};
		cr_assert_eq(kt_kconfig_add(&options, kt_kernel_fragment(NULL), "ours", &err), 0);
		cr_assert_eq(kt_kconfig_add(&options, info->fragment, info->name, &err), 0, "%s",
			err.text);
	}
}

Test(variant, config_tells_what_a_kernel_is)
{
	cr_assert_eq(kt_kvariants_of_config("CONFIG_SMP=y\nCONFIG_PREEMPT=y\n"), 0);
	cr_assert_eq(kt_kvariants_of_config("CONFIG_PROVE_LOCKING=y\nCONFIG_PREEMPT_RT=y\n"),
		1u << KT_KVARIANT_lockdep | 1u << KT_KVARIANT_rt);
	cr_assert_eq(kt_kvariants_of_config("# CONFIG_KASAN is not set\nCONFIG_KASAN_X=y\n"), 0);
}

Test(variant, factors_multiply_up_to_a_limit)
{
	kt_kvariants two = 1u << KT_KVARIANT_kasan | 1u << KT_KVARIANT_lockdep;
	cr_assert_eq(kt_kvariants_slowness(0), 1);
	cr_assert_eq(kt_kvariants_memory(0), 1);
	cr_assert_eq(kt_kvariants_slowness(two),
		kt_kvariant_info(KT_KVARIANT_kasan)->slowness *
			kt_kvariant_info(KT_KVARIANT_lockdep)->slowness);
	cr_assert_gt(kt_kvariants_memory(two), kt_kvariant_info(KT_KVARIANT_kasan)->memory);
	cr_assert_leq(kt_kvariants_slowness(~0u), 24);
	cr_assert_leq(kt_kvariants_memory(~0u), 4);
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		cr_assert_geq(kt_kvariant_info(v)->slowness, 1);
		cr_assert_geq(kt_kvariant_info(v)->memory, 1);
	}
}

Test(variant, fragment_hash_differs_by_variant_and_is_ours_without_one)
{
	char plain[KT_HASH_TEXT_BYTES], rt[KT_HASH_TEXT_BYTES], kasan[KT_HASH_TEXT_BYTES],
		own[KT_HASH_TEXT_BYTES];
	size_t bytes;
	const char *text = kt_kernel_fragment(&bytes);
	snprintf(own, sizeof(own), "%016llx", (unsigned long long)kt_hash64(text, bytes));
	kt_kvariants_fragment_hash(0, plain);
	kt_kvariants_fragment_hash(1u << KT_KVARIANT_rt, rt);
	kt_kvariants_fragment_hash(1u << KT_KVARIANT_kasan, kasan);
	cr_assert_str_eq(plain, own);
	cr_assert_str_neq(rt, plain);
	cr_assert_str_neq(rt, kasan);
}
