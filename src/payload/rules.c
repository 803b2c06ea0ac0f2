// SPDX-License-Identifier: GPL-2.0-only
/* One function per part of a description, in the order of its fields. */
#include "payload/rules.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define TIMEOUT_MAX_MS (24ull * 3600 * 1000)

const char *kt_payload_name(const struct ktstr_payload *p)
{
	const char *name = p->name ? p->name : p->program ? p->program : "";
	const char *slash = p->name ? NULL : strrchr(name, '/');
	return slash ? slash + 1 : name;
}

static const char *name_defect(const char *name)
{
	if (!*name)
		return "is empty";
	if (strlen(name) >= KT_PAYLOAD_NAME_BYTES)
		return "is longer than 63 bytes";
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c <= ' ' || c == 0x7f || c == '/' || c == '\\' || c == '\'')
			return "has a byte that no name may have";
	}
	return NULL;
}

static int check_name(const struct ktstr_payload *p, struct kt_err *err)
{
	if (!p->program || !*p->program)
		return kt_fail(err, EINVAL, "write .program = \"name\", or a path to the program",
			"payload '%s' has no program", p->name ? p->name : "");
	if (strpbrk(p->program, "\t\n"))
		return kt_fail(err, EINVAL, "rename the program",
			"the path of program '%s' has a tab or the end of a line", p->program);
	const char *defect = name_defect(kt_payload_name(p));
	if (!defect)
		return 0;
	return kt_fail(err, EINVAL,
		"write .name = \"...\": one word of at most 63 bytes without '/', '\\' and quotes",
		"payload name '%.80s' %s", kt_payload_name(p), defect);
}

static int check_kind(const struct ktstr_payload *p, struct kt_err *err)
{
	switch (p->kind) {
	case KTSTR_PAYLOAD_BINARY:
		return 0;
	case KTSTR_PAYLOAD_SCHEDULER:
		return kt_fail(err, EINVAL,
			"leave the payload out: this version starts no schedulers, it runs tests "
			"on the kernel's own",
			"'%s' is a scheduler, and no step, cgroup or backdrop can run one",
			kt_payload_name(p));
	}
	return kt_fail(err, EINVAL, "use KTSTR_PAYLOAD_BINARY", "payload '%s': %u is no kind",
		kt_payload_name(p), (unsigned)p->kind);
}

/* A list of texts: an end, and none of them empty unless they may be. */
static int check_texts(const char *const *list, const char *field, const char *macro,
	bool may_be_empty, struct kt_err *err)
{
	for (size_t i = 0; list && list[i]; i++) {
		if (i == KT_PAYLOAD_LIST_MAX) {
			int r = kt_fail(err, EINVAL, "end the list",
				".%s has no end within %u elements", field, KT_PAYLOAD_LIST_MAX);
			kt_fix(err, "write it with %s(...), which ends it", macro);
			return r;
		}
		if (!may_be_empty && !*list[i])
			return kt_fail(err, EINVAL, "leave it out, or write what was meant",
				".%s: element %zu is empty", field, i);
	}
	return 0;
}

static int check_flags(const struct ktstr_payload *p, struct kt_err *err)
{
	int r = check_texts(p->known_flags, "known_flags", "KTSTR_FLAGS", false, err);
	for (size_t i = 0; r == 0 && p->known_flags && p->known_flags[i]; i++)
		if (p->known_flags[i][0] == '-' || strchr(p->known_flags[i], '='))
			return kt_fail(err, EINVAL,
				"write the bare name of the option, such as \"runtime\"",
				".known_flags: '%s' has dashes or a value", p->known_flags[i]);
	return r;
}

static int check_output(const struct ktstr_payload *p, struct kt_err *err)
{
	switch (p->output) {
	case KTSTR_OUTPUT_JSON:
		return 0;
	case KTSTR_OUTPUT_EXIT_CODE:
		if (!p->hints || !p->hints[0].name)
			return 0;
		return kt_fail(err, EINVAL, "write .output = KTSTR_OUTPUT_JSON, or drop .hints",
			"it has hints about metrics, but nothing that it prints is read");
	}
	return kt_fail(err, EINVAL, "use KTSTR_OUTPUT_EXIT_CODE or KTSTR_OUTPUT_JSON",
		"%u is no way to read what it prints", (unsigned)p->output);
}

static int check_hint(const struct ktstr_metric_hint *h, size_t i, struct kt_err *err)
{
	if (!*h[i].name)
		return kt_fail(err, EINVAL, "name the metric by its path, such as \"jobs.0.iops\"",
			"hint %zu has an empty name", i);
	if ((unsigned)h[i].polarity > KTSTR_POLARITY_TARGET)
		return kt_fail(err, EINVAL, "use KTSTR_HIGHER, KTSTR_LOWER or KTSTR_TARGET",
			"hint '%s': %u is no polarity", h[i].name, (unsigned)h[i].polarity);
	if (h[i].polarity == KTSTR_POLARITY_TARGET && !isfinite(h[i].target))
		return kt_fail(err, EINVAL, "give a finite target",
			"hint '%s': the target %g is no number", h[i].name, h[i].target);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(h[i].name, h[j].name))
			return kt_fail(err, EINVAL, "keep one of the two",
				"two hints, %zu and %zu, are about metric '%s'", j, i, h[i].name);
	return 0;
}

int kt_payload_check_hints(const struct ktstr_metric_hint *hints, struct kt_err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && hints && hints[i].name; i++) {
		if (i == KT_PAYLOAD_LIST_MAX)
			return kt_fail(err, EINVAL, "write it with KTSTR_HINTS(...), which ends it",
				"the list of hints has no end within %u elements",
				KT_PAYLOAD_LIST_MAX);
		r = check_hint(hints, i, err);
	}
	return r;
}

