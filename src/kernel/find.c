// SPDX-License-Identifier: GPL-2.0-only
/* From what the user said, or did not say, to one verified kernel. */
#include "kernel/find.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "kernel/cache_seen.h"
#include "kernel/image.h"
#include "kernel/kind.h"
#include "kernel/need.h"
#include "kernel/variant.h"

#define NAMES_SHOWN_MAX 8
#define HOW_TO_GET	"run 'ktstr kernel build', or give --build-kernel"
#define HOW_TO_NAME	"'ktstr kernel list' shows what there is; an image or build folder is a path"

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

void kt_kernel_free(struct kt_kernel *k)
{
	if (!k)
		return;
	free(k->id);
	free(k->path);
	free(k->vmlinux);
	free(k->bzimage);
	free(k->config);
	free(k->config_text);
	free(k->kind);
	free(k->release);
	if (k->hold_fd >= 0)
		close(k->hold_fd);
	free(k);
}

static struct kt_kernel *kernel_new(const char *id, const char *by)
{
	struct kt_kernel *k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->hold_fd = -1;
	k->by = by;
	k->id = strdup(id);
	if (!k->id) {
		kt_kernel_free(k);
		return NULL;
	}
	return k;
}

static char *file_of(const char *dir, enum kt_kmeta_file_kind kind)
{
	return kt_strf("%s/%s", dir, kt_kmeta_file_name(kind));
}

static int verify(const struct kt_kcache_entry *e, struct kt_err *err)
{
	if (kt_kseen_is_known(&e->meta, e->dir))
		return 0;
	int r = kt_kmeta_verify(&e->meta, e->dir, true, err);
	struct timespec now;
	if (r == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0)
		kt_kseen_note(&e->meta, e->dir,
			(uint64_t)now.tv_sec * KT_NS_PER_S + (uint64_t)now.tv_nsec);
	return r;
}

int kt_kernel_from_entry(
	const struct kt_kcache_entry *e, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = kernel_new(e->id, by);
	if (!k)
		return out_of_memory(err);
	int r = kt_kcache_hold(e->dir, &k->hold_fd, err);
	if (r < 0)
		return r;
	/* Verified behind the lock: from here on nobody removes it. */
	r = verify(e, err);
	if (r < 0)
		return kt_wrap(err, r, "kernel '%s' is damaged", e->id);
	k->vmlinux = file_of(e->dir, KT_KMETA_VMLINUX);
	k->bzimage = file_of(e->dir, KT_KMETA_BZIMAGE);
	k->config = file_of(e->dir, KT_KMETA_CONFIG);
	k->release = strdup(e->meta.release);
	if (!k->vmlinux || !k->bzimage || !k->config || !k->release)
		return out_of_memory(err);
	r = kt_kernel_learn(k, err);
	if (r == 0)
		*ret = KT_TAKE(k);
	return r;
}

/* The entry as a kernel; damage of any kind is an error that names it. */
static int named_entry(
	const struct kt_kcache_entry *e, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	if (e->damaged) {
		*err = e->why;
		return kt_wrap(err, -e->why.code, "kernel '%s' is damaged", e->id);
	}
	return kt_kernel_from_entry(e, by, ret, err);
}

static int path_image(const char *path, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = kernel_new(path, by);
	enum kt_kimage_kind kind;
	if (!k)
		return out_of_memory(err);
	int r = kt_kimage_read(path, &kind, &k->release, err);
	if (r < 0)
		return r;
	char **image = kind == KT_KIMAGE_VMLINUX ? &k->vmlinux : &k->bzimage;
	*image = strdup(path);
	if (!*image)
		return out_of_memory(err);
	*ret = KT_TAKE(k);
	return 0;
}

static int path_entry(const char *dir, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	struct kt_kcache_entry e = {.id = (char *)dir, .dir = (char *)dir};
	int r = kt_kmeta_read(dir, &e.meta, err);
	if (r < 0)
		return kt_wrap(err, r, "kernel '%s' is damaged", dir);
	e.id = e.meta.id;
	r = kt_kernel_from_entry(&e, by, ret, err);
	kt_kmeta_done(&e.meta);
	return r;
}

/* A kernel's own build folder: take what of the two images is there. */
static int path_tree(const char *dir, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTOFREE char *vmlinux = kt_strf("%s/vmlinux", dir);
	KT_AUTOFREE char *bzimage = kt_strf("%s/arch/x86/boot/bzImage", dir);
	KT_AUTOFREE char *config = kt_strf("%s/.config", dir);
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = NULL;
	if (!vmlinux || !bzimage || !config)
		return out_of_memory(err);
	bool have_elf = kt_fs_exists(vmlinux);
	bool have_bz = kt_fs_exists(bzimage);
	if (!have_elf && !have_bz)
		return kt_fail(err, ENOENT, "give a vmlinux, a bzImage or a folder that has one",
			"folder '%s' is no cache entry and holds neither vmlinux nor "
			"arch/x86/boot/bzImage",
			dir);
	int r = path_image(have_elf ? vmlinux : bzimage, by, &k, err);
	if (r < 0)
		return r;
	if (have_elf && have_bz)
		k->bzimage = KT_TAKE(bzimage);
	if (kt_fs_exists(config))
		k->config = KT_TAKE(config);
	*ret = KT_TAKE(k);
	return 0;
}

