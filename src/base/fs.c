// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and folders by path. What is written appears whole or not at all: it is made beside
 * its target under a name of its own and renamed. Removing trees is in fs_tree.c.
 */
#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define FIX_MEMORY "free memory or close other programs"

/* The remedy follows from the cause, whatever was being done. */
static const char *fix_for(int errnum)
{
	switch (errnum) {
	case ENOENT:
		return "check the path";
	case ENOTDIR:
		return "a file stands where a folder should: choose another path";
	case EACCES:
	case EPERM:
		return "check the permissions of the path and of its folders, or run as root";
	case ENOSPC:
	case EDQUOT:
		return "free space on that file system";
	case EROFS:
		return "choose a folder on a writable file system";
	case ENAMETOOLONG:
		return "use a shorter path";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n)";
	case ENOMEM:
		return FIX_MEMORY;
	default:
		return "check that the path is what its use expects";
	}
}

/* The common form of a failure: "cannot VERB 'PATH': CAUSE". */
static int fail_path(struct kt_err *err, int errnum, const char *verb, const char *path)
{
	return kt_fail(
		err, errnum, fix_for(errnum), "cannot %s '%s': %s", verb, path, strerror(errnum));
}

static int fail_memory(struct kt_err *err, const char *path)
{
	return fail_path(err, ENOMEM, "handle", path);
}

/* Links to folders count. */
static bool is_folder(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* One level. A folder that is there is fine, whatever mkdir says about it. */
static int make_folder(const char *path, struct kt_err *err)
{
	if (!mkdir(path, 0755))
		return 0;
	int errnum = errno;
	if (is_folder(path))
		return 0;
	return fail_path(err, errnum == EEXIST ? ENOTDIR : errnum, "make folder", path);
}

int kt_fs_mkdirs(const char *path, struct kt_err *err)
{
	KT_AUTOFREE char *copy = strdup(path);
	if (!copy)
		return fail_memory(err, path);
	for (char *p = copy; *p; p++) {
		if (*p != '/' || p == copy)
			continue;
		*p = '\0';
		int r = make_folder(copy, err);
		if (r < 0)
			return r;
		*p = '/';
	}
	return make_folder(path, err);
}

int kt_fs_read(const char *path, size_t limit, struct kt_str *out, struct kt_err *err)
{
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_path(err, errno, "open", path);
	int r = kt_fd_read_all(fd, limit, out);
	if (r == -EFBIG)
		return kt_fail(err, EFBIG, "check that the path is what its use expects",
			"'%s' is larger than the %zu bytes allowed for it", path, limit);
	return r < 0 ? fail_path(err, -r, "read", path) : 0;
}

/* A new file beside PATH that finish_temp() renames or drops. Its mode is MODE less the umask. */
static int open_temp(const char *path, mode_t mode, char **ret_temp, struct kt_err *err)
{
	/* Random, so that two writers and what a killed one left behind do not meet. */
	for (unsigned tries = 0; tries < 16; tries++) {
		unsigned long long tag = 0;
		if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
			return fail_path(err, errno, "name a temporary file for", path);
		KT_AUTOFREE char *temp = kt_strf("%s.%016llx.tmp", path, tag);
		if (!temp)
			return fail_memory(err, path);
		int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0) {
			*ret_temp = KT_TAKE(temp);
			return fd;
		}
		if (errno != EEXIST)
			return fail_path(err, errno, "create", temp);
	}
	return fail_path(err, EEXIST, "create a temporary file for", path);
}

/* After writing with result R: make the file durable and give it its name, or remove it. */
static int finish_temp(int r, int fd, const char *temp, const char *path, struct kt_err *err)
{
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (!r && rename(temp, path) < 0)
		r = -errno;
	if (!r)
		return 0;
	unlink(temp);
	return fail_path(err, -r, "write", path);
}

int kt_fs_replace(const char *path, const void *data, size_t bytes, struct kt_err *err)
{
	KT_AUTOFREE char *temp = NULL;
	KT_AUTOFD int fd = open_temp(path, 0666, &temp, err);
	if (fd < 0)
		return fd;
	struct stat old;
	/* A file that was made private stays private. */
	if (!stat(path, &old) && S_ISREG(old.st_mode) && fchmod(fd, old.st_mode & 07777) < 0)
		return finish_temp(-errno, fd, temp, path, err);
	return finish_temp(kt_fd_write_all(fd, data, bytes), fd, temp, path, err);
}

