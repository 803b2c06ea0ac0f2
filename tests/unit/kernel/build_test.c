// SPDX-License-Identifier: GPL-2.0-only
/* The whole way from source to entry, with a source that builds at once. */
#include "kernel/build.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/proc.h"
#include "fake/kernel_source.h"

static struct kt_fake_ksource fake;
static struct kt_kernel *built;
static struct kt_kernel_build_spec spec;
static struct kt_err err;

static void init(void)
{
	kt_fake_ksource_init(&fake);
	spec = (struct kt_kernel_build_spec){.source = fake.source, .jobs = 2};
}

static void done(void)
{
	kt_kernel_free(built);
	kt_fake_ksource_done(&fake);
}

TestSuite(build, .init = init, .fini = done);

/* Build as SPEC says; whether it was built now. */
static bool build(void)
{
	bool fresh = false;
	kt_kernel_free(built);
	built = NULL;
	cr_assert_eq(kt_kernel_build(&spec, &built, &fresh, &err), 0, "%s", err.text);
	return fresh;
}

static void build_fails(int code, const char *words)
{
	struct kt_kernel *k = NULL;
	cr_assert_eq(kt_kernel_build(&spec, &k, NULL, &err), -code, "%s", err.text);
	cr_assert_null(k);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}

static void assert_no_debris(void)
{
	cr_assert_not(kt_fake_exists("%s/kernels/*", fake.cache));
	cr_assert_not(kt_fake_exists("%s/work/????????", fake.cache));
}

static void read_meta(struct kt_kmeta *m)
{
	KT_AUTOFREE char *dir = kt_strf("%s/kernels/%s", fake.cache, built->id);
	cr_assert_eq(kt_kmeta_read(dir, m, &err), 0, "%s", err.text);
}

Test(build, folder_becomes_an_entry_and_is_not_written_to)
{
	KT_AUTO_DONE(kt_kmeta_done) struct kt_kmeta m = {0};
	kt_fake_shell(fake.top, "cp -a linux before");
	cr_assert(build());
	kt_fake_shell(fake.top, "diff -r linux before");
	cr_assert(kt_starts_with(built->id, "6.12.9-fake-"), "%s", built->id);
	cr_assert_str_eq(built->release, "6.12.9-fake");
	cr_assert(kt_fs_exists(built->vmlinux));
	cr_assert(kt_fs_exists(built->bzimage));
	read_meta(&m);
	cr_assert_str_eq(m.role, "custom");
	cr_assert_str_eq(m.source_kind, "folder");
	cr_assert_str_eq(m.source_path, fake.source);
	cr_assert_str_eq(m.lost_options, "");
	cr_assert_not(kt_kcache_is_stale(&(struct kt_kcache_entry){.meta = m}));
	cr_assert_eq(m.build_steps, 2);
	cr_assert_not(kt_fake_exists("%s/work/????????", fake.cache), "tree is removed");
	cr_assert(kt_fake_exists("%s/logs/*.log", fake.cache));
}

Test(build, stored_vmlinux_has_no_debug_sections)
{
	build();
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	const char *const argv[] = {"readelf", "-SW", built->vmlinux, NULL};
	cr_assert_eq(kt_proc_capture(argv, false, 0, &out, &err), 0, "%s", err.text);
	cr_assert_not(strstr(out.text, ".debug_info"), "%s", out.text);
	cr_assert(strstr(out.text, ".symtab"), "%s", out.text);
}

Test(build, second_call_finds_the_first_one_s_entry)
{
	cr_assert(build());
	cr_assert_not(build());
	cr_assert_eq(kt_fake_lines(fake.builds), 1);
}

Test(build, force_builds_again_in_place)
{
	build();
	spec.force = true;
	cr_assert(build());
	cr_assert_eq(kt_fake_lines(fake.builds), 2);
	cr_assert_not(kt_fake_exists("%s/kernels/.removed*", fake.cache));
}

Test(build, damaged_entry_is_built_again)
{
	build();
	kt_fake_write(fake.cache,
		kt_starts_with(built->vmlinux, fake.cache) ? built->vmlinux + strlen(fake.cache) + 1
							   : "",
		"damage");
	cr_assert(build());
	cr_assert_not(build());
}

Test(build, changed_source_is_another_kernel)
{
	build();
	KT_AUTOFREE char *before = strdup(built->id);
	kt_fake_write(fake.source, "kernel/new.c", "int x;\n");
	cr_assert(build());
	cr_assert_str_neq(built->id, before);
}

