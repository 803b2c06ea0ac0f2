// SPDX-License-Identifier: GPL-2.0-only
/*
 * The knobs of a cgroup from numbers to the lines that go into its files: one function per
 * row of knob.def, called in the order of the rows, which is the order of the writes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/plan_list.h"
#include "topo/spec.h"

#define PERIOD_STANDARD_US 100000u
#define PERIOD_LEAST_US	   1000u
#define PERIOD_MOST_US	   1000000u
/* The kernel's max_bw_runtime_us. */
#define QUOTA_MOST_US ((UINT64_C(1) << 44) - 1)

/* The kernel takes the number after it for "leave as it is". */
#define ID_MOST	      0xfffffffeL
#define TASK_NAME_MAX 15u /* the kernel's TASK_COMM_LEN without the NUL */

struct taker {
	const struct kt_topo *topo;
	const struct ktstr_cgroup *from;
	struct kt_plan_cgroup *to;
	struct kt_err *err;
};

static int add_write(struct taker *t, enum kt_knob_kind kind, const char *value)
{
	const struct kt_knob_info *info = kt_knob_info(kind);
	struct kt_plan_write *w = &t->to->writes[t->to->write_count];
	if ((size_t)snprintf(w->value, sizeof(w->value), "%s", value) >= sizeof(w->value))
		return kt_fail(t->err, E2BIG, "use a shorter list, such as one of ranges: \"0-7\"",
			"knob %s: '%.40s...' is too long", info->name, value);
	w->file = info->file;
	t->to->write_count++;
	t->to->controllers |= KT_CONTROLLER_BIT(info->controller);
	return 0;
}

static int add_number(struct taker *t, enum kt_knob_kind kind, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return add_write(t, kind,
		value == KTSTR_UNLIMITED ? "max"
		: value == KTSTR_NOTHING ? "0"
					 : text);
}

static int fail_range(struct taker *t, const struct kt_knob_info *info, uint64_t value)
{
	int r = kt_fail(t->err, EINVAL, "use a number in its range",
		"knob %s: the kernel does not take %" PRIu64 "%s%s for %s", info->name,
		value == KTSTR_NOTHING ? 0 : value, *info->unit ? " " : "", info->unit, info->file);
	if (info->most)
		return kt_fix(t->err, "use %" PRIu64 "..%" PRIu64 ", or leave it unset",
			info->least, info->most);
	kt_fix(t->err, "use at least %" PRIu64 " %s, or leave it unset", info->least, info->unit);
	return r;
}

static int check_range(struct taker *t, enum kt_knob_kind kind, uint64_t value)
{
	const struct kt_knob_info *info = kt_knob_info(kind);
	bool ok = value >= info->least && (!info->most || value <= info->most);
	return ok ? 0 : fail_range(t, info, value);
}

static void mark(struct taker *t, enum kt_knob_kind kind)
{
	t->to->knob_mask |= KT_KNOB_BIT(kind);
}

/* A number that must be in the range of its row; 0 is unset. */
static int take_weight(struct taker *t, enum kt_knob_kind kind, unsigned value)
{
	if (!value)
		return 0;
	int r = check_range(t, kind, value);
	if (r < 0)
		return r;
	mark(t, kind);
	return add_number(t, kind, value);
}

/* Resolved with the cgroup itself; here it only counts. */
static int take_cpuset(struct taker *t)
{
	if (!t->to->confined)
		return 0;
	mark(t, KT_KNOB_cpuset);
	t->to->controllers |= KT_CONTROLLER_BIT(KT_CONTROLLER_cpuset);
	return 0;
}

static int check_nodes(struct taker *t, const struct kt_cpus *nodes)
{
	struct kt_cpus all = {0};
	for (unsigned i = 0; i < t->topo->nodes; i++)
		kt_cpus_add(&all, kt_topo_node_number(t->topo, i));
	struct kt_cpus absent = kt_cpus_minus(nodes, &all);
	char machine[KT_TOPO_TEXT_BYTES];
	if (!kt_cpus_count(nodes))
		return kt_fail(t->err, EINVAL,
			"list at least one node, such as \"0\", or leave it unset",
			"knob mems: the list of nodes is empty");
	if (!kt_cpus_count(&absent))
		return 0;
	KT_AUTOFREE char *text = kt_cpus_text(&absent);
	kt_topo_text(t->topo, machine);
	int r = kt_fail(t->err, EINVAL, "name nodes of the machine",
		"knob mems: topology %s has no node %s", machine, text ? text : "of that number");
	kt_fix(t->err, "use nodes 0..%u, or give the test a larger topology", t->topo->nodes - 1);
	return r;
}

