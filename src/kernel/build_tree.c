// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of a build. Kernels are always built outside of their source, so that a
 * user's folder is never written to and a tarball takes the same way.
 */
#include "kernel/build_tree.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/fragment.h"

#define CONFIG_BYTES_MAX (4u << 20)
#define ARGS_MAX	 24
#define NAME_BYTES	 40 /* fragment-NUMBER.kconfig */

/* Paths of one build, made once. */
struct paths {
	char *src;   /* what is built */
	char *obj;   /* where */
	char *entry; /* what it becomes */
};

static void paths_done(struct paths *p)
{
	free(p->src);
	free(p->obj);
	free(p->entry);
}

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

static int paths_init(struct paths *p, const struct kt_ktree *t, struct kt_err *err)
{
	bool folder = t->source->kind == KT_KSOURCE_FOLDER;
	p->src = folder ? strdup(t->source->path) : kt_strf("%s/src", t->work);
	p->obj = kt_strf("%s/obj", t->work);
	p->entry = kt_strf("%s/entry", t->work);
	if (!p->src || !p->obj || !p->entry)
		return out_of_memory(err);
	int r = kt_fs_mkdirs(p->src, err);
	if (r == 0)
		r = kt_fs_mkdirs(p->obj, err);
	return r < 0 ? r : kt_fs_mkdirs(p->entry, err);
}

static int unpack(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	if (t->source->kind == KT_KSOURCE_FOLDER)
		return 0;
	const char *const argv[] = {"tar", "-xf", t->source->path, "--no-same-owner",
		"--strip-components=1", "-C", p->src, NULL};
	kt_kmake_phase(t->make, "unpacking");
	int r = kt_kmake_run(t->make, argv, t->work, err);
	return r < 0 ? r : kt_ksource_check_tree(p->src, err);
}

/* make TARGETS... (NULL-terminated, at most four) in the object folder. */
static int run_make(const struct kt_ktree *t, const struct paths *p, const char *const *targets,
	struct kt_err *err)
{
	KT_AUTOFREE char *jobs = kt_strf("-j%u", t->jobs);
	KT_AUTOFREE char *out = kt_strf("O=%s", p->obj);
	const char *argv[ARGS_MAX] = {
		"make", jobs, "-C", p->src, out, "ARCH=x86", "LLVM=", "CROSS_COMPILE="};
	size_t n = 8;
	if (!jobs || !out)
		return out_of_memory(err);
	while (*targets && n < ARGS_MAX - 1)
		argv[n++] = *targets++;
	return kt_kmake_run(t->make, argv, p->obj, err);
}

static int write_fragment(const char *dir, const char *name, const char *text, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	return path ? kt_fs_replace(path, text, strlen(text), err) : out_of_memory(err);
}

/* merge_config.sh splits its arguments at spaces: our own short names go to it. */
static int merge(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	KT_AUTOFREE char *script = kt_strf("%s/scripts/kconfig/merge_config.sh", p->src);
	KT_AUTOFREE const char **argv = calloc(t->fragment_count + 7, sizeof(*argv));
	KT_AUTOFREE char *names = calloc(t->fragment_count + 1, NAME_BYTES);
	if (!script || !argv || !names)
		return out_of_memory(err);
	size_t n = 0;
	argv[n++] = "sh";
	argv[n++] = script;
	argv[n++] = "-m";
	argv[n++] = ".config";
	argv[n++] = "ktstr.kconfig";
	int r = write_fragment(p->obj, "ktstr.kconfig", kt_kernel_fragment(NULL), err);
	for (size_t i = 0; r == 0 && i < t->fragment_count; i++) {
		char *name = names + i * NAME_BYTES;
		snprintf(name, NAME_BYTES, "fragment-%zu.kconfig", i);
		argv[n++] = name;
		r = write_fragment(p->obj, name, t->fragments[i].text, err);
	}
	return r < 0 ? r : kt_kmake_run(t->make, argv, p->obj, err);
}

