// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two small files under /run/ktstr and the kernel's command line: what tells a process
 * that it is inside a softkvm machine.
 */
#include "softkvm/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "softkvm/qemu.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static int read_line(const char *path, char *buf, size_t bytes)
{
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, buf, bytes - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/* Replace PATH whole. The temporary name is fixed: PID 1 is the only writer. */
static int write_line(const char *path, const char *text)
{
	char tmp[64];
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	KT_AUTOFD int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	int r = kt_fd_write_all(fd, text, strlen(text));
	if (r < 0)
		return r;
	return rename(tmp, path) < 0 ? -errno : 0;
}

bool kt_softkvm_inside(void)
{
	const char *env = getenv(KT_SOFTKVM_ENV);
	char marker[64], boot_id[64];

	if (!env || strcmp(env, "1") != 0)
		return false;
	if (read_line(KT_SOFTKVM_MARKER, marker, sizeof(marker)) < 0)
		return false;
	return read_line(BOOT_ID, boot_id, sizeof(boot_id)) == 0 && !strcmp(marker, boot_id);
}

static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = strstr(line, word); p; p = strstr(p + 1, word))
		if ((p == line || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

bool kt_softkvm_is_init(void)
{
	char line[4096];

	if (getpid() != 1)
		return false;
	if (read_line("/proc/cmdline", line, sizeof(line)) == -ENOENT) {
		mkdir("/proc", 0555);
		if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			return false;
		if (read_line("/proc/cmdline", line, sizeof(line)) < 0)
			return false;
	}
	return has_word(line, KT_SOFTKVM_ROLE_WORD);
}

int kt_softkvm_host_delay_ns(uint64_t *ret, unsigned *ret_threads)
{
	char line[128];
	uint64_t ns;
	unsigned threads;

	int r = read_line(KT_SOFTKVM_DELAY_FILE, line, sizeof(line));
	if (r < 0)
		return r;
	if (sscanf(line, "%" SCNu64 " %u", &ns, &threads) != 2 || !threads)
		return -ENOENT;
	*ret = ns;
	*ret_threads = threads;
	return 0;
}

int kt_softkvm_mark(void)
{
	char boot_id[64];

	if (mkdir(KT_SOFTKVM_RUN_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	int r = read_line(BOOT_ID, boot_id, sizeof(boot_id));
	return r < 0 ? r : write_line(KT_SOFTKVM_MARKER, boot_id);
}

int kt_softkvm_host_delay_write(const struct kt_softkvm_host_delay *d)
{
	char line[128];
	snprintf(line, sizeof(line), "%" PRIu64 " %u %u\n", d->lost_ns, d->threads, d->seq);
	return write_line(KT_SOFTKVM_DELAY_FILE, line);
}
