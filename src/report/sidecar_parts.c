// SPDX-License-Identifier: GPL-2.0-only
/* Lists of the result object. Names of members keep the units of the structs they come from. */
#include "report/sidecar_parts.h"

#include <ktstr/test.h>

/* null where the machine did not come so far. */
static void write_clock(const struct kt_outcome_clock *c, struct kt_json_out *j)
{
	const struct {
		const char *name;
		uint64_t at_ns;
	} points[] = {{"kvm_run", c->kvm_run_ns}, {"hello", c->hello_ns}, {"ready", c->ready_ns},
		{"finish", c->finish_ns}, {"end", c->end_ns}};

	kt_json_object(j, "clock_ns");
	for (size_t i = 0; i < KT_ARRAY_LEN(points); i++)
		if (points[i].at_ns)
			kt_json_u64(j, points[i].name, points[i].at_ns);
		else
			kt_json_str(j, points[i].name, NULL);
	kt_json_end_object(j);
}

void kt_sidecar_times(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_u64(j, "duration_ms", o->duration_ms);
	kt_json_u64(j, "scenario_ms", o->scenario_ms);
	kt_json_object(j, "timings_ms");
	for (unsigned i = 0; i < KT_STAGE_COUNT; i++)
		kt_json_u64(j, kt_outcome_stage_name(i), o->stage_ms[i]);
	kt_json_end_object(j);
	write_clock(&o->clock, j);

	kt_json_array(j, "phases");
	kt_vec_each(p, &o->phases) {
		kt_json_object(j, NULL);
		kt_json_u64(j, "phase", p->phase);
		kt_json_u64(j, "at_ms", p->at_ms);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);

	kt_json_array(j, "stimuli");
	kt_vec_each(s, &o->stimuli) {
		kt_json_object(j, NULL);
		kt_json_u64(j, "phase", s->phase);
		kt_json_u64(j, "at_ms", s->at_ms);
		kt_json_u64(j, "ops", s->ops);
		kt_json_u64(j, "op_mask", s->op_mask);
		kt_json_u64(j, "cgroups", s->cgroups);
		kt_json_u64(j, "groups", s->groups);
		kt_json_u64(j, "iterations", s->iterations);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
}

static void write_cpus(struct kt_json_out *j, const char *key, const struct kt_cpus *cpus)
{
	KT_AUTOFREE char *text = kt_cpus_text(cpus);

	kt_json_str(j, key, text);
}

static void write_worker(const struct kt_work_result *r, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "cgroup", r->cgroup);
	kt_json_u64(j, "phase", r->phase);
	kt_json_u64(j, "group", r->group);
	kt_json_u64(j, "index", r->index);
	kt_json_str(j, "kind", kt_work_kind_name(r->kind));
	kt_json_bool(j, "completed", r->completed);
	kt_json_str(j, "exit_text", r->exit_text);
	kt_json_u64(j, "work_units", r->work_units);
	kt_json_u64(j, "iterations", r->iterations);
	kt_json_u64(j, "wall_ns", r->wall_ns);
	kt_json_u64(j, "cpu_ns", r->cpu_ns);
	kt_json_u64(j, "run_delay_ns", r->run_delay_ns);
	kt_json_u64(j, "gap_ns", r->gap_ns);
	kt_json_u64(j, "gap_cpu", r->gap_cpu);
	kt_json_u64(j, "gap_at_ns", r->gap_at_ns);
	kt_json_u64(j, "migrations", r->migrations);
	write_cpus(j, "cpus_used", &r->cpus_used);
	kt_json_bool(j, "confined", r->confined);
	write_cpus(j, "cpus_allowed", &r->cpus_allowed);
	write_cpus(j, "cpus_outside", &r->cpus_outside);
	kt_json_u64(j, "outside", r->outside);
	kt_json_u64(j, "wakes", r->wakes);
	kt_json_u64(j, "wake_p50_ns", r->wake_p50_ns);
	kt_json_u64(j, "wake_p99_ns", r->wake_p99_ns);
	kt_json_u64(j, "wake_max_ns", r->wake_max_ns);
	kt_json_end_object(j);
}

void kt_sidecar_workers(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_array(j, "workers");
	kt_vec_each(r, &o->workers)
		write_worker(r, j);
	kt_json_end_array(j);
}

/* null when it was not measured: 0 would be a claim. */
static void write_delay(const struct kt_outcome_delay *d, const char *key, struct kt_json_out *j)
{
	if (!d->known) {
		kt_json_str(j, key, NULL);
		return;
	}
	kt_json_object(j, key);
	kt_json_u64(j, "threads", d->threads);
	if (d->total_ns >= d->max_ns)
		kt_json_u64(j, "total_ns", d->total_ns);
	else
		kt_json_str(j, "total_ns", NULL);
	kt_json_u64(j, "max_ns", d->max_ns);
	kt_json_end_object(j);
}

void kt_sidecar_host(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_object(j, "host_delay");
	write_delay(&o->vcpu_delay, "vcpus", j);
	write_delay(&o->outer_delay, "outer", j);
	kt_json_u64(j, "scenario_wall_ns", o->scenario_wall_ns);
	kt_json_end_object(j);
	if (o->host_memory_bytes)
		kt_json_u64(j, "host_memory_bytes", o->host_memory_bytes);
	else
		kt_json_str(j, "host_memory_bytes", NULL);
}

static void write_complaints(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_array(j, "complaints");
	kt_vec_each(c, &o->scan.found) {
		kt_json_object(j, NULL);
		kt_json_str(j, "kind", c->kind);
		kt_json_str(j, "line", c->line);
		kt_json_u64(j, "line_number", c->line_number);
		kt_json_bool(j, "allowed", kt_complaint_allowed(c, o->test->allow_complaints));
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
	kt_json_u64(j, "complaints_not_kept", o->scan.more);
}

void kt_sidecar_findings(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_array(j, "notes");
	kt_vec_each(d, &o->details) {
		if (d->fails)
			continue;
		kt_json_object(j, NULL);
		kt_json_u64(j, "phase", d->phase);
		kt_json_str(j, "kind", d->kind);
		kt_json_str(j, "text", d->text);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);

	kt_json_array(j, "losses");
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++) {
		if (!o->loss.count[i])
			continue;
		kt_json_object(j, NULL);
		kt_json_str(j, "name", kt_loss_name(i));
		kt_json_u64(j, "count", o->loss.count[i]);
		kt_json_str(j, "what", kt_loss_sentence(i));
		kt_json_str(j, "fix", kt_loss_fix(i));
		kt_json_bool(j, "inconclusive", kt_loss_is_grave(i));
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
	write_complaints(o, j);
}
