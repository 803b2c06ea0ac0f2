/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of gdb's remote protocol over a connected stream socket: "$data#checksum", an
 * acknowledgement for each until both sides agree to do without. The other end may send
 * anything; what is no packet is skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KT_GDB_PACKET_MAX 4096u /* bytes of data, both ways */
#define KT_GDB_SEND_MS	  10000u

struct kt_gdb_link {
	int fd; /* nonblocking; borrowed */
	bool no_ack;
	bool (*stop)(void *arg); /* asked while waiting; NULL: never */
	void *arg;
	char in[KT_GDB_PACKET_MAX]; /* read, not looked at yet */
	size_t in_at, in_len;
	char last[KT_GDB_PACKET_MAX + 4]; /* as sent, for a client that asks again */
	size_t last_len;
};

/*
 * Wait for a packet; its data and a NUL go to DATA, without a limit in time but STOP's.
 * Returns 0; 1: one too long, DATA is empty; -EPIPE: the client left; -ECANCELED: stopped;
 * -ETIMEDOUT: it does not take what is sent; other -errno of the socket.
 */
int kt_gdb_link_receive(struct kt_gdb_link *link, char data[KT_GDB_PACKET_MAX + 1]);
/* BYTES at most KT_GDB_PACKET_MAX. Returns 0 or -errno as above. */
int kt_gdb_link_send(struct kt_gdb_link *link, const char *data, size_t bytes);

/* Wait up to the limit for FD to be ready for EVENTS; LIMIT_MS 0: none. 0 or -errno as above. */
int kt_gdb_wait(int fd, short events, unsigned limit_ms, bool (*stop)(void *arg), void *arg);
