// SPDX-License-Identifier: GPL-2.0-only
/* The guest's port against a fake sysfs, with FIFOs for ports and a pty for the serial line. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "wire/port_guest.h"
#include "wire/stream.h"

struct machine {
	char *dir, *class_dir, *serial;
	struct kt_port_config config;
	int pty;
};

static void put_file(const char *dir, const char *entry, const char *text)
{
	KT_AUTOFREE char *sub = kt_strf("%s/%s", dir, entry);
	KT_AUTOFREE char *path = kt_strf("%s/name", sub);
	cr_assert_eq(kt_fs_mkdirs(sub, NULL), 0);
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), NULL), 0);
}

static struct machine machine_new(void)
{
	struct machine m = {0};
	signal(SIGPIPE, SIG_IGN); /* a FIFO without a reader breaks like a port, with EPIPE */
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-port-", &m.dir, NULL), 0);
	m.class_dir = kt_strf("%s/class", m.dir);
	put_file(m.class_dir, "vport0p0", "org.ktstr.term\n");
	m.pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	cr_assert_geq(m.pty, 0);
	cr_assert(grantpt(m.pty) == 0 && unlockpt(m.pty) == 0);
	m.serial = strdup(ptsname(m.pty));
	m.config = (struct kt_port_config){.class_dir = m.class_dir,
		.devices = m.class_dir,
		.dev_dir = m.dir,
		.serial = m.serial,
		.find_ms = 1,
		.write_ms = 50};
	return m;
}

static void machine_done(struct machine *m)
{
	cr_assert_eq(kt_fs_remove_tree(m->dir, NULL), 0);
	close(m->pty);
	free(m->dir);
	free(m->class_dir);
	free(m->serial);
}

/* Announce the frame port; the host's end, opened. */
static int add_port(struct machine *m)
{
	KT_AUTOFREE char *dev = kt_strf("%s/vport0p1", m->dir);
	put_file(m->class_dir, "vport0p1", KT_PORT_FRAMES_NAME "\n");
	cr_assert_eq(mkfifo(dev, 0600), 0);
	int fd = open(dev, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	return fd;
}

static const struct kt_frame ready = {.type = KT_FRAME_ready, .ready = {.uptime_ms = 12}};

struct seen {
	struct kt_stream_seq seq;
	struct kt_loss loss;
	unsigned count;
};

static void count_ready(void *arg, const struct kt_frame *f)
{
	cr_assert_eq(f->type, KT_FRAME_ready);
	cr_assert_eq(f->ready.uptime_ms, 12);
	((struct seen *)arg)->count++;
}

static unsigned read_frames(int fd, struct seen *s)
{
	uint8_t data[65536];
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *r = kt_stream_reader_new(count_ready, s, &s->seq, &s->loss);
	for (ssize_t n; (n = read(fd, data, sizeof(data))) > 0;)
		kt_stream_push(r, data, (size_t)n);
	return s->count;
}

Test(port_guest, frames_go_to_the_port_of_that_name)
{
	struct machine m = machine_new();
	int host = add_port(&m);
	struct seen s = {0};
	struct kt_port *port;
	cr_assert_eq(kt_port_open(&m.config, NULL, &port, NULL), 0);
	cr_assert(kt_ends_with(kt_port_path(port), "/vport0p1"));
	cr_assert_str_eq(kt_port_fallback_reason(port), "");
	for (int i = 0; i < 3; i++)
		cr_assert_eq(kt_port_send(port, &ready, NULL), 0);
	kt_port_free(port);
	cr_assert_eq(read_frames(host, &s), 3);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
	close(host);
	machine_done(&m);
}

Test(port_guest, a_machine_without_virtio_devices_is_not_waited_for)
{
	struct machine m = machine_new();
	KT_AUTOFREE char *none = kt_strf("%s/none", m.dir);
	cr_assert_eq(kt_fs_mkdirs(none, NULL), 0);
	m.config.devices = none;
	m.config.find_ms = 60000;
	uint64_t limit = kt_deadline_ms(20000);
	struct kt_port *port;
	cr_assert_eq(kt_port_open(&m.config, NULL, &port, NULL), 0);
	cr_assert_not(kt_deadline_passed(limit));
	cr_assert_str_eq(kt_port_path(port), m.serial);
	cr_assert(strstr(kt_port_fallback_reason(port), "no virtio device"));
	kt_port_free(port);
	machine_done(&m);
}

Test(port_guest, without_the_port_frames_go_to_the_serial_line_untouched)
{
	struct machine m = machine_new();
	struct seen s = {0};
	struct kt_port *port;
	cr_assert_eq(kt_port_open(&m.config, NULL, &port, NULL), 0);
	cr_assert_str_eq(kt_port_path(port), m.serial);
	cr_assert(strstr(kt_port_fallback_reason(port), KT_PORT_FRAMES_NAME));
	/* 10 is a newline and 3 an interrupt to a terminal that is not raw. */
	cr_assert_eq(kt_port_send(port, &ready, NULL), 0);
	cr_assert_eq(read_frames(m.pty, &s), 1);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 0);
	kt_port_free(port);
	machine_done(&m);
}

Test(port_guest, a_port_that_breaks_is_replaced_and_no_frame_is_lost)
{
	struct machine m = machine_new();
	int host = add_port(&m);
	struct seen s = {0};
	struct kt_port *port;
	cr_assert_eq(kt_port_open(&m.config, NULL, &port, NULL), 0);
	cr_assert_eq(kt_port_send(port, &ready, NULL), 0);
	cr_assert_eq(read_frames(host, &s), 1);
	close(host);
	cr_assert_eq(kt_port_send(port, &ready, NULL), 0);
	cr_assert_str_eq(kt_port_path(port), m.serial);
	cr_assert_eq(read_frames(m.pty, &s), 2);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
	kt_port_free(port);
	machine_done(&m);
}

Test(port_guest, a_host_that_takes_nothing_is_given_up_after_the_deadline)
{
	struct machine m = machine_new();
	int host = add_port(&m);
	struct seen s = {0};
	struct kt_port *port;
	cr_assert_eq(fcntl(host, F_SETPIPE_SZ, 4096), 4096);
	cr_assert_eq(kt_port_open(&m.config, NULL, &port, NULL), 0);
	unsigned sent = 0;
	for (; sent < 4096 && !*kt_port_fallback_reason(port); sent++)
		cr_assert_eq(kt_port_send(port, &ready, NULL), 0);
	cr_assert_str_eq(kt_port_path(port), m.serial);
	cr_assert(strstr(kt_port_fallback_reason(port), strerror(ETIMEDOUT)));
	struct pollfd hang_up = {.fd = host};
	cr_assert_eq(poll(&hang_up, 1, 0), 0, "closing it can take a kernel for ever");
	/* What the port had taken is still there; the rest came by the serial line. */
	cr_assert_eq(read_frames(host, &s), sent - 1);
	cr_assert_eq(read_frames(m.pty, &s), sent);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
	kt_port_free(port);
	close(host);
	machine_done(&m);
}

Test(port_guest, without_any_way_the_error_names_both)
{
	struct machine m = machine_new();
	struct kt_port *port = NULL;
	struct kt_err err = {0};
	m.config.serial = "/nonexistent/ttyS1";
	cr_assert_lt(kt_port_open(&m.config, NULL, &port, &err), 0);
	cr_assert_null(port);
	cr_assert(strstr(err.text, KT_PORT_FRAMES_NAME));
	cr_assert(strstr(err.text, "/nonexistent/ttyS1"));
	cr_assert_neq(err.fix[0], '\0');
	machine_done(&m);
}
