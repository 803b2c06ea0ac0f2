/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the JSON reader, shared by its three files: json_read.c (structure),
 * json_scalar.c (strings and numbers) and json_tree.c (what callers read).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"

struct kt_json {
	enum kt_json_kind kind;
	bool truth;    /* of KT_JSON_BOOL */
	bool is_whole; /* the number is one of 0..2^64-1, in WHOLE */
	size_t at;     /* where key or value begins in the text */
	char *key;     /* member of an object, else NULL */
	union {	       /* kids first: the largest, so that {0} clears all of it */
		struct {
			struct kt_json *items;
			size_t count, room;
		} kids;
		struct {
			double number;
			uint64_t whole;
		};
		char *string;
	};
};

/* The text being read; scanners move AT behind what they took. */
struct kt_json_text {
	const char *text;
	size_t bytes;
	size_t at;
	struct kt_err *err;
};

/* Fail at offset AT, told as line and column. Returns -ERRNUM. */
int kt_json_text_fail(const struct kt_json_text *in, int errnum, size_t at, const char *why);
/* A string that begins with the quote at in->at; *ret is malloced. */
int kt_json_scan_string(struct kt_json_text *in, char **ret);
/* A number; fills kind, number, is_whole and whole of RET. */
int kt_json_scan_number(struct kt_json_text *in, struct kt_json *ret);
