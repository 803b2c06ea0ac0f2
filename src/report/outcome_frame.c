// SPDX-License-Identifier: GPL-2.0-only
/* One function per frame that carries more than a flag. */
#include "report/outcome_frame.h"

#include <stdio.h>
#include <string.h>

#define COPY(o, to, from) copy(o, to, sizeof(to), from)

static void copy(struct kt_outcome *o, char *to, size_t bytes, const char *from)
{
	if ((size_t)snprintf(to, bytes, "%s", from) >= bytes)
		kt_loss_add(&o->loss, KT_LOSS_text_cut, 1);
}

static void take_hello(struct kt_outcome *o, const struct kt_frame_hello *f)
{
	o->hello = true;
	COPY(o, o->release, f->release);
	COPY(o, o->boot_id, f->boot_id);
	if (f->protocol != KT_WIRE_PROTOCOL)
		kt_outcome_add_detail(o, 0, true, KT_DETAIL_HARNESS,
			"the program in the machine speaks another protocol than the one outside "
			"(fix: build the test program again, from one version of the library)");
}

static void take_topology(struct kt_outcome *o, const struct kt_frame_topology *f)
{
	COPY(o, o->topo_asked, f->asked);
	COPY(o, o->topo_seen, f->seen);
	COPY(o, o->topo_difference, f->difference);
}

static void take_ready(struct kt_outcome *o, const struct kt_frame_ready *f)
{
	(void)f; /* same signature as the others */
	o->ready = true;
}

static void take_phase(struct kt_outcome *o, const struct kt_frame_phase *f)
{
	kt_outcome_add_phase(o, f->phase, f->at_ms);
}

static void take_stimulus(struct kt_outcome *o, const struct kt_frame_stimulus *f)
{
	struct kt_stimulus s = {
		.phase = f->phase,
		.at_ms = f->at_ms,
		.ops = f->ops,
		.op_mask = f->op_mask,
		.cgroups = f->cgroups,
		.groups = f->groups,
		.iterations = f->iterations,
		.knob_mask = f->knob_mask,
	};

	kt_outcome_add_stimulus(o, &s);
}

static void take_marker(struct kt_outcome *o, const struct kt_frame_marker *f)
{
	struct kt_outcome_marker m = {
		.kind = (enum kt_marker)f->kind, .phase = f->phase, .at_ms = f->at_ms};

	if (f->kind < KT_MARKER_COUNT)
		kt_outcome_add_marker(o, &m);
	else
		kt_loss_add(&o->loss, KT_LOSS_frame_bad, 1);
}

static void take_worker(struct kt_outcome *o, const struct kt_frame_worker *f)
{
	struct kt_work_result r = {
		.phase = f->phase,
		.group = f->group,
		.index = f->index,
		.kind = f->kind < KTSTR_WORK_COUNT ? (enum ktstr_work_kind)f->kind : KTSTR_WORK_END,
		.completed = f->completed,
		.work_units = f->work_units,
		.iterations = f->iterations,
		.wall_ns = f->wall_ns,
		.cpu_ns = f->cpu_ns,
		.run_delay_ns = f->run_delay_ns,
		.gap_ns = f->gap_ns,
		.gap_cpu = f->gap_cpu,
		.gap_at_ns = f->gap_at_ns,
		.migrations = f->migrations,
		.cpus_used = f->cpus_used,
		.confined = f->confined,
		.cpus_allowed = f->cpus_allowed,
		.cpus_outside = f->cpus_outside,
		.outside = f->outside,
		.wakes = f->wakes,
		.wake_p50_ns = f->wake_p50_ns,
		.wake_p99_ns = f->wake_p99_ns,
		.wake_max_ns = f->wake_max_ns,
		.wake_mean_ns = f->wake_mean_ns,
		.wake_sd_ns = f->wake_sd_ns,
		.costs = f->costs,
		.cost_p50_ns = f->cost_p50_ns,
		.cost_p99_ns = f->cost_p99_ns,
		.cost_max_ns = f->cost_max_ns,
		.timers = f->timers,
		.timer_p50_ns = f->timer_p50_ns,
		.timer_p99_ns = f->timer_p99_ns,
		.timer_max_ns = f->timer_max_ns,
		.measured = f->measured,
		.picks = f->picks,
		.pages_total = f->pages_total,
		.pages_expected = f->pages_expected,
		.pages_slow = f->pages_slow,
		.pages_migrated = f->pages_migrated,
		.affinity_error = f->affinity_error,
		.policy_error = f->policy_error,
		.other_error = f->other_error,
	};

	COPY(o, r.cgroup, f->cgroup);
	COPY(o, r.exit_text, f->exit_text);
	COPY(o, r.pages_by_node, f->pages_by_node);
	COPY(o, r.migrations_text, f->migrations_text);
	kt_outcome_add_worker(o, &r);
}

static void take_detail(struct kt_outcome *o, const struct kt_frame_detail *f)
{
	kt_outcome_add_detail(o, f->phase, f->fails, f->kind, f->text);
}

