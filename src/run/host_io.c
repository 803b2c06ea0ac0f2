// SPDX-License-Identifier: GPL-2.0-only
/* cgroup2 has user attributes since Linux 5.7; before, root has trusted ones. */
#include "run/host_io.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

#define MEMO_BYTES 65536

static const char *const memo_names[] = {"user.ktstr", "trusted.ktstr"};

static int real_make_dir(void *arg, const char *path)
{
	(void)arg; /* the real files have no state */
	return mkdir(path, KT_RUN_HOST_MODE) < 0 ? -errno : 0;
}

bool kt_run_host_io_is_made(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) &&
	       st.st_uid == geteuid();
}

static int real_remove_dir(void *arg, const char *path)
{
	(void)arg; /* the real files have no state */
	return rmdir(path) < 0 ? -errno : 0;
}

static int real_write(void *arg, const char *path, const char *text)
{
	(void)arg; /* the real files have no state */
	return kt_fs_write_existing(path, text, NULL);
}

static int real_set_memo(void *arg, const char *dir, const char *text)
{
	(void)arg; /* the real files have no state */
	for (size_t i = 0; i < KT_ARRAY_LEN(memo_names); i++)
		if (setxattr(dir, memo_names[i], text, strlen(text), 0) == 0)
			return 0;
	return -errno;
}

static int real_get_memo(void *arg, const char *dir, struct kt_str *out)
{
	(void)arg; /* the real files have no state */
	KT_AUTOFREE char *text = malloc(MEMO_BYTES);
	for (size_t i = 0; text && i < KT_ARRAY_LEN(memo_names); i++) {
		ssize_t n = getxattr(dir, memo_names[i], text, MEMO_BYTES);
		if (n < 0)
			continue;
		kt_str_add_bytes(out, text, (size_t)n);
		return 0;
	}
	return text ? -errno : -ENOMEM;
}

const struct kt_run_host_io kt_run_host_io_real = {
	.make_dir = real_make_dir,
	.remove_dir = real_remove_dir,
	.write = real_write,
	.set_memo = real_set_memo,
	.get_memo = real_get_memo,
};
