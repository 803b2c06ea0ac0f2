// SPDX-License-Identifier: GPL-2.0-only
/* One function per attribute, in the order of struct ktstr_work. */
#include "scenario/work_rules.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "scenario/affinity_spec.h"
#include "scenario/cpuset_spec.h"
#include "scenario/knob.h"
#include "scenario/mempolicy_rules.h"
#include "topo/spec.h"
#include "work/kind.h"
#include "work/work.h"

#define COMM_MAX       15u /* of the kernel, without the NUL */
#define RUNTIME_MIN_NS 1024u
#define ID_MAX	       4294967294L /* the last one means "leave it" to the kernel */

/* What a fraction that should come out whole may be off by, such as 0.07 of 100 CPUs. */
#define ROUNDING 1e-9

static int check_count(const struct ktstr_work *work, struct kt_err *err)
{
	if (work->workers && work->workers_pct != 0)
		return kt_fail(err, EINVAL, "leave one of .workers and .workers_pct unset",
			"both %u workers and %g of the CPUs are given", work->workers,
			work->workers_pct);
	if (isfinite(work->workers_pct) && work->workers_pct >= 0)
		return 0;
	return kt_fail(err, EINVAL,
		"use a number above 0, such as 0.5 for one worker on two CPUs; 1 is one per CPU",
		"workers_pct is %g, which is no part of the CPUs", work->workers_pct);
}

static int check_name(const char *field, const char *name, struct kt_err *err)
{
	if (!name || (*name && strlen(name) <= COMM_MAX))
		return 0;
	return kt_fail(err, EINVAL, "use a name of 1 to 15 bytes: the kernel keeps no more",
		"%s \"%s\" has %zu bytes", field, name, strlen(name));
}

static int check_mode(const struct ktstr_work *work, struct kt_err *err)
{
	const struct kt_work_kind *kind = kt_work_kind_get(work->kind);
	bool threads = work->pcomm || work->mode != KTSTR_MODE_FORK;
	if (work->mode != KTSTR_MODE_FORK && work->mode != KTSTR_MODE_THREADS)
		return kt_fail(err, EINVAL, "use KTSTR_MODE_FORK or KTSTR_MODE_THREADS",
			"%u is no mode of workers", (unsigned)work->mode);
	if (work->pcomm && work->mode == KTSTR_MODE_THREADS)
		return kt_fail(err, EINVAL,
			"leave .mode unset: the threads of a named process move with it",
			"pcomm \"%s\" and KTSTR_MODE_THREADS exclude each other", work->pcomm);
	if (threads && kind && (kind->ops->flags & KT_WORK_FORK_ONLY))
		return kt_fail(err, EINVAL, "leave .mode and .pcomm unset",
			"work %s needs workers that are processes, not threads", kind->name);
	return 0;
}

static int check_priority(const struct ktstr_policy *p, struct kt_err *err)
{
	bool real_time = p->kind == KTSTR_POLICY_KIND_FIFO || p->kind == KTSTR_POLICY_KIND_RR;
	if (real_time && (p->priority < 1 || p->priority > 99))
		return kt_fail(err, EINVAL, "use a priority of 1 (lowest) to 99",
			"policy: a real-time priority of %u is out of range", p->priority);
	if (!real_time && p->priority)
		return kt_fail(err, EINVAL,
			"leave the priority unset, or use KTSTR_POLICY_FIFO or KTSTR_POLICY_RR",
			"policy: a priority of %u for a policy that has none", p->priority);
	return 0;
}

static int check_deadline(const struct ktstr_policy *p, struct kt_err *err)
{
	uint64_t top = p->runtime_ns | p->deadline_ns | p->period_ns;
	if (top >> 63)
		return kt_fail(err, EINVAL, "use times below 2^63 ns",
			"deadline policy: a time has its top bit set");
	if (!p->deadline_ns)
		return kt_fail(err, EINVAL, "set a deadline, such as 10000000 for 10 ms",
			"deadline policy: the deadline is 0");
	if (p->runtime_ns < RUNTIME_MIN_NS)
		return kt_fail(err, EINVAL, "use a runtime of at least 1024 ns",
			"deadline policy: the kernel takes no runtime of %ju ns",
			(uintmax_t)p->runtime_ns);
	if (p->runtime_ns > p->deadline_ns)
		return kt_fail(err, EINVAL, "lengthen the deadline, or shorten the runtime",
			"deadline policy: the runtime of %ju ns is longer than the deadline of %ju "
			"ns",
			(uintmax_t)p->runtime_ns, (uintmax_t)p->deadline_ns);
	if (p->period_ns && p->deadline_ns > p->period_ns)
		return kt_fail(err, EINVAL,
			"lengthen the period, or leave it 0 to take the deadline",
			"deadline policy: the deadline of %ju ns is longer than the period of %ju "
			"ns",
			(uintmax_t)p->deadline_ns, (uintmax_t)p->period_ns);
	return 0;
}

