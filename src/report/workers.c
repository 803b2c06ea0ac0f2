// SPDX-License-Identifier: GPL-2.0-only
/* Names and sums of workers. */
#include "report/workers.h"

#include <stdio.h>
#include <string.h>

const char *kt_workers_cgroup(const struct kt_work_result *r)
{
	return r->cgroup[0] ? r->cgroup : "the runner";
}

static bool has_several_works(const struct kt_outcome *o, const struct kt_work_result *r)
{
	kt_vec_each(other, &o->workers)
		if (other->group != r->group && !strcmp(other->cgroup, r->cgroup))
			return true;
	return false;
}

const char *kt_workers_where(const struct kt_outcome *o, const struct kt_work_result *r,
	char buf[KT_WORKERS_WHERE_BYTES])
{
	if (has_several_works(o, r))
		snprintf(buf, KT_WORKERS_WHERE_BYTES, "worker %u of work %u of %s", r->index,
			r->group, kt_workers_cgroup(r));
	else
		snprintf(buf, KT_WORKERS_WHERE_BYTES, "worker %u of %s", r->index,
			kt_workers_cgroup(r));
	return buf;
}

void kt_workers_blame(const struct kt_outcome *o, const struct kt_work_result *r,
	const struct kt_verdict *v, struct kt_verdict_detail *d)
{
	d->phase = r->phase;
	if (v->details.count < KT_VERDICT_MAX)
		kt_workers_where(o, r, d->where);
}

bool kt_workers_timed_out(const struct kt_work_result *r)
{
	return !r->completed && !strcmp(r->exit_text, KT_WORK_TIMED_OUT);
}

static void add(struct kt_workers_sum *sum, const struct kt_work_result *r)
{
	sum->workers++;
	sum->incomplete += !r->completed;
	sum->iterations += r->iterations;
	sum->cpu_ns += r->cpu_ns;
	sum->migrations += r->migrations;
	sum->gap_ns = KT_MAX(sum->gap_ns, r->gap_ns);
}

size_t kt_workers_sums(const struct kt_outcome *o, struct kt_workers_sum *sums, size_t max)
{
	size_t count = 0, beyond = 0;

	kt_vec_each(r, &o->workers) {
		size_t i = 0;

		while (i < count && strcmp(sums[i].first->cgroup, r->cgroup))
			i++;
		if (i == max) {
			beyond = 1;
			continue;
		}
		if (i == count)
			sums[count++] = (struct kt_workers_sum){.first = r};
		add(&sums[i], r);
	}
	return count + beyond;
}