/* What somebody else configured: refused, or said what it will not do. */
static int judge(struct kt_kernel *k, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str lacks = {0};
	int r = kt_kernel_learn(k, err);
	if (r < 0 || !k->config_text)
		return r;
	r = kt_kneed_check(k->config_text, k->id, &lacks, err);
	if (r == 0 && lacks.len)
		kt_log(KT_LOG_WARN, "kernel '%s' does without %s", k->id, kt_str_get(&lacks));
	return r;
}

static int by_path(const char *given, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	struct stat st;
	KT_AUTOFREE char *path = kt_fs_absolute(given);
	KT_AUTOFREE char *meta = path ? kt_strf("%s/meta.json", path) : NULL;
	if (!meta)
		return out_of_memory(err);
	if (stat(path, &st) < 0)
		return kt_fail(err, errno,
			"give a path that exists, or an id of 'ktstr kernel list'",
			"kernel '%s': %s", path, strerror(errno));
	/* Opening a FIFO would wait for a writer. */
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return kt_fail(err, ENOEXEC, "give a vmlinux, a bzImage or a folder that has one",
			"kernel '%s' is neither a file nor a folder", path);
	KT_AUTO(kt_kernel_free) struct kt_kernel *k = NULL;
	bool is_entry = S_ISDIR(st.st_mode) && kt_fs_exists(meta);
	int r = is_entry	      ? path_entry(path, by, &k, err)
		: S_ISDIR(st.st_mode) ? path_tree(path, by, &k, err)
				      : path_image(path, by, &k, err);
	if (r == 0 && !is_entry)
		r = judge(k, err);
	if (r < 0)
		return r;
	k->path = KT_TAKE(path);
	*ret = KT_TAKE(k);
	return 0;
}

static void add_names(struct kt_str *text, const struct kt_kcache_list *l, const char *prefix)
{
	size_t shown = 0;
	for (size_t i = 0; i < l->count && shown <= NAMES_SHOWN_MAX; i++) {
		if (!kt_starts_with(l->items[i].id, prefix))
			continue;
		if (shown++ == NAMES_SHOWN_MAX)
			kt_str_add(text, ", ...");
		else
			kt_str_addf(text, "%s%s", shown > 1 ? ", " : "", l->items[i].id);
	}
}

static int unknown_id(
	const struct kt_kcache_list *l, const char *id, const char *cache, struct kt_err *err)
{
	KT_VEC(const char *) names = {0};
	for (size_t i = 0; i < l->count; i++) {
		if (kt_vec_push(&names, l->items[i].id) < 0)
			break; /* fewer names to compare with */
	}
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		if (kt_vec_push(&names, kt_kvariant_info(v)->name) < 0)
			break;
	}
	const char *nearest = kt_nearest(id, names.items, names.count);
	KT_AUTO_DONE(kt_str_done) struct kt_str have = {0};
	add_names(&have, l, "");
	kt_fail(err, ENOENT, HOW_TO_NAME,
		"no kernel '%s' in %s/kernels (there: %s), and no such file", id, cache,
		have.len ? have.text : "nothing");
	if (nearest)
		kt_fix(err, "did you mean '%s'? " HOW_TO_NAME, nearest);
	kt_vec_done(&names);
	return -ENOENT;
}

static int by_id(const struct kt_kcache_list *l, const char *id, const char *cache, const char *by,
	struct kt_kernel **ret, struct kt_err *err)
{
	const struct kt_kcache_entry *found = NULL;
	size_t matches = 0;
	for (size_t i = 0; i < l->count; i++) {
		if (id[0] && kt_starts_with(l->items[i].id, id)) {
			found = &l->items[i];
			matches++;
		}
	}
	if (matches == 1)
		return named_entry(found, by, ret, err);
	if (matches == 0)
		return unknown_id(l, id, cache, err);
	KT_AUTO_DONE(kt_str_done) struct kt_str names = {0};
	add_names(&names, l, id);
	return kt_fail(err, EINVAL, "give more of the id", "'%s' begins %zu kernels: %s", id,
		matches, kt_str_get(&names));
}

/* Does a machine that offers KVM need OPTION, one line of lost_options? */
static bool softkvm_lost(const char *lost)
{
	static const char *const needed[] = {"CONFIG_KVM\n", "CONFIG_KVM_AMD\n", "CONFIG_9P_FS\n",
		"CONFIG_NET_9P_VIRTIO\n", "CONFIG_OVERLAY_FS\n", "CONFIG_VIRTIO_PCI\n"};
	for (size_t i = 0; i < KT_ARRAY_LEN(needed); i++) {
		if (strstr(lost, needed[i]))
			return true;
	}
	return false;
}