static int check_policy(const struct ktstr_policy *p, struct kt_err *err)
{
	if ((unsigned)p->kind > KTSTR_POLICY_KIND_EXT)
		return kt_fail(err, EINVAL, "write it with one of KTSTR_POLICY_",
			"%u is no kind of policy", (unsigned)p->kind);
	int r = check_priority(p, err);
	if (r < 0)
		return r;
	if (p->kind == KTSTR_POLICY_KIND_DEADLINE)
		return check_deadline(p, err);
	if (p->runtime_ns || p->deadline_ns || p->period_ns)
		return kt_fail(err, EINVAL, "leave the times unset, or use KTSTR_POLICY_DEADLINE",
			"policy: times for a policy that has none");
	return 0;
}

static int check_range(
	const char *field, const struct ktstr_set *value, long least, long most, struct kt_err *err)
{
	if (!value->set && !value->value)
		return 0;
	int r;
	if (!value->set) {
		r = kt_fail(err, EINVAL, "write it with KTSTR_SET", "%s is %ld, but not set", field,
			value->value);
		kt_fix(err, "write .%s = KTSTR_SET(%ld)", field, value->value);
		return r;
	}
	if (value->value >= least && value->value <= most)
		return 0;
	r = kt_fail(err, EINVAL, "use a number in range", "%s is %ld, out of range", field,
		value->value);
	kt_fix(err, "use %ld to %ld", least, most);
	return r;
}

static int check_node(const struct kt_topo *topo, const struct ktstr_work *work, struct kt_err *err)
{
	char machine[KT_TOPO_TEXT_BYTES];
	kt_topo_text(topo, machine);
	int r = check_range("numa_node", &work->numa_node, 0, (long)topo->nodes - 1, err);
	if (r < 0)
		return kt_wrap(err, r, "topology %s", machine);
	if (!work->numa_node.set || work->affinity.kind == KTSTR_AFFINITY_KIND_INHERIT ||
		work->mempolicy.kind == KTSTR_MEMPOLICY_KIND_DEFAULT)
		return 0;
	return kt_fail(err, EINVAL, "leave one of .numa_node, .affinity and .mempolicy unset",
		"numa_node %ld would do nothing: both an affinity and a memory policy are given",
		work->numa_node.value);
}

int kt_work_rules_wrap(struct kt_err *err, int r, enum ktstr_work_kind kind, const char *cgroup)
{
	const char *name = kt_work_kind_name(kind);
	bool nested = cgroup && *cgroup;
	KT_AUTOFREE char *own = kt_strf("work %s: ", name);
	size_t n = own ? strlen(own) : 0;
	if (n && strncmp(err->text, own, n) == 0)
		memmove(err->text, err->text + n, strlen(err->text + n) + 1);
	return kt_wrap(err, r, "work %s%s%s%s", name, nested ? " in cgroup '" : "",
		nested ? cgroup : "", nested ? "'" : "");
}

int kt_work_rules_check(
	const struct kt_topo *topo, const struct ktstr_work *work, struct kt_err *err)
{
	int r = check_count(work, err);
	/* How many workers a part of the CPUs is, only the cgroup tells. */
	if (!r && !(work->workers_pct > 0))
		r = kt_work_check(work, err);
	if (!r)
		r = check_mode(work, err);
	if (!r)
		r = check_policy(&work->policy, err);
	if (!r)
		r = kt_mempolicy_check(topo, &work->mempolicy, err);
	if (!r)
		r = check_range("nice", &work->nice, -20, 19, err);
	if (!r)
		r = check_range("uid", &work->uid, 0, ID_MAX, err);
	if (!r)
		r = check_range("gid", &work->gid, 0, ID_MAX, err);
	if (!r)
		r = check_node(topo, work, err);
	if (!r)
		r = check_name("comm", work->comm, err);
	if (!r)
		r = check_name("pcomm", work->pcomm, err);
	return r;
}

