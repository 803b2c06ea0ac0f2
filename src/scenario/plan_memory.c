// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what the host will be asked to read and write, and the merging of cold writes. */
#include "scenario/plan_memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/plan_list.h"

static bool is_unset(const char *text)
{
	return !text || !*text;
}

int kt_plan_check_tag(const char *tag, struct kt_err *err)
{
	if (is_unset(tag))
		return kt_fail(err, EINVAL, "write .tag = \"after_spawn\", or another word",
			"its tag is empty: nothing could be found by it");
	if (strlen(tag) >= KT_PLAN_TAG_BYTES)
		return kt_fail(err, EINVAL, "use a tag of at most 127 bytes",
			"tag '%.32s...' has %zu bytes", tag, strlen(tag));
	return 0;
}

int kt_plan_check_symbol(const char *symbol, struct kt_err *err)
{
	static const char fix[] = "write the symbol as 'nm vmlinux' has it, such as \"jiffies_64\"";
	if (is_unset(symbol))
		return kt_fail(err, EINVAL, fix, "its symbol is empty");
	if (strlen(symbol) >= KT_PLAN_SYMBOL_BYTES)
		return kt_fail(err, EINVAL, fix, "symbol '%.32s...' has %zu bytes", symbol,
			strlen(symbol));
	for (const char *p = symbol; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.$", *p))
			return kt_fail(err, EINVAL, fix, "'%s' is no symbol: it has the byte '%c'",
				symbol, *p);
	return 0;
}

int kt_plan_check_map(const char *map, struct kt_err *err)
{
	if (is_unset(map))
		return kt_fail(err, EINVAL, "write .map = \"name\"", "the map's name is empty");
	if (strlen(map) < KT_PLAN_MAP_BYTES)
		return 0;
	int r = kt_fail(err, EINVAL, "shorten it",
		"map '%s' has %zu bytes, but the kernel keeps only 15 of a map's name", map,
		strlen(map));
	kt_fix(err, "write what the kernel has: \"%.15s\"", map);
	return r;
}

int kt_plan_check_sched(const struct ktstr_sched *sched, struct kt_err *err)
{
	static const char fix[] = "use a plain name such as \"mine\", of at most 128 bytes";
	if (!sched)
		return kt_fail(err, EINVAL, "write .scheduler = &NAME, a struct ktstr_sched",
			"no scheduler is given");
	if (is_unset(sched->name))
		return kt_fail(err, EINVAL, fix, "the scheduler has no name");
	if (strlen(sched->name) >= KT_PLAN_SCHED_BYTES)
		return kt_fail(err, EINVAL, fix, "the name of scheduler '%.32s...' has %zu bytes",
			sched->name, strlen(sched->name));
	if (*sched->name == '.' || strpbrk(sched->name, "/\\"))
		return kt_fail(err, EINVAL, fix,
			"the name of scheduler '%s' %s: it names files of the machine", sched->name,
			*sched->name == '.' ? "begins with '.'" : "has a separator of paths");
	if (is_unset(sched->program))
		return kt_fail(err, EINVAL, "write .program = \"path/to/it\" in it",
			"scheduler '%s' has no program", sched->name);
	return 0;
}

static int check_per_cpu(
	const struct kt_topo *topo, const struct ktstr_kernel_target *target, struct kt_err *err)
{
	static const char *const known[] = {
		"runqueues", "kernel_cpustat", "kstat", "tick_cpu_sched"};
	unsigned cpus = kt_topo_cpu_count(topo);
	bool found = false;
	for (size_t i = 0; i < KT_ARRAY_LEN(known); i++)
		found |= !strcmp(known[i], target->symbol);
	if (!found)
		return kt_fail(err, EINVAL,
			"use runqueues, kernel_cpustat, kstat or tick_cpu_sched",
			"the type of per-CPU symbol '%s' is not known", target->symbol);
	if (target->cpu >= cpus)
		return kt_fail(err, EINVAL, "name a CPU of the test's topology",
			"CPU %u does not exist: the machine has %u", target->cpu, cpus);
	return 0;
}

/* Addresses of the kernel are in the upper half. */
static int check_address(const struct ktstr_kernel_target *target, struct kt_err *err)
{
	if (target->address >> 63)
		return 0;
	return kt_fail(err, EINVAL, "give the address of a kernel object, such as 0xffff8880...",
		"0x%llx is no address of the kernel", (unsigned long long)target->address);
}

static int check_task(const struct ktstr_kernel_target *target, struct kt_err *err)
{
	if (target->pid <= 0)
		return kt_fail(err, EINVAL, "give the pid of a task that exists", "%d is no task",
			target->pid);
	if (!target->start)
		return kt_fail(err, EINVAL, "give field 22 of /proc/PID/stat",
			"task %d has no start time: another one could have got its pid",
			target->pid);
	return 0;
}

int kt_plan_check_target(
	const struct kt_topo *topo, const struct ktstr_kernel_target *target, struct kt_err *err)
{
	bool symbol = false, field = false;
	int r = 0;
	switch (target->place) {
	case KTSTR_KERNEL_PLACE_SYMBOL:
		symbol = true;
		break;
	case KTSTR_KERNEL_PLACE_PER_CPU:
		symbol = field = true;
		break;
	case KTSTR_KERNEL_PLACE_TASK:
		field = true;
		break;
	case KTSTR_KERNEL_PLACE_DIRECT:
	case KTSTR_KERNEL_PLACE_VIRTUAL:
		return check_address(target, err);
	case KTSTR_KERNEL_PLACE_UNSET:
	default:
		return kt_fail(err, EINVAL, "write KTSTR_KERNEL_SYMBOL(\"name\") or another place",
			"no place in the kernel is given");
	}
	if (symbol)
		r = kt_plan_check_symbol(target->symbol, err);
	if (!r && field && is_unset(target->field))
		return kt_fail(err, EINVAL, "name a member, such as \"clock\" or \"scx.weight\"",
			"the place in the kernel has no field");
	if (!r && target->place == KTSTR_KERNEL_PLACE_PER_CPU)
		r = check_per_cpu(topo, target, err);
	if (!r && target->place == KTSTR_KERNEL_PLACE_TASK)
		r = check_task(target, err);
	return r;
}

static int check_byte_count(size_t count, struct kt_err *err)
{
	if (count && count <= KT_PLAN_KERNEL_BYTES)
		return 0;
	return kt_fail(err, EINVAL, "use 1 to 4096 bytes", "%zu bytes are not possible", count);
}

int kt_plan_check_width(const struct ktstr_kernel_value *width, struct kt_err *err)
{
	switch (width->format) {
	case KTSTR_KERNEL_FORMAT_U32:
	case KTSTR_KERNEL_FORMAT_U64:
		return 0;
	case KTSTR_KERNEL_FORMAT_BYTES:
		return check_byte_count(width->byte_count, err);
	case KTSTR_KERNEL_FORMAT_OR_U32:
	case KTSTR_KERNEL_FORMAT_UNSET:
	default:
		return kt_fail(err, EINVAL,
			"write .width = KTSTR_WIDTH_U32, KTSTR_WIDTH_U64 or KTSTR_WIDTH_BYTES(n)",
			"how much to read is not given");
	}
}

static int check_value(const struct ktstr_kernel_value *value, bool hot, struct kt_err *err)
{
	switch (value->format) {
	case KTSTR_KERNEL_FORMAT_U64:
		return 0;
	case KTSTR_KERNEL_FORMAT_OR_U32:
		if (hot)
			return kt_fail(err, EINVAL, "use write_kernel_cold",
				"bits cannot be set in memory that the kernel changes meanwhile");
		/* fall through */
	case KTSTR_KERNEL_FORMAT_U32:
		if (value->number <= UINT32_MAX)
			return 0;
		return kt_fail(err, EINVAL, "use KTSTR_U64, if the kernel's variable is as wide",
			"%llu does not fit into 32 bits", (unsigned long long)value->number);
	case KTSTR_KERNEL_FORMAT_BYTES:
		if (!value->bytes)
			return kt_fail(err, EINVAL, "write KTSTR_BYTES(\"\\x01\\x02\")",
				"the bytes to write are not given");
		return check_byte_count(value->byte_count, err);
	case KTSTR_KERNEL_FORMAT_UNSET:
	default:
		return kt_fail(err, EINVAL, "write KTSTR_U32(n), KTSTR_U64(n) or KTSTR_BYTES(text)",
			"no value is given");
	}
}

int kt_plan_take_writes(const struct kt_topo *topo, const struct ktstr_kernel_write *writes,
	bool hot, struct kt_plan_writes *ret, struct kt_err *err)
{
	size_t count = 0;
	for (; writes && writes[count].target.place; count++) {
		if (count >= KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("writes", "KTSTR_KERNEL_WRITES", err);
		int r = kt_plan_check_target(topo, &writes[count].target, err);
		if (!r)
			r = check_value(&writes[count].value, hot, err);
		if (r < 0)
			return kt_wrap(err, r, "write %zu", count);
	}
	if (writes && writes[count].value.format)
		return kt_fail(err, EINVAL, "write KTSTR_KERNEL_WRITE(.target = ..., .value = ...)",
			"write %zu has a value but no place in the kernel", count);
	if (!count)
		return kt_fail(err, EINVAL,
			"write .writes = KTSTR_KERNEL_WRITES(KTSTR_KERNEL_WRITE(.target = ..., "
			".value = ...))",
			"there is nothing to write");
	*ret = (struct kt_plan_writes){.items = writes, .count = count};
	return 0;
}

static int append(struct kt_plan_writes *to, const struct kt_plan_writes *from, struct kt_err *err)
{
	size_t bytes = (to->count + from->count) * sizeof(*to->items);
	struct ktstr_kernel_write *all = realloc(to->owned, bytes);
	if (!all)
		return kt_fail(err, ENOMEM, "free memory", "out of memory for the plan");
	if (!to->owned)
		memcpy(all, to->items, to->count * sizeof(*all));
	memcpy(all + to->count, from->items, from->count * sizeof(*all));
	to->items = to->owned = all;
	to->count += from->count;
	return 0;
}

int kt_plan_merge_cold_writes(struct kt_plan_op *ops, size_t *count, struct kt_err *err)
{
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++) {
		bool merges = kept && ops[i].kind == KTSTR_OP_write_kernel_cold &&
			      ops[kept - 1].kind == KTSTR_OP_write_kernel_cold;
		if (!merges) {
			ops[kept++] = ops[i];
			continue;
		}
		int r = append(&ops[kept - 1].writes, &ops[i].writes, err);
		if (r < 0) {
			*count = kept; /* those behind own nothing yet */
			return r;
		}
	}
	*count = kept;
	return 0;
}