Test(build, tarball_is_unpacked_and_removed)
{
	static const char *const tarballs[] = {"linux.tar.gz", "linux.tar.xz", "linux.tar.zst"};
	for (size_t i = 0; i < KT_ARRAY_LEN(tarballs); i++) {
		KT_AUTOFREE char *command = kt_strf("tar -caf %s linux", tarballs[i]);
		KT_AUTOFREE char *path = kt_strf("%s/%s", fake.top, tarballs[i]);
		kt_fake_shell(fake.top, command);
		spec.source = path;
		cr_assert(build());
	}
	cr_assert_not(kt_fake_exists("%s/work/????????", fake.cache));
}

Test(build, tarball_of_something_else_is_refused)
{
	KT_AUTOFREE char *path = kt_strf("%s/other.tar.gz", fake.top);
	kt_fake_shell(
		fake.top, "mkdir other && echo > other/README && tar -caf other.tar.gz other");
	spec.source = path;
	build_fails(EINVAL, "no Makefile");
	assert_no_debris();
}

Test(build, tree_is_kept_on_request_and_survives_the_next_build)
{
	spec.keep_tree = true;
	build();
	cr_assert(kt_fake_exists("%s/work/*/obj/vmlinux", fake.cache));
	kt_fake_write(fake.source, "kernel/new.c", "int x;\n");
	spec.keep_tree = false;
	build();
	cr_assert(kt_fake_exists("%s/work/*/obj/vmlinux", fake.cache));
}

Test(build, failed_build_shows_its_log_and_leaves_nothing)
{
	kt_fake_write(fake.source, "fail", "core.c:1:2: error: fake trouble\n");
	build_fails(EIO, "first error: core.c:1:2: error: fake trouble");
	cr_assert(strstr(err.text, "last lines of"), "%s", err.text);
	cr_assert(strstr(err.fix, ".log"), "%s", err.fix);
	assert_no_debris();
	cr_assert(kt_fake_exists("%s/logs/*.log", fake.cache));
}

Test(build, disk_that_fills_up_or_memory_that_ends_is_told_from_a_broken_source)
{
	kt_fake_write(fake.source, "fail", "as: cannot write: No space left on device\n");
	build_fails(ENOSPC, "No space left on device");
	cr_assert(strstr(err.fix, "KTSTR_CACHE_DIR"), "%s", err.fix);
	assert_no_debris();
	kt_fake_write(
		fake.source, "fail", "gcc: fatal error: Killed signal terminated program cc1\n");
	build_fails(ENOMEM, "cc1");
	cr_assert(strstr(err.fix, "--jobs"), "%s", err.fix);
}

/* Of the builder's child only. */
static bool mount_small(const char *where)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", where, "tmpfs", 0, "size=1m") == 0;
}

Test(build, full_disk_is_refused_before_anything_is_written)
{
	kt_fake_shell(fake.top, "mkdir cache");
	if (!mount_small(fake.cache))
		cr_skip_test("no right to mount here");
	build_fails(ENOSPC, "needs 1700 MiB");
	cr_assert(strstr(err.text, fake.cache), "%s", err.text);
	cr_assert(strstr(err.fix, "KTSTR_CACHE_DIR"), "%s", err.fix);
	assert_no_debris();
	cr_assert_eq(kt_fake_lines(fake.builds), 0);
	umount(fake.cache);
}

Test(build, cache_that_cannot_be_written_is_named)
{
	KT_AUTOFREE char *blocked = kt_strf("%s/file/cache", fake.top);
	kt_fake_write(fake.top, "file", "");
	setenv("KTSTR_CACHE_DIR", blocked, 1);
	build_fails(ENOTDIR, "/file'");
	cr_expect_not_null(strstr(err.fix, "KTSTR_CACHE_DIR"), "%s", err.fix);
	setenv("KTSTR_CACHE_DIR", "/proc/ktstr", 1);
	build_fails(ENOENT, "/proc/ktstr");
	cr_assert_eq(kt_fake_lines(fake.builds), 0);
}

