// SPDX-License-Identifier: GPL-2.0-only
/* Mounts in the order of the table; a target inside another mount stands behind it; then links. */
#include "guest/mounts.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct row {
	const char *type, *target;
	unsigned long flags;
	const char *data;
	const char *option; /* of the kernel, without CONFIG_ */
	bool required;
};

#define QUIET (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct row rows[] = {
	{"proc", "/proc", QUIET, NULL, "PROC_FS", true},
	{"sysfs", "/sys", QUIET, NULL, "SYSFS", true},
	{"devtmpfs", "/dev", MS_NOSUID, "mode=0755", "DEVTMPFS", true},
	{"cgroup2", "/sys/fs/cgroup", QUIET, NULL, "CGROUPS", true},
	{"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777", "TMPFS", true},
	{"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755", "TMPFS", true},
	{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", "TMPFS", true},
	{"bpf", "/sys/fs/bpf", QUIET, "mode=0700", "BPF_SYSCALL", false},
	{"tracefs", "/sys/kernel/tracing", QUIET, "mode=0700", "FTRACE", false},
	{"debugfs", "/sys/kernel/debug", QUIET, "mode=0700", "DEBUG_FS", false},
};

/* What programs of others expect in /dev; the kernel makes only devices there. */
static const struct {
	const char *to, *from;
} links[] = {
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
};

static void make_links(void (*note)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(links); i++) {
		char text[128];
		if (symlink(links[i].to, links[i].from) == 0 || errno == EEXIST)
			continue;
		snprintf(text, sizeof(text), "no %s: %s", links[i].from, strerror(errno));
		note(arg, text);
	}
}

/* 0 or -errno. EBUSY: it is there already, from an earlier look at /proc/cmdline. */
static int mount_row(const struct row *row)
{
	/* What mount() says next counts: sysfs has the folders of the file systems it knows. */
	(void)mkdir(row->target, 0755);
	if (mount(row->type, row->target, row->type, row->flags, row->data) < 0 && errno != EBUSY)
		return -errno;
	return 0;
}

int kt_guest_mount_all(void (*note)(void *arg, const char *text), void *arg, struct kt_err *err)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		int r = mount_row(row);
		if (r == 0)
			continue;
		if (row->required) {
			kt_fail(err, -r, "build the kernel with the option",
				"mounting %s on %s: %s", row->type, row->target, strerror(-r));
			return kt_fix(err, "build the kernel with CONFIG_%s=y", row->option);
		}
		char text[256];
		snprintf(text, sizeof(text), "no %s on %s: %s (kernel without CONFIG_%s?)",
			row->type, row->target, strerror(-r), row->option);
		note(arg, text);
	}
	make_links(note, arg);
	return 0;
}
