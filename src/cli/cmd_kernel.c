// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr kernel build|list|path|clean`: the front of the kernel cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_write.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/progress.h"
#include "cli/subs.h"
#include "cli/verb.h"
#include "kernel/cache.h"
#include "kernel/cache_gc.h"
#include "run/interrupt.h"
#include "run/kernel.h"

struct kernel_args {
	struct kt_kernel_build_spec build;
	KT_VEC(const char *) fragments;
	uint64_t keep;
	bool json, help;
};

static int set_source(void *target, const char *value, struct kt_err *err)
{
	if (!*value)
		return kt_fail(err, EINVAL, "give 'debian', a tarball or a folder",
			"--source: the source's name is empty");
	((struct kernel_args *)target)->build.source = value;
	return 0;
}

static int set_config(void *target, const char *value, struct kt_err *err)
{
	if (kt_vec_push(&((struct kernel_args *)target)->fragments, value) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "--config: out of memory");
	return 0;
}

static int set_variant(void *target, const char *value, struct kt_err *err)
{
	int r = kt_kvariants_add(&((struct kernel_args *)target)->build.variants, value, err);
	return r < 0 ? kt_wrap(err, r, "--variant") : 0;
}

static int set_jobs(void *target, const char *value, struct kt_err *err)
{
	uint64_t jobs;
	int r = kt_parse_u64(value, 1, 1024, "--jobs", &jobs, err);
	if (r == 0)
		((struct kernel_args *)target)->build.jobs = (unsigned)jobs;
	return r;
}

static int set_keep(void *target, const char *value, struct kt_err *err)
{
	return kt_parse_u64(value, 0, 10000, "--keep", &((struct kernel_args *)target)->keep, err);
}

#define FLAG(name, member)                                                                         \
	static int set_##name(void *target, const char *value, struct kt_err *err)                 \
	{                                                                                          \
		(void)value, (void)err;                                                            \
		((struct kernel_args *)target)->member = true;                                     \
		return 0;                                                                          \
	}
FLAG(force, build.force)
FLAG(keep_tree, build.keep_tree)
FLAG(json, json)
FLAG(help, help)
#undef FLAG

static const struct kt_cli_option build_options[] = {
	{"source", 's', "WHAT", "debian (package linux-source-6.12), a tarball or a source folder",
		set_source},
	{"config", 'c', "FRAGMENT", "options merged after ours; may be repeated", set_config},
	{"variant", 'v', "NAME[,NAME]",
		"a kernel for debugging or of another preemption, such as lockdep or lockdep,rt; "
		"'ktstr help variant' lists them; may be repeated",
		set_variant},
	{"jobs", 'j', "N", "compile N files at once (the CPUs of this process)", set_jobs},
	{"force", 0, NULL, "build even when there is such an entry", set_force},
	{"keep-tree", 0, NULL, "leave source and objects in the cache", set_keep_tree},
	{"help", 'h', NULL, "this text", set_help},
};

static const struct kt_cli_option list_options[] = {
	{"json", 0, NULL, "for programs", set_json},
	{"help", 'h', NULL, "this text", set_help},
};

static const struct kt_cli_option path_options[] = {
	{"help", 'h', NULL, "this text", set_help},
};

static const struct kt_cli_option clean_options[] = {
	{"keep", 0, "N", "keep the N newest sound entries of each variant (0)", set_keep},
	{"help", 'h', NULL, "this text", set_help},
};

static int do_build(void *args, const char *operand, struct kt_err *err)
{
	struct kernel_args *a = args;
	(void)operand;
	if (kt_vec_push(&a->fragments, (const char *)NULL) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	a->build.fragments = a->fragments.items;
	a->build.progress = kt_cli_progress_kernel;
	KT_AUTO(kt_kernel_free) struct kt_kernel *kernel = NULL;
	bool built = false;
	int r = kt_run_kernel_build(&a->build, &kernel, &built, err);
	kt_cli_progress_end();
	if (r < 0)
		return r;
	fprintf(stderr, "ktstr: kernel %s %s\n", kernel->id,
		built ? "built" : "was in the cache already");
	printf("%s\n", kernel->id);
	return 0;
}

static void print_json(const struct kt_kcache_list *list)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json_out j = {.out = &text};
	kt_json_array(&j, NULL);
	for (size_t i = 0; i < list->count; i++) {
		const struct kt_kcache_entry *e = &list->items[i];
		kt_json_object(&j, NULL);
		kt_json_str(&j, "id", e->id);
		kt_json_str(&j, "state", e->damaged ? "damaged" : "ok");
		kt_json_str(&j, "reason", e->damaged ? e->why.text : NULL);
		kt_json_str(&j, "release", e->meta.release);
		kt_json_str(&j, "role", e->meta.role);
		kt_json_str(&j, "variant", e->meta.variant);
		kt_json_str(&j, "source", e->meta.source_path);
		kt_json_str(&j, "compiler", e->meta.compiler);
		kt_json_u64(&j, "created_unix", e->created_ns / 1000000000u);
		kt_json_u64(&j, "build_ms", e->meta.build_ms);
		kt_json_u64(&j, "bytes", e->bytes);
		kt_json_str(&j, "path", e->dir);
		kt_json_end_object(&j);
	}
	kt_json_end_array(&j);
	fputs(kt_str_get(&text), stdout); /* ends with a newline */
}

