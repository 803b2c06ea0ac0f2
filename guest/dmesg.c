// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of /dev/kmsg ("6,339,5140900,-;text", then lines of properties that begin with a
 * blank) become the lines that dmesg prints. Only what the host has time for is sent: the
 * scenario is over, and the machine is about to restart.
 */
#include "guest/dmesg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/console.h"

#define RECORD_BYTES 16384 /* the kernel's own limit is 8192 */
#define SERIAL_BYTES 65536 /* on the serial line each byte is an exit of the machine */
#define READ_MS	     2000
#define SEND_MS	     2000

void kt_guest_dmesg_done(struct kt_guest_dmesg *d)
{
	kt_str_done(&d->text);
	*d = (struct kt_guest_dmesg){0};
}

/* What stands before the text. */
struct head {
	unsigned long long seq, time_us;
	char stamp[40];
};

/* The text of RECORD, whose head goes to *RET; NULL when it is not in the known form. */
static const char *parse_head(const char *record, struct head *ret)
{
	unsigned prio;
	const char *text = strchr(record, ';');

	if (!text || sscanf(record, "%u,%llu,%llu,", &prio, &ret->seq, &ret->time_us) != 3)
		return NULL;
	snprintf(ret->stamp, sizeof(ret->stamp), "[%5llu.%06llu] ", ret->time_us / 1000000,
		ret->time_us % 1000000);
	return text + 1;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* The byte that "\x0a" at P stands for, -1 when it is no escape. */
static int escaped_at(const char *p)
{
	if (p[0] != '\\' || p[1] != 'x' || hex_digit(p[2]) < 0 || hex_digit(p[3]) < 0)
		return -1;
	return hex_digit(p[2]) * 16 + hex_digit(p[3]);
}

/* Up to the line's end. Control characters stay escaped: this is for people's terminals. */
static void add_text(struct kt_str *out, const char *p, const char *stamp)
{
	kt_str_add(out, stamp);
	while (*p && *p != '\n') {
		int c = escaped_at(p);
		if (c == '\n') {
			kt_str_add(out, "\n");
			kt_str_add(out, stamp);
		} else if (c == '\t' || (c >= ' ' && c != 0x7f)) {
			kt_str_add_bytes(out, (char[]){(char)c}, 1);
		} else {
			kt_str_add_bytes(out, p, c < 0 ? 1 : 4);
		}
		p += c < 0 ? 1 : 4;
	}
	kt_str_add(out, "\n");
}

void kt_guest_dmesg_add(struct kt_guest_dmesg *d, const char *record, size_t bytes)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str copy = {0}, lines = {0};
	struct head head;
	kt_str_add_bytes(&copy, record, bytes);
	const char *text = parse_head(kt_str_get(&copy), &head);
	if (text) {
		if (head.seq > d->next_seq)
			d->lost_records += head.seq - d->next_seq;
		d->next_seq = head.seq + 1;
		add_text(&lines, text, head.stamp);
	} else {
		add_text(&lines, kt_str_get(&copy), "");
	}
	kt_str_add_bytes(&d->text, kt_str_get(&lines), lines.len);
	if (copy.failed || lines.failed || d->text.failed)
		d->cut_bytes += bytes;
	if (d->text.len > 2 * KT_GUEST_DMESG_BYTES)
		kt_guest_dmesg_trim(d, KT_GUEST_DMESG_BYTES);
}

void kt_guest_dmesg_trim(struct kt_guest_dmesg *d, size_t max)
{
	struct kt_str *s = &d->text;
	if (s->len <= max)
		return;
	size_t cut = s->len - max;
	const char *end = memchr(s->text + cut - 1, '\n', max + 1);
	cut = end ? (size_t)(end - s->text) + 1 : s->len;
	d->cut_bytes += cut;
	memmove(s->text, s->text + cut, s->len - cut);
	kt_str_cut(s, s->len - cut);
}

int kt_guest_dmesg_read(struct kt_guest_dmesg *d, int fd, uint64_t deadline_ns)
{
	char record[RECORD_BYTES];
	while (!kt_deadline_passed(deadline_ns)) {
		ssize_t n = read(fd, record, sizeof(record));
		if (n > 0) {
			kt_guest_dmesg_add(d, record, (size_t)n);
			continue;
		}
		if (n == 0 || errno == EAGAIN)
			return 0;
		/* EPIPE: overwritten meanwhile, which the next record's number tells. */
		if (errno != EPIPE && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

/* The length of the next piece: whole lines where there is one. */
static size_t piece_of(const char *text, size_t left)
{
	if (left <= KT_FRAME_TEXT_MAX)
		return left;
	const char *end = memrchr(text, '\n', KT_FRAME_TEXT_MAX);
	return end ? (size_t)(end - text) + 1 : KT_FRAME_TEXT_MAX;
}

static int send_pieces(struct kt_guest *g, struct kt_guest_dmesg *d, struct kt_err *err)
{
	uint64_t deadline_ns = kt_deadline_ms(SEND_MS);
	const char *text = kt_str_get(&d->text);
	size_t left = d->text.len;
	char piece[KT_FRAME_TEXT_MAX + 1];
	for (;;) {
		if (left && kt_deadline_passed(deadline_ns)) {
			d->cut_bytes += left;
			left = 0;
		}
		size_t n = piece_of(text, left);
		memcpy(piece, text, n);
		piece[n] = '\0';
		text += n;
		left -= n;
		struct kt_frame f = {.type = KT_FRAME_dmesg,
			.dmesg = {.last = !left,
				.lost_records = d->lost_records,
				.cut_bytes = d->cut_bytes,
				.text = piece}};
		int r = kt_guest_send(g, &f, err);
		if (r < 0 || !left)
			return r;
	}
}

void kt_guest_dmesg_send(struct kt_guest *g)
{
	KT_AUTO_DONE(kt_guest_dmesg_done) struct kt_guest_dmesg d = {0};
	KT_AUTOFD int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct kt_err err = {0};
	int r = fd < 0 ? -errno : kt_guest_dmesg_read(&d, fd, kt_deadline_ms(READ_MS));
	if (r < 0)
		kt_guest_say("the kernel's log is not whole: /dev/kmsg: %s", strerror(-r));
	/* What cannot be read to its end has lost at least one record. */
	d.lost_records += r < 0;
	kt_guest_dmesg_trim(
		&d, *kt_port_fallback_reason(g->port) ? SERIAL_BYTES : KT_GUEST_DMESG_BYTES);
	if (send_pieces(g, &d, &err) < 0)
		kt_guest_say("the kernel's log was not sent: %s", err.text);
}
