// SPDX-License-Identifier: GPL-2.0-only
/* Files are read through a fixed buffer, because a worker may not allocate. */
#include "work/own_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define LINE_BYTES 4096u

/*
 * Give FN each line of PATH until it returns true: 1, at the end 0, or -errno. Longer lines than
 * LINE_BYTES are left out.
 */
static int any_line(const char *path, bool (*fn)(void *arg, char *line), void *arg)
{
	char buf[LINE_BYTES];
	size_t have = 0;
	bool whole = true; /* the buffer begins with the beginning of a line */
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (;;) {
		ssize_t n = fd < 0 ? -1 : read(fd, buf + have, sizeof(buf) - have);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		have += (size_t)n;
		char *at = buf, *end;
		while ((end = memchr(at, '\n', have - (size_t)(at - buf)))) {
			*end = '\0';
			if (whole && fn(arg, at))
				return 1;
			whole = true;
			at = end + 1;
		}
		have -= (size_t)(at - buf);
		memmove(buf, at, have);
		if (have == sizeof(buf)) {
			whole = false;
			have = 0;
		}
	}
}

struct own {
	char path[KT_OWN_CGROUP_BYTES];	 /* as the kernel says it */
	char root[KT_OWN_CGROUP_BYTES];	 /* what of it the mount shows */
	char point[KT_OWN_CGROUP_BYTES]; /* where */
};

static bool copy(char ret[KT_OWN_CGROUP_BYTES], const char *from)
{
	return (size_t)snprintf(ret, KT_OWN_CGROUP_BYTES, "%s", from) < KT_OWN_CGROUP_BYTES;
}

static bool take_path(void *arg, char *line)
{
	struct own *own = arg;
	return !strncmp(line, "0::", 3) && copy(own->path, line + 3);
}

/* "36 25 0:31 ROOT POINT rw - TYPE ..." */
static bool take_mount(void *arg, char *line)
{
	struct own *own = arg;
	char *save = NULL, *fields[5] = {0};
	char *dash = strstr(line, " - cgroup2 ");
	for (int i = 0; dash && i < 5; i++)
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
	return fields[4] && copy(own->root, fields[3]) && copy(own->point, fields[4]);
}

int kt_own_cgroup_of(const char *cgroup, const char *mountinfo, char ret[KT_OWN_CGROUP_BYTES])
{
	struct own own;
	if (any_line(cgroup, take_path, &own) < 1 || any_line(mountinfo, take_mount, &own) < 1)
		return -ENOENT;
	size_t shown = strcmp(own.root, "/") ? strlen(own.root) : 0;
	if (strncmp(own.path, own.root, shown) != 0)
		return -ENOENT; /* it is outside what the mount shows */
	int n = snprintf(ret, KT_OWN_CGROUP_BYTES, "%s%s", own.point, own.path + shown);
	return n < (int)KT_OWN_CGROUP_BYTES ? 0 : -ENAMETOOLONG;
}

int kt_own_cgroup(char ret[KT_OWN_CGROUP_BYTES])
{
	return kt_own_cgroup_of("/proc/thread-self/cgroup", "/proc/self/mountinfo", ret);
}

int kt_own_cgroup_sibling(const char *dir, const char *name, char ret[KT_OWN_CGROUP_BYTES])
{
	const char *slash = strrchr(dir, '/');
	int parent = slash ? (int)(slash - dir) : 0;
	int n = snprintf(ret, KT_OWN_CGROUP_BYTES, "%.*s/%s/%s", parent, dir, name,
		getpid() == gettid() ? "cgroup.procs" : "cgroup.threads");
	return n < (int)KT_OWN_CGROUP_BYTES ? 0 : -ENAMETOOLONG;
}

int kt_own_cgroup_join(const char *file, pid_t pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)pid);
	KT_AUTOFD int fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, (size_t)n) == n ? 0 : -errno;
}

struct any {
	bool (*fn)(void *arg, pid_t pid);
	void *arg;
};

static bool give_pid(void *arg, char *line)
{
	const struct any *any = arg;
	return any->fn(any->arg, (pid_t)strtol(line, NULL, 10));
}

int kt_own_cgroup_any(const char *file, bool (*fn)(void *arg, pid_t pid), void *arg)
{
	struct any any = {.fn = fn, .arg = arg};
	return any_line(file, give_pid, &any);
}
