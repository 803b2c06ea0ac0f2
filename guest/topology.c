// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the files a scheduler's own domains are built from: nodes, thread siblings and the
 * sharers of the level 3 cache. Packages and dies are only told, because several layouts of
 * them are right for one topology.
 */
#include "guest/topology.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "topo/spec.h"

#define FILE_BYTES   65536
#define CACHES_MAX   16 /* cache indexes of one CPU */
#define NODES_MAX    KT_TOPO_CPUS_MAX
#define FIX_NO_SYSFS "boot a kernel with CONFIG_SMP, CONFIG_NUMA and CONFIG_SYSFS"

/* The text of SYSFS/FMT; -errno when it cannot be read. */
static int read_at(struct kt_str *out, const char *sysfs, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int read_at(struct kt_str *out, const char *sysfs, const char *fmt, ...)
{
	char name[160];
	va_list args;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	KT_AUTOFREE char *path = kt_strf("%s/%s", sysfs, name);
	kt_str_cut(out, 0);
	return path ? kt_fs_read(path, FILE_BYTES, out, NULL) : -ENOMEM;
}

static int cpu_number(const char *sysfs, unsigned cpu, const char *file)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	if (read_at(&s, sysfs, "devices/system/cpu/cpu%u/topology/%s", cpu, file) < 0)
		return -1;
	return atoi(kt_str_get(&s));
}

static struct kt_cpus cpu_llc(const char *sysfs, unsigned cpu)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_cpus llc = {0};
	for (unsigned i = 0; i < CACHES_MAX; i++) {
		if (read_at(&s, sysfs, "devices/system/cpu/cpu%u/cache/index%u/level", cpu, i) < 0)
			break;
		if (atoi(kt_str_get(&s)) != 3)
			continue;
		if (read_at(&s, sysfs, "devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list",
			    cpu, i) == 0)
			(void)kt_cpus_parse(kt_str_get(&s), &llc, NULL); /* stays empty */
		break;
	}
	return llc;
}

static struct kt_guest_cpu read_cpu(const char *sysfs, unsigned cpu)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_guest_cpu c = {
		.node = -1,
		.package = cpu_number(sysfs, cpu, "physical_package_id"),
		.die = cpu_number(sysfs, cpu, "die_id"),
		.core_id = cpu_number(sysfs, cpu, "core_id"),
		.llc = cpu_llc(sysfs, cpu),
	};
	if (read_at(&s, sysfs, "devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu) == 0)
		(void)kt_cpus_parse(kt_str_get(&s), &c.threads, NULL); /* stays empty */
	return c;
}

static bool node_has_memory(const char *sysfs, unsigned node)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	if (read_at(&s, sysfs, "devices/system/node/node%u/meminfo", node) < 0)
		return false;
	const char *total = strstr(kt_str_get(&s), "MemTotal:");
	return total && strtoull(total + strlen("MemTotal:"), NULL, 10) > 0;
}

static void read_nodes(const char *sysfs, struct kt_guest_topology *t)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_cpus nodes = {0}, cpus;
	/* A kernel without NUMA shows no nodes: everything is node 0. */
	if (read_at(&s, sysfs, "devices/system/node/online") < 0 ||
		kt_cpus_parse(kt_str_get(&s), &nodes, NULL) < 0) {
		for (int c = kt_cpus_next(&t->online, 0); c >= 0;
			c = kt_cpus_next(&t->online, c + 1))
			t->cpu[c].node = 0;
		kt_cpus_add(&t->memory_nodes, 0);
		t->node_count = 1;
		return;
	}
	for (int n = kt_cpus_next(&nodes, 0); n >= 0; n = kt_cpus_next(&nodes, n + 1)) {
		if (node_has_memory(sysfs, (unsigned)n))
			kt_cpus_add(&t->memory_nodes, (unsigned)n);
		if (read_at(&s, sysfs, "devices/system/node/node%d/cpulist", n) < 0 ||
			kt_cpus_parse(kt_str_get(&s), &cpus, NULL) < 0)
			continue;
		cpus = kt_cpus_and(&cpus, &t->online);
		t->node_count += kt_cpus_count(&cpus) > 0;
		for (int c = kt_cpus_next(&cpus, 0); c >= 0; c = kt_cpus_next(&cpus, c + 1))
			t->cpu[c].node = n;
	}
}

int kt_guest_topology_read(const char *sysfs, struct kt_guest_topology **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTOFREE struct kt_guest_topology *t = calloc(1, sizeof(*t));
	if (!t)
		return kt_fail(err, ENOMEM, "give the machine more memory", "out of memory");
	int r = read_at(&s, sysfs, "devices/system/cpu/online");
	if (r < 0)
		return kt_fail(err, -r, FIX_NO_SYSFS, "%s/devices/system/cpu/online: %s", sysfs,
			strerror(-r));
	r = kt_cpus_parse(kt_str_get(&s), &t->online, err);
	if (r < 0)
		return kt_wrap(err, r, "%s/devices/system/cpu/online", sysfs);
	if (kt_cpus_next(&t->online, KT_TOPO_CPUS_MAX) >= 0)
		return kt_fail(err, ERANGE, "boot at most 512 CPUs",
			"%s/devices/system/cpu/online is %s: too many CPUs", sysfs, kt_str_get(&s));
	for (int c = kt_cpus_next(&t->online, 0); c >= 0; c = kt_cpus_next(&t->online, c + 1))
		t->cpu[c] = read_cpu(sysfs, (unsigned)c);
	read_nodes(sysfs, t);
	*ret = KT_TAKE(t);
	return 0;
}

