// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole text is tried first; then each line that begins like JSON, up to the bracket that
 * closes it. A number's name is the path to it, with the index of an array's element.
 */
#include "payload/extract.h"

#include <math.h>
#include <string.h>

#include "base/json_read.h"
#include "base/mem.h"
#include "base/str.h"

#define TRIES_MAX 64u /* beginnings that are looked at */

void kt_payload_values_done(struct kt_payload_values *v)
{
	kt_vec_each(item, &v->list)
		free(item->name);
	kt_vec_done(&v->list);
	v->dropped = 0;
}

const struct kt_payload_value *kt_payload_values_find(
	const struct kt_payload_values *v, const char *name)
{
	kt_vec_each(item, &v->list)
		if (!strcmp(item->name, name))
			return item;
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool holds_numbers(const struct kt_json *v)
{
	return kt_json_kind(v) == KT_JSON_OBJECT || kt_json_kind(v) == KT_JSON_ARRAY;
}

/* The bytes from TEXT, an opening bracket, to the one that closes it; 0: none does. */
static size_t span_of(const char *text, size_t bytes)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* A number alone would have no name: objects and arrays only. */
static struct kt_json *parse(const char *text, size_t bytes, struct kt_err *err)
{
	struct kt_json *root = NULL;
	if (!bytes || (*text != '{' && *text != '['))
		return NULL;
	return kt_json_parse(text, bytes, &root, err) < 0 ? NULL : root;
}

/* From the first line that begins a JSON text. ERR keeps why the last beginning was none. */
static struct kt_json *find_inside(const char *text, size_t bytes, struct kt_err *err)
{
	unsigned tries = 0;
	for (size_t at = 0; at < bytes && tries < TRIES_MAX;) {
		size_t line = at;
		while (line < bytes && (text[line] == ' ' || text[line] == '\t'))
			line++;
		bool begins = line < bytes && (text[line] == '{' || text[line] == '[');
		struct kt_json *root = NULL;
		if (begins) {
			tries++;
			root = parse(text + line, span_of(text + line, bytes - line), err);
		}
		if (root)
			return root;
		const char *end = memchr(text + at, '\n', bytes - at);
		at = end ? (size_t)(end - text) + 1 : bytes;
	}
	return NULL;
}

static struct kt_json *find_json(const char *text, size_t bytes, struct kt_err *err)
{
	while (bytes && is_blank(*text))
		text++, bytes--;
	while (bytes && is_blank(text[bytes - 1]))
		bytes--;
	struct kt_json *root = parse(text, bytes, err);
	return root ? root : find_inside(text, bytes, err);
}

/* The path so far, one buffer for all. */
struct path {
	char text[KT_PAYLOAD_VALUE_NAME_MAX + 1];
	size_t len;
	bool too_long;
};

struct walk {
	struct kt_payload_values *values;
	struct path path;
	bool failed; /* out of memory */
};

static void add_value(struct walk *w, double value)
{
	struct kt_payload_value item = {.value = value};
	if (!w->path.len || w->path.too_long || w->values->list.count == KT_PAYLOAD_VALUES_MAX ||
		!isfinite(value)) {
		w->values->dropped++;
		return;
	}
	item.name = strdup(w->path.text);
	if (item.name && kt_vec_push(&w->values->list, item) == 0)
		return;
	free(item.name);
	w->failed = true;
}

static void push_part(struct path *p, const char *part)
{
	size_t room = sizeof(p->text) - p->len;
	int n = snprintf(p->text + p->len, room, "%s%s", p->len ? "." : "", part);
	if (n < 0 || (size_t)n >= room)
		p->too_long = true;
	else
		p->len += (size_t)n;
}

/* As deep as the reader lets a document be. */
static void take_values(struct walk *w, const struct kt_json *v)
{
	if (kt_json_kind(v) == KT_JSON_NUMBER)
		add_value(w, kt_json_get_f64(v, 0));
	if (!holds_numbers(v))
		return;
	bool is_object = kt_json_kind(v) == KT_JSON_OBJECT;
	for (size_t i = 0; i < kt_json_count(v); i++) {
		struct path before = w->path;
		char index[24];
		snprintf(index, sizeof(index), "%zu", i);
		push_part(&w->path, is_object ? kt_json_key_at(v, i) : index);
		take_values(w, kt_json_at(v, i));
		w->path = before;
	}
}

static int fail_nothing(bool printed, const struct kt_err *why, struct kt_err *err)
{
	if (!printed)
		return kt_fail(err, ENOENT, "give it the option that makes it print JSON",
			"it printed nothing that could be read");
	if (why->code)
		return kt_fail(err, ENOENT, "make it print one whole JSON object or array",
			"what it printed is no JSON: %s", why->text);
	return kt_fail(err, ENOENT, "give it the option that makes it print JSON",
		"there is no JSON object or array in what it printed");
}

int kt_payload_extract(const char *out, size_t out_bytes, const char *said, size_t said_bytes,
	struct kt_payload_values *ret, struct kt_err *err)
{
	struct kt_err why = {0};
	KT_AUTO(kt_json_free) struct kt_json *root = find_json(out, out_bytes, &why);
	if (!root)
		root = find_json(said, said_bytes, why.code ? NULL : &why);
	if (!root)
		return fail_nothing(out_bytes || said_bytes, &why, err);
	struct kt_payload_values values = {0};
	struct walk w = {.values = &values};
	take_values(&w, root);
	if (w.failed) {
		kt_payload_values_done(&values);
		return kt_fail(err, ENOMEM, "give the machine more memory",
			"out of memory for its metrics");
	}
	*ret = values;
	return 0;
}