int kt_fs_replace_by(
	const char *path, int (*fill)(void *arg, int fd), void *arg, struct kt_err *err)
{
	KT_AUTOFREE char *temp = NULL;
	KT_AUTOFD int fd = open_temp(path, 0666, &temp, err);
	return fd < 0 ? fd : finish_temp(fill(arg, fd), fd, temp, path, err);
}

int kt_fs_write_existing(const char *path, const char *text, struct kt_err *err)
{
	KT_AUTOFD int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return fail_path(err, errno, "open for writing", path);
	size_t bytes = strlen(text);
	ssize_t n;
	/* One write: each write to cgroupfs is a command of its own. */
	do
		n = write(fd, text, bytes);
	while (n < 0 && errno == EINTR);
	int errnum = n < 0 ? errno : (size_t)n < bytes ? EIO : 0;
	if (errnum)
		return kt_fail(err, errnum, fix_for(errnum), "cannot write '%.200s' to '%s': %s",
			text, path, strerror(errnum));
	return 0;
}

static int copy_bytes(int from, int to)
{
	char chunk[65536];
	for (;;) {
		ssize_t n = read(from, chunk, sizeof(chunk));
		if (!n)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		int r = n < 0 ? -errno : kt_fd_write_all(to, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
}

int kt_fs_copy(const char *from, const char *to, struct kt_err *err)
{
	/* Nonblocking only so that opening a FIFO fails below instead of waiting for a writer. */
	KT_AUTOFD int in = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (in < 0 || fstat(in, &st) < 0)
		return fail_path(err, errno, "read", from);
	if (!S_ISREG(st.st_mode))
		return kt_fail(err, EINVAL, "name a regular file",
			"cannot copy '%s': not a regular file", from);
	KT_AUTOFREE char *temp = NULL;
	/* Private until it is whole; the source may be. */
	KT_AUTOFD int out = open_temp(to, 0600, &temp, err);
	if (out < 0)
		return out;
	int r = copy_bytes(in, out);
	if (!r && fchmod(out, st.st_mode & 07777) < 0)
		r = -errno;
	r = finish_temp(r, out, temp, to, err);
	return r < 0 ? kt_wrap(err, r, "copy '%s'", from) : 0;
}

bool kt_fs_exists(const char *path)
{
	return !access(path, F_OK);
}

int kt_fs_mkdtemp(const char *base, const char *prefix, char **ret, struct kt_err *err)
{
	if (!base)
		base = getenv("TMPDIR");
	if (!base || !*base)
		base = "/tmp";
	KT_AUTOFREE char *path = kt_strf("%s/%sXXXXXX", base, prefix);
	if (!path)
		return fail_memory(err, base);
	if (!mkdtemp(path))
		return fail_path(err, errno, "make a temporary folder in", base);
	*ret = KT_TAKE(path);
	return 0;
}

char *kt_fs_absolute(const char *path)
{
	if (*path == '/')
		return strdup(path);
	KT_AUTOFREE char *cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	while (path[0] == '.' && path[1] == '/')
		for (path += 2; *path == '/'; path++)
			;
	if (!*path || !strcmp(path, "."))
		return KT_TAKE(cwd);
	return kt_strf("%s/%s", strcmp(cwd, "/") ? cwd : "", path);
}

char *kt_fs_self(void)
{
	for (size_t room = 256; room <= 65536; room *= 2) {
		KT_AUTOFREE char *path = malloc(room);
		if (!path)
			return NULL;
		ssize_t n = readlink("/proc/self/exe", path, room);
		if (n < 0)
			return NULL;
		if ((size_t)n < room) {
			path[n] = '\0';
			return KT_TAKE(path);
		}
	}
	return NULL;
}

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int kt_fs_each(
	const char *dir, int (*fn)(void *arg, const char *name), void *arg, struct kt_err *err)
{
	struct dirent **list = NULL;
	int count = scandir(dir, &list, not_dots, by_name);
	if (count < 0)
		return fail_path(err, errno, "list folder", dir);
	int r = 0;
	for (int i = 0; i < count; i++) {
		if (!r) /* the rest is only freed */
			r = fn(arg, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return r;
}
