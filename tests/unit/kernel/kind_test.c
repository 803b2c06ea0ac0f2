// SPDX-License-Identifier: GPL-2.0-only
/* The kind of a kernel, wherever its .config is, and the image for a test. */
#include "kernel/kind.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "fake/kernel_source.h"

static struct kt_fake_ksource fake;
static struct kt_err err;

static void init(void)
{
	kt_fake_ksource_init(&fake);
}

static void done(void)
{
	kt_fake_ksource_done(&fake);
}

TestSuite(kind, .init = init, .fini = done);

/* A kernel of the image TOP/NAME, which need not be one. */
static struct kt_kernel *kernel_of(const char *name)
{
	struct kt_kernel *k = calloc(1, sizeof(*k));
	k->id = kt_strf("%s/%s", fake.top, name);
	k->bzimage = strdup(k->id);
	k->release = strdup("6.1.0-56-cloud-amd64");
	k->hold_fd = -1;
	return k;
}

static void assert_kind(const char *image, const char *kind)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = kernel_of(image);
	cr_assert_eq(kt_kernel_learn(k, &err), 0, "%s", err.text);
	cr_assert_str_eq(k->kind, kind);
	cr_assert_geq(k->slowness, 1);
	cr_assert_geq(k->memory, 1);
}

Test(kind, without_a_config_it_is_unknown_and_counts_as_slow)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = kernel_of("vmlinuz");
	cr_assert_eq(kt_kernel_learn(k, &err), 0);
	cr_assert_str_eq(k->kind, "unknown");
	cr_assert_null(k->config_text);
	cr_assert_gt(k->slowness, 1);
	cr_assert_gt(k->memory, 1);
}

Test(kind, config_of_the_release_beside_the_image_is_taken)
{
	kt_fake_write(fake.top, "config-6.1.0-56-cloud-amd64", "CONFIG_KASAN=y\n");
	kt_fake_write(fake.top, "config", "CONFIG_SMP=y\n");
	assert_kind("vmlinuz-6.1.0-56-cloud-amd64", "kasan");
}

Test(kind, other_configs_beside_the_image_are_next)
{
	kt_fake_write(fake.top, "a/config", "CONFIG_SMP=y\n");
	assert_kind("a/bzImage", "default");
	kt_fake_write(fake.top, "a/.config", "CONFIG_PROVE_LOCKING=y\nCONFIG_PREEMPT_RT=y\n");
	assert_kind("a/bzImage", "lockdep+rt");
}

Test(kind, bzimage_in_its_build_folder_has_the_config_of_that)
{
	kt_fake_write(fake.top, "o/.config", "CONFIG_UBSAN=y\n");
	kt_fake_write(fake.top, "o/arch/x86/boot/x", "");
	assert_kind("o/arch/x86/boot/bzImage", "ubsan");
}

Test(kind, a_file_without_options_is_no_config)
{
	kt_fake_write(fake.top, "config", "# nothing here\n");
	assert_kind("bzImage", "unknown");
}

Test(kind, the_config_inside_an_image_goes_before_files_beside_it)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = kernel_of("vmlinux");
	kt_fake_shell(fake.top, "{ printf IKCFG_ST; echo CONFIG_KCSAN=y | gzip; } > marked;"
				"printf '.section .rodata\\n.incbin \"marked\"\\n' > c.s &&"
				"gcc -nostdlib -static -Wl,-e,0 -o vmlinux -x assembler c.s");
	kt_fake_write(fake.top, ".config", "CONFIG_SMP=y\n");
	k->vmlinux = KT_TAKE(k->bzimage);
	cr_assert_eq(kt_kernel_learn(k, &err), 0);
	cr_assert_str_eq(k->kind, "kcsan");
	cr_assert_null(k->config);
}

Test(kind, tests_boot_vmlinux_and_with_kaslr_the_bzimage)
{
	struct kt_kernel k = {.id = "k",
		.vmlinux = "/v",
		.bzimage = "/b",
		.config_text = "CONFIG_RELOCATABLE=y\nCONFIG_RANDOMIZE_BASE=y\n"};
	const char *path = NULL;
	cr_assert_eq(kt_kernel_image_for(&k, false, &path, &err), 0);
	cr_assert_str_eq(path, "/v");
	cr_assert_eq(kt_kernel_image_for(&k, true, &path, &err), 0);
	cr_assert_str_eq(path, "/b");
	k.vmlinux = NULL;
	cr_assert_eq(kt_kernel_image_for(&k, false, &path, &err), 0);
	cr_assert_str_eq(path, "/b");
	k.config_text = NULL; /* unknown: it may work */
	cr_assert_eq(kt_kernel_image_for(&k, true, &path, &err), 0);
}

Test(kind, kaslr_without_the_means_has_a_reason)
{
	struct kt_kernel k = {.id = "k", .vmlinux = "/v"};
	const char *path = "untouched";
	cr_assert_eq(kt_kernel_image_for(&k, true, &path, &err), -ENOTSUP);
	cr_assert(strstr(err.text, "no bzImage"), "%s", err.text);
	k.bzimage = "/b";
	k.config_text = "CONFIG_RELOCATABLE=y\n# CONFIG_RANDOMIZE_BASE is not set\n";
	cr_assert_eq(kt_kernel_image_for(&k, true, &path, &err), -ENOTSUP);
	cr_assert(strstr(err.text, "CONFIG_RANDOMIZE_BASE"), "%s", err.text);
	cr_assert(strstr(err.fix, "=y"), "%s", err.fix);
	cr_assert_str_eq(path, "untouched");
}
