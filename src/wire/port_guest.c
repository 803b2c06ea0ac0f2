// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds, opens and writes the frame port; used by guest/. All writes are non-blocking and
 * waited for with a deadline: a blocking write to a virtio port spins in the kernel with
 * interrupts off until the host takes it, which would disturb what is being measured.
 */
#include "wire/port_guest.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "wire/stream.h"

#define RETRY_MS 5

struct kt_port {
	struct kt_port_config config;
	struct kt_loss *loss;
	int fd; /* -1 once nothing works */
	bool serial;
	uint32_t seq;
	char path[256];
	char reason[256];
	uint8_t buf[KT_STREAM_FRAME_MAX];
};

static struct kt_port_config config_with_defaults(const struct kt_port_config *config)
{
	struct kt_port_config c = config ? *config : (struct kt_port_config){0};
	c.class_dir = c.class_dir ?: "/sys/class/virtio-ports";
	c.devices = c.devices ?: "/sys/bus/virtio/devices";
	c.dev_dir = c.dev_dir ?: "/dev";
	c.serial = c.serial ?: "/dev/ttyS1";
	c.find_ms = c.find_ms ?: 2000;
	c.write_ms = c.write_ms ?: 5000;
	return c;
}

static void set_reason(struct kt_port *port, const char *what, int r)
{
	snprintf(port->reason, sizeof(port->reason), "%.128s: %s: %s", port->path, what,
		strerror(-r));
}

struct search {
	const char *class_dir;
	char found[64];
};

static int look_at_port(void *arg, const char *entry)
{
	struct search *s = arg;
	KT_AUTOFREE char *path = kt_strf("%s/%s/name", s->class_dir, entry);
	KT_AUTO_DONE(kt_str_done) struct kt_str name = {0};
	if (!path || kt_fs_read(path, 256, &name, NULL) < 0)
		return 0; /* a port without a name, or one that just went away */
	KT_AUTOFREE char *text = strdup(kt_str_get(&name));
	if (!text || strcmp(strtok(text, "\n") ?: "", KT_PORT_FRAMES_NAME) != 0)
		return 0;
	return snprintf(s->found, sizeof(s->found), "%s", entry) < (int)sizeof(s->found);
}

static int stop_at_first(void *arg, const char *entry)
{
	(void)arg, (void)entry;
	return 1;
}

/* Open the named virtio port. 0, or -errno with the reason in port->reason. */
static int open_virtio(struct kt_port *port)
{
	struct search s = {.class_dir = port->config.class_dir};
	if (!kt_fs_exists(s.class_dir)) {
		snprintf(port->reason, sizeof(port->reason),
			"%s is missing (kernel without CONFIG_VIRTIO_CONSOLE)", s.class_dir);
		return -ENOTSUP;
	}
	/* Devices are there before PID 1 is, unlike their ports: in another monitor none comes. */
	if (kt_fs_each(port->config.devices, stop_at_first, NULL, NULL) <= 0) {
		snprintf(port->reason, sizeof(port->reason),
			"no virtio port is named " KT_PORT_FRAMES_NAME
			", there is no virtio device");
		return -ENOTSUP;
	}
	if (kt_fs_each(s.class_dir, look_at_port, &s, NULL) <= 0) {
		snprintf(port->reason, sizeof(port->reason),
			"no virtio port is named " KT_PORT_FRAMES_NAME);
		return -ENOENT;
	}
	snprintf(port->path, sizeof(port->path), "%s/%s", port->config.dev_dir, s.found);
	port->fd = open(port->path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (port->fd < 0) {
		int r = -errno;
		set_reason(port, "open", r);
		return r;
	}
	port->reason[0] = '\0';
	return 0;
}

static int open_serial(struct kt_port *port, struct kt_err *err)
{
	struct termios t;
	snprintf(port->path, sizeof(port->path), "%s", port->config.serial);
	port->serial = true;
	int fd = open(port->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno,
			"give the machine the virtio port " KT_PORT_FRAMES_NAME
			" or a second serial line",
			"no way to send frames: %s; %s: open: %s", port->reason, port->path,
			strerror(errno));
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL;
		tcsetattr(fd, TCSANOW, &t);
	}
	port->fd = fd;
	return 0;
}

