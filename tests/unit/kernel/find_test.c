// SPDX-License-Identifier: GPL-2.0-only
/* Which kernel is chosen, and what is said when there is none. */
#include "kernel/find.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "fake/kernel_entry.h"

static struct kt_fake_ksource fake;
static struct kt_kernel *found;

static void init(void)
{
	kt_fake_ksource_init(&fake);
}

static void done(void)
{
	kt_kernel_free(found);
	kt_fake_ksource_done(&fake);
}

TestSuite(find, .init = init, .fini = done);

static void three_entries(void)
{
	kt_fake_entry(fake.cache, "6.12.1-ktstr-aa11111a", 100, "default", "");
	kt_fake_entry(fake.cache, "6.12.2-ktstr-aa22222b", 300, "custom", "");
	kt_fake_entry(fake.cache, "6.13.0-ktstr-aa33333c", 200, "default", "CONFIG_SCHED_CORE\n");
}

static void finds(const char *which, const char *id)
{
	struct kt_err err = {0};
	kt_kernel_free(found);
	found = NULL;
	cr_assert_eq(kt_kernel_find(which, &found, &err), 0, "%s", err.text);
	cr_assert_str_eq(found->id, id);
}

static void fails(const char *which, int code, const char *words, const char *fix)
{
	struct kt_err err = {0};
	struct kt_kernel *k = NULL;
	cr_assert_eq(kt_kernel_find(which, &k, &err), -code, "%s", err.text);
	cr_assert_null(k);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert(strstr(err.fix, fix), "%s", err.fix);
}

Test(find, newest_entry_without_a_choice)
{
	three_entries();
	finds(NULL, "6.12.2-ktstr-aa22222b");
	cr_assert(kt_ends_with(found->vmlinux, "/kernels/6.12.2-ktstr-aa22222b/vmlinux"));
	cr_assert(kt_fs_exists(found->bzimage));
	cr_assert(kt_fs_exists(found->config));
	cr_assert_str_eq(found->release, "6.12.1-fake");
	cr_assert_geq(found->hold_fd, 0);
}

Test(find, damaged_entries_are_passed_over)
{
	three_entries();
	kt_fake_write(fake.cache, "kernels/6.12.2-ktstr-aa22222b/vmlinux", "6.12.2-ktstr-aa22222X");
	finds(NULL, "6.13.0-ktstr-aa33333c");
}

Test(find, nothing_to_boot_lists_every_place_and_how_to_get_one)
{
	fails(NULL, ENOENT, fake.cache, "ktstr kernel build");
	fails(NULL, ENOENT, "KTSTR_KERNEL", "--build-kernel");
	kt_fake_entry(fake.cache, "6.12.1-ktstr-aa11111a", 100, "default", "");
	kt_fake_write(fake.cache, "kernels/6.12.1-ktstr-aa11111a/meta.json", "");
	fails(NULL, ENOENT, ", kernel '6.12.1-ktstr-aa11111a' is damaged: '", "ktstr kernel build");
}

Test(find, variable_goes_before_the_cache_and_choice_before_the_variable)
{
	three_entries();
	setenv("KTSTR_KERNEL", "6.12.1", 1);
	finds(NULL, "6.12.1-ktstr-aa11111a");
	cr_assert_str_eq(found->by, "KTSTR_KERNEL");
	finds("6.13", "6.13.0-ktstr-aa33333c");
	cr_assert_str_eq(found->by, "--kernel");
	setenv("KTSTR_KERNEL", "5.4", 1);
	fails(NULL, ENOENT, "KTSTR_KERNEL: ", "ktstr kernel list");
}

Test(find, ambiguous_beginning_lists_its_entries)
{
	three_entries();
	fails("6.12", EINVAL, "6.12.2-ktstr-aa22222b, 6.12.1-ktstr-aa11111a", "more of the id");
}

Test(find, exact_id_is_not_ambiguous)
{
	kt_fake_entry(fake.cache, "6.1-aaaaaaaa", 100, "default", "");
	kt_fake_entry(fake.cache, "6.1-aaaaaaaaa", 200, "default", "");
	finds("6.1-aaaaaaaa", "6.1-aaaaaaaa");
}

Test(find, near_miss_is_suggested)
{
	three_entries();
	fails("6.12.1-ktstr-aa11112a", ENOENT, "6.13.0-ktstr-aa33333c", "6.12.1-ktstr-aa11111a");
}

Test(find, damaged_entry_asked_for_by_name_is_an_error)
{
	three_entries();
	kt_fake_write(fake.cache, "kernels/6.13.0-ktstr-aa33333c/bzImage", "x");
	fails("6.13", EUCLEAN, "bzImage", "--force");
	kt_fake_write(fake.cache, "kernels/6.12.1-ktstr-aa11111a/vmlinux", "6.12.1-ktstr-aa11111X");
	fails("6.12.1", EUCLEAN, "changed", "--force");
}