static int count_workers(
	struct ktstr_work *work, const char *cgroup, const struct kt_cpus *cpus, struct kt_err *err)
{
	double pct = work->workers_pct;
	if (!(pct > 0))
		return 0;
	if (!*cgroup)
		return kt_fail(err, EINVAL,
			"set .workers, or run the work in a cgroup of the test: its CPUs are what "
			"the part is of",
			"workers_pct %g in the cgroup of the harness, which has no CPUs of its own",
			pct);
	unsigned count = kt_cpus_count(cpus);
	double workers = ceil(count * pct - ROUNDING);
	if (workers < 1)
		return kt_fail(err, EINVAL, "use a larger part, or set .workers",
			"workers_pct %g of %u CPUs is no worker", pct, count);
	work->workers = workers < UINT32_MAX ? (unsigned)workers : UINT32_MAX;
	work->workers_pct = 0;
	return 0;
}

/* The node stands for what is not said of CPUs and of memory. */
static int take_node(const struct kt_topo *topo, const struct ktstr_work *work,
	const struct kt_cpus *cpuset, struct kt_work_where *where, struct kt_err *err)
{
	if (!work->numa_node.set)
		return 0;
	unsigned node = (unsigned)work->numa_node.value;
	unsigned number = kt_topo_node_number(topo, node);
	if (work->mempolicy.kind == KTSTR_MEMPOLICY_KIND_DEFAULT) {
		where->nodes = kt_cpus_range(number, number);
		where->mempolicy = (struct kt_mempolicy){
			.set = true, .mode = 2 /* MPOL_BIND */, .nodes = where->nodes};
	}
	if (work->affinity.kind != KTSTR_AFFINITY_KIND_INHERIT)
		return 0;
	struct kt_cpus cpus = kt_topo_node_cpus(topo, node);
	if (cpuset)
		cpus = kt_cpus_and(&cpus, cpuset);
	where->affinity = (struct kt_affinity){.kind = KT_AFFINITY_ALL, .cpus = cpus};
	if (kt_cpus_count(&cpus))
		return 0;
	KT_AUTOFREE char *text = kt_cpus_text(cpuset);
	return kt_fail(err, EINVAL, "widen the cpuset to CPUs of that node, or name another",
		"numa_node %u has none of the CPUs %s of the cgroup", node, text ? text : "?");
}

/* Memory belongs where the CPUs are, unless a policy says otherwise. */
static void expect_nodes(
	const struct kt_topo *topo, const struct kt_cpus *cpuset, struct kt_work_where *where)
{
	if (kt_cpus_count(&where->nodes))
		return;
	if (where->affinity.kind == KT_AFFINITY_ALL) {
		struct kt_cpus cpus = where->affinity.cpus;
		if (cpuset)
			cpus = kt_cpus_and(&cpus, cpuset);
		where->nodes = kt_mempolicy_nodes_of(topo, &cpus);
	} else if (cpuset) {
		where->nodes = kt_mempolicy_nodes_of(topo, cpuset);
	}
}

int kt_work_rules_resolve(const struct kt_topo *topo, const struct kt_names *names,
	const char *cgroup, const struct ktstr_work *work, struct kt_work_final *ret,
	struct kt_err *err)
{
	struct kt_work_final out = {.work = *work};
	struct kt_cpus allowed;
	bool confined = cgroup && *cgroup && kt_names_allowed(names, cgroup, &allowed);
	const struct kt_cpus *cpuset = confined ? &allowed : NULL;
	out.where.cpus = confined ? allowed : kt_cpuset_usable(topo);

	int r = kt_work_rules_check(topo, work, err);
	if (!r)
		r = count_workers(&out.work, cgroup ? cgroup : "", &out.where.cpus, err);
	if (!r)
		r = kt_work_check(&out.work, err);
	if (!r)
		r = kt_affinity_resolve(topo, &work->affinity, cpuset, &out.where.affinity, err);
	if (!r)
		r = kt_mempolicy_resolve(topo, &work->mempolicy, cpuset, &out.where.mempolicy,
			&out.where.nodes, err);
	if (!r)
		r = take_node(topo, work, cpuset, &out.where, err);
	if (r < 0)
		return kt_work_rules_wrap(err, r, work->kind, cgroup);
	expect_nodes(topo, cpuset, &out.where);
	*ret = out;
	return 0;
}

int kt_work_rules_check_controllers(unsigned mask, struct kt_err *err)
{
	if (!(mask & KT_CONTROLLERS_THREADED))
		return 0;
	for (unsigned i = 1; i < KT_CONTROLLER_COUNT; i++) {
		const struct kt_controller_info *c = kt_controller_info(i);
		if (!(mask & KT_CONTROLLER_BIT(i)) || c->threaded)
			continue;
		return kt_fail(err, EINVAL,
			"give the workers a process of their own with .pcomm, or drop the knobs of "
			"that controller",
			"some workers have KTSTR_MODE_THREADS and some cgroup a knob of the "
			"controller %s: the kernel keeps the threads of a process together there",
			c->name);
	}
	return 0;
}
