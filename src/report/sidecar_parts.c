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
		kt_json_u64(j, "knob_mask", s->knob_mask);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);

	kt_json_array(j, "markers");
	kt_vec_each(m, &o->markers) {
		kt_json_object(j, NULL);
		kt_json_str(j, "marker", kt_outcome_marker_name(m->kind));
		kt_json_u64(j, "phase", m->phase);
		kt_json_u64(j, "at_ms", m->at_ms);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);

	kt_json_array(j, "captures");
	kt_vec_each(c, &o->captures) {
		kt_json_object(j, NULL);
		kt_json_str(j, "tag", c->tag);
		kt_json_str(j, "cgroup", c->cgroup);
		kt_json_u64(j, "phase", c->phase);
		kt_json_u64(j, "count", c->count);
		kt_json_str(j, "pids", c->pids);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
}

static void write_cpus(struct kt_json_out *j, const char *key, const struct kt_cpus *cpus)
{
	KT_AUTOFREE char *text = kt_cpus_text(cpus);

	kt_json_str(j, key, text);
}

/* null when it was not measured: 0 would be a claim. */
static void write_measured(struct kt_json_out *j, const char *key, bool measured, uint64_t value)
{
	if (measured)
		kt_json_u64(j, key, value);
	else
		kt_json_str(j, key, NULL);
}

static void write_latencies(const struct kt_work_result *r, struct kt_json_out *j)
{
	kt_json_u64(j, "wakes", r->wakes);
	kt_json_u64(j, "wake_p50_ns", r->wake_p50_ns);
	kt_json_u64(j, "wake_p99_ns", r->wake_p99_ns);
	kt_json_u64(j, "wake_max_ns", r->wake_max_ns);
	kt_json_u64(j, "wake_mean_ns", r->wake_mean_ns);
	kt_json_u64(j, "wake_sd_ns", r->wake_sd_ns);
	kt_json_u64(j, "costs", r->costs);
	kt_json_u64(j, "cost_p50_ns", r->cost_p50_ns);
	kt_json_u64(j, "cost_p99_ns", r->cost_p99_ns);
	kt_json_u64(j, "cost_max_ns", r->cost_max_ns);
	kt_json_u64(j, "timers", r->timers);
	kt_json_u64(j, "timer_p50_ns", r->timer_p50_ns);
	kt_json_u64(j, "timer_p99_ns", r->timer_p99_ns);
	kt_json_u64(j, "timer_max_ns", r->timer_max_ns);
}

static void write_memory(const struct kt_work_result *r, struct kt_json_out *j)
{
	bool pages = r->measured & KT_WORK_HAS_PAGES;

	write_measured(j, "pages_total", pages, r->pages_total);
	write_measured(j, "pages_expected", pages, r->pages_expected);
	write_measured(j, "pages_slow", pages, r->pages_slow);
	kt_json_str(j, "pages_by_node", pages ? r->pages_by_node : NULL);
	write_measured(j, "pages_migrated", r->measured & KT_WORK_HAS_MIGRATED, r->pages_migrated);
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
	write_latencies(r, j);
	write_measured(j, "picks", r->measured & KT_WORK_HAS_PICKS, r->picks);
	write_memory(r, j);
	kt_json_str(j, "migrations_text", r->migrations_text);
	kt_json_i64(j, "affinity_error", r->affinity_error);
	kt_json_i64(j, "policy_error", r->policy_error);
	kt_json_i64(j, "other_error", r->other_error);
	kt_json_end_object(j);
}

void kt_sidecar_workers(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_array(j, "workers");
	kt_vec_each(r, &o->workers)
		write_worker(r, j);
	kt_json_end_array(j);
}

/* null here too when it was not measured. */
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

/* A number that JSON has no form for is null; the text says which it was. */
static void write_claims(const struct kt_outcome *o, struct kt_json_out *j)
{
	static const char *const verdicts[] = {
		[KTSTR_VERDICT_PASS] = "PASS",
		[KTSTR_VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
		[KTSTR_VERDICT_FAIL] = "FAIL",
	};

	kt_json_array(j, "claims");
	kt_vec_each(c, &o->claims) {
		kt_json_object(j, NULL);
		kt_json_u64(j, "phase", c->phase);
		kt_json_str(j, "verdict", verdicts[c->verdict]);
		kt_json_bool(j, "part", !c->counts);
		kt_json_str(j, "label", c->label);
		if (c->has_value) {
			kt_json_f64(j, "value", c->value);
			kt_json_f64(j, "bound", c->bound);
		}
		kt_json_str(j, "text", c->text);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
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

	write_claims(o, j);
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