Test(build, read_only_cache_is_named)
{
	kt_fake_shell(fake.top, "mkdir cache");
	if (!mount_small(fake.cache) ||
		mount(NULL, fake.cache, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		cr_skip_test("no right to mount here");
	build_fails(EROFS, fake.cache);
	cr_assert(strstr(err.text, "Read-only"), "%s", err.text);
	umount(fake.cache);
}

Test(build, missing_required_option_names_what_it_needs)
{
	kt_fake_write(fake.source, "drop", "CONFIG_DEBUG_INFO_BTF\n");
	build_fails(EINVAL, "CONFIG_DEBUG_INFO_BTF=y");
	cr_assert(strstr(err.text, "pahole"), "%s", err.text);
	assert_no_debris();
	cr_assert_eq(kt_fake_lines(fake.builds), 0, "nothing is compiled before options are right");
}

Test(build, missing_optional_option_is_noted_in_the_entry)
{
	KT_AUTO_DONE(kt_kmeta_done) struct kt_kmeta m = {0};
	kt_fake_write(fake.source, "drop", "CONFIG_SCHED_CLASS_EXT\n");
	build();
	read_meta(&m);
	cr_assert_str_eq(m.lost_options, "CONFIG_SCHED_CLASS_EXT\n");
}

Test(build, user_s_fragment_is_merged_and_makes_another_kernel)
{
	KT_AUTOFREE char *path = kt_strf("%s/my own.kconfig", fake.top);
	KT_AUTO_DONE(kt_str_done) struct kt_str config = {0};
	const char *const fragments[] = {path, NULL};
	build();
	KT_AUTOFREE char *before = strdup(built->id);
	kt_fake_write(fake.top, "my own.kconfig", "CONFIG_MINE=y\n");
	spec.fragments = fragments;
	cr_assert(build());
	cr_assert_str_neq(built->id, before);
	cr_assert_eq(kt_fs_read(built->config, 1 << 20, &config, &err), 0, "%s", err.text);
	cr_assert(strstr(config.text, "\nCONFIG_MINE=y\n"));
	cr_assert(strstr(config.text, "\nCONFIG_SMP=y\n"));
}

static void config_has(const char *line)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str config = {0};
	cr_assert_eq(kt_fs_read(built->config, 1 << 20, &config, &err), 0, "%s", err.text);
	cr_assert(strstr(config.text, line), "no '%s'", line);
}

Test(build, variant_is_another_kernel_that_says_so)
{
	KT_AUTO_DONE(kt_kmeta_done) struct kt_kmeta m = {0};
	build();
	KT_AUTOFREE char *before = strdup(built->id);
	spec.variants = 1u << KT_KVARIANT_lockdep | 1u << KT_KVARIANT_rt;
	cr_assert(build());
	cr_assert_str_neq(built->id, before);
	read_meta(&m);
	cr_assert_str_eq(m.variant, "lockdep+rt");
	cr_assert_str_eq(m.role, "custom");
	cr_assert_not(kt_kcache_is_stale(&(struct kt_kcache_entry){.meta = m}));
	config_has("CONFIG_LOCALVERSION=\"-ktstr-lockdep-rt\"\n");
	config_has("CONFIG_PROVE_LOCKING=y\n");
	config_has("CONFIG_PREEMPT_RT=y\n");
	cr_assert_str_eq(built->kind, "lockdep+rt");
	cr_assert_gt(built->slowness, 1);
	cr_assert_not(build(), "found the second time");
}

Test(build, variant_is_chosen_by_its_name_only)
{
	spec.variants = 1u << KT_KVARIANT_kasan;
	build();
	struct kt_kernel *k = NULL;
	cr_assert_eq(kt_kernel_find_softkvm(&k, &err), -ENOENT);
	cr_assert_eq(kt_kernel_find(NULL, &k, &err), -ENOENT);
	cr_assert_eq(kt_kernel_find("kasan", &k, &err), 0, "%s", err.text);
	kt_kernel_free(k);
}

Test(build, user_s_fragment_goes_after_that_of_the_variant)
{
	KT_AUTOFREE char *path = kt_strf("%s/mine", fake.top);
	const char *const fragments[] = {path, NULL};
	kt_fake_write(fake.top, "mine", "CONFIG_FRAME_WARN=4096\n");
	spec.variants = 1u << KT_KVARIANT_kasan;
	spec.fragments = fragments;
	build();
	config_has("CONFIG_FRAME_WARN=2048\nCONFIG_FRAME_WARN=4096\n");
}

Test(build, contradicting_a_variant_fails_before_anything_is_built)
{
	KT_AUTOFREE char *path = kt_strf("%s/mine", fake.top);
	const char *const fragments[] = {path, NULL};
	kt_fake_write(fake.top, "mine", "# CONFIG_KASAN is not set\n");
	spec.variants = 1u << KT_KVARIANT_kasan;
	spec.fragments = fragments;
	build_fails(EINVAL, "contradicts CONFIG_KASAN=y, which is required (variant kasan)");
	cr_assert_eq(kt_fake_lines(fake.builds), 0);
}

Test(build, variant_the_source_does_not_have_names_what_it_needs)
{
	kt_fake_write(fake.source, "drop", "CONFIG_PREEMPT_LAZY\n");
	spec.variants = 1u << KT_KVARIANT_lazy;
	build_fails(EINVAL, "CONFIG_PREEMPT_LAZY=y (variant lazy)");
	cr_assert(strstr(err.text, "6.13"), "%s", err.text);
	assert_no_debris();
}

Test(build, path_that_kbuild_would_split_is_refused_at_once)
{
	KT_AUTOFREE char *spaced = kt_strf("%s/my linux", fake.top);
	kt_fake_shell(fake.top, "cp -a linux 'my linux'");
	spec.source = spaced;
	build_fails(EINVAL, "space or a colon");
	setenv("KTSTR_CACHE_DIR", spaced, 1);
	spec.source = fake.source;
	build_fails(EINVAL, "the cache");
	cr_assert_eq(kt_fake_lines(fake.builds), 0);
}

Test(build, contradicting_fragment_fails_before_anything_is_built)
{
	KT_AUTOFREE char *path = kt_strf("%s/mine", fake.top);
	const char *const fragments[] = {path, NULL};
	kt_fake_write(fake.top, "mine", "# CONFIG_SMP is not set\n");
	spec.fragments = fragments;
	build_fails(EINVAL, "contradicts CONFIG_SMP=y");
	cr_assert_not(kt_fake_exists("%s/work", fake.cache));
}

Test(build, source_that_changes_meanwhile_is_not_stored)
{
	kt_fake_write(fake.top, "hold", "");
	pid_t editor = fork();
	if (editor == 0) {
		kt_fake_await(fake.builds);
		kt_fake_write(fake.source, "kernel/new.c", "int x;\n");
		unlink(fake.hold);
		_exit(0);
	}
	build_fails(EAGAIN, "changed while it was built");
	waitpid(editor, NULL, 0);
	assert_no_debris();
}

static volatile sig_atomic_t stop;

static void stop_when_compiling(void *arg, const struct kt_kernel_progress *p)
{
	(void)arg;
	cr_assert_leq(p->steps, p->expected);
	stop = !strcmp(p->phase, "compiling");
}

Test(build, interrupted_build_leaves_nothing)
{
	kt_fake_write(fake.top, "hold", "");
	spec.cancel = &stop;
	spec.progress = stop_when_compiling;
	build_fails(EINTR, "interrupted");
	assert_no_debris();
}

Test(build, killed_build_is_swept_by_the_next_one)
{
	int fds[2];
	cr_assert_eq(pipe(fds), 0); /* all that the builder starts inherits it */
	kt_fake_write(fake.top, "hold", "");
	pid_t builder = fork();
	if (builder == 0) {
		kt_kernel_build(&spec, &built, NULL, NULL);
		_exit(0);
	}
	close(fds[1]);
	kt_fake_await(fake.builds);
	kill(builder, SIGKILL);
	waitpid(builder, NULL, 0);
	struct pollfd all_gone = {.fd = fds[0]};
	cr_assert_eq(poll(&all_gone, 1, 60000), 1, "what a killed builder started still runs");
	close(fds[0]);
	cr_assert(kt_fake_exists("%s/work/????????", fake.cache));
	unlink(fake.hold);
	kt_fake_write(fake.source, "kernel/new.c", "int x;\n");
	cr_assert(build(), "another kernel");
	cr_assert_not(kt_fake_exists("%s/work/????????", fake.cache));
}

static void tell_waiting(void *arg, const struct kt_kernel_progress *p)
{
	if (!strcmp(p->phase, "waiting"))
		kt_fake_write(fake.top, arg, "");
}

/* A builder in a process of its own; exit status 10 when it built, 0 when it found. */
static pid_t builder_start(void)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	bool fresh = false;
	spec.progress = tell_waiting;
	spec.progress_arg = (void *)"waiting";
	int r = kt_kernel_build(&spec, &built, &fresh, NULL);
	_exit(r < 0 ? 1 : fresh ? 10 : 0);
}

static int exit_status(pid_t pid)
{
	int status = 0;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

Test(build, two_builders_build_once)
{
	KT_AUTOFREE char *waiting = kt_strf("%s/waiting", fake.top);
	kt_fake_write(fake.top, "hold", "");
	pid_t first = builder_start();
	kt_fake_await(fake.builds);
	spec.force = true; /* even then: what the first one builds is fresh enough */
	pid_t second = builder_start();
	kt_fake_await(waiting);
	unlink(fake.hold);
	cr_assert_eq(exit_status(first), 10);
	cr_assert_eq(exit_status(second), 0);
	cr_assert_eq(kt_fake_lines(fake.builds), 1);
}
