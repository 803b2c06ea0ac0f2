// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work on machines of several nodes: memory that goes from node to node under a
 * worker that stays, and a worker that goes from node to node.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/nodes.h"
#include "work/step.h"

#define PAGE	4096u
#define LINE	64u
#define SAMPLED 64u   /* pages looked at after each move */
#define TOUCHES 1024u /* of one unit */

struct sweep {
	struct kt_cpus nodes; /* a set of node numbers */
	int node;	      /* where the memory is bound; -1: nowhere */
	size_t at;	      /* of the next touch */
	uint64_t moves, misplaced;
};

static size_t sweep_bytes(const struct ktstr_work *work)
{
	size_t bytes = work->numa_working_set_sweep.region_kib * (size_t)1024;
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static int check_sweep(const struct ktstr_work *work, struct kt_err *err)
{
	const char *text = work->numa_working_set_sweep.nodes;
	struct kt_cpus nodes = kt_nodes_list(text ? text : "");
	int above = kt_cpus_next(&nodes, KT_NODES_MAX);
	if (above < 0)
		return 0;
	return kt_fail(err, EINVAL, "name nodes from 0 to 63",
		"work numa_working_set_sweep: node %d in '%s' is none that memory can be bound to",
		above, text);
}

static void begin_sweep(struct kt_worker *w)
{
	struct sweep *s = w->state;
	const char *nodes = w->work->numa_working_set_sweep.nodes;
	s->nodes = kt_nodes_list(nodes ? nodes : "");
	s->node = -1;
}

static int next_in(const struct kt_cpus *set, int after)
{
	int next = kt_cpus_next(set, after + 1);
	return next < 0 ? kt_cpus_next(set, 0) : next;
}

static void move_memory(struct kt_worker *w)
{
	struct sweep *s = w->state;
	int node = next_in(&s->nodes, s->node);
	if (node < 0)
		return;
	s->node = node;
	int r = kt_nodes_bind(w->memory, w->memory_bytes, (unsigned)node);
	if (r < 0) {
		kt_worker_note(w, "memory stays off node %d: %s", node, strerror(-r));
		return;
	}
	int wrong = kt_nodes_misplaced(w->memory, w->memory_bytes, SAMPLED, (unsigned)node);
	s->moves++;
	s->misplaced += wrong > 0 ? (uint64_t)wrong : 0;
}

/* One unit: the next TOUCHES lines of the region. */
static bool touch_some(struct kt_worker *w)
{
	struct sweep *s = w->state;
	volatile uint8_t *memory = w->memory;
	if (kt_worker_stopped(w))
		return false;
	for (unsigned i = 0; i < TOUCHES; i++) {
		memory[s->at]++;
		s->at = s->at + LINE < w->memory_bytes ? s->at + LINE : 0;
	}
	kt_meter_unit(&w->meter);
	return true;
}

/* One iteration is one period on one node. */
static void step_numa_working_set_sweep(struct kt_worker *w)
{
	uint64_t end_ns = kt_now_ns() + w->work->numa_working_set_sweep.period_ms * KT_NS_PER_MS;
	move_memory(w);
	do {
		if (!touch_some(w))
			return;
	} while (kt_now_ns() < end_ns);
	kt_meter_iteration(&w->meter);
}

static void end_sweep(struct kt_worker *w)
{
	const struct sweep *s = w->state;
	kt_worker_metric(w, "region_moves", "", (double)s->moves);
	kt_worker_metric(w, "misplaced_pages", "", (double)s->misplaced);
}

const struct kt_work_ops kt_work_ops_numa_working_set_sweep = {
	.step = step_numa_working_set_sweep,
	.check = check_sweep,
	.state_bytes = sizeof(struct sweep),
	.memory_bytes = sweep_bytes,
	.begin = begin_sweep,
	.end = end_sweep,
};

struct churn {
	struct kt_cpus home;		   /* its affinity before the first move */
	struct kt_cpus cpus[KT_NODES_MAX]; /* of each node, those of HOME */
	struct kt_cpus nodes;		   /* that have some */
	int node;
	uint64_t moves;
};

static bool run_on(const struct kt_cpus *cpus)
{
	return syscall(SYS_sched_setaffinity, 0, sizeof(cpus->bits), cpus->bits) == 0;
}

static void begin_churn(struct kt_worker *w)
{
	struct churn *c = w->state;
	c->node = -1;
	for (unsigned i = 0; kt_worker_cpus(&c->home) && i < KT_NODES_MAX; i++) {
		struct kt_cpus all = kt_nodes_cpus(i);
		c->cpus[i] = kt_cpus_and(&all, &c->home);
		if (kt_cpus_count(&c->cpus[i]))
			kt_cpus_add(&c->nodes, i);
	}
	if (kt_cpus_count(&c->nodes) < 2)
		kt_worker_note(w, "its CPUs are all of one node: it is not moved");
}

/* EINVAL: the cpuset has lost the CPUs of that node meanwhile, so that its turn is left out. */
static void move_self(struct kt_worker *w)
{
	struct churn *c = w->state;
	if (kt_cpus_count(&c->nodes) < 2)
		return;
	c->node = next_in(&c->nodes, c->node);
	if (run_on(&c->cpus[c->node]))
		c->moves++;
	else if (errno != EINVAL)
		kt_worker_note(w, "cannot move to node %d: %s", c->node, strerror(errno));
}

/* One iteration is one period on one node. */
static void step_numa_migration_churn(struct kt_worker *w)
{
	move_self(w);
	if (kt_worker_spin_ns(w, w->work->numa_migration_churn.period_ms * KT_NS_PER_MS))
		kt_meter_iteration(&w->meter);
}

static void end_churn(struct kt_worker *w)
{
	const struct churn *c = w->state;
	kt_worker_metric(w, "node_moves", "", (double)c->moves);
}

const struct kt_work_ops kt_work_ops_numa_migration_churn = {
	.step = step_numa_migration_churn,
	.state_bytes = sizeof(struct churn),
	.begin = begin_churn,
	.end = end_churn,
};
