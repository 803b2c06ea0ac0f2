// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of parameters. A number's limit follows from the ending of its name, so that a row
 * needs none of its own: what a test may wait for, allocate or count.
 */
#include "work/param.h"

#include <math.h>
#include <string.h>

#include "base/cpumask.h"
#include "base/mem.h"
#include "base/str.h"

#define NUMBER_MAX 1000000000u
#define TEXT_MAX   256u
#define PHASES_MAX 64u
#define US_MAX	   (60u * 60 * 1000 * 1000)

/* The first ending that fits counts. */
static const struct {
	const char *ending;
	unsigned max;
} endings[] = {
	{"_ms", 60u * 60 * 1000},		       /* an hour: longer than any test */
	{"_us", 60u * 60 * 1000 * 1000},	       /* the same */
	{"_kib", 4u << 20},			       /* 4 GiB */
	{"_mib", 64u << 10},			       /* 64 GiB */
	{"_pct", 100}, {"_hz", 1000000}, {"prio", 99}, /* of a real-time policy */
};

static unsigned limit_of(const char *name)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(endings); i++) {
		if (kt_ends_with(name, endings[i].ending))
			return endings[i].max;
	}
	return NUMBER_MAX;
}

int kt_work_param_num(const struct kt_param_of *of, unsigned value, struct kt_err *err)
{
	unsigned max = limit_of(of->name);
	if (value <= max)
		return 0;
	(void)kt_fail(err, EINVAL, "use a smaller value",
		"work %s: %s is %u, above its limit of %u", of->kind, of->name, value,
		max); /* the code comes from kt_fix */
	return kt_fix(err, "set .%s = {.%s = N} with N from 1 to %u; 0 stands for %s", of->kind,
		of->name, max, of->standard);
}

int kt_work_param_real(const struct kt_param_of *of, double value, struct kt_err *err)
{
	if (isfinite(value) && value >= 0 && value <= (double)NUMBER_MAX)
		return 0;
	(void)kt_fail(err, EINVAL, "use another value",
		"work %s: %s is %g, not a number from 0 to %u", of->kind, of->name, value,
		NUMBER_MAX); /* the code comes from kt_fix */
	return kt_fix(err, "set .%s = {.%s = N} with N above 0; 0 stands for %s", of->kind,
		of->name, of->standard);
}

int kt_work_param_flag(const struct kt_param_of *of, bool value, struct kt_err *err)
{
	(void)of;
	(void)value;
	(void)err;
	return 0; /* both are fine */
}

int kt_work_param_str(const struct kt_param_of *of, const char *value, struct kt_err *err)
{
	if (!value || strnlen(value, TEXT_MAX) < TEXT_MAX)
		return 0;
	return kt_fail(err, EINVAL, "use a shorter text",
		"work %s: %s has %u bytes or more, which is too long", of->kind, of->name,
		TEXT_MAX);
}

int kt_work_param_nodes(const struct kt_param_of *of, const char *value, struct kt_err *err)
{
	struct kt_cpus nodes;
	int r = value ? kt_cpus_parse(value, &nodes, err) : 0;
	return r < 0 ? kt_wrap(err, r, "work %s: %s", of->kind, of->name) : 0;
}

/* Required: what is run cannot be guessed. */
int kt_work_param_fn(const struct kt_param_of *of, ktstr_custom_fn value, struct kt_err *err)
{
	if (value)
		return 0;
	return kt_fail(err, EINVAL, "set .custom = {.run = FUNCTION}", "work %s has no function",
		of->kind);
}

int kt_work_param_config(
	const struct kt_param_of *of, const struct ktstr_custom_config *value, struct kt_err *err)
{
	(void)of;
	(void)value;
	(void)err;
	return 0; /* what it means is known to the function only */
}

static int check_phase(
	const struct kt_param_of *of, size_t i, const struct ktstr_phase *phase, struct kt_err *err)
{
	if (phase->kind >= KTSTR_PHASE_COUNT)
		return kt_fail(err, EINVAL, "write each phase with KTSTR_PHASE(kind, us)",
			"work %s: phase %zu is of no known kind", of->kind, i);
	if (!phase->us || phase->us > US_MAX)
		return kt_fail(err, EINVAL, "let each phase last from 1 us to an hour",
			"work %s: phase %zu lasts %u us", of->kind, i, phase->us);
	return 0;
}

int kt_work_param_phases(
	const struct kt_param_of *of, const struct ktstr_phase *value, struct kt_err *err)
{
	size_t count = 0;
	for (; value && value[count].kind != KTSTR_PHASE_END; count++) {
		int r = check_phase(of, count, &value[count], err);
		if (r < 0)
			return r;
		if (count == PHASES_MAX)
			return kt_fail(err, EINVAL,
				"use fewer, and write the list with KTSTR_PHASES",
				"work %s has more than %u phases", of->kind, PHASES_MAX);
	}
	if (count)
		return 0;
	return kt_fail(err, EINVAL,
		"set .sequence = {.phases = KTSTR_PHASES(KTSTR_PHASE(spin, 500))}",
		"work %s has no phases", of->kind);
}

static const struct {
	const char *type;
	const char *values[16]; /* ends with NULL */
} choices[] = {
#define V(prefix, value)  #value,
#define CHOICE(type, ...) {#type, {__VA_ARGS__ NULL}},
#include "macros/work_choice.def"
#undef CHOICE
#undef V
};

const char *const *kt_work_choice_values(const char *type, size_t *ret_count)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(choices); i++) {
		if (strcmp(choices[i].type, type))
			continue;
		size_t count = 0;
		while (choices[i].values[count])
			count++;
		*ret_count = count;
		return choices[i].values;
	}
	return NULL;
}

int kt_work_param_choice(
	const struct kt_param_of *of, const char *type, unsigned value, struct kt_err *err)
{
	size_t count = 0;
	const char *const *values = kt_work_choice_values(type, &count);
	if (value < count)
		return 0;
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0};
	for (size_t i = 0; i < count; i++)
		kt_str_addf(&all, "%s%s", i ? ", " : "", values[i]);
	(void)kt_fail(err, EINVAL, "use a value of its enum", "work %s: %s is %u, which is no %s",
		of->kind, of->name, value, type); /* the code comes from kt_fix */
	return kt_fix(err, "it may be %s", kt_str_get(&all));
}
