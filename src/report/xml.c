// SPDX-License-Identifier: GPL-2.0-only
/* Escaping for the JUnit report; nothing here knows what is written. */
#include "report/xml.h"

#include <stdbool.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The escape of C, "" when XML cannot hold it, NULL when it stands for itself. */
static const char *escape_of(unsigned char c, bool in_attr)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r': /* alone a parser would make it a line end */
		return "&#13;";
	case '\n':
		return in_attr ? "&#10;" : NULL;
	case '\t':
		return in_attr ? "&#9;" : NULL;
	default:
		return c < ' ' ? "" : NULL;
	}
}

/* U+FFFE and U+FFFF: good UTF-8, but no characters. */
static bool is_noncharacter(const char *text, size_t n)
{
	return n == 3 && (!memcmp(text, "\xef\xbf\xbe", 3) || !memcmp(text, "\xef\xbf\xbf", 3));
}

static void add(struct kt_str *out, const char *text, size_t bytes, bool in_attr)
{
	while (bytes) {
		size_t n = kt_utf8_len(text, bytes);
		const char *escape = n == 1 ? escape_of((unsigned char)*text, in_attr) : NULL;

		if (!n || is_noncharacter(text, n))
			escape = REPLACEMENT;
		if (escape)
			kt_str_add(out, escape);
		else
			kt_str_add_bytes(out, text, n);
		n += !n;
		text += n;
		bytes -= n;
	}
}

void kt_xml_text(struct kt_str *out, const char *text, size_t bytes)
{
	add(out, text, bytes, false);
}

void kt_xml_attr(struct kt_str *out, const char *name, const char *text)
{
	kt_str_addf(out, " %s=\"", name);
	if (text)
		add(out, text, strlen(text), true);
	kt_str_add(out, "\"");
}