static const char *variant_of(const struct kt_kcache_entry *e)
{
	if (!e->meta.variant)
		return "?"; /* meta.json is damaged */
	return e->meta.variant[0] ? e->meta.variant : "-";
}

static void print_table(const struct kt_kcache_list *list)
{
	if (list->count)
		printf("%-36s %-12s %-8s %9s  %s\n", "ID", "VARIANT", "STATE", "SIZE", "BUILT");
	for (size_t i = 0; i < list->count; i++) {
		const struct kt_kcache_entry *e = &list->items[i];
		time_t built = (time_t)(e->created_ns / 1000000000u);
		struct tm tm;
		char when[32] = "?";
		if (localtime_r(&built, &tm))
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
		printf("%-36s %-12s %-8s %5.1f MiB  %s\n", e->id, variant_of(e),
			e->damaged ? "damaged" : "ok", (double)e->bytes / (1 << 20), when);
		if (e->damaged)
			printf("    %s\n", e->why.text);
	}
}

static int do_list(void *args, const char *operand, struct kt_err *err)
{
	struct kernel_args *a = args;
	(void)operand;
	KT_AUTOFREE char *cache = NULL;
	struct kt_kcache_list list = {0};
	int r = kt_kcache_dir(&cache, err);
	if (r == 0)
		r = kt_kcache_list(cache, true, &list, err);
	if (r < 0)
		return r;
	if (a->json)
		print_json(&list);
	else
		print_table(&list);
	if (!a->json && !list.count)
		fprintf(stderr, "ktstr: no kernels in %s; 'ktstr kernel build' makes one\n", cache);
	kt_kcache_list_done(&list);
	return 0;
}

static int do_path(void *args, const char *operand, struct kt_err *err)
{
	(void)args;
	KT_AUTO(kt_kernel_free) struct kt_kernel *kernel = NULL;
	int r = kt_kernel_find(operand, &kernel, err);
	if (r < 0)
		return r;
	printf("%s\n", kernel->vmlinux ? kernel->vmlinux : kernel->bzimage);
	return 0;
}

static int do_clean(void *args, const char *operand, struct kt_err *err)
{
	struct kernel_args *a = args;
	(void)operand;
	KT_AUTOFREE char *cache = NULL;
	struct kt_kcache_cleaned cleaned = {0};
	int r = kt_kcache_dir(&cache, err);
	if (r == 0)
		r = kt_kcache_clean(cache, (unsigned)a->keep, &cleaned, err);
	if (cleaned.removed_count)
		printf("%s", kt_str_get(&cleaned.removed));
	if (cleaned.skipped_count)
		fprintf(stderr, "%s", kt_str_get(&cleaned.skipped));
	fprintf(stderr, "ktstr: removed %u (%.1f MiB), skipped %u\n", cleaned.removed_count,
		(double)cleaned.removed_bytes / (1 << 20), cleaned.skipped_count);
	kt_kcache_cleaned_done(&cleaned);
	return r;
}

static const struct kt_cli_sub subs[] = {
	{"build", NULL, "build a kernel into the cache; prints its id", build_options,
		KT_ARRAY_LEN(build_options), do_build},
	{"list", NULL, "the cached kernels, newest first", list_options, KT_ARRAY_LEN(list_options),
		do_list},
	{"path", "ID", "the image a test would boot", path_options, KT_ARRAY_LEN(path_options),
		do_path},
	{"clean", NULL, "remove cached kernels, packed initramfs and what broken builds left",
		clean_options, KT_ARRAY_LEN(clean_options), do_clean},
};

int kt_cli_kernel(int argc, char **argv)
{
	static const struct kt_cli_subs table = {"kernel", subs, KT_ARRAY_LEN(subs)};
	struct kernel_args a = {0};
	int status = kt_cli_subs_run(&table, &a, &a.help, argc, argv);
	kt_vec_done(&a.fragments);
	return kt_run_interrupt_status(status);
}