static bool fits_softkvm(const struct kt_kcache_entry *e, const char *variant)
{
	(void)variant; /* a variant's role is "custom" */
	return !strcmp(e->meta.role, "default") && !softkvm_lost(e->meta.lost_options);
}

/* VARIANT "": a kernel without any, because those must be asked for. */
static bool fits_variant(const struct kt_kcache_entry *e, const char *variant)
{
	return !strcmp(e->meta.variant, variant);
}

/* The newest entry that FITS and is sound; 1 when there is none: TRIED says why. */
static int newest(bool (*fits)(const struct kt_kcache_entry *e, const char *variant),
	const char *variant, const char *by, struct kt_str *tried, struct kt_kernel **ret,
	struct kt_err *err)
{
	KT_AUTOFREE char *cache = NULL;
	KT_AUTO_DONE(kt_kcache_list_done) struct kt_kcache_list l = {0};
	int r = kt_kcache_dir(&cache, err);
	if (r == 0)
		r = kt_kcache_list(cache, false, &l, err);
	if (r < 0)
		return r;
	kt_str_addf(tried, "%s/kernels (%s)", cache, l.count ? "no sound entry" : "empty");
	for (size_t i = 0; i < l.count; i++) {
		struct kt_err why = {0};
		if (!l.items[i].damaged && !fits(&l.items[i], variant)) {
			kt_str_addf(tried, ", %s is %s%s", l.items[i].id,
				l.items[i].meta.variant[0] ? "a variant: " : "not built for this",
				l.items[i].meta.variant);
			continue;
		}
		if (named_entry(&l.items[i], by, ret, &why) == 0)
			return 0;
		kt_log(KT_LOG_WARN, "passed over: %s; %s", why.text, why.fix);
		kt_str_addf(tried, ", %s", why.text);
	}
	return 1;
}

/* The newest entry of exactly these variants. */
static int by_variant(const char *names, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str tried = {0};
	kt_kvariants set = 0;
	int r = kt_kvariants_add(&set, names, err);
	if (r < 0)
		return r;
	KT_AUTOFREE char *variant = kt_kvariants_text(set, '+');
	if (!variant)
		return out_of_memory(err);
	r = newest(fits_variant, variant, by, &tried, ret, err);
	if (r <= 0)
		return r;
	kt_fail(err, ENOENT, HOW_TO_GET, "no kernel of variant '%s'; tried %s", variant,
		kt_str_get(&tried));
	return kt_fix(err, "run 'ktstr kernel build --variant %s'; a folder of that name is './%s'",
		variant, names);
}

/* An id comes first, then variants; what has a '/' or exists as a file is a path. */
static int resolve(const char *which, const char *by, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTOFREE char *cache = NULL;
	KT_AUTO_DONE(kt_kcache_list_done) struct kt_kcache_list l = {0};
	struct kt_err local;
	if (!err)
		err = &local;
	if (strchr(which, '/'))
		return by_path(which, by, ret, err);
	int r = kt_kcache_dir(&cache, err);
	if (r == 0)
		r = kt_kcache_list(cache, false, &l, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < l.count; i++) {
		if (!strcmp(l.items[i].id, which))
			return named_entry(&l.items[i], by, ret, err);
	}
	if (kt_kvariants_are_names(which))
		return by_variant(which, by, ret, err);
	if (kt_fs_exists(which))
		return by_path(which, by, ret, err);
	return by_id(&l, which, cache, by, ret, err);
}

static int env_choice(const char *which, struct kt_kernel **ret, struct kt_err *err)
{
	int r = resolve(which, "KTSTR_KERNEL", ret, err);
	return r < 0 ? kt_wrap(err, r, "KTSTR_KERNEL") : 0;
}

int kt_kernel_find(const char *which, struct kt_kernel **ret, struct kt_err *err)
{
	if (which)
		return resolve(which, "--kernel", ret, err);
	const char *env = getenv("KTSTR_KERNEL");
	if (env && env[0])
		return env_choice(env, ret, err);
	KT_AUTO_DONE(kt_str_done) struct kt_str tried = {0};
	kt_str_add(&tried, "KTSTR_KERNEL (not set), ");
	int r = newest(fits_variant, "", "newest in the cache", &tried, ret, err);
	if (r > 0)
		return kt_fail(
			err, ENOENT, HOW_TO_GET, "no kernel to boot; tried %s", kt_str_get(&tried));
	return r;
}

int kt_kernel_find_softkvm(struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str tried = {0};
	int r = newest(fits_softkvm, "", "newest default kernel in the cache", &tried, ret, err);
	if (r > 0)
		return kt_fail(err, ENOENT, HOW_TO_GET,
			"no kernel for the machine that offers KVM; tried %s", kt_str_get(&tried));
	return r;
}
