// SPDX-License-Identifier: GPL-2.0-only
/*
 * One list for both lifetimes; a collision is refused, so at most one item of a name exists.
 * Of the items that are gone only the latest of each name is kept, which bounds the list.
 */
#include "scenario/names.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "scenario/names_payload.h"

#define FIX_MEMORY   "give the guest more memory"
#define LISTED_NAMES 16

void kt_names_done(struct kt_names *n)
{
	kt_vec_done(&n->list);
	kt_vec_done(&n->payloads);
	n->runner_workers = n->runner_kept = 0;
}

int kt_names_copy(const struct kt_names *from, struct kt_names *ret, struct kt_err *err)
{
	struct kt_names copy = {
		.runner_workers = from->runner_workers, .runner_kept = from->runner_kept};
	bool failed = false;
	kt_vec_each(item, &from->list)
		failed |= kt_vec_push(&copy.list, *item) < 0;
	kt_vec_each(payload, &from->payloads)
		failed |= kt_vec_push(&copy.payloads, *payload) < 0;
	if (failed) {
		kt_names_done(&copy);
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for cgroup names");
	}
	*ret = copy;
	return 0;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-' || c == '/';
}

/* What is wrong with one part between slashes, or NULL. */
static const char *part_defect(const char *part, size_t len)
{
	/* The kernel keeps these prefixes for the files of a cgroup. */
	static const char *const reserved[] = {"cgroup.", "cpuset.", "cpu.", "memory.", "io.",
		"pids.", "misc.", "rdma.", "hugetlb.", "irq."};
	if (!len)
		return "has an empty part";
	if (len == 2 && !strncmp(part, "..", 2))
		return "leads upward with '..'";
	if (len == 1 && *part == '.')
		return "has a part '.'";
	for (size_t i = 0; i < KT_ARRAY_LEN(reserved); i++)
		if (len > strlen(reserved[i]) && kt_starts_with(part, reserved[i]))
			return "begins like a file of the kernel's cgroups";
	return NULL;
}

static const char *name_defect(const char *name)
{
	if (!name || !*name)
		return "is empty";
	if (*name == '/')
		return "begins with '/'";
	if (strlen(name) >= KT_NAME_BYTES)
		return "is longer than 127 bytes";
	for (const char *p = name; *p; p++)
		if (!is_name_byte(*p))
			return "has a byte that is no letter, digit, '.', '_', '-' or '/'";
	for (const char *part = name;;) {
		size_t len = strcspn(part, "/");
		const char *defect = part_defect(part, len);
		if (defect || !part[len])
			return defect;
		part += len + 1;
	}
}

int kt_names_check_syntax(const char *name, struct kt_err *err)
{
	const char *defect = name_defect(name);
	if (!defect)
		return 0;
	return kt_fail(err, EINVAL,
		"write a relative name such as \"left\" or \"left/inner\", at most 127 letters, "
		"digits, '.', '_' or '-'",
		"cgroup name '%.140s' %s", name ? name : "", defect);
}

bool kt_names_within(const char *name, const char *outer)
{
	size_t len = strlen(outer);
	return !strncmp(name, outer, len) && (!name[len] || name[len] == '/');
}

static struct kt_name *find(const struct kt_names *n, const char *name, bool gone)
{
	kt_vec_each(item, &n->list)
		if (item->gone == gone && !strcmp(item->name, name))
			return item;
	return NULL;
}

struct kt_name *kt_names_find(const struct kt_names *n, const char *name)
{
	return find(n, name, false);
}

const struct kt_name *kt_names_find_gone(const struct kt_names *n, const char *name)
{
	return find(n, name, true);
}

const struct kt_name *kt_names_find_nested(const struct kt_names *n, const char *name)
{
	kt_vec_each(item, &n->list)
		if (!item->gone && strcmp(item->name, name) && kt_names_within(item->name, name))
			return item;
	return NULL;
}

int kt_names_add(
	struct kt_names *n, const char *name, bool persistent, const char *made, struct kt_err *err)
{
	struct kt_name fresh = {.persistent = persistent};
	snprintf(fresh.name, sizeof(fresh.name), "%s", name);
	snprintf(fresh.made, sizeof(fresh.made), "%s", made);
	struct kt_name *old = find(n, name, true);
	if (old)
		kt_vec_remove(&n->list, (size_t)(old - n->list.items));
	if (kt_vec_push(&n->list, fresh) < 0)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for cgroup '%s'", name);
	return 0;
}

void kt_names_end(struct kt_name *entry, const char *ended)
{
	entry->gone = true;
	entry->workers = entry->kept = 0;
	snprintf(entry->ended, sizeof(entry->ended), "%s", ended);
}

void kt_names_end_all(struct kt_names *n, bool persistent, const char *ended)
{
	kt_vec_each(item, &n->list)
		if (!item->gone && item->persistent == persistent)
			kt_names_end(item, ended);
	kt_names_payload_end_all(n, NULL, persistent, ended);
}

void kt_names_set_cpuset(struct kt_names *n, const char *name, const struct kt_cpus *cpus)
{
	kt_vec_each(item, &n->list) {
		if (item->gone || !kt_names_within(name, item->name))
			continue;
		if (strcmp(item->name, name)) {
			item->gives_controllers |= cpus != NULL;
			continue;
		}
		item->confined = cpus != NULL;
		item->cpus = cpus ? *cpus : (struct kt_cpus){0};
	}
}

void kt_names_set_knobs(struct kt_names *n, const char *name)
{
	kt_vec_each(item, &n->list)
		if (!item->gone && strcmp(item->name, name) && kt_names_within(name, item->name))
			item->gives_controllers = true;
}

bool kt_names_allowed(const struct kt_names *n, const char *name, struct kt_cpus *ret)
{
	bool any = false;
	struct kt_cpus allowed = {0};
	kt_vec_each(item, &n->list) {
		if (item->gone || !item->confined || !kt_names_within(name, item->name))
			continue;
		allowed = any ? kt_cpus_and(&allowed, &item->cpus) : item->cpus;
		any = true;
	}
	if (any)
		*ret = allowed;
	return any;
}

char *kt_names_text(const struct kt_names *n)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	size_t shown = 0, more = 0;
	kt_vec_each(item, &n->list) {
		if (item->gone)
			continue;
		if (shown == LISTED_NAMES) {
			more++;
			continue;
		}
		kt_str_addf(&text, "%s%s", shown++ ? ", " : "", item->name);
	}
	if (more)
		kt_str_addf(&text, " and %zu more", more);
	if (!shown)
		kt_str_add(&text, "none");
	return kt_str_take(&text);
}

const char *kt_names_nearest(const struct kt_names *n, const char *name)
{
	KT_VEC(const char *) alive = {0};
	const char *nearest = NULL;
	kt_vec_each(item, &n->list)
		if (!item->gone && kt_vec_push(&alive, item->name) < 0)
			break; /* a hint only: what fitted is searched */
	if (alive.count)
		nearest = kt_nearest(name, alive.items, alive.count);
	kt_vec_done(&alive);
	return nearest;
}
