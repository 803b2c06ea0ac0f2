// SPDX-License-Identifier: GPL-2.0-only
/* A plain list; of those that are over only the latest of each name and cgroup is kept. */
#include "scenario/names_payload.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define LISTED 16u

const char *kt_names_payload_where(const char *cgroup, char *buf, size_t bytes)
{
	if (*cgroup)
		snprintf(buf, bytes, "cgroup '%s'", cgroup);
	else
		snprintf(buf, bytes, "the cgroup of the harness");
	return buf;
}

static bool matches(const struct kt_name_payload *p, const char *name, const char *cgroup)
{
	return !strcmp(p->name, name) && (!cgroup || !strcmp(p->cgroup, cgroup));
}

struct kt_name_payload *kt_names_payload_find(
	const struct kt_names *n, const char *name, const char *cgroup)
{
	kt_vec_each(p, &n->payloads)
		if (!p->gone && matches(p, name, cgroup))
			return p;
	return NULL;
}

static const struct kt_name_payload *find_gone(
	const struct kt_names *n, const char *name, const char *cgroup)
{
	const struct kt_name_payload *found = NULL;
	kt_vec_each(p, &n->payloads)
		if (p->gone && matches(p, name, cgroup))
			found = p;
	return found;
}

int kt_names_payload_add(struct kt_names *n, const char *name, const char *cgroup, bool persistent,
	const char *made, struct kt_err *err)
{
	struct kt_name_payload fresh = {.persistent = persistent};
	snprintf(fresh.name, sizeof(fresh.name), "%s", name);
	snprintf(fresh.cgroup, sizeof(fresh.cgroup), "%s", cgroup);
	snprintf(fresh.made, sizeof(fresh.made), "%s", made);
	const struct kt_name_payload *old = find_gone(n, name, cgroup);
	if (old)
		kt_vec_remove(&n->payloads, (size_t)(old - n->payloads.items));
	if (kt_vec_push(&n->payloads, fresh) < 0)
		return kt_fail(err, ENOMEM, "give the guest more memory",
			"out of memory for payload '%s'", name);
	return 0;
}

/* What runs, as "a (cgroup 'x')"; "none". NULL when out of memory. */
static char *running_text(const struct kt_names *n)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	char where[KT_NAMES_WHERE_BYTES];
	size_t shown = 0, more = 0;
	kt_vec_each(p, &n->payloads) {
		if (p->gone)
			continue;
		if (shown == LISTED) {
			more++;
			continue;
		}
		kt_str_addf(&text, "%s%s in %s", shown++ ? ", " : "", p->name,
			kt_names_payload_where(p->cgroup, where, sizeof(where)));
	}
	if (more)
		kt_str_addf(&text, " and %zu more", more);
	if (!shown)
		kt_str_add(&text, "none");
	return kt_str_take(&text);
}

static int fail_none(const struct kt_names *n, const char *op, const struct kt_payload_key *key,
	struct kt_err *err)
{
	char where[KT_NAMES_WHERE_BYTES] = "";
	if (key->cgroup)
		kt_names_payload_where(key->cgroup, where, sizeof(where));
	const char *in = key->cgroup ? " in " : "";
	const struct kt_name_payload *gone = find_gone(n, key->name, key->cgroup);
	if (gone)
		return kt_fail(err, EINVAL,
			"wait for a payload or kill it once, while it runs; to use it again start "
			"it again",
			"%s: payload '%s'%s%s is over: it was started by %s and ended by %s", op,
			key->name, in, where, gone->made, gone->ended);
	KT_AUTOFREE char *running = running_text(n);
	return kt_fail(err, EINVAL,
		"start it first, with the op run_payload or as .payload of a cgroup, in this step "
		"or the backdrop",
		"%s: no payload '%s' runs%s%s; running: %s", op, key->name, in, where,
		running ? running : "?");
}

static int fail_ambiguous(const struct kt_names *n, const char *op, const char *name, size_t count,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	char where[KT_NAMES_WHERE_BYTES];
	size_t shown = 0;
	kt_vec_each(p, &n->payloads)
		if (!p->gone && matches(p, name, NULL) && shown < LISTED)
			kt_str_addf(&text, "%s%s", shown++ ? ", " : "",
				kt_names_payload_where(p->cgroup, where, sizeof(where)));
	return kt_fail(err, EINVAL,
		"say which one: .cgroup = \"name\", or .in_runner = true for the one in the "
		"cgroup of the harness",
		"%s: %zu payloads '%s' run, in %s", op, count, name, kt_str_get(&text));
}

int kt_names_payload_pick(const struct kt_names *n, const char *op,
	const struct kt_payload_key *key, struct kt_name_payload **ret, struct kt_err *err)
{
	size_t count = 0;
	kt_vec_each(p, &n->payloads)
		count += !p->gone && matches(p, key->name, key->cgroup);
	if (!count)
		return fail_none(n, op, key, err);
	if (count > 1)
		return fail_ambiguous(n, op, key->name, count, err);
	*ret = kt_names_payload_find(n, key->name, key->cgroup);
	return 0;
}

void kt_names_payload_end(struct kt_name_payload *p, const char *ended)
{
	p->gone = true;
	snprintf(p->ended, sizeof(p->ended), "%s", ended);
}

void kt_names_payload_end_all(
	struct kt_names *n, const char *cgroup, bool persistent, const char *ended)
{
	kt_vec_each(p, &n->payloads)
		if (!p->gone && (cgroup ? !strcmp(p->cgroup, cgroup) : p->persistent == persistent))
			kt_names_payload_end(p, ended);
}

bool kt_names_payload_in(const struct kt_names *n, const char *cgroup)
{
	kt_vec_each(p, &n->payloads)
		if (!p->gone && !strcmp(p->cgroup, cgroup))
			return true;
	return false;
}