static int check_metric(const struct ktstr_payload *p, const struct ktstr_payload_check *c,
	double from, double to, struct kt_err *err)
{
	if (!c->metric || !*c->metric)
		return kt_fail(err, EINVAL, "name the metric by its path, such as \"jobs.0.iops\"",
			"a check names no metric");
	if (p->output != KTSTR_OUTPUT_JSON)
		return kt_fail(err, EINVAL, "write .output = KTSTR_OUTPUT_JSON, or drop the check",
			"the check of metric '%s' cannot be met: nothing that it prints is read",
			c->metric);
	if (!isfinite(from) || !isfinite(to))
		return kt_fail(err, EINVAL, "use finite bounds",
			"the check of metric '%s' has a bound that is no number", c->metric);
	if (from > to)
		return kt_fail(err, EINVAL, "swap the two",
			"the check of metric '%s' can never be met: %g is above %g", c->metric,
			from, to);
	return 0;
}

static int check_check(
	const struct ktstr_payload *p, const struct ktstr_payload_check *c, struct kt_err *err)
{
	switch (c->kind) {
	case KTSTR_PAYLOAD_CHECK_MIN:
		return check_metric(p, c, c->min, c->min, err);
	case KTSTR_PAYLOAD_CHECK_MAX:
		return check_metric(p, c, c->max, c->max, err);
	case KTSTR_PAYLOAD_CHECK_RANGE:
		return check_metric(p, c, c->min, c->max, err);
	case KTSTR_PAYLOAD_CHECK_EXISTS:
		return check_metric(p, c, 0, 0, err);
	case KTSTR_PAYLOAD_CHECK_EXIT_CODE:
		if (c->exit_code >= 0 && c->exit_code <= 255)
			return 0;
		return kt_fail(err, EINVAL, "use 0 to 255", "%d is no exit code", c->exit_code);
	case KTSTR_PAYLOAD_CHECK_END:
		break;
	}
	return kt_fail(err, EINVAL, "write checks with KTSTR_METRIC_MIN and its like",
		"%u is no kind of check", (unsigned)c->kind);
}

static int check_checks(const struct ktstr_payload *p, struct kt_err *err)
{
	int r = 0, codes = 0;
	for (size_t i = 0; r == 0 && p->checks && p->checks[i].kind; i++) {
		if (i == KT_PAYLOAD_LIST_MAX)
			return kt_fail(err, EINVAL,
				"write it with KTSTR_EXPECT(...), which ends it",
				".checks has no end within %u elements", KT_PAYLOAD_LIST_MAX);
		codes += p->checks[i].kind == KTSTR_PAYLOAD_CHECK_EXIT_CODE;
		r = check_check(p, &p->checks[i], err);
	}
	if (r == 0 && codes > 1)
		return kt_fail(err, EINVAL, "keep one KTSTR_EXIT_CODE",
			"two checks of the exit code cannot both be met");
	return r;
}

static int check_timeout(uint64_t ms, struct kt_err *err)
{
	if (ms <= TIMEOUT_MAX_MS)
		return 0;
	return kt_fail(err, EINVAL, "use at most 24 hours, or 0 for none",
		"a timeout of %llu ms is not possible", (unsigned long long)ms);
}

int kt_payload_check(const struct ktstr_payload *p, struct kt_err *err)
{
	int r = check_name(p, err);
	if (!r)
		r = check_kind(p, err);
	if (r < 0)
		return r;
	r = check_flags(p, err);
	if (!r)
		r = kt_payload_check_args(p, p->args, err);
	if (!r)
		r = check_output(p, err);
	if (!r)
		r = check_checks(p, err);
	if (!r)
		r = kt_payload_check_hints(p->hints, err);
	if (!r)
		r = check_texts(p->includes, "includes", "KTSTR_INCLUDES", false, err);
	if (!r)
		r = check_timeout(p->timeout_ms, err);
	return r < 0 ? kt_wrap(err, r, "payload '%s'", kt_payload_name(p)) : 0;
}

/* The length of the name in "--name" or "--name=value"; 0: it is no long option. */
static size_t flag_bytes(const char *arg)
{
	return kt_starts_with(arg, "--") ? strcspn(arg + 2, "=") : 0;
}

static bool is_known(const struct ktstr_payload *p, const char *name, size_t bytes)
{
	for (const char *const *k = p->known_flags; *k; k++)
		if (strlen(*k) == bytes && !strncmp(*k, name, bytes))
			return true;
	return false;
}

static int fail_flag(
	const struct ktstr_payload *p, const char *arg, size_t bytes, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str known = {0};
	size_t count = 0;
	for (; p->known_flags[count]; count++)
		kt_str_addf(&known, "%s--%s", count ? ", " : "", p->known_flags[count]);
	KT_AUTOFREE char *name = strndup(arg + 2, bytes);
	const char *near = name ? kt_nearest(name, p->known_flags, count) : NULL;
	int r = kt_fail(err, EINVAL,
		"check its spelling; if the program has it, add it to .known_flags",
		"payload '%s' does not know the option --%.*s; known: %s", kt_payload_name(p),
		(int)bytes, arg + 2, count ? kt_str_get(&known) : "none");
	if (near)
		kt_fix(err,
			"did you mean '--%s'? if the program has this one, add it to .known_flags",
			near);
	return r;
}

int kt_payload_check_args(
	const struct ktstr_payload *p, const char *const *args, struct kt_err *err)
{
	int r = check_texts(args, "args", "KTSTR_ARGS", true, err);
	for (; r == 0 && p->known_flags && args && *args; args++) {
		size_t bytes = flag_bytes(*args);
		if (bytes && !is_known(p, *args + 2, bytes))
			return fail_flag(p, *args, bytes, err);
	}
	return r;
}
