// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mount tables and the switch to the new root. The host's /tmp stays visible through the
 * overlay: test programs and worktrees may live there.
 */
#include "softkvm/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

/*
 * Files under the overlay may be cached: overlayfs wants its lower layer unchanged anyway.
 * Shared folders are read and written by both sides, so only mapped pages are kept.
 */
#define P9_DATA	    "trans=virtio,version=9p2000.L,msize=512000,cache="
#define LOWER_DATA  P9_DATA "loose"
#define SHARED_DATA P9_DATA "mmap"

#define NO_SUID_DEV_EXEC (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define KERNEL_FIX	 "use the kernel of 'ktstr kernel build': it has 9P, overlayfs and cgroup v2"

struct mount_row {
	const char *source, *target, *type, *data;
	unsigned long flags;
	bool optional; /* a machine without it still runs most commands */
};

static const struct mount_row early[] = {
	{"proc", "/proc", "proc", NULL, NO_SUID_DEV_EXEC, false},
	{"sysfs", "/sys", "sysfs", NULL, NO_SUID_DEV_EXEC, false},
	{"devtmpfs", "/dev", "devtmpfs", "mode=0755", MS_NOSUID, false},
};

static const struct mount_row root[] = {
	{"host", "/lower", "9p", LOWER_DATA, MS_RDONLY, false},
	{"tmpfs", "/changes", "tmpfs", "mode=0755", 0, false},
};

static const struct mount_row late[] = {
	{"devpts", "/dev/pts", "devpts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC,
		false},
	{"tmpfs", "/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, false},
	{"tmpfs", "/run", "tmpfs", "mode=0755", MS_NOSUID | MS_NODEV, false},
	{"cgroup2", "/sys/fs/cgroup", "cgroup2", NULL, NO_SUID_DEV_EXEC, false},
	{"bpf", "/sys/fs/bpf", "bpf", "mode=700", NO_SUID_DEV_EXEC, true},
	{"tracefs", "/sys/kernel/tracing", "tracefs", NULL, NO_SUID_DEV_EXEC, true},
	{"debugfs", "/sys/kernel/debug", "debugfs", NULL, NO_SUID_DEV_EXEC, true},
};

static const char *const cgroup_controllers[] = {"cpuset", "cpu", "memory", "io", "pids"};

static int mount_one(const struct mount_row *m, struct kt_err *err)
{
	int r = kt_fs_mkdirs(m->target, err);
	if (r < 0)
		return m->optional ? 0 : r;
	if (mount(m->source, m->target, m->type, m->flags, m->data) == 0 || errno == EBUSY)
		return 0;
	if (m->optional)
		return 0;
	return kt_fail(err, errno, KERNEL_FIX, "mount %s '%s' on %s: %s", m->type, m->source,
		m->target,
		errno == ENODEV ? "this kernel has no such file system" : strerror(errno));
}

static int mount_table(const struct mount_row *rows, size_t count, struct kt_err *err)
{
	for (size_t i = 0; i < count; i++) {
		int r = mount_one(&rows[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kt_softkvm_mount_early(struct kt_err *err)
{
	return mount_table(early, KT_ARRAY_LEN(early), err);
}

static int mount_overlay(struct kt_err *err)
{
	static const struct mount_row overlay = {"overlay", "/new", "overlay",
		"lowerdir=/lower,upperdir=/changes/upper,workdir=/changes/work", 0, false};

	int r = mount_table(root, KT_ARRAY_LEN(root), err);
	r = r < 0 ? r : kt_fs_mkdirs("/changes/upper", err);
	r = r < 0 ? r : kt_fs_mkdirs("/changes/work", err);
	return r < 0 ? r : mount_one(&overlay, err);
}

static int move_mount_to_new(const char *path, struct kt_err *err)
{
	char target[32];
	snprintf(target, sizeof(target), "/new%s", path);
	int r = kt_fs_mkdirs(target, err);
	if (r < 0)
		return r;
	if (mount(path, target, NULL, MS_MOVE, NULL) < 0)
		return kt_fail(err, errno, KERNEL_FIX, "move mount %s to %s: %s", path, target,
			strerror(errno));
	return 0;
}

static int switch_root(struct kt_err *err)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(early); i++) {
		int r = move_mount_to_new(early[i].target, err);
		if (r < 0)
			return r;
	}
	if (chdir("/new") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return kt_fail(
			err, errno, KERNEL_FIX, "switch to the shared root: %s", strerror(errno));
	return 0;
}

static int mount_shares(const char *const *rw_dirs, struct kt_err *err)
{
	for (unsigned i = 0; rw_dirs[i]; i++) {
		char tag[16];
		snprintf(tag, sizeof(tag), "rw%u", i);
		struct mount_row m = {tag, rw_dirs[i], "9p", SHARED_DATA, 0, false};
		int r = mount_one(&m, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One write per controller: one that the kernel lacks must not keep the others out. */
static void enable_controllers(void)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(cgroup_controllers); i++) {
		char word[32];
		snprintf(word, sizeof(word), "+%s", cgroup_controllers[i]);
		(void)kt_fs_write_existing("/sys/fs/cgroup/cgroup.subtree_control", word,
			NULL); /* what is missing shows in cgroup.controllers */
	}
}

/* The kernel does not make these names itself. */
static int link_streams(struct kt_err *err)
{
	static const char *const links[][2] = {
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
	};

	for (size_t i = 0; i < KT_ARRAY_LEN(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			return kt_fail(err, errno, "give the machine more memory",
				"link %s to %s: %s", links[i][1], links[i][0], strerror(errno));
	return 0;
}

/*
 * Programs come over 9p: a machine without memory would drop their pages and fetch them again
 * for minutes before its kernel kills anybody. With a least time that pages in use stay, it
 * kills at once. A kernel without LRU_GEN goes on as it can.
 */
static void end_thrashing(void)
{
	(void)kt_fs_write_existing("/sys/kernel/mm/lru_gen/enabled", "y", NULL);
	(void)kt_fs_write_existing("/sys/kernel/mm/lru_gen/min_ttl_ms", "1000", NULL);
}

int kt_softkvm_mount_root(const char *const *rw_dirs, struct kt_err *err)
{
	int r = mount_overlay(err);
	r = r < 0 ? r : switch_root(err);
	r = r < 0 ? r : mount_table(late, KT_ARRAY_LEN(late), err);
	r = r < 0 ? r : mount_shares(rw_dirs, err);
	r = r < 0 ? r : link_streams(err);
	if (r < 0)
		return r;
	enable_controllers();
	end_thrashing();
	(void)mkdir("/run/lock", 01777); /* for programs that expect it; absent is no fault */
	(void)chmod("/dev/kvm", 0666);	 /* the command may run as another user than root */
	return 0;
}
