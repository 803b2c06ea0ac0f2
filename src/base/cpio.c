// SPDX-License-Identifier: GPL-2.0-only
/*
 * newc: a header of thirteen 8-digit hexadecimal fields behind a magic number, the name, the
 * data; name and data are padded to 4 bytes counted from the archive's start. An entry named
 * TRAILER!!! ends it.
 */
#include "base/cpio.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/mem.h"

#define PATH_BYTES_MAX 1023u
#define FILE_BYTES_MAX 0xffffffffu
#define TRAILER	       "TRAILER!!!"

struct entry {
	const char *path;
	mode_t mode;
	dev_t dev;
	const void *data;
	size_t bytes;
};

void kt_cpio_done(struct kt_cpio *c)
{
	kt_str_done(&c->out);
	for (size_t i = 0; i < c->dirs.count; i++)
		free(c->dirs.items[i]);
	kt_vec_done(&c->dirs);
	c->entries = 0;
}

static int check_path(const char *path, struct kt_err *err)
{
	const char *fix = "use a path relative to the archive's root, such as bin/sh";
	size_t len = strlen(path);
	if (!len || len > PATH_BYTES_MAX)
		return kt_fail(err, EINVAL, fix, "archive path '%.60s': %zu bytes, 1 to %u allowed",
			path, len, PATH_BYTES_MAX);
	for (const char *part = path;; part++) {
		size_t n = strcspn(part, "/");
		if (!n || (n == 1 && part[0] == '.') || (n == 2 && !memcmp(part, "..", 2)))
			return kt_fail(err, EINVAL, fix,
				"archive path '%s' has an empty, '.' or '..' part", path);
		part += n;
		if (!*part)
			return 0;
	}
}

static void pad4(struct kt_str *s)
{
	static const char zero[4];
	kt_str_add_bytes(s, zero, -s->len & 3);
}

static int write_entry(struct kt_cpio *c, const struct entry *e, struct kt_err *err)
{
	if (e->bytes > FILE_BYTES_MAX)
		return kt_fail(err, EFBIG, "leave the file out of the initramfs",
			"archive entry '%s': %zu bytes, cpio newc holds 4 GiB", e->path, e->bytes);

	size_t start = c->out.len;
	size_t name_bytes = strlen(e->path) + 1;
	unsigned links = S_ISDIR(e->mode) ? 2 : 1;
	kt_str_addf(&c->out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		c->entries + 1, e->mode, 0, 0, links, 0, (unsigned)e->bytes, 0, 0, major(e->dev),
		minor(e->dev), (unsigned)name_bytes, 0);
	kt_str_add_bytes(&c->out, e->path, name_bytes);
	pad4(&c->out);
	if (e->bytes)
		kt_str_add_bytes(&c->out, e->data, e->bytes);
	pad4(&c->out);
	if (c->out.failed) {
		c->out.failed = false;
		kt_str_cut(&c->out, start);
		return kt_fail(err, ENOMEM, "free memory or pack less",
			"archive entry '%s': out of memory at %zu bytes", e->path, start);
	}
	c->entries++;
	return 0;
}

static bool has_dir(const struct kt_cpio *c, const char *path)
{
	for (size_t i = 0; i < c->dirs.count; i++)
		if (!strcmp(c->dirs.items[i], path))
			return true;
	return false;
}

static int add_dir(struct kt_cpio *c, const char *path, mode_t mode, struct kt_err *err)
{
	if (has_dir(c, path))
		return 0;
	char *copy = strdup(path);
	if (!copy || kt_vec_push(&c->dirs, copy) < 0) {
		free(copy);
		return kt_fail(err, ENOMEM, "free memory", "archive directory '%s'", path);
	}
	struct entry e = {.path = path, .mode = S_IFDIR | (mode & 07777)};
	int r = write_entry(c, &e, err);
	if (r < 0)
		free(c->dirs.items[--c->dirs.count]);
	return r;
}

static int add_parents(struct kt_cpio *c, const char *path, struct kt_err *err)
{
	char dir[PATH_BYTES_MAX + 1];
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
		int r = add_dir(c, dir, 0755, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add(struct kt_cpio *c, const struct entry *e, struct kt_err *err)
{
	int r = check_path(e->path, err);
	if (!r)
		r = add_parents(c, e->path, err);
	return r ? r : write_entry(c, e, err);
}

int kt_cpio_dir(struct kt_cpio *c, const char *path, mode_t mode, struct kt_err *err)
{
	int r = check_path(path, err);
	if (!r)
		r = add_parents(c, path, err);
	return r ? r : add_dir(c, path, mode, err);
}

int kt_cpio_file(struct kt_cpio *c, const char *path, mode_t mode, const void *data, size_t bytes,
	struct kt_err *err)
{
	struct entry e = {
		.path = path, .mode = S_IFREG | (mode & 07777), .data = data, .bytes = bytes};
	return add(c, &e, err);
}

int kt_cpio_copy(struct kt_cpio *c, const char *path, const char *host_path, struct kt_err *err)
{
	const char *fix = "check the file's path and permissions";
	KT_AUTOFD int fd = open(host_path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return kt_fail(err, errno, fix, "read '%s' into the archive: %s", host_path,
			strerror(errno));
	if (!S_ISREG(st.st_mode))
		return kt_fail(err, EINVAL, fix, "'%s' is no regular file", host_path);
	KT_AUTO_DONE(kt_str_done) struct kt_str data = {0};
	int r = kt_fd_read_all(fd, FILE_BYTES_MAX, &data);
	if (r < 0)
		return kt_fail(
			err, -r, fix, "read '%s' into the archive: %s", host_path, strerror(-r));
	return kt_cpio_file(c, path, st.st_mode, data.text, data.len, err);
}

int kt_cpio_node(struct kt_cpio *c, const char *path, mode_t mode, dev_t dev, struct kt_err *err)
{
	if (!S_ISCHR(mode) && !S_ISBLK(mode) && !S_ISFIFO(mode))
		return kt_fail(err, EINVAL, "give S_IFCHR, S_IFBLK or S_IFIFO",
			"archive node '%s': mode %o is no device", path, mode);
	struct entry e = {.path = path, .mode = mode, .dev = dev};
	return add(c, &e, err);
}

int kt_cpio_end(struct kt_cpio *c, void **ret, size_t *ret_bytes, struct kt_err *err)
{
	struct entry e = {.path = TRAILER};
	int r = write_entry(c, &e, err);
	if (r < 0)
		return r;
	*ret_bytes = c->out.len;
	*ret = kt_str_take(&c->out);
	kt_cpio_done(c);
	return 0;
}
