// SPDX-License-Identifier: GPL-2.0-only
/* What a configuration lacks: refused, or said. */
#include "kernel/need.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/mem.h"
#include "kernel/fragment.h"

static struct kt_err err;
static struct kt_str lacks;

/* A .config with every option of the table as y but WITHOUT, which is OTHER. */
static char *config_without(const char *without, const char *other)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	static const char *const options[] = {
#define NEED(level, option, purpose) option,
#include "kernel/need.def"
#undef NEED
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(options); i++)
		kt_str_addf(&text, "CONFIG_%s=%s\n", options[i],
			without && !strcmp(without, options[i]) ? other : "y");
	return kt_str_take(&text);
}

static int check(const char *without, const char *other)
{
	KT_AUTOFREE char *config = config_without(without, other);
	kt_str_done(&lacks);
	return kt_kneed_check(config, "vmlinuz-x", &lacks, &err);
}

Test(need, config_with_all_of_it_passes)
{
	cr_assert_eq(check(NULL, NULL), 0, "%s", err.text);
	cr_assert_str_eq(kt_str_get(&lacks), "");
}

Test(need, each_required_option_is_named_with_its_purpose)
{
	cr_assert_eq(check("BLK_DEV_INITRD", "n"), -ENOTSUP);
	cr_assert(strstr(err.text, "vmlinuz-x"), "%s", err.text);
	cr_assert(strstr(err.text, "CONFIG_BLK_DEV_INITRD (n): the initramfs"), "%s", err.text);
	cr_assert_null(strstr(err.text, "CONFIG_SMP"), "%s", err.text);
	cr_assert(strstr(err.fix, "=y"), "%s", err.fix);
}

Test(need, a_module_is_not_enough)
{
	cr_assert_eq(check("TMPFS", "m"), -ENOTSUP);
	cr_assert(strstr(err.text, "CONFIG_TMPFS (m)"), "%s", err.text);
	cr_assert(strstr(err.fix, "no modules"), "%s", err.fix);
}

Test(need, an_empty_config_lists_everything_required_in_one_error)
{
	cr_assert_eq(kt_kneed_check("CONFIG_X=y\n", "k", &lacks, &err), -ENOTSUP);
#define REQUIRED true
#define USEFUL	 false
#define NEED(level, option, purpose)                                                               \
	cr_assert_eq(strstr(err.text, "CONFIG_" option " (not set)") != NULL, level, option);
#include "kernel/need.def"
#undef NEED
}

Test(need, a_useful_one_is_no_error_but_said)
{
	cr_assert_eq(check("SCHED_CLASS_EXT", "n"), 0, "%s", err.text);
	cr_assert_str_eq(kt_str_get(&lacks), "CONFIG_SCHED_CLASS_EXT (n): schedulers in BPF");
	cr_assert_eq(check("VIRTIO_CONSOLE", "m"), 0, "%s", err.text);
	cr_assert(strstr(lacks.text, "CONFIG_VIRTIO_CONSOLE (m)"), "%s", lacks.text);
	kt_str_done(&lacks);
}
