// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds that change what the scheduler knows of them: nice value, CPUs, policy, existence. A
 * sweep goes through its values in order, a churn takes them at random.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "work/kind.h"
#include "work/own_cgroup.h"
#include "work/place.h"
#include "work/step.h"

/* No malloc and no handlers between the fork and the _exit. */
static void step_fork_exit(struct kt_worker *w)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0) {
		kt_worker_note(w, "fork: %s", strerror(errno));
		kt_worker_sleep(w, 1000000); /* the limit may be lifted */
		return;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
		if (kt_worker_stopped(w))
			return; /* init reaps it */
	}
	kt_meter_unit_yielded(&w->meter);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_fork_exit = {
	.step = step_fork_exit,
	.flags = KT_WORK_FORK_ONLY,
};

#define NICE_MIN (-20)
#define NICE_MAX 19

struct sweep {
	int next;
	unsigned refused; /* in a row */
};

static void begin_nice_sweep(struct kt_worker *w)
{
	struct sweep *s = w->state;
	s->next = NICE_MIN;
}

static void step_nice_sweep(struct kt_worker *w)
{
	struct sweep *s = w->state;
	int level = s->next;
	s->next = level == NICE_MAX ? NICE_MIN : level + 1;
	if (setpriority(PRIO_PROCESS, 0, level) < 0) {
		if (level == NICE_MIN)
			kt_worker_note(
				w, "nice values below its own are left out: %s", strerror(errno));
		/* Without the right to go back it stays at the last value, and still works there.
		 */
		if (++s->refused < NICE_MAX - NICE_MIN)
			return;
	}
	s->refused = 0;
	if (kt_worker_spin(w, KT_WORK_CHUNK))
		kt_meter_iteration(&w->meter);
}

static void end_nice_sweep(struct kt_worker *w)
{
	(void)w;
	setpriority(PRIO_PROCESS, 0, 0); /* so that its report does not wait behind all others */
}

const struct kt_work_ops kt_work_ops_nice_sweep = {
	.step = step_nice_sweep,
	.begin = begin_nice_sweep,
	.end = end_nice_sweep,
	.state_bytes = sizeof(struct sweep),
};

struct places {
	struct kt_cpus cpus; /* where it may go */
};

static void begin_affinity_churn(struct kt_worker *w)
{
	struct places *p = w->state;
	if (!kt_worker_cpus(&p->cpus))
		kt_worker_note(w, "cannot read its CPUs");
}

/* A cpuset may change below it: then what the kernel leaves of all CPUs is the new set. */
static void look_again(struct places *p)
{
	struct kt_cpus all = kt_cpus_range(0, KT_CPUS_MAX - 1);
	if (kt_worker_confine(0, &all) == 0)
		(void)kt_worker_cpus(&p->cpus); /* it was read before */
}

