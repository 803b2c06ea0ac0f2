// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading JSON: recursive descent over a buffer, bounded in depth and in nodes, because
 * results and cache entries may be damaged or made by others. The tree and its typed reads
 * are in json_tree.c, strings and numbers in json_scalar.c.
 */
#include "base/json_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_node.h"
#include "base/mem.h"

#define NODES_MAX 1000000u
#define DEPTH_MAX 32u

struct parser {
	struct kt_json_text in;
	size_t nodes;
	unsigned depth;
};

static int parse_value(struct parser *p, struct kt_json *ret);

static int fail(struct parser *p, const char *why)
{
	return kt_json_text_fail(&p->in, EINVAL, p->in.at, why);
}

/* NUL at the end; a NUL in the text begins no value either. */
static char peek(const struct parser *p)
{
	return p->in.at < p->in.bytes ? p->in.text[p->in.at] : '\0';
}

static void skip_space(struct parser *p)
{
	while (p->in.at < p->in.bytes && strchr(" \t\r\n", p->in.text[p->in.at]) &&
		p->in.text[p->in.at])
		p->in.at++;
}

/* Whether the next byte is C, which is then behind us. */
static bool take(struct parser *p, char c)
{
	if (p->in.at >= p->in.bytes || p->in.text[p->in.at] != c)
		return false;
	p->in.at++;
	return true;
}

/* A new last child of PARENT, still null. Valid until the next one. */
static struct kt_json *add_child(struct parser *p, struct kt_json *parent)
{
	if (parent->kids.count == parent->kids.room) {
		size_t room = parent->kids.room ? parent->kids.room * 2 : 4;
		struct kt_json *items = reallocarray(parent->kids.items, room, sizeof(*items));
		if (!items) {
			kt_json_text_fail(&p->in, ENOMEM, p->in.at, "out of memory");
			return NULL;
		}
		parent->kids.items = items;
		parent->kids.room = room;
	}
	struct kt_json *kid = &parent->kids.items[parent->kids.count++];
	*kid = (struct kt_json){.at = p->in.at};
	return kid;
}

/* The key goes into the member's own node, so that a failure half way frees it with the tree. */
static int parse_member(struct parser *p, struct kt_json *parent)
{
	if (peek(p) != '"')
		return fail(p, "expected a key in double quotes");
	struct kt_json *kid = add_child(p, parent);
	if (!kid)
		return -ENOMEM;
	int r = kt_json_scan_string(&p->in, &kid->key);
	if (r < 0)
		return r;
	skip_space(p);
	if (!take(p, ':'))
		return fail(p, "expected ':' after the key");
	skip_space(p);
	return parse_value(p, kid);
}

static int parse_element(struct parser *p, struct kt_json *parent)
{
	struct kt_json *kid = add_child(p, parent);
	return kid ? parse_value(p, kid) : -ENOMEM;
}

static int by_key_and_place(const void *a, const void *b)
{
	const struct kt_json *x = *(const struct kt_json *const *)a;
	const struct kt_json *y = *(const struct kt_json *const *)b;
	int order = strcmp(x->key, y->key);
	/* Of equals the later one comes second: it is the one to complain about. */
	return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

/* Sorted rather than compared pairwise: an object may have a million members. */
static int refuse_duplicates(struct parser *p, const struct kt_json *object)
{
	size_t count = object->kids.count;
	if (count < 2)
		return 0;
	KT_AUTOFREE const struct kt_json **sorted = calloc(count, sizeof(*sorted));
	if (!sorted)
		return kt_json_text_fail(&p->in, ENOMEM, p->in.at, "out of memory");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &object->kids.items[i];
	qsort(sorted, count, sizeof(const struct kt_json *), by_key_and_place);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(sorted[i - 1]->key, sorted[i]->key))
			return kt_json_text_fail(&p->in, EINVAL, sorted[i]->at,
				"this key stands twice in its object");
	return 0;
}

/* What stands between the brackets, up to and with CLOSE. */
static int parse_nest(struct parser *p, struct kt_json *ret, char close,
	int (*parse_one)(struct parser *p, struct kt_json *parent))
{
	if (p->depth == DEPTH_MAX)
		return kt_json_text_fail(&p->in, E2BIG, p->in.at, "nested deeper than 32 levels");
	p->depth++;
	p->in.at++;
	skip_space(p);
	/* A comma must be followed by another one: "[1,]" fails in PARSE_ONE. */
	for (bool first = true; !take(p, close); first = false) {
		if (!first && !take(p, ','))
			return fail(
				p, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
		skip_space(p);
		int r = parse_one(p, ret);
		if (r < 0)
			return r;
		skip_space(p);
	}
	p->depth--;
	return 0;
}

static int parse_object(struct parser *p, struct kt_json *ret)
{
	ret->kind = KT_JSON_OBJECT;
	int r = parse_nest(p, ret, '}', parse_member);
	return r < 0 ? r : refuse_duplicates(p, ret);
}

static int parse_word(struct parser *p, struct kt_json *ret)
{
	static const struct {
		const char *word;
		enum kt_json_kind kind;
		bool value;
	} words[] = {
		{"null", KT_JSON_NULL, false},
		{"true", KT_JSON_BOOL, true},
		{"false", KT_JSON_BOOL, false},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word);
		if (p->in.bytes - p->in.at < n || memcmp(p->in.text + p->in.at, words[i].word, n))
			continue;
		p->in.at += n;
		ret->kind = words[i].kind;
		ret->truth = words[i].value;
		return 0;
	}
	return fail(p, p->in.at < p->in.bytes ? "expected a value" : "the text ends early");
}

static int parse_value(struct parser *p, struct kt_json *ret)
{
	if (++p->nodes > NODES_MAX)
		return kt_json_text_fail(&p->in, E2BIG, p->in.at, "more than 1000000 values");
	char c = peek(p);
	if (c == '{')
		return parse_object(p, ret);
	if (c == '[') {
		ret->kind = KT_JSON_ARRAY;
		return parse_nest(p, ret, ']', parse_element);
	}
	if (c == '"') {
		int r = kt_json_scan_string(&p->in, &ret->string);
		if (!r)
			ret->kind = KT_JSON_STRING;
		return r;
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return kt_json_scan_number(&p->in, ret);
	return parse_word(p, ret);
}

int kt_json_parse(const char *text, size_t bytes, struct kt_json **ret, struct kt_err *err)
{
	struct parser p = {.in = {.text = text, .bytes = bytes, .err = err}};
	KT_AUTO(kt_json_free) struct kt_json *root = calloc(1, sizeof(*root));
	if (!root)
		return kt_json_text_fail(&p.in, ENOMEM, 0, "out of memory");
	skip_space(&p);
	int r = parse_value(&p, root);
	if (r < 0)
		return r;
	skip_space(&p);
	if (p.in.at < bytes)
		return fail(&p, "something stands behind the document's end");
	*ret = KT_TAKE(root);
	return 0;
}
