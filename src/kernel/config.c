// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments and the verification of what became of them. The marks are comments, so that
 * the same file goes through the kernel's own merge_config.sh.
 */
#include "kernel/config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define LINE_BYTES_MAX 1024

/* Where a fragment's reader stands. */
struct reader {
	struct kt_kconfig *k;
	const char *origin;
	bool required;
	char needs[LINE_BYTES_MAX]; /* for the next option */
	unsigned line;
};

static struct kt_kconfig_option *find_option(const struct kt_kconfig *k, const char *name)
{
	kt_vec_each(o, &k->options) {
		if (!strcmp(o->name, name))
			return o;
	}
	return NULL;
}

static void option_done(struct kt_kconfig_option *o)
{
	free(o->name);
	free(o->value);
	free(o->needs);
}

static int contradiction(const struct reader *r, const struct kt_kconfig_option *old,
	const char *value, struct kt_err *err)
{
	return kt_fail(err, EINVAL, "take the line out of the fragment",
		"%s:%u: %s=%s contradicts %s=%s, which is required (%s)", r->origin, r->line,
		old->name, value, old->name, old->value, old->origin);
}

static int add_option(struct reader *r, const char *name, const char *value, struct kt_err *err)
{
	struct kt_kconfig_option *old = find_option(r->k, name);
	if (old && old->required)
		return strcmp(old->value, value) ? contradiction(r, old, value, err) : 0;
	struct kt_kconfig_option o = {
		.name = strdup(name),
		.value = strdup(value),
		.needs = r->needs[0] ? strdup(r->needs) : NULL,
		.origin = r->origin,
		.required = r->required,
	};
	bool failed = !o.name || !o.value || (r->needs[0] && !o.needs);
	r->needs[0] = '\0';
	if (failed || (!old && kt_vec_push(&r->k->options, o) < 0)) {
		option_done(&o);
		return kt_fail(err, ENOMEM, "free some memory", "%s: out of memory", r->origin);
	}
	if (old) {
		option_done(old);
		*old = o;
	}
	return 0;
}

/* "#: WORD ..." */
static int take_mark(struct reader *r, const char *mark, struct kt_err *err)
{
	mark += strspn(mark, " \t");
	if (!strcmp(mark, "required") || !strcmp(mark, "optional")) {
		r->required = mark[0] == 'r';
		return 0;
	}
	if (kt_starts_with(mark, "needs ")) {
		snprintf(r->needs, sizeof(r->needs), "%s", mark + 6);
		return 0;
	}
	return kt_fail(err, EINVAL, "write '#: required', '#: optional' or '#: needs TEXT'",
		"%s:%u: unknown mark '#: %s'", r->origin, r->line, mark);
}

static int take_line(struct reader *r, char *line, struct kt_err *err)
{
	static const char unset[] = " is not set";
	if (kt_starts_with(line, "#:"))
		return take_mark(r, line + 2, err);
	if (kt_starts_with(line, "# CONFIG_") && kt_ends_with(line, unset)) {
		line[strlen(line) - strlen(unset)] = '\0';
		return add_option(r, line + 2, "n", err);
	}
	if (line[0] == '#' || line[0] == '\0')
		return 0;
	char *equals = strchr(line, '=');
	if (!kt_starts_with(line, "CONFIG_") || !equals)
		return kt_fail(err, EINVAL, "write CONFIG_NAME=VALUE or '# CONFIG_NAME is not set'",
			"%s:%u: '%s' is no kernel option", r->origin, r->line, line);
	*equals = '\0';
	return add_option(r, line, equals + 1, err);
}

/* The line at *TEXT into BUF without trailing white space; moves on. false when it is too long. */
static bool next_line(const char **text, char buf[LINE_BYTES_MAX])
{
	size_t len = strcspn(*text, "\n");
	const char *start = *text;
	*text += len + (start[len] == '\n');
	while (len && strchr(" \t\r", start[len - 1]))
		len--;
	if (len >= LINE_BYTES_MAX)
		return false;
	memcpy(buf, start, len);
	buf[len] = '\0';
	return true;
}

int kt_kconfig_add(struct kt_kconfig *k, const char *text, const char *origin, struct kt_err *err)
{
	struct reader r = {.k = k, .origin = origin};
	char line[LINE_BYTES_MAX];
	while (*text) {
		r.line++;
		if (!next_line(&text, line))
			return kt_fail(err, EINVAL, "shorten the line", "%s:%u: line is too long",
				origin, r.line);
		int e = take_line(&r, line, err);
		if (e < 0)
			return e;
	}
	return 0;
}

void kt_kconfig_done(struct kt_kconfig *k)
{
	kt_vec_each(o, &k->options)
		option_done(o);
	kt_vec_done(&k->options);
}

bool kt_kconfig_get(const char *config, const char *name, char *ret, size_t room)
{
	size_t name_len = strlen(name);
	for (const char *p = config; (p = strstr(p, name)); p += name_len) {
		if ((p != config && p[-1] != '\n') || p[name_len] != '=')
			continue;
		const char *value = p + name_len + 1;
		snprintf(ret, room, "%.*s", (int)strcspn(value, "\r\n"), value);
		return true;
	}
	return false;
}

/* Does .config give O the value it asked for? What it has goes to HAS, "" when it has none. */
static bool survived(const struct kt_kconfig_option *o, const char *config, char *has, size_t room)
{
	has[0] = '\0';
	if (!kt_kconfig_get(config, o->name, has, room))
		return !strcmp(o->value, "n");
	return !strcmp(o->value, has);
}

static int fail_required(const struct kt_kconfig_option *o, const char *has, struct kt_err *err)
{
	struct kt_str text = {0};
	kt_str_addf(&text, "required kernel option %s=%s (%s) ", o->name, o->value, o->origin);
	if (has[0])
		kt_str_addf(&text, "became '%s'", has);
	else
		kt_str_add(&text, "was dropped by olddefconfig");
	if (o->needs)
		kt_str_addf(&text, "; it needs %s", o->needs);
	else
		kt_str_add(&text, "; nothing is known that it needs: the source may not have it");
	int r = kt_fail(err, EINVAL,
		"enable what it needs with --config FRAGMENT, or build a kernel that has it", "%s",
		kt_str_get(&text));
	kt_str_done(&text);
	return r;
}

int kt_kconfig_verify(
	const struct kt_kconfig *k, const char *config, struct kt_str *lost, struct kt_err *err)
{
	char has[LINE_BYTES_MAX];
	kt_vec_each(o, &k->options) {
		if (survived(o, config, has, sizeof(has)))
			continue;
		if (o->required)
			return fail_required(o, has, err);
		kt_str_addf(lost, "%s\n", o->name);
	}
	return 0;
}
