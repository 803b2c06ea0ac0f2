// SPDX-License-Identifier: GPL-2.0-only
/* What fragments ask for, and what .config must give. */
#include "kernel/config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "kernel/fragment.h"

static int add(struct kt_kconfig *k, const char *text, struct kt_err *err)
{
	return kt_kconfig_add(k, text, "a.kconfig", err);
}

static const struct kt_kconfig_option *option(const struct kt_kconfig *k, const char *name)
{
	kt_vec_each(o, &k->options) {
		if (!strcmp(o->name, name))
			return o;
	}
	return NULL;
}

Test(config, missing_required_option_names_what_it_needs)
{
	struct kt_kconfig k = {0};
	struct kt_str lost = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "#: required\n#: needs SMP and PCI\nCONFIG_NUMA=y\n", &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "CONFIG_SMP=y\n", &lost, &err), -EINVAL);
	cr_assert(strstr(err.text, "CONFIG_NUMA=y"), "%s", err.text);
	cr_assert(strstr(err.text, "needs SMP and PCI"), "%s", err.text);
	kt_kconfig_done(&k);
}

Test(config, required_option_with_another_value_is_missing)
{
	struct kt_kconfig k = {0};
	struct kt_str lost = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "#: required\nCONFIG_KVM=y\n", &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "CONFIG_KVM=m\n", &lost, &err), -EINVAL);
	cr_assert(strstr(err.text, "became 'm'"), "%s", err.text);
	kt_kconfig_done(&k);
}

Test(config, missing_optional_options_are_listed)
{
	struct kt_kconfig k = {0};
	struct kt_str lost = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "CONFIG_A=y\nCONFIG_B=\"x y\"\nCONFIG_C=5\n", &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "CONFIG_B=\"x y\"\nCONFIG_AB=y\n# CONFIG_A is not set\n",
			     &lost, &err),
		0);
	cr_assert_str_eq(kt_str_get(&lost), "CONFIG_A\nCONFIG_C\n");
	kt_str_done(&lost);
	kt_kconfig_done(&k);
}

Test(config, unset_option_must_be_absent_or_unset)
{
	struct kt_kconfig k = {0};
	struct kt_str lost = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "#: required\n# CONFIG_RT is not set\n", &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "", &lost, &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "# CONFIG_RT is not set\n", &lost, &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "CONFIG_RT=y\n", &lost, &err), -EINVAL);
	kt_kconfig_done(&k);
}

Test(config, later_fragment_replaces_an_optional_value)
{
	struct kt_kconfig k = {0};
	struct kt_str lost = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "CONFIG_NR_CPUS=512\n", &err), 0);
	cr_assert_eq(add(&k, "CONFIG_NR_CPUS=64\n", &err), 0);
	cr_assert_eq(kt_kconfig_verify(&k, "CONFIG_NR_CPUS=64\n", &lost, &err), 0);
	cr_assert_eq(lost.len, 0);
	kt_kconfig_done(&k);
}

Test(config, fragment_that_contradicts_a_required_option_fails)
{
	struct kt_kconfig k = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "#: required\nCONFIG_SMP=y\n", &err), 0);
	cr_assert_eq(kt_kconfig_add(&k, "CONFIG_SMP=y\n\n# CONFIG_SMP is not set\n", "mine", &err),
		-EINVAL);
	cr_assert(strstr(err.text, "mine:3"), "%s", err.text);
	cr_assert(strstr(err.text, "a.kconfig"), "%s", err.text);
	kt_kconfig_done(&k);
}

Test(config, repeating_a_required_option_keeps_its_needs)
{
	struct kt_kconfig k = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, "#: required\n#: needs X\nCONFIG_SMP=y\n", &err), 0);
	cr_assert_eq(add(&k, "CONFIG_SMP=y\n", &err), 0);
	cr_assert_eq(k.options.count, 1);
	cr_assert_str_eq(k.options.items[0].needs, "X");
	cr_assert(k.options.items[0].required);
	kt_kconfig_done(&k);
}

Test(config, what_is_no_option_is_refused_with_its_line)
{
	static const char *const bad[] = {"x\nSMP=y\n", "x\nCONFIG_SMP\n", "x\n#: perhaps\n"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kt_kconfig k = {0};
		struct kt_err err = {0};
		char text[64] = "#";
		strcat(text, bad[i]);
		cr_assert_eq(add(&k, text, &err), -EINVAL, "%s", bad[i]);
		cr_assert(strstr(err.text, "a.kconfig:2"), "%s", err.text);
		kt_kconfig_done(&k);
	}
}

Test(config, our_fragment_says_what_is_required)
{
	struct kt_kconfig k = {0};
	struct kt_err err = {0};
	cr_assert_eq(add(&k, kt_kernel_fragment(NULL), &err), 0, "%s", err.text);
	cr_assert(option(&k, "CONFIG_DEBUG_INFO_BTF")->required);
	cr_assert(strstr(option(&k, "CONFIG_DEBUG_INFO_BTF")->needs, "pahole"));
	cr_assert_not(option(&k, "CONFIG_SCHED_CLASS_EXT")->required, "6.1 has none");
	cr_assert_str_eq(option(&k, "CONFIG_RT_GROUP_SCHED")->value, "n");
	kt_vec_each(o, &k.options) {
		cr_assert(!o->needs || !strstr(o->needs, "CONFIG_"),
			"merge_config.sh would take it for an option: %s", o->needs);
	}
	kt_kconfig_done(&k);
}

Test(config, value_is_of_the_whole_name_only)
{
	static const char config[] =
		"CONFIG_AB=y\nCONFIG_A=m\r\nXCONFIG_C=y\n# CONFIG_D is not set\n";
	char value[8];
	cr_assert(kt_kconfig_get(config, "CONFIG_A", value, sizeof(value)));
	cr_assert_str_eq(value, "m");
	cr_assert_not(kt_kconfig_get(config, "CONFIG_C", value, sizeof(value)));
	cr_assert_not(kt_kconfig_get(config, "CONFIG_D", value, sizeof(value)));
	cr_assert_not(kt_kconfig_get("", "CONFIG_A", value, sizeof(value)));
}
