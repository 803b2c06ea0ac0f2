// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a spec to an entry of the cache: what it would be called (the key), whether it is
 * there, whose turn it is to build it, and the cleaning up after success, failure, or an
 * interruption.
 */
#include "kernel/build.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/build_tree.h"
#include "kernel/fragment.h"
#include "kernel/tools.h"
#include "kernel/variant.h"

#define FRAGMENT_BYTES_MAX (1u << 20)
#define LOCK_SLICE_MS	   250
#define STEPS_ESTIMATE	   2180 /* of the default kernel, until one was built */
#define MIB		   (1ull << 20)
#define SPACE_OBJECTS	   (1700 * MIB) /* measured: 1.3 GiB */
#define SPACE_SOURCE	   (1800 * MIB) /* measured: 1.7 GiB */

/* Everything one call knows. */
struct build {
	const struct kt_kernel_build_spec *spec;
	struct kt_ksource source;
	KT_VEC(struct kt_kfragment) fragments;
	struct kt_kconfig options;
	char *cache;
	char *compiler;
	char key[KT_HASH_TEXT_BYTES];
	char *work;	    /* CACHE/work/KEY8 */
	char *log_path;	    /* CACHE/logs/KEY8.log */
	uint64_t called_ns; /* CLOCK_REALTIME at the call */
	struct kt_kmake make;
	struct kt_kmeta meta;
};

static void build_done(struct build *b)
{
	kt_ksource_done(&b->source);
	kt_vec_each(f, &b->fragments) {
		free(f->path);
		free(f->text);
	}
	kt_vec_done(&b->fragments);
	kt_kconfig_done(&b->options);
	free(b->cache);
	free(b->compiler);
	free(b->work);
	free(b->log_path);
	if (b->make.log_fd > 0)
		close(b->make.log_fd);
	kt_kmeta_done(&b->meta);
}

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

static uint64_t realtime_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * KT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Takes over PATH and TEXT, also when it fails. */
static int add_fragment(struct build *b, char *path, char *text, struct kt_err *err)
{
	struct kt_kfragment f = {.path = path, .text = text};
	if (!path || !text || kt_vec_push(&b->fragments, f) < 0) {
		free(path);
		free(text);
		return out_of_memory(err);
	}
	return kt_kconfig_add(&b->options, text, path, err);
}

/* What the variants change, and the version text by which their kernels are told apart. */
static int add_variants(struct build *b, struct kt_err *err)
{
	KT_AUTOFREE char *names = kt_kvariants_text(b->spec->variants, '-');
	if (!names)
		return out_of_memory(err);
	int r = names[0] ? add_fragment(b, strdup("the variants' version"),
				   kt_strf("#: optional\nCONFIG_LOCALVERSION=\"-ktstr-%s\"\n",
					   names),
				   err)
			 : 0;
	for (int v = 0; r == 0 && v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info(v);
		if (b->spec->variants & 1u << v)
			r = add_fragment(
				b, kt_strf("variant %s", info->name), strdup(info->fragment), err);
	}
	return r;
}

static int read_fragments(struct build *b, struct kt_err *err)
{
	int r = kt_kconfig_add(&b->options, kt_kernel_fragment(NULL), "ktstr.kconfig", err);
	if (r == 0)
		r = add_variants(b, err);
	for (const char *const *p = b->spec->fragments; r == 0 && p && *p; p++) {
		KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
		r = kt_fs_read(*p, FRAGMENT_BYTES_MAX, &text, err);
		if (r < 0)
			return kt_wrap(err, r, "--config");
		r = add_fragment(b, kt_fs_absolute(*p), kt_str_take(&text), err);
	}
	return r;
}

static int make_key(struct build *b, struct kt_err *err)
{
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	if (!h)
		return out_of_memory(err);
	kt_hash_add_str(h, b->source.identity);
	kt_hash_add_str(h, b->compiler);
	kt_hash_add_str(h, kt_kernel_fragment(NULL));
	kt_vec_each(f, &b->fragments)
		kt_hash_add_str(h, f->text);
	kt_hash_text(h, b->key);
	b->work = kt_strf("%s/work/%.*s", b->cache, KT_KCACHE_KEY_DIGITS, b->key);
	b->log_path = kt_strf("%s/logs/%.*s.log", b->cache, KT_KCACHE_KEY_DIGITS, b->key);
	return b->work && b->log_path ? 0 : out_of_memory(err);
}

/* Kbuild splits its paths at these. */
static int check_path(const char *what, const char *path, struct kt_err *err)
{
	if (!strpbrk(path, " \t:"))
		return 0;
	return kt_fail(err, EINVAL, "move it, or set KTSTR_CACHE_DIR to a plain path",
		"%s '%s' has a space or a colon, and a kernel cannot be built there", what, path);
}

