// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packs the running program and finds compressed archives of earlier runs. A kept archive is
 * named by the hash of what it unpacks to, and checked against it by zstd's own checksum.
 */
#include "run/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cpio.h"
#include "base/elf.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/zst.h"
#include "guest/program.h"
#include "guest/sysctl.h"

#define PACKED_MAX_BYTES (2ull << 30)
#define ZSTD_LEVEL	 3

/* The file that PID 1 reads; see guest/sysctl.h. */
static int add_sysctls(const struct kt_run_image_spec *spec, struct kt_cpio *c, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	for (size_t i = 0; i < spec->sysctl_count; i++)
		kt_str_addf(&text, "%s\n", spec->sysctls[i]);
	if (text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the sysctls");
	if (!text.len)
		return 0;
	return kt_cpio_file(c, &KT_GUEST_SYSCTL_PATH[1], 0444, text.text, text.len, err);
}

/* The table that tells the guest where the programs of payloads are; see guest/program.h. */
static int add_programs(const struct kt_run_image_spec *spec, struct kt_cpio *c, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (!spec->includes || !spec->includes->programs.count)
		return 0;
	kt_vec_each(p, &spec->includes->programs)
		kt_str_addf(&text, "%s\t%s\n", p->program, p->guest);
	if (text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the payloads");
	return kt_cpio_file(c, &KT_GUEST_PROGRAMS_PATH[1], 0444, text.text, text.len, err);
}

/* Half of a program is what only debuggers read; the one outside is still whole. */
static int add_init(const char *program, struct kt_cpio *c, size_t *ret_bytes, struct kt_err *err)
{
	KT_AUTOFREE void *data = NULL;
	int r = kt_elf_read_loaded(program, &data, ret_bytes, err);
	return r < 0 ? r : kt_cpio_file(c, "init", 0755, data, *ret_bytes, err);
}

static int write_archive(
	const struct kt_run_image_spec *spec, struct kt_run_image *image, struct kt_err *err)
{
	KT_AUTO_DONE(kt_cpio_done) struct kt_cpio c = {0};
	static const char *const dirs[] = {"dev", "proc", "sys", "tmp", "run"};
	int r = 0;
	for (size_t i = 0; r == 0 && i < KT_ARRAY_LEN(dirs); i++)
		r = kt_cpio_dir(&c, dirs[i], 0755, err);
	/* The kernel opens /dev/console for PID 1 before anything is mounted. */
	if (r == 0)
		r = kt_cpio_node(&c, "dev/console", S_IFCHR | 0600, makedev(5, 1), err);
	if (r == 0)
		r = add_init(spec->program, &c, &image->init_bytes, err);
	if (r == 0)
		r = add_sysctls(spec, &c, err);
	if (r == 0)
		r = add_programs(spec, &c, err);
	for (size_t i = 0; r == 0 && spec->includes && i < spec->includes->files.count; i++) {
		const struct kt_run_include_file *f = &spec->includes->files.items[i];
		r = kt_cpio_copy(&c, f->guest, f->host, err);
	}
	return r < 0 ? r : kt_cpio_end(&c, &image->data, &image->bytes, err);
}

/* The compressed form of the archive, from the cache or put there. Errors of the cache only
 * cost time. */
static int pack(const char *cache_dir, struct kt_run_image *image, struct kt_err *err)
{
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	char text[KT_HASH_TEXT_BYTES];
	if (!h)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to hash the initramfs");
	kt_hash_add(h, image->data, image->bytes);
	kt_hash_text(h, text);
	KT_AUTOFREE char *path = kt_strf("%s/initramfs/%s.cpio.zst", cache_dir, text);
	KT_AUTO_DONE(kt_str_done) struct kt_str kept = {0};
	if (path && kt_fs_read(path, PACKED_MAX_BYTES, &kept, NULL) == 0 && kept.len) {
		free(image->data);
		image->bytes = kept.len;
		image->data = kt_str_take(&kept);
		return 0;
	}

	void *packed = NULL;
	size_t bytes = 0;
	int r = kt_zst_pack(image->data, image->bytes, ZSTD_LEVEL, &packed, &bytes, err);
	if (r < 0)
		return r;
	free(image->data);
	image->data = packed;
	image->bytes = bytes;
	KT_AUTOFREE char *dir = kt_strf("%s/initramfs", cache_dir);
	if (path && dir && kt_fs_mkdirs(dir, NULL) == 0)
		(void)kt_fs_replace(path, packed, bytes, NULL); /* only a cache */
	return 0;
}

int kt_run_image_make(
	const struct kt_run_image_spec *spec, struct kt_run_image *ret, struct kt_err *err)
{
	struct kt_run_image image = {0};
	int r = kt_elf_check_static(spec->program, err);
	if (r == 0)
		r = write_archive(spec, &image, err);
	image.unpacked_bytes = image.bytes;
	if (r == 0 && image.bytes > spec->pack_above_bytes)
		r = pack(spec->cache_dir, &image, err);
	if (r < 0) {
		kt_run_image_done(&image);
		return kt_wrap(err, r, "make the initramfs");
	}
	*ret = image;
	return 0;
}

void kt_run_image_done(struct kt_run_image *image)
{
	free(image->data);
	*image = (struct kt_run_image){0};
}
