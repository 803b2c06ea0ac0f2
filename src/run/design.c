// SPDX-License-Identifier: GPL-2.0-only
/* Sizes, words and deadlines of one machine; nothing here looks at the host. */
#include "run/design.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "topo/spec.h"
#include "vmm/vm.h"
#include "work/work.h"

/* --append stands last, because the last of two equal words counts. */
static char *cmdline_of(const struct kt_run_design_input *in, const struct kt_run_budget *budget)
{
	struct kt_str s = {0};
	char topo[KT_TOPO_TEXT_BYTES];
	kt_str_addf(&s,
		"%s ktstr.test=%s ktstr.topology=%s ktstr.duration_ms=%llu ktstr.timeout_ms=%llu "
		"ktstr.seed=%llu",
		in->o->verbose ? "loglevel=7" : "loglevel=5", in->plan->test->name,
		kt_topo_text(&in->plan->topo, topo), (unsigned long long)in->plan->duration_ms,
		(unsigned long long)budget->guest_ms, (unsigned long long)in->plan->seed);
	if (in->plan->work != KTSTR_WORK_END)
		kt_str_addf(&s, " ktstr.work=%s", kt_work_kind_name(in->plan->work));
	for (size_t i = 0; i < in->o->append_count; i++)
		kt_str_addf(&s, " %s", in->o->appends[i]);
	return kt_str_take(&s);
}

static uint64_t ram_bytes_of(const struct kt_run_design_input *in, unsigned cpus)
{
	if (in->o->memory_mib)
		return in->o->memory_mib << 20;
	uint64_t needed = kt_vm_ram_bytes(cpus, in->image->bytes + in->image->unpacked_bytes);
	needed = (uint64_t)((double)needed * KT_MAX(in->kernel_memory, 1.0));
	uint64_t asked = (uint64_t)in->plan->test->memory_mib << 20;
	return KT_MAX(needed, asked);
}

int kt_run_design_make(
	const struct kt_run_design_input *in, struct kt_run_design *ret, struct kt_err *err)
{
	unsigned cpus = kt_topo_cpu_count(&in->plan->topo);
	struct kt_run_design d = {
		.plan = in->plan,
		.kernel_path = in->kernel_path,
		.kaslr = in->plan->test->kaslr,
		.cpus = cpus,
		.ram_bytes = ram_bytes_of(in, cpus),
		.budget = kt_run_budget_of(cpus, in->speed_mips, in->kernel_slowness,
			in->plan->duration_ms, in->plan->worker_count, in->o->timeout_ms),
	};
	d.cmdline = cmdline_of(in, &d.budget);
	if (!d.cmdline)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the command line");
	*ret = d;
	return 0;
}

void kt_run_design_done(struct kt_run_design *d)
{
	free(d->cmdline);
	*d = (struct kt_run_design){0};
}
