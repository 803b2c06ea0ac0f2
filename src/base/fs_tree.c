// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removing a tree. Every step is relative to an open folder and follows no link, so that
 * nobody who renames or links inside the tree meanwhile can lead it elsewhere; mounts are
 * refused rather than emptied.
 */
#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define DEPTH_MAX  100u
#define PASSES_MAX 1000u /* over one folder that others keep filling */

/* One call's facts; paths of messages are the root's, with the name of what failed. */
struct removal {
	const char *root;
	dev_t dev;
	uint64_t mount;
	struct kt_err *err;
};

static int remove_folder_at(struct removal *rm, int parent, const char *name, unsigned depth);

static int fail_at(struct removal *rm, int errnum, const char *name)
{
	const char *fix = errnum == EXDEV ? "unmount it first"
			  : errnum == EACCES || errnum == EPERM
				  ? "check the permissions of the tree, or run as root"
				  : "see what else uses the tree and remove it by hand";
	return kt_fail(rm->err, errnum, fix, "cannot remove '%s': at '%s': %s", rm->root, name,
		errnum == EXDEV ? "a file system is mounted there" : strerror(errnum));
}

/* The file system and the mount of FD; bind mounts differ only in the second. */
static int identify(int fd, dev_t *ret_dev, uint64_t *ret_mount)
{
	struct statx sx = {0};
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) && sx.stx_mask & STATX_MNT_ID)
		*ret_mount = sx.stx_mnt_id;
	else
		*ret_mount = 0;
	*ret_dev = st.st_dev;
	return 0;
}

/* Remove what NAME of folder PARENT is. A missing one counts as removed. */
static int remove_entry(struct removal *rm, int parent, const char *name, unsigned depth)
{
	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return 0;
	/* Linux says EISDIR for a folder, POSIX EPERM; others fail in remove_folder_at() too. */
	if (errno != EISDIR && errno != EPERM)
		return fail_at(rm, errno, name);
	return remove_folder_at(rm, parent, name, depth);
}

/* One pass over an open folder. Returns how many entries it removed, or -errno. */
static int empty_once(struct removal *rm, DIR *dir, unsigned depth)
{
	int removed = 0;
	rewinddir(dir);
	for (;;) {
		errno = 0;
		const struct dirent *e = readdir(dir);
		if (!e)
			return errno ? fail_at(rm, errno, ".") : removed;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		int r = remove_entry(rm, dirfd(dir), e->d_name, depth + 1);
		if (r < 0)
			return r;
		removed++;
	}
}

static int remove_folder_at(struct removal *rm, int parent, const char *name, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return fail_at(rm, ELOOP, name);
	KT_AUTOFD int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_at(rm, errno, name);
	dev_t dev;
	uint64_t mount;
	int r = identify(fd, &dev, &mount);
	if (r < 0)
		return fail_at(rm, -r, name);
	if (!depth) {
		rm->dev = dev;
		rm->mount = mount;
	}
	if (dev != rm->dev || mount != rm->mount)
		return fail_at(rm, EXDEV, name);

	DIR *dir = fdopendir(fd);
	if (!dir)
		return fail_at(rm, errno, name);
	kt_take_fd(&fd); /* DIR owns it now */
	/* Some file systems skip entries while others are removed: until a pass finds none. */
	unsigned passes = 0;
	do
		r = empty_once(rm, dir, depth);
	while (r > 0 && ++passes < PASSES_MAX);
	closedir(dir);
	if (r < 0)
		return r;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail_at(rm, errno, name);
	return 0;
}

int kt_fs_remove_tree(const char *path, struct kt_err *err)
{
	KT_AUTOFREE char *copy = strdup(path);
	if (!copy)
		return kt_fail(err, ENOMEM, "free memory or close other programs",
			"cannot remove '%s': out of memory", path);
	/* "link/" would be followed. */
	size_t len = strlen(copy);
	while (len && copy[len - 1] == '/')
		copy[--len] = '\0';
	const char *slash = strrchr(copy, '/');
	const char *last = slash ? slash + 1 : copy;
	if (!*last || !strcmp(last, ".") || !strcmp(last, ".."))
		return kt_fail(err, EINVAL, "name the folder itself",
			"will not remove the tree '%s'", path);
	struct removal rm = {.root = copy, .err = err};
	return remove_entry(&rm, AT_FDCWD, copy, 0);
}