Test(find, path_may_be_an_entry_folder)
{
	three_entries();
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/6.13.0-ktstr-aa33333c", fake.cache);
	finds(dir, "6.13.0-ktstr-aa33333c");
}

Test(find, path_may_be_a_build_folder_or_its_vmlinux)
{
	KT_AUTOFREE char *vmlinux = kt_strf("%s/tree/vmlinux", fake.top);
	KT_AUTOFREE char *tree = kt_strf("%s/tree", fake.top);
	kt_fake_write(tree, "arch/x86/boot/bzImage", "x");
	kt_fake_write(tree, ".config", "");
	kt_fake_shell(tree, "echo 'const char linux_banner[] = \"Linux version 6.7.0 (a@b)\";'"
			    "| gcc -x c -nostdlib -static -Wl,-e,0 -o vmlinux -");
	finds(tree, vmlinux);
	cr_assert_not_null(found->bzimage);
	cr_assert_not_null(found->config);
	finds(vmlinux, vmlinux);
	cr_assert_str_eq(found->release, "6.7.0");
	cr_assert_null(found->bzimage);
	cr_assert_eq(found->hold_fd, -1);
}

Test(find, path_that_is_no_kernel_is_refused)
{
	kt_fake_write(fake.top, "text", "hello");
	KT_AUTOFREE char *text = kt_strf("%s/text", fake.top);
	fails(text, ENOEXEC, "no x86-64 kernel image", "kernel list");
	fails(fake.top, ENOENT, "holds neither", "vmlinux");
	fails("/nowhere/vmlinux", ENOENT, "/nowhere/vmlinux", "kernel list");
}

Test(find, file_in_the_working_folder_needs_no_slash)
{
	kt_fake_write(fake.top, "text", "hello");
	cr_assert_eq(chdir(fake.top), 0);
	fails("text", ENOEXEC, "no x86-64 kernel image", "kernel list");
}

static void variant_entries(void)
{
	kt_fake_variant(fake.cache, "6.12.1-ktstr-kasan-aa11111a", 100, "kasan");
	kt_fake_variant(fake.cache, "6.12.2-ktstr-kasan-aa22222b", 300, "kasan");
	kt_fake_variant(fake.cache, "6.12.2-ktstr-lockdep-rt-aa33333c", 400, "lockdep+rt");
}

Test(find, a_variant_must_be_asked_for)
{
	variant_entries();
	fails(NULL, ENOENT, "6.12.2-ktstr-lockdep-rt-aa33333c is a variant: lockdep+rt",
		"ktstr kernel build");
	kt_fake_entry(fake.cache, "6.12.1-ktstr-aa44444d", 50, "default", "");
	finds(NULL, "6.12.1-ktstr-aa44444d");
}

Test(find, a_variant_s_name_is_its_newest_sound_entry)
{
	variant_entries();
	finds("kasan", "6.12.2-ktstr-kasan-aa22222b");
	cr_assert_str_eq(found->by, "--kernel");
	kt_fake_write(fake.cache, "kernels/6.12.2-ktstr-kasan-aa22222b/vmlinux", "x");
	finds("kasan", "6.12.1-ktstr-kasan-aa11111a");
	setenv("KTSTR_KERNEL", "kasan", 1);
	finds(NULL, "6.12.1-ktstr-kasan-aa11111a");
}

Test(find, several_variants_are_one_choice_in_any_order)
{
	variant_entries();
	finds("rt,lockdep", "6.12.2-ktstr-lockdep-rt-aa33333c");
	fails("rt", ENOENT, "no kernel of variant 'rt'", "ktstr kernel build --variant rt");
	fails("rt+lazy", EINVAL, "exclude each other", "two kernels");
}

Test(find, a_folder_named_like_a_variant_needs_a_slash)
{
	kt_fake_write(fake.top, "debug/x", "");
	cr_assert_eq(chdir(fake.top), 0);
	fails("debug", ENOENT, "no kernel of variant 'debug'", "'./debug'");
	fails("./debug", ENOENT, "holds neither", "vmlinux");
}

Test(find, near_miss_of_a_variant_is_suggested)
{
	variant_entries();
	fails("lockdp", ENOENT, "no kernel 'lockdp'", "'lockdep'");
}

static void write_tree(const char *config)
{
	KT_AUTOFREE char *tree = kt_strf("%s/tree", fake.top);
	kt_fake_write(tree, ".config", config);
	kt_fake_shell(tree, "echo 'const char linux_banner[] = \"Linux version 6.7.0 (a@b)\";'"
			    "| gcc -x c -nostdlib -static -Wl,-e,0 -o vmlinux -");
}

Test(find, a_configuration_that_cannot_run_a_test_is_refused_before_booting)
{
	KT_AUTOFREE char *tree = kt_strf("%s/tree", fake.top);
	write_tree("CONFIG_SMP=y\nCONFIG_TMPFS=m\n");
	fails(tree, ENOTSUP, "CONFIG_TMPFS (m)", "=y");
	fails(tree, ENOTSUP, "CONFIG_BLK_DEV_INITRD (not set): the initramfs", "=y");
}

