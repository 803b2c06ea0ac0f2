// SPDX-License-Identifier: GPL-2.0-only
/* Topologies read from a copy of sysfs made for each test, and their comparison. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "guest/topology.h"
#include "topo/spec.h"

static char *sysfs;

static void setup(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-sysfs-", &sysfs, NULL), 0);
}

static void teardown(void)
{
	cr_assert_eq(kt_fs_remove_tree(sysfs, NULL), 0);
	free(sysfs);
}

TestSuite(topology, .init = setup, .fini = teardown);

/* Write TEXT and a newline into sysfs/devices/system/FMT. */
static void put(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(const char *text, const char *fmt, ...)
{
	char name[128];
	va_list args;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	KT_AUTOFREE char *path = kt_strf("%s/devices/system/%s", sysfs, name);
	KT_AUTOFREE char *dir = strdup(path);
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(kt_fs_mkdirs(dir, NULL), 0);
	KT_AUTOFILE FILE *f = fopen(path, "w");
	cr_assert(f && fprintf(f, "%s\n", text) > 0);
}

static void put_set(struct kt_cpus s, const char *fmt, unsigned number, const char *file)
{
	KT_AUTOFREE char *list = kt_cpus_text(&s);
	char name[128];
	snprintf(name, sizeof(name), "%s%u/%s", fmt, number, file);
	put(list, "%s", name);
}

static void put_cpu(const struct kt_topo *t, unsigned cpu)
{
	struct kt_topo_place p = kt_topo_place(t, cpu);
	char number[16];
	snprintf(number, sizeof(number), "%u", p.node);
	put(number, "cpu/cpu%u/topology/physical_package_id", cpu);
	put("0", "cpu/cpu%u/topology/die_id", cpu);
	snprintf(number, sizeof(number), "%u", p.core);
	put(number, "cpu/cpu%u/topology/core_id", cpu);
	put_set(kt_topo_core_cpus(t, p.core), "cpu/cpu", cpu, "topology/thread_siblings_list");
	put("1", "cpu/cpu%u/cache/index0/level", cpu);
	put_set(kt_topo_core_cpus(t, p.core), "cpu/cpu", cpu, "cache/index0/shared_cpu_list");
	put("3", "cpu/cpu%u/cache/index1/level", cpu);
	put_set(kt_topo_llc_cpus(t, p.llc), "cpu/cpu", cpu, "cache/index1/shared_cpu_list");
}

static struct kt_topo put_machine(const char *spec)
{
	struct kt_topo t;
	cr_assert_eq(kt_topo_parse(spec, &t, NULL), 0);
	KT_AUTOFREE char *online = kt_strf("0-%u", kt_topo_cpu_count(&t) - 1);
	put(online, "cpu/online");
	for (unsigned c = 0; c < kt_topo_cpu_count(&t); c++)
		put_cpu(&t, c);
	for (unsigned n = 0; n < t.nodes; n++) {
		put_set(kt_topo_node_cpus(&t, n), "node/node", n, "cpulist");
		put("Node 0 MemTotal:     131072 kB", "node/node%u/meminfo", n);
	}
	KT_AUTOFREE char *nodes = kt_strf("0-%u", t.nodes - 1);
	put(nodes, "node/online");
	return t;
}

/* The difference from ASKED, "" when none; *seen_text is the machine's own form. Malloced. */
static char *compare(const char *asked, char **seen_text)
{
	KT_AUTOFREE struct kt_guest_topology *seen = NULL;
	struct kt_str difference = {0}, text = {0};
	struct kt_topo t;
	cr_assert_eq(kt_topo_parse(asked, &t, NULL), 0);
	cr_assert_eq(kt_guest_topology_read(sysfs, &seen, NULL), 0);
	kt_guest_topology_compare(seen, &t, &difference);
	kt_guest_topology_text(seen, &text);
	*seen_text = strdup(kt_str_get(&text));
	char *ret = strdup(kt_str_get(&difference));
	kt_str_done(&difference);
	kt_str_done(&text);
	return ret;
}

static void expect(const char *asked, const char *seen, const char *const *words)
{
	KT_AUTOFREE char *text = NULL;
	KT_AUTOFREE char *difference = compare(asked, &text);
	cr_assert(kt_starts_with(text, seen), "seen '%s', expected '%s'", text, seen);
	if (!words)
		cr_assert_str_eq(difference, "");
	for (; words && *words; words++)
		cr_assert(strstr(difference, *words), "'%s' does not say '%s'", difference, *words);
}
#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(topology, a_small_machine_is_as_asked)
{
	put_machine("1n1l1c1t");
	expect("1n1l1c1t", "1n1l1c1t", NULL);
}

Test(topology, a_machine_with_nodes_caches_and_threads_is_as_asked)
{
	put_machine("2n4l3c2t");
	expect("2n4l3c2t", "2n4l3c2t", NULL);
}

Test(topology, other_caches_are_a_difference_that_names_both_and_the_cpu)
{
	put_machine("1n1l4c1t");
	expect("1n2l2c1t", "1n1l4c1t",
		SAYS("asked for 1n2l2c1t", "seen 1n1l4c1t", "CPU 0", "LLC of CPUs 0-1",
			"LLC of CPUs 0-3"));
}

Test(topology, the_first_cpu_that_differs_is_told)
{
	put_machine("1n2l2c1t");
	put("2", "cpu/cpu3/cache/index1/level");
	expect("1n2l2c1t", "1n2l2c1t (irregular",
		SAYS("CPU 3", "LLC of CPUs 2-3", "LLC of CPUs none", "package 0", "core id 3"));
}

Test(topology, threads_shown_as_cores_are_a_difference)
{
	put_machine("1n1l4c1t");
	expect("1n1l2c2t", "1n1l4c1t", SAYS("core of CPUs 0-1", "core of CPUs 0"));
}

Test(topology, a_missing_cpu_is_a_difference)
{
	put_machine("1n1l3c1t");
	put("0,2", "cpu/online");
	expect("1n1l3c1t", "1n1l3c1t (irregular: 2 CPUs online, 0,2)",
		SAYS("asked for CPUs 0-2, online 0,2"));
}

Test(topology, a_node_without_memory_is_a_difference)
{
	put_machine("2n2l1c1t");
	put("Node 1 MemTotal:          0 kB", "node/node1/meminfo");
	expect("2n2l1c1t", "2n2l1c1t", SAYS("memory asked for on nodes 0-1, seen on 0"));
}

Test(topology, cpus_on_the_wrong_node_are_a_difference)
{
	put_machine("2n2l1c1t");
	put("0-1", "node/node0/cpulist");
	put("", "node/node1/cpulist");
	expect("2n2l1c1t", "1n2l1c1t", SAYS("CPU 1: asked for node 1", "seen node 0"));
}

Test(topology, without_numa_everything_is_node_0)
{
	put_machine("1n2l1c1t");
	KT_AUTOFREE char *dir = kt_strf("%s/devices/system/node", sysfs);
	cr_assert_eq(kt_fs_remove_tree(dir, NULL), 0);
	expect("1n2l1c1t", "1n2l1c1t", NULL);
}

Test(topology, no_sysfs_is_an_error_with_the_path)
{
	struct kt_guest_topology *seen = NULL;
	struct kt_err err = {0};
	cr_assert_lt(kt_guest_topology_read("/nonexistent", &seen, &err), 0);
	cr_assert(strstr(err.text, "/nonexistent/devices/system/cpu/online"));
	cr_assert_null(seen);
}
