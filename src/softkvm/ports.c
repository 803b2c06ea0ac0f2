// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports appear one by one while the virtio driver talks to QEMU, and each is hung up until
 * the host's end is told to be open: both are waited for.
 */
#include "softkvm/ports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define CLASS	    "/sys/class/virtio-ports"
#define DEADLINE_MS 20000
#define STEP_MS	    5

#define FIX "use the kernel of 'ktstr kernel build': it has VIRTIO_PCI and VIRTIO_CONSOLE"

static bool has_name(const char *entry, const char *name)
{
	char path[300], text[64] = "";

	snprintf(path, sizeof(path), CLASS "/%s/name", entry);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, name) == 0;
}

/* Open the device of port NAME; -ENOENT while there is none. */
static int open_port(const char *name)
{
	int fd = -ENOENT;
	DIR *dir = opendir(CLASS);

	for (struct dirent *d; dir && (d = readdir(dir));) {
		char path[300];
		if (d->d_name[0] == '.' || !has_name(d->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", d->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
		break;
	}
	if (dir)
		closedir(dir);
	return fd;
}

static bool connected(int fd)
{
	struct pollfd p = {.fd = fd};
	return poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP);
}

static int open_one(const char *name, uint64_t deadline_ns, struct kt_err *err)
{
	int fd;

	while ((fd = open_port(name)) == -ENOENT && !kt_deadline_passed(deadline_ns))
		usleep(STEP_MS * 1000);
	if (fd < 0)
		return kt_fail(err, -fd, FIX, "port '%s' of the machine: %s", name, strerror(-fd));
	while (!connected(fd) && !kt_deadline_passed(deadline_ns))
		usleep(STEP_MS * 1000);
	return fd;
}

int kt_softkvm_ports_open(
	int fds[KT_SOFTKVM_PORT_COUNT], unsigned first, unsigned count, struct kt_err *err)
{
	uint64_t deadline = kt_deadline_ms(DEADLINE_MS);

	for (unsigned i = first; i < first + count; i++) {
		fds[i] = open_one(kt_softkvm_port_names[i], deadline, err);
		if (fds[i] < 0)
			return fds[i];
	}
	return 0;
}
