// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings and numbers of the JSON reader, to the letter of RFC 8259. A NUL inside a string
 * is refused, since callers get C strings and would see another text than was written.
 */
#include "base/json_node.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NUMBER_MAX_BYTES 512u

int kt_json_text_fail(const struct kt_json_text *in, int errnum, size_t at, const char *why)
{
	size_t line = 1, column = 1;
	for (size_t i = 0; i < at; i++) {
		unsigned char c = (unsigned char)in->text[i];
		if (c == '\n') {
			line++;
			column = 1;
		} else if (c < 0x80 || c > 0xbf) {
			column++; /* continuation bytes belong to a character already counted */
		}
	}
	return kt_fail(in->err, errnum,
		errnum == ENOMEM ? "free memory or close other programs"
				 : "correct the text at that place, or make the file again",
		"JSON, line %zu column %zu: %s", line, column, why);
}

static int fail(const struct kt_json_text *in, const char *why)
{
	return kt_json_text_fail(in, EINVAL, in->at, why);
}

/* Four hex digits after "\u"; -1 when they are not. */
static int hex4(const struct kt_json_text *in, size_t at)
{
	int value = 0;
	for (size_t i = at; i < at + 4; i++) {
		char c = i < in->bytes ? in->text[i] : '\0';
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void add_utf8(struct kt_str *out, unsigned c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(lead[n] | c);
	kt_str_add_bytes(out, b, n);
}

/* "\uXXXX", or the two of a surrogate pair; in->at is on the backslash. */
static int scan_unicode(struct kt_json_text *in, struct kt_str *out)
{
	int high = hex4(in, in->at + 2);
	if (high < 0)
		return fail(in, "expected four hex digits after \\u");
	if (!high)
		return fail(in, "\\u0000 is not supported in strings");
	unsigned c = (unsigned)high;
	size_t taken = 6;
	/* Beyond 16 bits JSON writes two halves, each useless alone. */
	if (c >= 0xd800 && c <= 0xdfff) {
		int low = in->bytes - in->at >= 12 && in->text[in->at + 6] == '\\' &&
					  in->text[in->at + 7] == 'u'
				  ? hex4(in, in->at + 8)
				  : -1;
		if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
			return fail(in, "half of a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)low - 0xdc00);
		taken = 12;
	}
	add_utf8(out, c);
	in->at += taken;
	return 0;
}

static int scan_escape(struct kt_json_text *in, struct kt_str *out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	char c = in->at + 1 < in->bytes ? in->text[in->at + 1] : '\0';
	if (c == 'u')
		return scan_unicode(in, out);
	const char *found = c ? strchr(names, c) : NULL;
	if (!found)
		return fail(in, "unknown escape");
	kt_str_add_bytes(out, &values[found - names], 1);
	in->at += 2;
	return 0;
}

/* Bytes that stand for themselves, up to a quote or a backslash. */
static int scan_plain(struct kt_json_text *in, struct kt_str *out)
{
	size_t start = in->at;
	while (in->at < in->bytes && in->text[in->at] != '"' && in->text[in->at] != '\\') {
		if ((unsigned char)in->text[in->at] < 0x20)
			return fail(in, "a control character inside a string");
		size_t n = kt_utf8_len(in->text + in->at, in->bytes - in->at);
		if (!n)
			return fail(in, "bytes that are not UTF-8");
		in->at += n;
	}
	kt_str_add_bytes(out, in->text + start, in->at - start);
	return 0;
}

int kt_json_scan_string(struct kt_json_text *in, char **ret)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	in->at++;
	for (;;) {
		if (in->at >= in->bytes)
			return fail(in, "the text ends inside a string");
		char c = in->text[in->at];
		if (c == '"')
			break;
		int r = c == '\\' ? scan_escape(in, &out) : scan_plain(in, &out);
		if (r < 0)
			return r;
	}
	in->at++;
	char *text = kt_str_take(&out);
	if (!text)
		return kt_json_text_fail(in, ENOMEM, in->at, "out of memory");
	*ret = text;
	return 0;
}

/* The offset behind the digits from AT on; AT when there is none. */
static size_t skip_digits(const struct kt_json_text *in, size_t at)
{
	while (at < in->bytes && in->text[at] >= '0' && in->text[at] <= '9')
		at++;
	return at;
}

static char byte_at(const struct kt_json_text *in, size_t at)
{
	return at < in->bytes ? in->text[at] : '\0';
}

/* The offset behind the number at in->at, 0 when its form is wrong. */
static size_t number_end(const struct kt_json_text *in, bool *ret_plain)
{
	size_t at = in->at + (byte_at(in, in->at) == '-');
	/* A leading zero stands alone: "01" is two values. */
	size_t end = byte_at(in, at) == '0' ? at + 1 : skip_digits(in, at);
	if (end == at)
		return 0;
	bool plain = in->text[in->at] != '-';
	if (byte_at(in, end) == '.') {
		plain = false;
		at = end + 1;
		end = skip_digits(in, at);
		if (end == at)
			return 0;
	}
	if (byte_at(in, end) == 'e' || byte_at(in, end) == 'E') {
		plain = false;
		at = end + 1;
		at += byte_at(in, at) == '+' || byte_at(in, at) == '-';
		end = skip_digits(in, at);
		if (end == at)
			return 0;
	}
	*ret_plain = plain;
	return end;
}

/* Whether the number is whole and fits. PLAIN digits are exact, others as far as doubles are. */
static bool read_whole(const char *text, bool plain, double number, uint64_t *ret)
{
	if (plain) {
		errno = 0;
		unsigned long long value = strtoull(text, NULL, 10);
		*ret = value;
		return errno != ERANGE;
	}
	if (number < 0 || number > 0x1p53 || number != (double)(uint64_t)number)
		return false;
	*ret = (uint64_t)number;
	return true;
}

int kt_json_scan_number(struct kt_json_text *in, struct kt_json *ret)
{
	bool plain = false;
	size_t end = number_end(in, &plain);
	if (!end)
		return fail(in, "not a number");
	size_t bytes = end - in->at;
	/* A copy, because strtod needs an end and the text has none. */
	char digits[NUMBER_MAX_BYTES];
	if (bytes >= sizeof(digits))
		return fail(in, "a number of more than 511 characters");
	memcpy(digits, in->text + in->at, bytes);
	digits[bytes] = '\0';
	double number = strtod(digits, NULL);
	if (!isfinite(number))
		return fail(in, "the number is too large");
	ret->kind = KT_JSON_NUMBER;
	ret->number = number;
	ret->whole = 0;
	ret->is_whole = read_whole(digits, plain, number, &ret->whole);
	in->at = end;
	return 0;
}
