// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text helpers used by every layer. Number parsing is strict, because a typing error in a
 * limit or a CPU count must never become another number.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NAME_MAX_BYTES 127u /* longer names get no suggestion */
#define DAY_MS	       (24ull * 60 * 60 * 1000)

/* Room for MORE bytes and the NUL. */
static bool reserve(struct kt_str *s, size_t more)
{
	if (s->failed)
		return false;
	if (more >= SIZE_MAX / 2 - s->len) {
		s->failed = true;
		return false;
	}
	size_t need = s->len + more + 1;
	if (need <= s->room)
		return true;
	/* Doubling keeps a text built byte by byte linear. */
	size_t room = KT_MAX(s->room * 2, KT_MAX(need, (size_t)64));
	char *p = realloc(s->text, room);
	if (!p) {
		s->failed = true;
		return false;
	}
	s->text = p;
	s->room = room;
	return true;
}

void kt_str_done(struct kt_str *s)
{
	free(s->text);
	*s = (struct kt_str){0};
}

void kt_str_add(struct kt_str *s, const char *text)
{
	kt_str_add_bytes(s, text, strlen(text));
}

void kt_str_add_bytes(struct kt_str *s, const void *data, size_t bytes)
{
	if (!bytes || !reserve(s, bytes))
		return;
	memcpy(s->text + s->len, data, bytes);
	s->len += bytes;
	s->text[s->len] = '\0';
}

