// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing JSON. The caller opens and closes; commas, indent and escapes happen here. Nesting
 * deeper than the reader accepts marks the text as failed instead of writing what nobody reads.
 */
#include "base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void new_line(struct kt_json_out *j)
{
	kt_str_add(j->out, "\n");
	for (unsigned i = 0; i < j->depth; i++)
		kt_str_add(j->out, "  ");
}

/* The escape of C, NULL when it stands for itself. BUF holds the \u form. */
static const char *escape_of(unsigned char c, char buf[8])
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		if (c >= 0x20 && c != 0x7f)
			return NULL;
		snprintf(buf, 8, "\\u%04x", c);
		return buf;
	}
}

static void add_quoted(struct kt_str *out, const char *text, size_t bytes)
{
	char buf[8];
	kt_str_add(out, "\"");
	while (bytes) {
		size_t n = kt_utf8_len(text, bytes);
		const char *escape = n == 1 ? escape_of((unsigned char)*text, buf) : NULL;
		/* One mark per bad byte, so that the reader sees how many there were. */
		if (!n)
			kt_str_add(out, REPLACEMENT);
		else if (escape)
			kt_str_add(out, escape);
		else
			kt_str_add_bytes(out, text, n);
		n += !n;
		text += n;
		bytes -= n;
	}
	kt_str_add(out, "\"");
}

/* What stands before any value: comma, line, key. */
static void begin_value(struct kt_json_out *j, const char *key)
{
	if (j->depth) {
		/* Too deep is failed already; the last level then stands in for all below it. */
		unsigned top = j->depth <= KT_JSON_DEPTH_MAX ? j->depth - 1 : KT_JSON_DEPTH_MAX - 1;
		if (j->has_item[top])
			kt_str_add(j->out, ",");
		j->has_item[top] = true;
		new_line(j);
	}
	if (key) {
		add_quoted(j->out, key, strlen(key));
		kt_str_add(j->out, ": ");
	}
}

/* The root's end is the text's. */
static void end_value(struct kt_json_out *j)
{
	if (!j->depth)
		kt_str_add(j->out, "\n");
}

static void begin_nest(struct kt_json_out *j, const char *key, const char *open)
{
	begin_value(j, key);
	kt_str_add(j->out, open);
	if (j->depth < KT_JSON_DEPTH_MAX)
		j->has_item[j->depth] = false;
	else
		j->out->failed = true;
	j->depth++;
}

static void end_nest(struct kt_json_out *j, const char *close)
{
	if (!j->depth) {
		j->out->failed = true;
		return;
	}
	j->depth--;
	/* An empty one stays on its line. */
	if (j->depth < KT_JSON_DEPTH_MAX && j->has_item[j->depth])
		new_line(j);
	kt_str_add(j->out, close);
	end_value(j);
}

static void add_plain(struct kt_json_out *j, const char *key, const char *text)
{
	begin_value(j, key);
	kt_str_add(j->out, text);
	end_value(j);
}

void kt_json_object(struct kt_json_out *j, const char *key)
{
	begin_nest(j, key, "{");
}

void kt_json_array(struct kt_json_out *j, const char *key)
{
	begin_nest(j, key, "[");
}

void kt_json_end_object(struct kt_json_out *j)
{
	end_nest(j, "}");
}

void kt_json_end_array(struct kt_json_out *j)
{
	end_nest(j, "]");
}

void kt_json_str(struct kt_json_out *j, const char *key, const char *text)
{
	if (text)
		kt_json_strn(j, key, text, strlen(text));
	else
		add_plain(j, key, "null");
}

void kt_json_strn(struct kt_json_out *j, const char *key, const char *text, size_t bytes)
{
	begin_value(j, key);
	add_quoted(j->out, text, bytes);
	end_value(j);
}

void kt_json_u64(struct kt_json_out *j, const char *key, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, v);
	add_plain(j, key, text);
}

void kt_json_i64(struct kt_json_out *j, const char *key, int64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, v);
	add_plain(j, key, text);
}

void kt_json_f64(struct kt_json_out *j, const char *key, double v)
{
	char text[32] = "null";
	/* The shortest form that reads back as the same number. */
	for (int digits = 15; isfinite(v) && digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	add_plain(j, key, text);
}

void kt_json_bool(struct kt_json_out *j, const char *key, bool v)
{
	add_plain(j, key, v ? "true" : "false");
}