/* Everything that can be wrong before a minute is spent. */
static int prepare(struct build *b, struct kt_err *err)
{
	b->called_ns = realtime_ns();
	int r = kt_kcache_dir(&b->cache, err);
	if (r == 0)
		r = check_path("the cache", b->cache, err);
	if (r == 0)
		r = read_fragments(b, err);
	if (r == 0)
		r = kt_ksource_resolve(b->spec->source, &b->source, err);
	if (r == 0 && b->source.kind == KT_KSOURCE_FOLDER)
		r = check_path("the source", b->source.path, err);
	if (r == 0)
		r = kt_ktools_check(b->source.path, err);
	if (r == 0)
		r = kt_ktools_versions(&b->compiler, err);
	return r < 0 ? r : make_key(b, err);
}

/*
 * The sound entry of this key, made after NOT_BEFORE_NS. Returns 1 when there is none. Any
 * entry tells how many steps a build takes.
 */
static int look_up(
	struct build *b, uint64_t not_before_ns, struct kt_kernel **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_kcache_list_done) struct kt_kcache_list l = {0};
	int r = kt_kcache_list(b->cache, false, &l, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < l.count && !b->make.expected; i++)
		b->make.expected = l.items[i].meta.build_steps;
	const struct kt_kcache_entry *e = kt_kcache_by_key(&l, b->key);
	if (!e || e->created_ns < not_before_ns)
		return 1;
	struct kt_err why = {0};
	if (kt_kernel_from_entry(e, "built", ret, &why) == 0)
		return 0;
	kt_log(KT_LOG_WARN, "building again: %s", why.text);
	return 1;
}

/* Take the builder's lock; a second builder waits here, told for whom. */
static int take_turn(struct build *b, struct kt_lock **ret, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s.lock", b->work);
	KT_AUTOFREE char *logs = kt_strf("%s/logs", b->cache);
	KT_AUTOFREE char *folder = kt_strf("%s/work", b->cache);
	if (!path || !logs || !folder)
		return out_of_memory(err);
	int r = kt_fs_mkdirs(folder, err);
	if (r == 0)
		r = kt_fs_mkdirs(logs, err);
	if (r < 0) {
		kt_wrap(err, r, "the kernel cache");
		kt_fix(err, "set KTSTR_CACHE_DIR to a folder that you may write to");
		return r;
	}
	struct kt_err busy = {0};
	r = kt_lock_take(path, "building a kernel", 0, ret, &busy);
	if (r == -EBUSY) {
		kt_log(KT_LOG_INFO, "another build of this kernel is under way: %s", busy.text);
		kt_kmake_phase(&b->make, "waiting");
	}
	while (r == -EBUSY) {
		if ((r = kt_kmake_cancelled(&b->make, err)) < 0)
			return r;
		kt_kmake_report(&b->make);
		r = kt_lock_take(
			path, "building a kernel", kt_deadline_ms(LOCK_SLICE_MS), ret, &busy);
	}
	if (r < 0 && err)
		*err = busy;
	return r;
}

static int check_space(const struct build *b, struct kt_err *err)
{
	struct statvfs fs;
	uint64_t need = SPACE_OBJECTS;
	if (b->source.kind != KT_KSOURCE_FOLDER)
		need += SPACE_SOURCE;
	if (statvfs(b->cache, &fs) < 0)
		return kt_fail(err, errno, "check the cache folder", "'%s': %s", b->cache,
			strerror(errno));
	uint64_t have = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (have >= need)
		return 0;
	return kt_fail(err, ENOSPC, "free some space, or set KTSTR_CACHE_DIR to a larger disk",
		"building a kernel needs %llu MiB in '%s', %llu MiB are free",
		(unsigned long long)(need / MIB), b->cache, (unsigned long long)(have / MIB));
}