Test(find, a_foreign_kernel_has_the_kind_of_its_config)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str config = {0};
	KT_AUTOFREE char *tree = kt_strf("%s/tree", fake.top);
	KT_AUTOFREE char *vmlinux = kt_strf("%s/vmlinux", tree);
#define NEED(level, option, purpose) kt_str_add(&config, "CONFIG_" option "=y\n");
#include "kernel/need.def"
#undef NEED
	kt_str_add(&config, "CONFIG_PREEMPT_RT=y\n");
	write_tree(config.text);
	finds(tree, vmlinux);
	cr_assert_str_eq(found->kind, "rt");
	cr_assert_gt(found->slowness, 1);
}

Test(find, an_entry_has_a_kind_too)
{
	kt_fake_entry(fake.cache, "6.12.1-ktstr-aa11111a", 100, "default", "");
	finds(NULL, "6.12.1-ktstr-aa11111a");
	cr_assert_str_eq(found->kind, "unknown", "its config is no config");
}

Test(find, a_fifo_is_refused_and_not_waited_for)
{
	KT_AUTOFREE char *fifo = kt_strf("%s/fifo", fake.top);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	fails(fifo, ENOEXEC, "neither a file nor a folder", "vmlinux");
}

Test(find, softkvm_never_takes_a_variant)
{
	struct kt_err err = {0};
	variant_entries();
	cr_assert_eq(kt_kernel_find_softkvm(&found, &err), -ENOENT);
	cr_assert(strstr(err.text, "a variant: kasan"), "%s", err.text);
}

/* Damage of an entry, as a shell command in its folder, and what is said of it. */
static const struct {
	const char *command, *words;
} damages[] = {
	{"rm vmlinux", "vmlinux"},
	{"rm bzImage", "bzImage"},
	{"rm config", "config"},
	{"rm meta.json", "meta.json"},
	{"truncate -s 0 meta.json", "meta.json"},
	{"truncate -s 40 meta.json", "meta.json"},
	{"truncate -s -3 meta.json", "meta.json"},
	{"truncate -s -1 vmlinux", "vmlinux"},
	{"printf X | dd of=vmlinux bs=1 seek=3 conv=notrunc 2>/dev/null", "changed"},
	{"printf X | dd of=bzImage bs=1 seek=5 conv=notrunc 2>/dev/null", "changed"},
	{"sed -i s/aa11111a/aa99999a/ meta.json", "is that of"},
};

Test(find, each_damage_of_an_entry_names_what_and_how_to_mend_it)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(damages); i++) {
		KT_AUTOFREE char *dir = kt_strf("%s/kernels/6.12.1-ktstr-aa11111a", fake.cache);
		kt_fs_remove_tree(dir, NULL);
		kt_fake_entry(fake.cache, "6.12.1-ktstr-aa11111a", 100, "default", "");
		kt_fake_shell(dir, damages[i].command);
		fails("6.12.1", EUCLEAN, damages[i].words, "ktstr kernel");
		fails("6.12.1", EUCLEAN, "kernel '6.12.1-ktstr-aa11111a' is damaged", "clean");
		fails(NULL, ENOENT, damages[i].words, "ktstr kernel build");
	}
}

Test(find, softkvm_takes_the_newest_default_kernel_only)
{
	struct kt_err err = {0};
	three_entries();
	cr_assert_eq(kt_kernel_find_softkvm(&found, &err), 0, "%s", err.text);
	cr_assert_str_eq(found->id, "6.13.0-ktstr-aa33333c");
}

Test(find, softkvm_needs_kvm_and_9p_in_the_kernel)
{
	struct kt_err err = {0};
	kt_fake_entry(fake.cache, "6.1-aaaaaaaa", 100, "default", "CONFIG_KVM_AMD\n");
	kt_fake_entry(fake.cache, "6.2-bbbbbbbb", 200, "custom", "");
	setenv("KTSTR_KERNEL", "6.2", 1);
	cr_assert_eq(kt_kernel_find_softkvm(&found, &err), -ENOENT);
	cr_assert(strstr(err.text, "6.1-aaaaaaaa"), "%s", err.text);
	cr_assert(strstr(err.fix, "ktstr kernel build"), "%s", err.fix);
}

Test(find, held_kernel_survives_cleaning)
{
	three_entries();
	finds("6.12.1", "6.12.1-ktstr-aa11111a");
	cr_assert_eq(kt_kcache_remove(fake.cache, "6.12.1-ktstr-aa11111a", NULL), 1);
	kt_kernel_free(found);
	found = NULL;
	cr_assert_eq(kt_kcache_remove(fake.cache, "6.12.1-ktstr-aa11111a", NULL), 0);
}