static int take_mems(struct taker *t)
{
	struct kt_cpus nodes;
	if (!t->from->mems)
		return 0;
	int r = kt_cpus_parse(t->from->mems, &nodes, t->err);
	if (r < 0) {
		kt_fix(t->err, "list nodes as in \"0\" or \"0-1,3\"");
		return kt_wrap(t->err, r, "knob mems: '%s'", t->from->mems);
	}
	r = check_nodes(t, &nodes);
	if (r < 0)
		return r;
	KT_AUTOFREE char *text = kt_cpus_text(&nodes);
	if (!text)
		return kt_fail(t->err, ENOMEM, "free memory", "out of memory for the plan");
	mark(t, KT_KNOB_mems);
	return add_write(t, KT_KNOB_mems, text);
}

static int check_quota(struct taker *t, uint64_t quota_us, uint64_t period_us)
{
	if (period_us < PERIOD_LEAST_US || period_us > PERIOD_MOST_US)
		return kt_fail(t->err, EINVAL, "use a period of 1000..1000000 us, such as 100000",
			"knob cpu: the kernel does not take a period of %" PRIu64 " us",
			period_us == KTSTR_NOTHING ? 0 : period_us);
	if (quota_us == KTSTR_UNLIMITED)
		return 0;
	if (quota_us == KTSTR_NOTHING || quota_us < kt_knob_info(KT_KNOB_cpu)->least)
		return kt_fail(t->err, EINVAL,
			"use a quota of at least 1000 us, or a longer period with the same share",
			"knob cpu: the kernel does not take a quota of %" PRIu64
			" us in a period of %" PRIu64 " us",
			quota_us == KTSTR_NOTHING ? 0 : quota_us, period_us);
	if (quota_us > QUOTA_MOST_US)
		return kt_fail(t->err, EINVAL,
			"use KTSTR_CPU_UNLIMITED, or the CPUs of the machine times the period",
			"knob cpu: the kernel does not take a quota of %" PRIu64 " us", quota_us);
	return 0;
}

static int take_cpu(struct taker *t)
{
	const struct ktstr_cpu *cpu = &t->from->cpu;
	uint64_t period_us = cpu->period_us ? cpu->period_us : PERIOD_STANDARD_US;
	uint64_t quota_us = cpu->quota_us;
	char text[48];
	if (!cpu->quota_pct && !cpu->quota_us && !cpu->period_us)
		return 0;
	if (cpu->quota_pct && cpu->quota_us)
		return kt_fail(t->err, EINVAL, "leave one of .quota_pct and .quota_us unset",
			"knob cpu: the quota is given twice, as %u %% and as %" PRIu64 " us",
			cpu->quota_pct, cpu->quota_us);
	if (!cpu->quota_pct && !cpu->quota_us)
		return kt_fail(t->err, EINVAL,
			"add .quota_us = ..., or .quota_us = KTSTR_UNLIMITED to set the period "
			"only",
			"knob cpu: a period of %" PRIu64 " us without a quota (or with one of 0)",
			cpu->period_us);
	int r = 0;
	if (cpu->quota_pct) {
		r = check_quota(t, KTSTR_UNLIMITED, period_us);
		quota_us = r < 0 ? 0 : period_us * cpu->quota_pct / 100;
	}
	if (!r)
		r = check_quota(t, quota_us, period_us);
	if (r < 0)
		return r;
	if (quota_us == KTSTR_UNLIMITED)
		snprintf(text, sizeof(text), "max %" PRIu64, period_us);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, quota_us, period_us);
	mark(t, KT_KNOB_cpu);
	return add_write(t, KT_KNOB_cpu, text);
}

static int take_cpu_weight(struct taker *t)
{
	return take_weight(t, KT_KNOB_cpu_weight, t->from->cpu_weight);
}

/* Unset is written as UNSET, unless that is 0: then the file is left alone. */
static int take_bytes(struct taker *t, enum kt_knob_kind kind, uint64_t value, uint64_t unset)
{
	if (!value)
		return unset ? add_number(t, kind, unset) : 0;
	int r = value == KTSTR_NOTHING ? 0 : check_range(t, kind, value);
	if (r < 0)
		return r;
	mark(t, kind);
	return add_number(t, kind, value);
}

/*
 * A test that sets one of them means a whole: what it leaves unset is written as the kernel's
 * default, so that no earlier value of the file counts.
 */