static int verify(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str config = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str lost = {0};
	KT_AUTOFREE char *path = kt_strf("%s/.config", p->obj);
	if (!path)
		return out_of_memory(err);
	int r = kt_fs_read(path, CONFIG_BYTES_MAX, &config, err);
	if (r == 0)
		r = kt_kconfig_verify(t->options, kt_str_get(&config), &lost, err);
	if (r < 0)
		return r;
	for (const char *l = kt_str_get(&lost); *l; l += strcspn(l, "\n") + 1)
		kt_log(KT_LOG_INFO, "optional %.*s is not as asked in this kernel",
			(int)strcspn(l, "\n"), l);
	t->meta->lost_options = kt_str_take(&lost);
	return t->meta->lost_options ? 0 : out_of_memory(err);
}

static int configure(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	static const char *const tiny[] = {"tinyconfig", NULL};
	static const char *const fill[] = {"olddefconfig", NULL};
	kt_kmake_phase(t->make, "configuring");
	int r = run_make(t, p, tiny, err);
	if (r == 0)
		r = merge(t, p, err);
	if (r == 0)
		r = run_make(t, p, fill, err);
	return r < 0 ? r : verify(t, p, err);
}

static int read_release(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/include/config/kernel.release", p->obj);
	if (!path)
		return out_of_memory(err);
	int r = kt_fs_read(path, 256, &text, err);
	if (r < 0)
		return r;
	kt_str_cut(&text, strcspn(kt_str_get(&text), " \r\n"));
	if (!text.len || strchr(text.text, '/'))
		return kt_fail(err, EINVAL, "check CONFIG_LOCALVERSION of your fragment",
			"the kernel's release '%s' cannot name an entry", kt_str_get(&text));
	t->meta->release = kt_str_take(&text);
	return t->meta->release ? 0 : out_of_memory(err);
}

static int sync_file(const char *path, struct kt_err *err)
{
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return kt_fail(err, errno, "check the disk of the cache", "cannot sync '%s': %s",
			path, strerror(errno));
	return 0;
}

/* Symbols, BTF and what gdb needs to walk stacks are kept; all of DWARF is five times as much. */
static int strip(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	KT_AUTOFREE char *from = kt_strf("%s/vmlinux", p->obj);
	KT_AUTOFREE char *to = kt_strf("%s/vmlinux", p->entry);
	if (!from || !to)
		return out_of_memory(err);
	const char *const argv[] = {
		"objcopy", "--strip-debug", "--keep-section=.debug_frame", from, to, NULL};
	int r = kt_kmake_run(t->make, argv, p->obj, err);
	return r < 0 ? r : sync_file(to, err);
}

static int copy(const char *from_dir, const char *from, const char *to_dir, const char *to,
	struct kt_err *err)
{
	KT_AUTOFREE char *source = kt_strf("%s/%s", from_dir, from);
	KT_AUTOFREE char *target = kt_strf("%s/%s", to_dir, to);
	if (!source || !target)
		return out_of_memory(err);
	int r = kt_fs_copy(source, target, err);
	return r < 0 ? r : sync_file(target, err);
}

static int collect(const struct kt_ktree *t, const struct paths *p, struct kt_err *err)
{
	kt_kmake_phase(t->make, "storing");
	int r = read_release(t, p, err);
	if (r == 0)
		r = strip(t, p, err);
	if (r == 0)
		r = copy(p->obj, "arch/x86/boot/bzImage", p->entry, "bzImage", err);
	return r < 0 ? r : copy(p->obj, ".config", p->entry, "config", err);
}

int kt_ktree_build(const struct kt_ktree *t, struct kt_err *err)
{
	static const char *const images[] = {"vmlinux", "bzImage", NULL};
	KT_AUTO_DONE(paths_done) struct paths p = {0};
	int r = paths_init(&p, t, err);
	if (r == 0)
		r = unpack(t, &p, err);
	if (r == 0)
		r = configure(t, &p, err);
	if (r < 0)
		return r;
	kt_kmake_phase(t->make, "compiling");
	t->make->counting = true;
	r = run_make(t, &p, images, err);
	t->make->counting = false;
	if (r < 0)
		return r;
	t->meta->build_steps = t->make->steps;
	return collect(t, &p, err);
}
