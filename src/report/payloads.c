// SPDX-License-Identifier: GPL-2.0-only
/* A payload's line says how it ended; what it measured stands in a table, as it was printed. */
#include "report/payloads.h"

#include <string.h>

#include "base/mem.h"
#include "report/format.h"

#define PAYLOADS_SHOWN 8u

static const char *const polarities[] = {
	[KTSTR_POLARITY_UNKNOWN] = "unknown",
	[KTSTR_POLARITY_HIGHER] = "higher",
	[KTSTR_POLARITY_LOWER] = "lower",
	[KTSTR_POLARITY_TARGET] = "target",
};

const char *kt_polarity_name(enum ktstr_polarity polarity)
{
	return polarity < KT_ARRAY_LEN(polarities) ? polarities[polarity] : "unknown";
}

static unsigned count_lines(const char *text)
{
	unsigned n = *text != '\0';

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void write_payload(const struct kt_outcome_payload *p, int width, struct kt_str *out)
{
	char wall[KT_FORMAT_BYTES];
	unsigned failed = count_lines(p->failures);

	kt_str_addf(out, "  %-*s  payload %s: %s%s after %s", width, p->cgroup[0] ? p->cgroup : "-",
		p->name, p->stopped ? "ended by the scenario, " : "", p->how,
		kt_format_ns(p->wall_ns, wall));
	if (p->metrics)
		kt_str_addf(out, ", %u metric%s", p->metrics, p->metrics == 1 ? "" : "s");
	if (failed)
		kt_str_addf(out, ", %u check%s failed", failed, failed == 1 ? "" : "s");
	kt_str_add(out, "\n");
}

void kt_text_payloads(const struct kt_outcome *o, bool all, struct kt_str *out)
{
	size_t width = 1;

	if (!all && o->payloads.count > PAYLOADS_SHOWN)
		return;
	kt_vec_each(p, &o->payloads)
		width = KT_MAX(width, strlen(p->cgroup));
	kt_vec_each(p, &o->payloads)
		write_payload(p, (int)width, out);
}

/* What would be better, for a reader who does not know the metric. */
static void write_better(const struct kt_outcome_metric *m, struct kt_str *out)
{
	char target[KT_FORMAT_BYTES];

	if (m->polarity == KTSTR_POLARITY_TARGET)
		kt_str_addf(
			out, " (the nearer to %s the better)", kt_format_number(m->target, target));
	else if (m->polarity != KTSTR_POLARITY_UNKNOWN)
		kt_str_addf(out, " (%s is better)", kt_polarity_name(m->polarity));
}

void kt_text_metrics(const struct kt_outcome *o, struct kt_str *out)
{
	size_t cgroups = strlen("cgroup"), sources = strlen("source"), names = strlen("metric");

	if (!o->metrics.count)
		return;
	kt_vec_each(m, &o->metrics) {
		cgroups = KT_MAX(cgroups, strlen(m->cgroup));
		sources = KT_MAX(sources, strlen(m->source));
		names = KT_MAX(names, strlen(m->name));
	}
	kt_str_addf(out, "  %-*s  %-*s  %-*s  value\n", (int)cgroups, "cgroup", (int)sources,
		"source", (int)names, "metric");
	kt_vec_each(m, &o->metrics) {
		kt_str_addf(out, "  %-*s  %-*s  %-*s  %.12g%s%s", (int)cgroups,
			m->cgroup[0] ? m->cgroup : "-", (int)sources, m->source, (int)names,
			m->name, m->value, m->unit[0] ? " " : "", m->unit);
		write_better(m, out);
		kt_str_add(out, "\n");
	}
}

/* One a line in the outcome, a list in the result. */
static void write_failures(const char *text, struct kt_json_out *j)
{
	kt_json_array(j, "failures");
	while (*text) {
		size_t bytes = strcspn(text, "\n");

		kt_json_strn(j, NULL, text, bytes);
		text += bytes + (text[bytes] == '\n');
	}
	kt_json_end_array(j);
}

static void write_payload_json(const struct kt_outcome_payload *p, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "name", p->name);
	kt_json_str(j, "cgroup", p->cgroup);
	kt_json_u64(j, "phase", p->phase);
	kt_json_str(j, "how", p->how);
	kt_json_i64(j, "exit_code", p->exit_code);
	kt_json_bool(j, "stopped", p->stopped);
	kt_json_u64(j, "wall_ns", p->wall_ns);
	kt_json_u64(j, "out_bytes", p->out_bytes);
	kt_json_u64(j, "err_bytes", p->err_bytes);
	kt_json_u64(j, "metrics", p->metrics);
	write_failures(p->failures, j);
	kt_json_str(j, "tail", p->tail);
	kt_json_end_object(j);
}

static void write_metric_json(const struct kt_outcome_metric *m, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "source", m->source);
	kt_json_str(j, "cgroup", m->cgroup);
	kt_json_u64(j, "phase", m->phase);
	kt_json_str(j, "name", m->name);
	kt_json_f64(j, "value", m->value);
	kt_json_str(j, "unit", m->unit);
	kt_json_str(j, "better", kt_polarity_name(m->polarity));
	if (m->polarity == KTSTR_POLARITY_TARGET)
		kt_json_f64(j, "target", m->target);
	kt_json_end_object(j);
}

void kt_sidecar_payloads(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_array(j, "payloads");
	kt_vec_each(p, &o->payloads)
		write_payload_json(p, j);
	kt_json_end_array(j);
	kt_json_array(j, "metrics");
	kt_vec_each(m, &o->metrics)
		write_metric_json(m, j);
	kt_json_end_array(j);
}
