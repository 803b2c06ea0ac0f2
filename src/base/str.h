/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text: a string builder that remembers running out of memory (check once, at the end),
 * exact number parsing, glob matching and the nearest name for "did you mean".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Zero bytes are an empty builder. text is NUL-terminated or NULL while empty. */
struct kt_str {
	char *text;
	size_t len;
	size_t room;
	bool failed; /* an append ran out of memory: the text is incomplete */
};

void kt_str_done(struct kt_str *s);
void kt_str_add(struct kt_str *s, const char *text);
void kt_str_add_bytes(struct kt_str *s, const void *data, size_t bytes);
void kt_str_addf(struct kt_str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Cut back to LEN bytes. */
void kt_str_cut(struct kt_str *s, size_t len);
/* The text, "" while empty; owned by S. */
const char *kt_str_get(const struct kt_str *s);
/* Move the text out (never NULL unless out of memory: then NULL); S is empty after. */
char *kt_str_take(struct kt_str *s);

/* Formatted text in fresh memory; NULL when out of memory. */
char *kt_strf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A whole decimal number MIN..MAX, no sign, no space, no suffix. WHAT names it in the error
 * ("--jobs"). Returns 0 or -EINVAL / -ERANGE.
 */
int kt_parse_u64(const char *text, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
	struct kt_err *err);
/*
 * A duration: "250ms", "12s", "1.5s", "2m"; a bare number is seconds. Result in
 * milliseconds, 1 ms to 24 h.
 */
int kt_parse_duration_ms(const char *text, const char *what, uint64_t *ret_ms, struct kt_err *err);

/* A size in MiB, MIN..MAX: "512", "512M", "2G" (also MiB, GiB). WHAT names it in the error. */
int kt_parse_mib(const char *text, uint64_t min, uint64_t max, const char *what, uint64_t *ret,
	struct kt_err *err);

/* Shell glob over the whole NAME: `*` matches any run of characters ('/' too), `?` one. */
bool kt_glob_match(const char *glob, const char *name);

/*
 * The nearest of COUNT names within edit distance 2, or a third of NAME's length where that
 * is more; NULL if none, and never one that shares nothing with NAME.
 */
const char *kt_nearest(const char *name, const char *const *names, size_t count);

bool kt_starts_with(const char *text, const char *prefix);
bool kt_ends_with(const char *text, const char *suffix);

/* Length 1..4 of the well-formed UTF-8 sequence TEXT begins with, 0 when it is none. */
size_t kt_utf8_len(const char *text, size_t bytes);