/* A reason this host does not know is a loss that cannot be named. */
static void take_loss(struct kt_outcome *o, const struct kt_frame_loss *f)
{
	if (!kt_loss_add(&o->loss, f->reason, f->count))
		kt_loss_add(&o->loss, KT_LOSS_frame_bad, 1);
}

static void take_finish(struct kt_outcome *o, const struct kt_frame_finish *f)
{
	o->finished = true;
	o->scenario_ms = f->elapsed_ms;
}

static void take_capture(struct kt_outcome *o, const struct kt_frame_capture *f)
{
	kt_outcome_add_capture(o, f->phase, f->tag, f->cgroup, f->count, f->pids);
}

static void take_crash(struct kt_outcome *o, const struct kt_frame_crash *f)
{
	if (o->crash.seen)
		return;
	o->crash.seen = true;
	o->crash.phase = f->phase;
	o->crash.signal = f->signal;
	o->crash.exit_status = f->exit_status;
	COPY(o, o->crash.text, f->text);
}

static uint64_t saturating_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void take_dmesg(struct kt_outcome *o, const struct kt_frame_dmesg *f)
{
	kt_outcome_add_dmesg(o, f->text);
	if (!f->last || o->dmesg_ended)
		return;
	o->dmesg_ended = true;
	o->dmesg_lost_records = f->lost_records;
	o->dmesg_cut_bytes = saturating_sum(o->dmesg_cut_bytes, f->cut_bytes);
	if (f->lost_records || f->cut_bytes)
		kt_loss_add(&o->loss, KT_LOSS_dmesg_cut, 1);
}

static double double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void take_metric(struct kt_outcome *o, const struct kt_frame_metric *f)
{
	bool known = f->polarity <= KTSTR_POLARITY_TARGET;
	struct kt_metric m = {
		.phase = f->phase,
		.source = f->source,
		.cgroup = f->cgroup,
		.name = f->name,
		.unit = f->unit,
		.polarity = known ? (enum ktstr_polarity)f->polarity : KTSTR_POLARITY_UNKNOWN,
		.value = double_of(f->value_bits),
		.target = double_of(f->target_bits),
	};

	kt_outcome_add_metric(o, &m);
}

static void take_payload(struct kt_outcome *o, const struct kt_frame_payload *f)
{
	struct kt_payload_end p = {
		.phase = f->phase,
		.name = f->name,
		.cgroup = f->cgroup,
		.how = f->how,
		.exit_code = f->exit_code,
		.stopped = f->stopped != 0,
		.wall_ns = f->wall_ns,
		.out_bytes = f->out_bytes,
		.err_bytes = f->err_bytes,
		.metrics = f->metrics,
		.failures = f->failures,
		.tail = f->tail,
	};

	kt_outcome_add_payload(o, &p);
}

/* A verdict that is none of ours is no pass. */
static void take_claim(struct kt_outcome *o, const struct kt_frame_claim *f)
{
	struct kt_claim c = {
		.phase = f->phase,
		.verdict = f->verdict <= KTSTR_VERDICT_FAIL ? (enum ktstr_verdict)f->verdict
							    : KTSTR_VERDICT_INCONCLUSIVE,
		.counts = f->counts != 0,
		.has_value = f->has_value != 0,
		.value = double_of(f->value_bits),
		.bound = double_of(f->bound_bits),
		.label = f->label,
		.text = f->text,
	};

	kt_outcome_add_claim(o, &c);
}

/*
 * hello, topology, ready, what a scenario says, finish: a frame at another place is not PID 1's.
 * Believed, a finish that nothing preceded would be a test that passed without running.
 */
static bool is_in_order(const struct kt_outcome *o, enum kt_frame_type type)
{
	switch (type) {
	case KT_FRAME_hello:
		return !o->hello;
	case KT_FRAME_topology:
	case KT_FRAME_ready:
		return o->hello && !o->ready;
	case KT_FRAME_phase:
	case KT_FRAME_stimulus:
	case KT_FRAME_marker:
	case KT_FRAME_capture:
	case KT_FRAME_worker:
	case KT_FRAME_metric:
	case KT_FRAME_payload:
	case KT_FRAME_claim:
	case KT_FRAME_crash:
	case KT_FRAME_finish:
		return o->ready && !o->finished;
	case KT_FRAME_detail:
	case KT_FRAME_loss:
	case KT_FRAME_dmesg:
		break; /* something can be wrong at any time */
	}
	return true;
}

/* Every row of macros/frame.def has its function: a new one without it does not compile. */
void kt_outcome_take_frame(struct kt_outcome *o, const struct kt_frame *f)
{
	if (!is_in_order(o, f->type)) {
		kt_loss_add(&o->loss, KT_LOSS_frame_order, 1);
		return;
	}
	switch (f->type) {
#define FRAME(name, number, ...)                                                                   \
	case KT_FRAME_##name:                                                                      \
		take_##name(o, &f->name);                                                          \
		break;
#include "macros/frame.def"
#undef FRAME
	}
}