/* What a regular machine with these nodes, caches and cores would have been asked for. */
static struct kt_topo shape(const struct kt_guest_topology *seen)
{
	int first = kt_cpus_next(&seen->online, 0);
	struct kt_topo t = {.nodes = seen->node_count};
	if (first < 0)
		return t;
	for (int c = first; c >= 0; c = kt_cpus_next(&seen->online, c + 1))
		t.llcs += kt_cpus_next(&seen->cpu[c].llc, 0) == c;
	t.threads = kt_cpus_count(&seen->cpu[first].threads);
	t.cores = t.threads ? kt_cpus_count(&seen->cpu[first].llc) / t.threads : 0;
	return t;
}

/* The first CPU that does not sit as in ASKED, -1 when there is none. */
static int first_difference(const struct kt_guest_topology *seen, const struct kt_topo *asked)
{
	for (unsigned c = 0; c < kt_topo_cpu_count(asked); c++) {
		struct kt_topo_place place = kt_topo_place(asked, c);
		struct kt_cpus threads = kt_topo_core_cpus(asked, place.core);
		struct kt_cpus llc = kt_topo_llc_cpus(asked, place.llc);
		const struct kt_guest_cpu *cpu = &seen->cpu[c];
		if (cpu->node != (int)place.node || !kt_cpus_equal(&cpu->threads, &threads) ||
			!kt_cpus_equal(&cpu->llc, &llc))
			return (int)c;
	}
	return -1;
}

static bool is_as_asked(const struct kt_guest_topology *seen, const struct kt_topo *asked)
{
	struct kt_cpus all = kt_topo_all_cpus(asked);
	return kt_cpus_equal(&seen->online, &all) && first_difference(seen, asked) < 0;
}

static void add_set(struct kt_str *out, const char *what, const struct kt_cpus *s)
{
	KT_AUTOFREE char *list = kt_cpus_text(s);
	kt_str_addf(out, "%s %s", what, list && *list ? list : "none");
}

void kt_guest_topology_text(const struct kt_guest_topology *seen, struct kt_str *out)
{
	char text[KT_TOPO_TEXT_BYTES];
	struct kt_topo t = shape(seen);
	kt_str_add(out, kt_topo_text(&t, text));
	if (kt_topo_check(&t, NULL) == 0 && is_as_asked(seen, &t))
		return;
	kt_str_addf(out, " (irregular: %u ", kt_cpus_count(&seen->online));
	add_set(out, "CPUs online,", &seen->online);
	kt_str_add(out, ")");
}

static void add_cpu_difference(const struct kt_guest_topology *seen, const struct kt_topo *asked,
	unsigned cpu, struct kt_str *out)
{
	struct kt_topo_place place = kt_topo_place(asked, cpu);
	struct kt_cpus threads = kt_topo_core_cpus(asked, place.core);
	struct kt_cpus llc = kt_topo_llc_cpus(asked, place.llc);
	const struct kt_guest_cpu *c = &seen->cpu[cpu];
	kt_str_addf(out, "; CPU %u: asked for node %u,", cpu, place.node);
	add_set(out, " LLC of CPUs", &llc);
	add_set(out, ", core of CPUs", &threads);
	kt_str_addf(out, "; seen node %d,", c->node);
	add_set(out, " LLC of CPUs", &c->llc);
	add_set(out, ", core of CPUs", &c->threads);
	kt_str_addf(out, " (package %d, die %d, core id %d)", c->package, c->die, c->core_id);
}

void kt_guest_topology_compare(
	const struct kt_guest_topology *seen, const struct kt_topo *asked, struct kt_str *out)
{
	char text[KT_TOPO_TEXT_BYTES];
	struct kt_cpus all = kt_topo_all_cpus(asked);
	struct kt_cpus memory = kt_cpus_range(0, asked->nodes - 1);
	int cpu = first_difference(seen, asked);
	bool all_memory = kt_cpus_equal(&seen->memory_nodes, &memory);
	if (kt_cpus_equal(&seen->online, &all) && cpu < 0 && all_memory)
		return;
	kt_str_addf(out, "asked for %s, seen ", kt_topo_text(asked, text));
	kt_guest_topology_text(seen, out);
	if (!kt_cpus_equal(&seen->online, &all)) {
		add_set(out, "; asked for CPUs", &all);
		add_set(out, ", online", &seen->online);
	}
	if (cpu >= 0)
		add_cpu_difference(seen, asked, (unsigned)cpu, out);
	if (!all_memory) {
		add_set(out, "; memory asked for on nodes", &memory);
		add_set(out, ", seen on", &seen->memory_nodes);
	}
}
