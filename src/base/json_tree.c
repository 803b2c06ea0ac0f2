// SPDX-License-Identifier: GPL-2.0-only
/* What callers do with a JSON document: look up, read with a fallback, free. */
#include "base/json_node.h"

#include <stdlib.h>
#include <string.h>

static bool has_kids(const struct kt_json *v)
{
	return v && (v->kind == KT_JSON_ARRAY || v->kind == KT_JSON_OBJECT);
}

/* As deep as the reader's limit. */
static void free_inside(struct kt_json *v)
{
	free(v->key);
	if (v->kind == KT_JSON_STRING)
		free(v->string);
	if (!has_kids(v))
		return;
	for (size_t i = 0; i < v->kids.count; i++)
		free_inside(&v->kids.items[i]);
	free(v->kids.items);
}

void kt_json_free(struct kt_json *root)
{
	if (!root)
		return;
	free_inside(root);
	free(root);
}

enum kt_json_kind kt_json_kind(const struct kt_json *v)
{
	return v ? v->kind : KT_JSON_NULL;
}

const struct kt_json *kt_json_get(const struct kt_json *v, const char *key)
{
	if (!v || v->kind != KT_JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < v->kids.count; i++)
		if (!strcmp(v->kids.items[i].key, key))
			return &v->kids.items[i];
	return NULL;
}

size_t kt_json_count(const struct kt_json *v)
{
	return has_kids(v) ? v->kids.count : 0;
}

const struct kt_json *kt_json_at(const struct kt_json *v, size_t i)
{
	return i < kt_json_count(v) ? &v->kids.items[i] : NULL;
}

const char *kt_json_key_at(const struct kt_json *v, size_t i)
{
	return i < kt_json_count(v) ? v->kids.items[i].key : NULL;
}

const char *kt_json_get_str(const struct kt_json *v, const char *fallback)
{
	return v && v->kind == KT_JSON_STRING ? v->string : fallback;
}

double kt_json_get_f64(const struct kt_json *v, double fallback)
{
	return v && v->kind == KT_JSON_NUMBER ? v->number : fallback;
}

uint64_t kt_json_get_u64(const struct kt_json *v, uint64_t fallback)
{
	return v && v->kind == KT_JSON_NUMBER && v->is_whole ? v->whole : fallback;
}

bool kt_json_get_bool(const struct kt_json *v, bool fallback)
{
	return v && v->kind == KT_JSON_BOOL ? v->truth : fallback;
}
