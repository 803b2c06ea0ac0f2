// SPDX-License-Identifier: GPL-2.0-only
/* A sliding window over a byte stream and its rendering as lines. */
#include "softkvm/tail.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

void kt_softkvm_tail_add(struct kt_softkvm_tail *t, const char *data, size_t bytes)
{
	if (bytes > sizeof(t->buf)) {
		data += bytes - sizeof(t->buf);
		bytes = sizeof(t->buf);
	}
	size_t keep = KT_MIN(t->len, sizeof(t->buf) - bytes);
	memmove(t->buf, t->buf + t->len - keep, keep);
	memcpy(t->buf + keep, data, bytes);
	t->len = keep + bytes;
}

int kt_softkvm_tail_fill(struct kt_softkvm_tail *t, int fd)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		kt_softkvm_tail_add(t, chunk, (size_t)n);
	}
}

static bool is_text(char c)
{
	return c == '\n' || c == '\t' || (unsigned char)c >= ' ';
}

/* Start of the line of the last kernel panic, T->len when there is none. */
static size_t find_panic(const struct kt_softkvm_tail *t)
{
	static const char word[] = "Kernel panic";
	size_t at = t->len;

	for (size_t i = 0; i + sizeof(word) - 1 <= t->len; i++)
		if (!memcmp(t->buf + i, word, sizeof(word) - 1))
			at = i;
	while (at < t->len && at && t->buf[at - 1] != '\n')
		at--;
	return at;
}

/* Start of the last LINES lines before END, at most BYTES away. */
static size_t find_lines(const struct kt_softkvm_tail *t, size_t end, unsigned lines, size_t bytes)
{
	size_t start = end;

	while (start && end - start < bytes) {
		if (t->buf[start - 1] == '\n' && --lines == 0)
			break;
		start--;
	}
	return start;
}

void kt_softkvm_tail_text(
	const struct kt_softkvm_tail *t, unsigned lines, size_t bytes, struct kt_str *out)
{
	size_t end = t->len, panic = find_panic(t);

	while (end && (t->buf[end - 1] == '\n' || t->buf[end - 1] == '\r'))
		end--;
	size_t start = find_lines(t, end, lines, bytes);
	if (panic < start) {
		start = panic;
		end = KT_MIN(end, panic + bytes);
	}
	for (size_t i = start; i < end; i++)
		if (is_text(t->buf[i]))
			kt_str_add_bytes(out, &t->buf[i], 1);
}