static void step_affinity_churn(struct kt_worker *w)
{
	struct places *p = w->state;
	struct kt_cpus one = {0};
	unsigned count = kt_cpus_count(&p->cpus);
	if (!kt_worker_spin(w, w->work->affinity_churn.spin_iters))
		return;
	if (count)
		kt_cpus_add(&one, (unsigned)kt_cpus_nth(&p->cpus, kt_worker_below(w, count)));
	if (!count || kt_worker_confine(0, &one) < 0)
		look_again(p);
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_affinity_churn = {
	.step = step_affinity_churn,
	.begin = begin_affinity_churn,
	.state_bytes = sizeof(struct places),
};

#define SIBLINGS_MAX 1024u

struct cross {
	struct kt_cpus cpus;
	unsigned count;
	pid_t siblings[SIBLINGS_MAX];
};

struct look {
	struct cross *cross;
	pid_t self, harness;
	bool has_self;
};

/* Returns whether it is the harness. */
static bool take_sibling(void *arg, pid_t pid)
{
	struct look *l = arg;
	l->has_self |= pid == l->self;
	if (pid == l->harness)
		return true;
	if (pid > 0 && pid != l->self && l->cross->count < SIBLINGS_MAX)
		l->cross->siblings[l->cross->count++] = pid;
	return false;
}

/* The other tasks of its cgroup. False when the harness is one of them, however many there are. */
static bool read_siblings(struct kt_worker *w, struct cross *c)
{
	char dir[400], path[440];
	struct look l = {.cross = c, .self = getpid(), .harness = w->parent};
	if (!kt_worker_cgroup_dir(dir, sizeof(dir)))
		return false;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return kt_own_cgroup_any(path, take_sibling, &l) == 0 && l.has_self;
}

/* It must never touch what is no part of the test, so that it needs a cgroup of its own. */
static void begin_cross_affinity_churn(struct kt_worker *w)
{
	struct cross *c = w->state;
	if (!read_siblings(w, c)) {
		kt_worker_note(w, "changes nothing: it needs a cgroup without the harness");
		c->count = 0;
	} else if (!kt_worker_cpus(&c->cpus) || kt_cpus_count(&c->cpus) < 2) {
		kt_worker_note(w, "a cpuset of one CPU leaves nothing to change");
		c->count = 0;
	}
}

static void toggle_one(struct kt_worker *w, const struct cross *c, pid_t pid)
{
	struct kt_cpus mask = {0};
	if (syscall(SYS_sched_getaffinity, pid, sizeof(mask.bits), mask.bits) <= 0)
		return; /* it has ended */
	unsigned count = kt_cpus_count(&c->cpus);
	unsigned cpu = (unsigned)kt_cpus_nth(&c->cpus, kt_worker_below(w, count));
	if (!kt_cpus_has(&mask, cpu))
		kt_cpus_add(&mask, cpu);
	else if (kt_cpus_count(&mask) > 1)
		kt_cpus_remove(&mask, cpu);
	(void)kt_worker_confine(pid, &mask); /* it may have ended, or have lost that CPU */
}

static void step_cross_affinity_churn(struct kt_worker *w)
{
	const struct cross *c = w->state;
	if (!kt_worker_spin(w, w->work->cross_affinity_churn.spin_iters))
		return;
	for (unsigned i = 0; i < c->count && !kt_worker_stopped(w); i++)
		toggle_one(w, c, c->siblings[i]);
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_cross_affinity_churn = {
	.step = step_cross_affinity_churn,
	.begin = begin_cross_affinity_churn,
	.state_bytes = sizeof(struct cross),
};

struct policies {
	unsigned count;
	int list[5];
};

static bool may(int policy)
{
	struct sched_param param = {.sched_priority = policy == SCHED_FIFO || policy == SCHED_RR};
	return sched_setscheduler(0, policy, &param) == 0;
}

/* Tried before the test begins. Whoever may not be real-time may be caught in idle. */
static void prepare_policy_churn(struct kt_worker *w)
{
	static const int policies[] = {SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_OTHER};
	struct policies *p = w->state;
	struct rlimit nice = {0};
	for (size_t i = 0; i < KT_ARRAY_LEN(policies); i++) {
		if (may(policies[i]))
			p->list[p->count++] = policies[i];
	}
	bool all = p->count == KT_ARRAY_LEN(policies);
	getrlimit(RLIMIT_NICE, &nice);
	if (all || (int)nice.rlim_cur >= NICE_MAX + 1 - getpriority(PRIO_PROCESS, 0))
		p->list[p->count++] = SCHED_IDLE;
	if (!all)
		kt_worker_note(w, "policies that are not permitted are left out");
}

static void step_policy_churn(struct kt_worker *w)
{
	const struct policies *p = w->state;
	if (!p->count || !may(p->list[kt_worker_below(w, p->count)])) {
		kt_worker_sleep(w, 1000000); /* its rights were taken away meanwhile */
		return;
	}
	if (!kt_worker_spin(w, w->work->policy_churn.spin_iters))
		return;
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

static void end_policy_churn(struct kt_worker *w)
{
	struct sched_param none = {0};
	(void)w;
	sched_setscheduler(0, SCHED_OTHER, &none);
}

const struct kt_work_ops kt_work_ops_policy_churn = {
	.step = step_policy_churn,
	.state_bytes = sizeof(struct policies),
	.prepare = prepare_policy_churn,
	.end = end_policy_churn,
};
