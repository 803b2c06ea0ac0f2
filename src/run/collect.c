// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies frames into the outcome. A frame's texts are borrowed and its numbers are whatever a
 * guest says: copies are bounded, enums are checked where they are used as an index.
 */
#include "run/collect.h"

#include <stdio.h>

#define COPY(to, from) snprintf((to), sizeof(to), "%s", (from))

static void take_hello(struct kt_outcome *o, const struct kt_frame_hello *f)
{
	o->hello = true;
	COPY(o->release, f->release);
	COPY(o->boot_id, f->boot_id);
	if (f->protocol != KT_WIRE_PROTOCOL)
		kt_outcome_add_detail(o, 0, true, "guest",
			"the program in the machine speaks another protocol than the one outside");
}

static void take_topology(struct kt_outcome *o, const struct kt_frame_topology *f)
{
	COPY(o->topo_asked, f->asked);
	COPY(o->topo_seen, f->seen);
	COPY(o->topo_difference, f->difference);
}

static void take_ready(struct kt_outcome *o, const struct kt_frame_ready *f)
{
	(void)f;
	o->ready = true;
}

static void take_phase(struct kt_outcome *o, const struct kt_frame_phase *f)
{
	kt_outcome_add_phase(o, f->phase, f->at_ms);
}

static void take_stimulus(struct kt_outcome *o, const struct kt_frame_stimulus *f)
{
	kt_outcome_add_stimulus(o,
		&(struct kt_stimulus){.phase = f->phase,
			.at_ms = f->at_ms,
			.ops = f->ops,
			.op_mask = f->op_mask,
			.cgroups = f->cgroups,
			.groups = f->groups,
			.iterations = f->iterations});
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
	COPY(r.cgroup, f->cgroup);
	COPY(r.exit_text, f->exit_text);
	kt_outcome_add_worker(o, &r);
}

static void take_detail(struct kt_outcome *o, const struct kt_frame_detail *f)
{
	kt_outcome_add_detail(o, f->phase, f->fails, f->kind, f->text);
}

static void take_loss(struct kt_outcome *o, const struct kt_frame_loss *f)
{
	if (!kt_loss_add(&o->loss, f->reason, f->count))
		kt_loss_add(&o->loss, KT_LOSS_frame_bad, 1);
}

static void take_crash(struct kt_outcome *o, const struct kt_frame_crash *f)
{
	if (o->crash.seen)
		return;
	o->crash.seen = true;
	o->crash.phase = f->phase;
	o->crash.signal = f->signal;
	o->crash.exit_status = f->exit_status;
	COPY(o->crash.text, f->text);
}

static void take_finish(struct kt_outcome *o, const struct kt_frame_finish *f)
{
	o->finished = true;
	o->scenario_ms = f->elapsed_ms;
}

void kt_run_collect(struct kt_outcome *o, const struct kt_frame *f)
{
	switch (f->type) {
#define FRAME(name, number, sentence, ...)                                                         \
	case KT_FRAME_##name:                                                                      \
		take_##name(o, &f->name);                                                          \
		return;
#include "macros/frame.def"
#undef FRAME
	}
}
