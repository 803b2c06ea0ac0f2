// SPDX-License-Identifier: GPL-2.0-only
/* The selected tests as a table, or as JSON for programs. */
#include <stdio.h>

#include "base/json_write.h"
#include "base/mem.h"
#include "run/run.h"
#include "run/session.h"
#include "scenario/plan.h"
#include "topo/spec.h"

static struct kt_topo topo_of(const struct kt_run_options *o, const struct ktstr_test *t)
{
	return o->topo.nodes ? o->topo : kt_plan_topo_of(t);
}

static uint64_t duration_ms_of(const struct kt_run_options *o, const struct ktstr_test *t)
{
	if (o->duration_ms)
		return o->duration_ms;
	return t->duration_ms ? t->duration_ms : KTSTR_DEFAULT_DURATION_MS;
}

static void print_table(const struct kt_run_session *s)
{
	for (size_t i = 0; i < s->tests.count; i++) {
		const struct ktstr_test *t = s->tests.tests[i];
		struct kt_topo topo = topo_of(s->o, t);
		char text[KT_TOPO_TEXT_BYTES];
		fprintf(s->o->out, "%-24s %-12s %6.1f s  %s%s\n", t->name,
			kt_topo_text(&topo, text), (double)duration_ms_of(s->o, t) / 1000,
			t->host_only ? "[host] " : "", t->description);
	}
}

static void write_test(
	const struct kt_run_options *o, const struct ktstr_test *t, struct kt_json_out *j)
{
	struct kt_topo topo = topo_of(o, t);
	char text[KT_TOPO_TEXT_BYTES];
	kt_json_object(j, NULL);
	kt_json_str(j, "name", t->name);
	kt_json_str(j, "description", t->description);
	kt_json_str(j, "file", t->file);
	kt_json_u64(j, "line", (uint64_t)t->line);
	kt_json_bool(j, "host_only", t->host_only);
	kt_json_str(j, "topology", kt_topo_text(&topo, text));
	kt_json_u64(j, "vcpus", kt_topo_cpu_count(&topo));
	kt_json_u64(j, "duration_ms", duration_ms_of(o, t));
	kt_json_u64(j, "memory_mib", o->memory_mib ? o->memory_mib : t->memory_mib);
	kt_json_end_object(j);
}

static int print_json(const struct kt_run_session *s, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json_out j = {.out = &text};
	kt_json_array(&j, NULL);
	for (size_t i = 0; i < s->tests.count; i++)
		write_test(s->o, s->tests.tests[i], &j);
	kt_json_end_array(&j);
	if (text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the list");
	fputs(kt_str_get(&text), s->o->out);
	return 0;
}

static int print_list(const struct kt_run_session *s, struct kt_err *err)
{
	if (s->o->format == KT_REPORT_json)
		return print_json(s, err);
	if (s->o->format != KT_REPORT_text)
		return kt_fail(err, EINVAL, "use --format text or json with --list",
			"a list has no %s form", kt_report_format_name(s->o->format));
	print_table(s);
	return 0;
}

int kt_run_list(const struct kt_run_options *o, int *ret_status, struct kt_err *err)
{
	struct kt_run_session s = {.o = o};
	int r = kt_run_session_select(&s, err);
	if (r == 0)
		r = print_list(&s, err);
	*ret_status = r < 0 ? KT_RUN_STATUS_USAGE : 0;
	kt_run_session_done(&s);
	return r;
}
