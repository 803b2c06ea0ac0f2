// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pump. Polls only for what it can do next: a full buffer is not polled for input, an
 * empty one not for output, so that a closed peer never makes the owner's loop spin.
 */
#include "softkvm/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

int kt_softkvm_pump_init(struct kt_softkvm_pump *p, int from, int to, size_t write_max)
{
	uint8_t *buf = malloc(KT_SOFTKVM_PUMP_BYTES);
	if (!buf)
		return -ENOMEM;
	*p = (struct kt_softkvm_pump){
		.from = from,
		.to = to,
		.write_max = write_max ? write_max : KT_SOFTKVM_PUMP_BYTES,
		.limit = UINT64_MAX,
		.eof = from < 0,
		.broken = to < 0,
		.buf = buf,
	};
	return 0;
}

void kt_softkvm_pump_done(struct kt_softkvm_pump *p)
{
	free(p->buf);
	p->buf = NULL;
}

void kt_softkvm_pump_limit(struct kt_softkvm_pump *p, uint64_t limit)
{
	p->limit = limit;
	if (p->read_bytes >= limit)
		p->eof = true;
}

static bool wants_input(const struct kt_softkvm_pump *p)
{
	return !p->eof && !p->broken && p->len < KT_SOFTKVM_PUMP_BYTES;
}

void kt_softkvm_pump_poll(const struct kt_softkvm_pump *p, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){.fd = wants_input(p) ? p->from : -1, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = p->len && !p->broken ? p->to : -1, .events = POLLOUT};
}

static void read_once(struct kt_softkvm_pump *p)
{
	size_t tail = (p->head + p->len) % KT_SOFTKVM_PUMP_BYTES;
	size_t room = KT_MIN(KT_SOFTKVM_PUMP_BYTES - p->len, KT_SOFTKVM_PUMP_BYTES - tail);
	if (room > p->limit - p->read_bytes)
		room = (size_t)(p->limit - p->read_bytes);

	ssize_t n = read(p->from, p->buf + tail, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* a terminal whose other end closed says EIO */
		p->eof = true;
		return;
	}
	p->len += (size_t)n;
	p->read_bytes += (uint64_t)n;
	if (p->read_bytes >= p->limit)
		p->eof = true;
}

static void break_off(struct kt_softkvm_pump *p, int errnum)
{
	p->broken = true;
	p->errnum = errnum;
	p->len = 0;
}

static void write_once(struct kt_softkvm_pump *p)
{
	size_t bytes = KT_MIN(p->len, KT_SOFTKVM_PUMP_BYTES - p->head);
	bytes = KT_MIN(bytes, p->write_max);

	ssize_t n = send(p->to, p->buf + p->head, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno == ENOTSOCK)
		n = write(p->to, p->buf + p->head, bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		break_off(p, errno);
		return;
	}
	p->head = (p->head + (size_t)n) % KT_SOFTKVM_PUMP_BYTES;
	p->len -= (size_t)n;
	p->written_bytes += (uint64_t)n;
}

void kt_softkvm_pump_run(struct kt_softkvm_pump *p, const struct pollfd fds[2])
{
	if (fds[0].fd >= 0 && fds[0].revents)
		read_once(p);
	if (fds[1].fd < 0 || !fds[1].revents)
		return;
	if (fds[1].revents & POLLOUT)
		write_once(p);
	else
		break_off(p, 0);
}

bool kt_softkvm_pump_ended(const struct kt_softkvm_pump *p)
{
	return p->broken || (p->eof && !p->len);
}
