// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constructors call ktstr_link() before main() in an order nobody promises, so the list is
 * only a bag of nodes; kt_registry_freeze() brings order and judges what was declared.
 */
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static struct ktstr_node *linked;

__attribute__((visibility("default"))) void ktstr_link(struct ktstr_node *node)
{
	node->next = linked;
	linked = node;
}

static int by_place(const void *a, const void *b)
{
	const struct ktstr_test *x = *(const struct ktstr_test *const *)a;
	const struct ktstr_test *y = *(const struct ktstr_test *const *)b;
	int order = strcmp(x->file, y->file);
	if (!order)
		order = (x->line > y->line) - (x->line < y->line);
	return order ? order : strcmp(x->name, y->name);
}

static void find_duplicates(const struct kt_registry *reg, struct kt_str *faults)
{
	for (size_t i = 0; i < reg->count; i++) {
		for (size_t j = i + 1; j < reg->count; j++) {
			const struct ktstr_test *a = reg->tests[i], *b = reg->tests[j];
			if (strcmp(a->name, b->name) == 0)
				kt_str_addf(faults,
					"%stest '%s' is declared twice: %s:%d and %s:%d",
					faults->len ? "\n" : "", a->name, a->file, a->line, b->file,
					b->line);
		}
	}
}

static void find_undescribed(const struct kt_registry *reg, struct kt_str *faults)
{
	for (size_t i = 0; i < reg->count; i++) {
		const struct ktstr_test *t = reg->tests[i];
		if (!t->description || !*t->description || strchr(t->description, '\n'))
			kt_str_addf(faults, "%s%s:%d: test '%s' needs a description of one line",
				faults->len ? "\n" : "", t->file, t->line, t->name);
	}
}

int kt_registry_freeze(struct kt_registry *ret, struct kt_err *err)
{
	struct kt_registry reg = {0};
	for (const struct ktstr_node *n = linked; n; n = n->next)
		reg.count++;
	reg.tests = calloc(reg.count + 1, sizeof(*reg.tests));
	if (!reg.tests)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to list the tests");
	size_t i = 0;
	for (const struct ktstr_node *n = linked; n; n = n->next)
		reg.tests[i++] = n->test;
	qsort(reg.tests, reg.count, sizeof(*reg.tests), by_place);

	KT_AUTO_DONE(kt_str_done) struct kt_str faults = {0};
	find_duplicates(&reg, &faults);
	find_undescribed(&reg, &faults);
	if (faults.len) {
		kt_registry_done(&reg);
		return kt_fail(err, EINVAL, "give every test its own name and a description", "%s",
			kt_str_get(&faults));
	}
	*ret = reg;
	return 0;
}

void kt_registry_done(struct kt_registry *reg)
{
	free(reg->tests);
	*reg = (struct kt_registry){0};
}

const struct ktstr_test *kt_registry_find(const struct kt_registry *reg, const char *name)
{
	for (size_t i = 0; i < reg->count; i++)
		if (strcmp(reg->tests[i]->name, name) == 0)
			return reg->tests[i];
	return NULL;
}

const char *kt_registry_nearest(const struct kt_registry *reg, const char *name)
{
	KT_AUTOFREE const char **names = calloc(reg->count + 1, sizeof(*names));
	if (!names)
		return NULL;
	for (size_t i = 0; i < reg->count; i++)
		names[i] = reg->tests[i]->name;
	return kt_nearest(name, names, reg->count);
}

static bool is_selected(const char *name, const struct kt_registry_pattern *patterns, size_t count)
{
	bool any_positive = false, wanted = false;
	for (size_t i = 0; i < count; i++) {
		const char *text = patterns[i].text;
		if (!patterns[i].exact && text[0] == '!') {
			if (kt_glob_match(text + 1, name))
				return false;
			continue;
		}
		any_positive = true;
		wanted |= patterns[i].exact ? !strcmp(text, name) : kt_glob_match(text, name);
	}
	return wanted || !any_positive;
}

void kt_registry_filter(
	struct kt_registry *reg, const struct kt_registry_pattern *patterns, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < reg->count; i++)
		if (is_selected(reg->tests[i]->name, patterns, count))
			reg->tests[kept++] = reg->tests[i];
	reg->count = kept;
}
