// SPDX-License-Identifier: GPL-2.0-only
/* Bytes are read as they come and looked at one by one; nothing is kept of a broken packet. */
#include "vmm/gdb_link.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define LOOK_EVERY_MS 100

int kt_gdb_wait(int fd, short events, unsigned limit_ms, bool (*stop)(void *arg), void *arg)
{
	uint64_t limit = kt_deadline_ms(limit_ms);
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		if (stop && stop(arg))
			return -ECANCELED;
		int n = poll(&p, 1, LOOK_EVERY_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (limit_ms && kt_deadline_passed(limit))
			return -ETIMEDOUT;
	}
}

/* 0..255 or -errno. */
static int next_byte(struct kt_gdb_link *link)
{
	while (link->in_at == link->in_len) {
		int r = kt_gdb_wait(link->fd, POLLIN, 0, link->stop, link->arg);
		if (r < 0)
			return r;
		ssize_t n = recv(link->fd, link->in, sizeof(link->in), 0);
		if (!n || (n < 0 && errno == ECONNRESET))
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		link->in_at = 0;
		link->in_len = n > 0 ? (size_t)n : 0;
	}
	return (unsigned char)link->in[link->in_at++];
}

static int send_bytes(struct kt_gdb_link *link, const char *data, size_t bytes)
{
	while (bytes) {
		int r = kt_gdb_wait(link->fd, POLLOUT, KT_GDB_SEND_MS, link->stop, link->arg);
		if (r < 0)
			return r;
		ssize_t n = send(link->fd, data, bytes, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == ECONNRESET ? -EPIPE : -errno;
		data += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Skip to the begin of a packet; what the client missed is sent again on the way. */
static int find_begin(struct kt_gdb_link *link)
{
	for (;;) {
		int c = next_byte(link);
		if (c < 0 || c == '$')
			return c < 0 ? c : 0;
		int r = c == '-' && !link->no_ack ? send_bytes(link, link->last, link->last_len)
						  : 0;
		if (r < 0)
			return r;
	}
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One attempt. 0: whole; 1: too long; 2: broken, another comes; -errno. */
static int receive_one(struct kt_gdb_link *link, char data[KT_GDB_PACKET_MAX + 1])
{
	size_t len = 0;
	uint8_t sum = 0;
	int c = find_begin(link);
	if (c < 0)
		return c;
	while ((c = next_byte(link)) >= 0 && c != '#') {
		/* A new begin: the rest of this one was lost. */
		if (c == '$') {
			len = sum = 0;
			continue;
		}
		sum = (uint8_t)(sum + c);
		if (len < KT_GDB_PACKET_MAX)
			data[len] = (char)c;
		len += len <= KT_GDB_PACKET_MAX;
	}
	int high = c < 0 ? c : next_byte(link);
	int low = high < 0 ? high : next_byte(link);
	if (low < 0)
		return low;
	if (hex_digit(high) < 0 || hex_digit(low) < 0 ||
		hex_digit(high) * 16 + hex_digit(low) != sum)
		return 2;
	data[len <= KT_GDB_PACKET_MAX ? len : 0] = '\0';
	return len > KT_GDB_PACKET_MAX;
}

int kt_gdb_link_receive(struct kt_gdb_link *link, char data[KT_GDB_PACKET_MAX + 1])
{
	for (;;) {
		int r = receive_one(link, data);
		int sent = r >= 0 && !link->no_ack ? send_bytes(link, r == 2 ? "-" : "+", 1) : 0;
		if (r < 2 || sent < 0)
			return r < 0 || !sent ? r : sent;
	}
}

int kt_gdb_link_send(struct kt_gdb_link *link, const char *data, size_t bytes)
{
	uint8_t sum = 0;
	if (bytes > KT_GDB_PACKET_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + data[i]);
	char tail[4];
	snprintf(tail, sizeof(tail), "#%02x", sum);
	link->last[0] = '$';
	memcpy(link->last + 1, data, bytes);
	memcpy(link->last + 1 + bytes, tail, 3);
	link->last_len = bytes + 4;
	return send_bytes(link, link->last, link->last_len);
}
