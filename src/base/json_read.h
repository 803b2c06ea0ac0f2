/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict, bounded JSON reader (RFC 8259): a document becomes a tree of nodes. Depth is at
 * most 32, nodes at most 1 million; duplicate keys, trailing bytes and bad UTF-8 are errors
 * that give line and column.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum kt_json_kind {
	KT_JSON_NULL,
	KT_JSON_BOOL,
	KT_JSON_NUMBER,
	KT_JSON_STRING,
	KT_JSON_ARRAY,
	KT_JSON_OBJECT,
};

struct kt_json; /* one value; owned by its document */

/* *ret is the root; kt_json_free() it. */
int kt_json_parse(const char *text, size_t bytes, struct kt_json **ret, struct kt_err *err);
void kt_json_free(struct kt_json *root);

enum kt_json_kind kt_json_kind(const struct kt_json *v);
/* Member KEY of an object; NULL when missing, V is NULL or not an object. */
const struct kt_json *kt_json_get(const struct kt_json *v, const char *key);
size_t kt_json_count(const struct kt_json *v); /* elements or members */
const struct kt_json *kt_json_at(const struct kt_json *v, size_t i);
const char *kt_json_key_at(const struct kt_json *v, size_t i);
/* Typed reads: the fallback when V is NULL or of another kind. */
const char *kt_json_get_str(const struct kt_json *v, const char *fallback);
double kt_json_get_f64(const struct kt_json *v, double fallback);
/* Exact for whole numbers 0..2^64-1. */
uint64_t kt_json_get_u64(const struct kt_json *v, uint64_t fallback);
bool kt_json_get_bool(const struct kt_json *v, bool fallback);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_json, kt_json_free);