int kt_port_open(const struct kt_port_config *config, struct kt_loss *loss, struct kt_port **ret,
	struct kt_err *err)
{
	KT_AUTO(kt_port_free) struct kt_port *port = calloc(1, sizeof(*port));
	if (!port)
		return kt_fail(err, ENOMEM, "give the machine more memory",
			"out of memory for the frame port");
	port->config = config_with_defaults(config);
	port->loss = loss;
	port->fd = -1;
	uint64_t deadline = kt_deadline_ms(port->config.find_ms);
	int r = open_virtio(port);
	/* Ports are announced one by one after the driver has started. */
	while (r < 0 && r != -ENOTSUP && !kt_deadline_passed(deadline)) {
		kt_sleep_until(kt_deadline_ms(RETRY_MS));
		r = open_virtio(port);
	}
	if (r < 0 && (r = open_serial(port, err)) < 0)
		return r;
	*ret = KT_TAKE(port);
	return 0;
}

/* Until the port takes bytes again; a port that the host has not opened yet polls as hung up. */
static int wait_writable(int fd, uint64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	if (kt_deadline_passed(deadline))
		return -ETIMEDOUT;
	if (poll(&p, 1, kt_deadline_poll_ms(deadline)) > 0 && !(p.revents & POLLOUT))
		kt_sleep_until(KT_MIN(deadline, kt_deadline_ms(RETRY_MS)));
	return 0;
}

static int write_until(int fd, const uint8_t *data, size_t bytes, uint64_t deadline)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);
		if (n > 0) {
			data += n;
			bytes -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		int r = wait_writable(fd, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Wait until the host has what was written. */
static void drain(struct kt_port *port)
{
	uint64_t deadline = kt_deadline_ms(port->config.write_ms);
	struct pollfd p = {.fd = port->fd, .events = POLLOUT};
	int queued = 0;
	if (!port->serial) {
		/* A virtio port polls writable once the host has given all buffers back. */
		poll(&p, 1, kt_deadline_poll_ms(deadline));
		return;
	}
	while (ioctl(port->fd, TIOCOUTQ, &queued) == 0 && queued > 0 &&
		!kt_deadline_passed(deadline))
		kt_sleep_until(kt_deadline_ms(RETRY_MS));
}

/*
 * Closing a virtio port sends the host a message, and the kernel spins until it is taken, with
 * a lock and without a limit: with a device that is broken that would be for good. So a port
 * stays open until the machine ends.
 */
static void leave_fd(struct kt_port *port)
{
	if (port->serial)
		close(port->fd);
	port->fd = -1;
}

void kt_port_free(struct kt_port *port)
{
	if (port && port->fd >= 0) {
		drain(port);
		leave_fd(port);
	}
	free(port);
}

static int change_to_serial(struct kt_port *port, int r, struct kt_err *err)
{
	set_reason(port, "write", r);
	leave_fd(port);
	return open_serial(port, err);
}

int kt_port_send(struct kt_port *port, const struct kt_frame *f, struct kt_err *err)
{
	if (port->fd < 0)
		return kt_fail(err, EPIPE, "look at the host's own messages",
			"the frame port is broken: %s", port->reason);
	size_t bytes = kt_stream_pack(f, port->seq, port->buf, port->loss);
	if (!bytes)
		return kt_fail(err, EINVAL, "send only rows of frame.def",
			"frame type %d is no row of frame.def", (int)f->type);
	port->seq++;
	int r = write_until(port->fd, port->buf, bytes, kt_deadline_ms(port->config.write_ms));
	if (r < 0 && !port->serial) {
		r = change_to_serial(port, r, err);
		if (r < 0)
			return r;
		r = write_until(port->fd, port->buf, bytes, kt_deadline_ms(port->config.write_ms));
	}
	if (r < 0) {
		set_reason(port, "write", r);
		leave_fd(port);
		return kt_fail(err, -r, "look at the host's own messages", "%s", port->reason);
	}
	return 0;
}

const char *kt_port_path(const struct kt_port *port)
{
	return port->path;
}

const char *kt_port_fallback_reason(const struct kt_port *port)
{
	return port->reason;
}