static int open_work(struct build *b, struct kt_err *err)
{
	int r = kt_kcache_sweep(b->cache, err);
	if (r == 0)
		r = kt_fs_remove_tree(b->work, err);
	if (r == 0)
		r = check_space(b, err);
	if (r == 0)
		r = kt_fs_mkdirs(b->work, err);
	if (r < 0)
		return r;
	b->make.log_path = b->log_path;
	b->make.log_fd =
		open(b->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (b->make.log_fd < 0)
		return kt_fail(err, errno, "check permissions of the cache folder",
			"cannot write '%s': %s", b->log_path, strerror(errno));
	return 0;
}

static unsigned default_jobs(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

static int fill_meta(struct build *b, struct kt_err *err)
{
	/* A variant is no kernel of the machine that offers KVM: it has fragments. */
	bool own = b->source.kind == KT_KSOURCE_DEBIAN && !b->fragments.count;
	struct kt_kmeta *m = &b->meta;
	char fragment_hash[KT_HASH_TEXT_BYTES];
	kt_kvariants_fragment_hash(b->spec->variants, fragment_hash);
	m->id = kt_strf("%s-%.*s", m->release, KT_KCACHE_KEY_DIGITS, b->key);
	m->key = strdup(b->key);
	m->role = strdup(own ? "default" : "custom");
	m->source_kind = strdup(kt_ksource_kind_name(b->source.kind));
	m->source_path = strdup(b->source.path);
	m->source_identity = strdup(b->source.identity);
	m->fragment_hash = strdup(fragment_hash);
	m->compiler = strdup(b->compiler);
	m->variant = kt_kvariants_text(b->spec->variants, '+');
	m->created_ns = realtime_ns();
	m->build_ms = (kt_now_ns() - b->make.started_ns) / KT_NS_PER_MS;
	if (!m->id || !m->key || !m->role || !m->source_kind || !m->source_path ||
		!m->source_identity || !m->fragment_hash || !m->compiler || !m->variant)
		return out_of_memory(err);
	return 0;
}

/* A folder that was edited meanwhile is not what its key says. */
static int check_unchanged(const struct build *b, struct kt_err *err)
{
	KT_AUTO_DONE(kt_ksource_done) struct kt_ksource now = {0};
	if (b->source.kind != KT_KSOURCE_FOLDER)
		return 0;
	int r = kt_ksource_resolve(b->source.path, &now, err);
	if (r < 0 || !strcmp(now.identity, b->source.identity))
		return r;
	return kt_fail(err, EAGAIN, "build it again, and leave the source alone meanwhile",
		"'%s' changed while it was built", b->source.path);
}

static int store(struct build *b, struct kt_err *err)
{
	KT_AUTOFREE char *entry = kt_strf("%s/entry", b->work);
	KT_AUTOFREE char *log = kt_strf("%s/build.log", entry);
	if (!entry || !log)
		return out_of_memory(err);
	int r = check_unchanged(b, err);
	if (r == 0)
		r = fill_meta(b, err);
	if (r == 0)
		r = kt_fs_copy(b->log_path, log, err);
	if (r == 0)
		r = kt_kmeta_measure(&b->meta, entry, err);
	if (r == 0)
		r = kt_kmeta_write(&b->meta, entry, err);
	return r < 0 ? r : kt_kcache_commit(b->cache, entry, b->meta.id, err);
}

/* Remove or keep the tree; its failure must not hide that of the build. */
static void close_work(const struct build *b)
{
	struct kt_err err = {0};
	KT_AUTOFREE char *kept = kt_strf("%s/kept", b->work);
	if (b->spec->keep_tree && kept && kt_fs_replace(kept, "", 0, &err) == 0) {
		kt_log(KT_LOG_INFO, "source and objects are kept in %s", b->work);
		return;
	}
	if (kt_fs_remove_tree(b->work, &err) < 0)
		kt_log(KT_LOG_WARN, "%s; %s", err.text, err.fix);
}

static int build_and_store(struct build *b, struct kt_err *err)
{
	struct kt_ktree t = {
		.source = &b->source,
		.fragments = b->fragments.items,
		.fragment_count = b->fragments.count,
		.options = &b->options,
		.jobs = b->spec->jobs ? b->spec->jobs : default_jobs(),
		.work = b->work,
		.make = &b->make,
		.meta = &b->meta,
	};
	int r = open_work(b, err);
	if (r < 0)
		return r;
	if (!b->make.expected)
		b->make.expected = STEPS_ESTIMATE;
	r = kt_ktree_build(&t, err);
	if (r == 0)
		r = store(b, err);
	close_work(b);
	return r < 0 ? kt_wrap(err, r, "building a kernel of %s", b->source.path) : 0;
}

static int build_or_find(struct build *b, struct kt_kernel **ret, bool *built, struct kt_err *err)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	uint64_t not_before = b->spec->force ? b->called_ns : 0;
	int r = look_up(b, not_before, ret, err);
	if (r <= 0)
		return r;
	r = take_turn(b, &lock, err);
	if (r < 0)
		return r;
	b->make.lock_fd = kt_lock_fd(lock);
	r = look_up(b, not_before, ret, err); /* another builder may have made it meanwhile */
	if (r <= 0)
		return r;
	r = build_and_store(b, err);
	if (r < 0)
		return r;
	*built = true;
	r = look_up(b, 0, ret, err);
	if (r <= 0)
		return r;
	return kt_fail(err, EIO, "check the disk of the cache", "'%s/kernels/%s' is not readable",
		b->cache, b->meta.id);
}

int kt_kernel_build(const struct kt_kernel_build_spec *spec, struct kt_kernel **ret,
	bool *ret_built, struct kt_err *err)
{
	KT_AUTO_DONE(build_done)
	struct build b = {
		.spec = spec,
		.make = {.cancel = spec->cancel,
			.progress = spec->progress,
			.progress_arg = spec->progress_arg,
			.phase = "preparing",
			.started_ns = kt_now_ns()},
	};
	bool built = false;
	int r = prepare(&b, err);
	if (r == 0)
		r = build_or_find(&b, ret, &built, err);
	if (r == 0 && ret_built)
		*ret_built = built;
	return r;
}
