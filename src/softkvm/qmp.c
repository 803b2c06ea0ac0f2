// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scanner for the two keys that matter, "return" and "error", at the top of an object: not
 * a JSON parser. Whatever a line holds, it is read once, within its length.
 */
#include "softkvm/qmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* A string of the line, without its quotes; escapes stay as they are. */
struct span {
	const char *at;
	size_t bytes;
};

/* The string that begins at *P, a quote; *P moves behind it. false: it has no end. */
static bool take_span(const char **p, const char *end, struct span *ret)
{
	const char *c = *p + 1;

	ret->at = c;
	for (; c < end && *c != '"'; c++)
		if (*c == '\\')
			c++;
	if (c >= end)
		return false;
	ret->bytes = (size_t)(c - ret->at);
	*p = c + 1;
	return true;
}

static bool is(const struct span *s, const char *word)
{
	return s->bytes == strlen(word) && !memcmp(s->at, word, s->bytes);
}

static bool is_key(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p < end && *p == ':';
}

static void copy_text(const struct span *s, char *text, size_t bytes)
{
	if (bytes)
		snprintf(text, bytes, "%.*s", (int)KT_MIN(s->bytes, bytes - 1), s->at);
}

enum kt_softkvm_qmp_kind kt_softkvm_qmp_line(
	const char *line, size_t bytes, char *ret_text, size_t text_bytes)
{
	const char *end = line + bytes;
	enum kt_softkvm_qmp_kind kind = KT_SOFTKVM_QMP_OTHER;
	struct span s, key = {0};
	unsigned depth = 0;

	for (const char *p = line; p < end;) {
		if (*p != '"') {
			depth += *p == '{' || *p == '[';
			depth -= depth && (*p == '}' || *p == ']');
			p++;
			continue;
		}
		if (!take_span(&p, end, &s))
			return KT_SOFTKVM_QMP_OTHER;
		if (is_key(p, end)) {
			key = s;
			if (depth == 1 && is(&s, "return"))
				kind = KT_SOFTKVM_QMP_DONE;
			else if (depth == 1 && is(&s, "error"))
				kind = KT_SOFTKVM_QMP_REFUSED;
		} else if (depth == 2 && is(&key, "desc")) {
			copy_text(&s, ret_text, text_bytes);
		}
	}
	return depth ? KT_SOFTKVM_QMP_OTHER : kind;
}

int kt_softkvm_qmp_send(struct kt_softkvm_qmp *q, int fd, const char *name)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "{\"execute\": \"%s\"}\n", name);

	/* The socket holds far more than the few commands that are ever under way. */
	ssize_t sent = send(fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent != n)
		return sent < 0 ? -errno : -EIO;
	q->sent++;
	return 0;
}

static void end_line(struct kt_softkvm_qmp *q)
{
	char text[sizeof(q->refusal)] = "";
	enum kt_softkvm_qmp_kind kind =
		q->overlong ? KT_SOFTKVM_QMP_OTHER
			    : kt_softkvm_qmp_line(q->line, q->len, text, sizeof(text));

	q->len = 0;
	q->overlong = false;
	if (kind == KT_SOFTKVM_QMP_OTHER)
		return;
	q->answers++;
	if (kind == KT_SOFTKVM_QMP_REFUSED)
		snprintf(q->refusal, sizeof(q->refusal), "%s", *text ? text : "no reason given");
}

int kt_softkvm_qmp_fill(struct kt_softkvm_qmp *q, int fd)
{
	char chunk[1024];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] == '\n')
			end_line(q);
		else if (q->len < sizeof(q->line))
			q->line[q->len++] = chunk[i];
		else
			q->overlong = true;
	}
	return 0;
}

bool kt_softkvm_qmp_idle(const struct kt_softkvm_qmp *q)
{
	return q->answers >= q->sent;
}