void kt_str_addf(struct kt_str *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s->failed = true;
		return;
	}
	if (!reserve(s, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(s->text + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void kt_str_cut(struct kt_str *s, size_t len)
{
	if (len >= s->len)
		return;
	s->len = len;
	s->text[len] = '\0';
}

const char *kt_str_get(const struct kt_str *s)
{
	return s->text ? s->text : "";
}

char *kt_str_take(struct kt_str *s)
{
	char *text = s->failed ? NULL : KT_TAKE(s->text);
	if (!text && !s->failed)
		text = strdup("");
	kt_str_done(s);
	return text;
}

char *kt_strf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The digits at *P as a number, moving *P behind them. False when there are none; what a u64
 * cannot hold is clipped and *RET_CLIPPED set.
 */
static bool take_digits(const char **p, uint64_t *ret, bool *ret_clipped)
{
	const char *at = *p;
	uint64_t value = 0;
	bool clipped = false;
	if (!is_digit(*at))
		return false;
	for (; is_digit(*at); at++)
		clipped = clipped || __builtin_mul_overflow(value, 10u, &value) ||
			  __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value);
	*p = at;
	*ret = clipped ? UINT64_MAX : value;
	*ret_clipped = clipped;
	return true;
}

int kt_parse_u64(const char *text, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
	struct kt_err *err)
{
	const char *p = text;
	uint64_t value;
	bool clipped;
	int r = 0;
	if (!take_digits(&p, &value, &clipped) || *p)
		r = kt_fail(
			err, EINVAL, "give a number", "%s: '%s' is not a whole number", what, text);
	else if (clipped || value < min || value > max)
		r = kt_fail(err, ERANGE, "give a number", "%s: %s is out of range", what, text);
	if (r < 0) {
		kt_fix(err, "give %s a whole number from %llu to %llu", what,
			(unsigned long long)min, (unsigned long long)max);
		return r;
	}
	*ret = value;
	return 0;
}

/* Up to nine digits after the point, as billionths. */
static bool take_billionths(const char **p, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned digits = 0;
	for (; is_digit(**p) && digits < 9; digits++, (*p)++)
		value = value * 10 + (uint64_t)(**p - '0');
	if (!digits || is_digit(**p))
		return false;
	for (; digits < 9; digits++)
		value *= 10;
	*ret = value;
	return true;
}

/* Milliseconds of the unit a duration ends with, 0 when it is none. */
static uint64_t unit_ms(const char *unit)
{
	if (!strcmp(unit, "ms"))
		return 1;
	if (!*unit || !strcmp(unit, "s"))
		return 1000;
	return strcmp(unit, "m") ? 0 : 60000;
}

int kt_parse_duration_ms(const char *text, const char *what, uint64_t *ret_ms, struct kt_err *err)
{
	const char *fix = "write it like 250ms, 12s, 1.5s or 2m, from 1ms to 1440m";
	const char *p = text;
	uint64_t whole, billionths = 0;
	bool clipped;
	bool good = take_digits(&p, &whole, &clipped);
	if (good && *p == '.') {
		p++;
		good = take_billionths(&p, &billionths);
	}
	/* Integers throughout: 0.1m must be 6000 ms, not what a double makes of it. */
	uint64_t unit = good ? unit_ms(p) : 0;
	if (!unit)
		return kt_fail(err, EINVAL, fix, "%s: '%s' is not a duration", what, text);
	if (billionths * unit % 1000000000)
		return kt_fail(
			err, EINVAL, fix, "%s: '%s' is finer than a millisecond", what, text);
	/* Clipped first, so that the product cannot overflow. */
	uint64_t ms = KT_MIN(whole, DAY_MS + 1) * unit + billionths * unit / 1000000000;
	if (!ms || ms > DAY_MS)
		return kt_fail(err, ERANGE, fix, "%s: '%s' is out of range", what, text);
	*ret_ms = ms;
	return 0;
}

int kt_parse_mib(const char *text, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
	struct kt_err *err)
{
	static const struct {
		const char *name;
		uint64_t mib;
	} units[] = {{"", 1}, {"M", 1}, {"MiB", 1}, {"G", 1024}, {"GiB", 1024}};
	const char *fix = "write it like 512M or 2G; a bare number is MiB";
	const char *p = text;
	uint64_t whole, unit = 0;
	bool clipped;
	bool good = take_digits(&p, &whole, &clipped);
	for (size_t i = 0; good && i < KT_ARRAY_LEN(units); i++)
		if (strcmp(p, units[i].name) == 0)
			unit = units[i].mib;
	if (!unit)
		return kt_fail(err, EINVAL, fix, "%s: '%s' is not a size", what, text);
	/* Clipped first, so that the product cannot overflow. */
	uint64_t mib = KT_MIN(whole, max + 1) * unit;
	if (clipped || mib < min || mib > max)
		return kt_fail(err, ERANGE, fix, "%s: '%s' is not within %llu to %llu MiB", what,
			text, (unsigned long long)min, (unsigned long long)max);
	*ret = mib;
	return 0;
}

bool kt_glob_match(const char *glob, const char *name)
{
	/* Only the last star needs a second try: what an earlier one gave up stays valid. */
	const char *star = NULL, *resume = NULL;
	while (*name) {
		if (*glob == '*') {
			star = glob++;
			resume = name;
		} else if (*glob == '?' || *glob == *name) {
			glob++;
			name++;
		} else if (star) {
			glob = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

/* Levenshtein distance; both at most NAME_MAX_BYTES long. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_BYTES + 1];
	size_t columns = strlen(b);
	for (size_t j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned changed = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = KT_MIN(changed, KT_MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[columns];
}

const char *kt_nearest(const char *name, const char *const *names, size_t count)
{
	size_t len = strlen(name);
	if (!len || len > NAME_MAX_BYTES)
		return NULL;
	const char *best = NULL;
	/* A name with every letter changed is no help, so short ones allow less than 2. */
	unsigned limit = (unsigned)KT_MIN(KT_MAX((size_t)2, len / 3), len - 1);
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) > NAME_MAX_BYTES)
			continue;
		unsigned distance = edit_distance(name, names[i]);
		if (distance > limit)
			continue;
		best = names[i];
		if (!distance)
			break;
		limit = distance - 1;
	}
	return best;
}

bool kt_starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool kt_ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);
	return n >= m && !memcmp(text + n - m, suffix, m);
}

/* 0x80..0xbf, but the first one's bounds LOW..HIGH depend on the leading byte. */
static bool continues(const unsigned char *s, size_t n, unsigned char low, unsigned char high)
{
	if (s[1] < low || s[1] > high)
		return false;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return false;
	return true;
}

size_t kt_utf8_len(const char *text, size_t bytes)
{
	const unsigned char *s = (const unsigned char *)text;
	if (!bytes)
		return 0;
	unsigned char c = s[0];
	if (c < 0x80)
		return 1;
	size_t n = c >= 0xc2 && c <= 0xdf   ? 2
		   : c >= 0xe0 && c <= 0xef ? 3
		   : c >= 0xf0 && c <= 0xf4 ? 4
					    : 0;
	if (!n || n > bytes)
		return 0;
	/* The bounds shut out overlong forms, surrogates and what lies above U+10FFFF. */
	unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	return continues(s, n, low, high) ? n : 0;
}
