// SPDX-License-Identifier: GPL-2.0-only
/*
 * The merged limits of one test. No kernel is looked for: where the default depends on its
 * kind, both are said.
 */
#include "cli/thresholds.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "registry/registry.h"
#include "report/limits.h"
#include "scenario/plan_checks.h"

static int find(const struct kt_registry *reg, const char *name, const struct ktstr_test **ret,
	struct kt_err *err)
{
	const struct ktstr_test *test = kt_registry_find(reg, name);

	if (test) {
		*ret = test;
		return 0;
	}
	const char *near = kt_registry_nearest(reg, name);
	kt_fail(err, ENOENT, "--list shows all names",
		"no test is called '%s' (%zu in this program)", name, reg->count);
	if (near)
		kt_fix(err, "did you mean '%s'? --list shows all names", near);
	return -ENOENT;
}

static void print_set(const struct kt_check_info *row, const struct kt_limit *limit, FILE *out)
{
	char value[64] = "off";

	if (limit->on && row->is_flag)
		snprintf(value, sizeof(value), "on");
	else if (limit->on)
		snprintf(value, sizeof(value), "%.10g%s%s", limit->value, row->unit[0] ? " " : "",
			row->unit);
	fprintf(out, "  %-30s %-20s %s", row->name, value, kt_limit_layer_name(limit->layer));
	if (limit->layer == KT_LIMIT_DEFAULT)
		fprintf(out, " (%g on a kernel full of checks)", row->debug);
	fputs("\n", out);
}

static void print_text(const struct ktstr_test *test, const struct kt_limits *limits, FILE *out)
{
	const char *between = "  not judged: ";
	bool any = false;

	fprintf(out, "%s: %s\n", test->name, test->description);
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++)
		any |= limits->of[i].layer != KT_LIMIT_UNSET;
	if (any)
		fprintf(out, "  %-30s %-20s %s\n", "check", "limit", "set by");
	else
		fputs("  no check is set: it passes when its scenario runs to the end\n", out);
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++)
		if (limits->of[i].layer != KT_LIMIT_UNSET)
			print_set(kt_check_info((enum kt_check_id)i), &limits->of[i], out);
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		if (limits->of[i].layer != KT_LIMIT_UNSET)
			continue;
		fprintf(out, "%s%s", between, kt_check_info((enum kt_check_id)i)->name);
		between = ", ";
	}
	fputs("\n", out);
}

static void add_check(
	const struct kt_check_info *row, const struct kt_limit *limit, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "name", row->name);
	kt_json_bool(j, "on", limit->on);
	if (limit->on)
		kt_json_f64(j, "limit", limit->value);
	else
		kt_json_str(j, "limit", NULL);
	if (limit->layer == KT_LIMIT_DEFAULT)
		kt_json_f64(j, "limit_debug", row->debug);
	kt_json_str(j, "unit", row->unit);
	kt_json_str(j, "layer", kt_limit_layer_name(limit->layer));
	kt_json_end_object(j);
}

static int print_json(const struct ktstr_test *test, const struct kt_limits *limits, FILE *out,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json_out j = {.out = &text};

	kt_json_object(&j, NULL);
	kt_json_str(&j, "name", test->name);
	kt_json_array(&j, "checks");
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++)
		add_check(kt_check_info((enum kt_check_id)i), &limits->of[i], &j);
	kt_json_end_array(&j);
	kt_json_end_object(&j);
	if (text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the limits");
	fputs(kt_str_get(&text), out);
	return 0;
}

int kt_cli_thresholds(const char *name, enum kt_report_format format, FILE *out, struct kt_err *err)
{
	KT_AUTO_DONE(kt_registry_done) struct kt_registry reg = {0};
	const struct ktstr_test *test = NULL;
	struct kt_limits limits;

	if (format != KT_REPORT_text && format != KT_REPORT_json)
		return kt_fail(err, EINVAL, "use --format text or json with --show-thresholds",
			"limits have no %s form", kt_report_format_name(format));
	int r = kt_registry_freeze(&reg, err);
	if (r == 0)
		r = find(&reg, name, &test, err);
	if (r == 0)
		r = kt_plan_check_limits(test, err);
	if (r < 0)
		return r;
	kt_limits_merge(test, 0, &limits);
	if (format == KT_REPORT_json)
		return print_json(test, &limits, out, err);
	print_text(test, &limits, out);
	return 0;
}