static uint64_t if_any(const struct taker *t, uint64_t value)
{
	const struct ktstr_memory *m = &t->from->memory;
	return m->max || m->high || m->low || m->swap_max ? value : 0;
}

static int take_memory_max(struct taker *t)
{
	return take_bytes(t, KT_KNOB_memory_max, t->from->memory.max, if_any(t, KTSTR_UNLIMITED));
}

static int take_memory_high(struct taker *t)
{
	return take_bytes(t, KT_KNOB_memory_high, t->from->memory.high, if_any(t, KTSTR_UNLIMITED));
}

static int take_memory_low(struct taker *t)
{
	return take_bytes(t, KT_KNOB_memory_low, t->from->memory.low, if_any(t, KTSTR_NOTHING));
}

static int take_memory_swap_max(struct taker *t)
{
	return take_bytes(t, KT_KNOB_memory_swap_max, t->from->memory.swap_max, 0);
}

static int take_io_weight(struct taker *t)
{
	return take_weight(t, KT_KNOB_io_weight, t->from->io_weight);
}

static int take_pids_max(struct taker *t)
{
	uint64_t most = t->from->pids_max;
	if (!most)
		return 0;
	int r = most == KTSTR_UNLIMITED ? 0 : check_range(t, KT_KNOB_pids_max, most);
	if (r < 0)
		return r;
	mark(t, KT_KNOB_pids_max);
	return add_number(t, KT_KNOB_pids_max, most);
}

static int take_set(
	struct taker *t, enum kt_knob_kind kind, const struct ktstr_set *set, long least, long most)
{
	if (!set->set)
		return 0;
	mark(t, kind);
	if (set->value >= least && set->value <= most)
		return 0;
	int r = kt_fail(t->err, EINVAL, "use a number in its range", "knob %s: %ld is out of range",
		kt_knob_info(kind)->name, set->value);
	kt_fix(t->err, "use KTSTR_SET(%ld) to KTSTR_SET(%ld), or leave it unset", least, most);
	return r;
}

static int take_nice(struct taker *t)
{
	return take_set(t, KT_KNOB_nice, &t->from->nice, -20, 19);
}

static int take_uid(struct taker *t)
{
	return take_set(t, KT_KNOB_uid, &t->from->uid, 0, ID_MOST);
}

static int take_gid(struct taker *t)
{
	return take_set(t, KT_KNOB_gid, &t->from->gid, 0, ID_MOST);
}

static int take_numa_node(struct taker *t)
{
	return take_set(t, KT_KNOB_numa_node, &t->from->numa_node, 0, (long)t->topo->nodes - 1);
}

static int take_task_name(struct taker *t, enum kt_knob_kind kind, const char *name)
{
	if (!name)
		return 0;
	mark(t, kind);
	if (*name && strlen(name) <= TASK_NAME_MAX)
		return 0;
	return kt_fail(t->err, EINVAL, "use a name of 1 to 15 bytes, or leave it unset",
		"knob %s: '%.40s' has %zu bytes", kt_knob_info(kind)->name, name, strlen(name));
}

static int take_comm(struct taker *t)
{
	return take_task_name(t, KT_KNOB_comm, t->from->comm);
}

static int take_pcomm(struct taker *t)
{
	return take_task_name(t, KT_KNOB_pcomm, t->from->pcomm);
}

static int take_swappable(struct taker *t)
{
	if (t->from->swappable)
		mark(t, KT_KNOB_swappable);
	return 0;
}

/* Resolved with the cgroup itself; here it only counts. */
static int take_work(struct taker *t)
{
	if (t->from->work)
		mark(t, KT_KNOB_work);
	return 0;
}

static int take_payload(struct taker *t)
{
	if (t->from->payload)
		mark(t, KT_KNOB_payload);
	return 0;
}

int kt_plan_take_knobs(const struct kt_topo *topo, const struct ktstr_cgroup *cgroup,
	struct kt_plan_cgroup *ret, struct kt_err *err)
{
	static int (*const takers[])(struct taker * t) = {
#define KNOB(name, ...) [KT_KNOB_##name] = take_##name,
#include "macros/knob.def"
#undef KNOB
	};
	struct taker t = {.topo = topo, .from = cgroup, .to = ret, .err = err};
	for (size_t i = 0; i < KT_ARRAY_LEN(takers); i++) {
		int r = takers[i](&t);
		if (r < 0)
			return r;
	}
	return 0;
}
