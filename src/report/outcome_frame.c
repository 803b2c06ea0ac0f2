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
	};

	kt_outcome_add_stimulus(o, &s);
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
	};

	COPY(o, r.cgroup, f->cgroup);
	COPY(o, r.exit_text, f->exit_text);
	kt_outcome_add_worker(o, &r);
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
	case KT_FRAME_worker:
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

void kt_outcome_take_frame(struct kt_outcome *o, const struct kt_frame *f)
{
	if (!is_in_order(o, f->type)) {
		kt_loss_add(&o->loss, KT_LOSS_frame_order, 1);
		return;
	}
	switch (f->type) {
	case KT_FRAME_hello:
		take_hello(o, &f->hello);
		break;
	case KT_FRAME_topology:
		COPY(o, o->topo_asked, f->topology.asked);
		COPY(o, o->topo_seen, f->topology.seen);
		COPY(o, o->topo_difference, f->topology.difference);
		break;
	case KT_FRAME_ready:
		o->ready = true;
		break;
	case KT_FRAME_phase:
		kt_outcome_add_phase(o, f->phase.phase, f->phase.at_ms);
		break;
	case KT_FRAME_stimulus:
		take_stimulus(o, &f->stimulus);
		break;
	case KT_FRAME_worker:
		take_worker(o, &f->worker);
		break;
	case KT_FRAME_detail:
		kt_outcome_add_detail(
			o, f->detail.phase, f->detail.fails, f->detail.kind, f->detail.text);
		break;
	case KT_FRAME_loss:
		/* a reason this host does not know is a loss that cannot be named */
		if (!kt_loss_add(&o->loss, f->loss.reason, f->loss.count))
			kt_loss_add(&o->loss, KT_LOSS_frame_bad, 1);
		break;
	case KT_FRAME_crash:
		take_crash(o, &f->crash);
		break;
	case KT_FRAME_finish:
		o->finished = true;
		o->scenario_ms = f->finish.elapsed_ms;
		break;
	case KT_FRAME_dmesg:
		take_dmesg(o, &f->dmesg);
		break;
	}
}
