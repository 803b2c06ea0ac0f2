// SPDX-License-Identifier: GPL-2.0-only
/* Hosts as sysfs shows them, regular and not, and what a test may ask of them. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include <ktstr/topology.h>

#include "run/host_topo.h"
#include "unit/tmpdir.h"

TestSuite(host_topo, .init = tmpdir_make, .fini = tmpdir_remove);

/* TEXT into devices/system/FMT of the copy of sysfs. */
static void put(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(const char *text, const char *fmt, ...)
{
	char name[128];
	va_list args;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	KT_AUTOFREE char *path = kt_strf("%s/devices/system/%s", tmpdir, name);
	KT_AUTOFREE char *dir = strdup(path);
	*strrchr(dir, '/') = '\0';
	cr_assert_eq(kt_fs_mkdirs(dir, NULL), 0);
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), NULL), 0);
}

/* Where a CPU sits; LLC NULL: no level 3 cache is shown. */
static void put_cpu(unsigned cpu, const char *package, const char *threads, const char *llc)
{
	put(package, "cpu/cpu%u/topology/physical_package_id", cpu);
	put(threads, "cpu/cpu%u/topology/thread_siblings_list", cpu);
	if (!llc)
		return;
	put("3", "cpu/cpu%u/cache/index0/level", cpu);
	put(llc, "cpu/cpu%u/cache/index0/shared_cpu_list", cpu);
}

/* Two packages, two cores each with two threads; the second threads are CPUs 4-7. */
static void put_server(void)
{
	put("0-7", "cpu/online");
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		unsigned core = cpu % 4;
		char threads[16];
		snprintf(threads, sizeof(threads), "%u,%u", core, core + 4);
		put_cpu(cpu, core < 2 ? "0" : "1", threads, core < 2 ? "0-1,4-5" : "2-3,6-7");
	}
	put("0-1", "node/online");
	put("0-1,4-5", "node/node0/cpulist");
	put("2-3,6-7", "node/node1/cpulist");
}

static struct kt_run_host_topo *read_host(const char *allowed)
{
	struct kt_cpus cpus;
	struct kt_err err = {0};
	struct kt_run_host_topo *h = NULL;
	cr_assert_eq(kt_cpus_parse(allowed, &cpus, NULL), 0);
	cr_assert_eq(kt_run_host_topo_read(tmpdir, &cpus, &h, &err), 0, "%s", err.text);
	return h;
}

static void expect_cpus(struct kt_cpus s, const char *list)
{
	KT_AUTOFREE char *text = kt_cpus_text(&s);
	cr_assert_str_eq(text, list);
}

Test(host_topo, siblings_that_are_numbered_apart_are_one_core)
{
	put_server();
	KT_AUTOFREE struct kt_run_host_topo *h = read_host("0-63");
	cr_assert(h->topo.nodes == 2 && h->topo.llcs == 2 && h->topo.cores == 2 &&
		  h->topo.threads == 2);
	expect_cpus(kt_topo_core_cpus(&h->topo, 1), "1,5");
	expect_cpus(kt_topo_llc_cpus(&h->topo, 1), "2-3,6-7");
	expect_cpus(kt_topo_node_cpus(&h->topo, 0), "0-1,4-5");
	cr_assert_eq(kt_topo_node_number(&h->topo, 1), 1);
	cr_assert_str_eq(h->text, "2n2l2c2t, CPUs 0-7");
}

Test(host_topo, only_the_cpus_that_may_be_used_count)
{
	put_server();
	KT_AUTOFREE struct kt_run_host_topo *h = read_host("2,6");
	cr_assert(h->topo.nodes == 1 && h->topo.llcs == 1 && h->topo.cores == 1 &&
		  h->topo.threads == 2);
	expect_cpus(kt_topo_all_cpus(&h->topo), "2,6");
	cr_assert_eq(kt_topo_node_number(&h->topo, 0), 1);
}

Test(host_topo, what_is_irregular_is_left_out_and_said)
{
	put_server();
	KT_AUTOFREE struct kt_run_host_topo *h = read_host("0-6");
	cr_assert(h->topo.nodes == 2 && h->topo.cores == 2 && h->topo.threads == 1);
	expect_cpus(kt_topo_all_cpus(&h->topo), "0-3");
	expect_cpus(h->left_out, "4-6");
	cr_assert_str_eq(h->text, "2n2l2c1t, CPUs 0-3 (irregular: without CPUs 4-6)");
}

Test(host_topo, without_a_level_3_cache_a_package_is_an_llc)
{
	put("0-3", "cpu/online");
	for (unsigned cpu = 0; cpu < 4; cpu++) {
		char own[8];
		snprintf(own, sizeof(own), "%u", cpu);
		put_cpu(cpu, cpu < 2 ? "0" : "1", own, NULL);
	}
	KT_AUTOFREE struct kt_run_host_topo *h = read_host("0-3");
	cr_assert_str_eq(h->text, "1n2l2c1t, CPUs 0-3");
}

Test(host_topo, no_online_cpu_is_an_error_with_a_remedy)
{
	struct kt_cpus cpus = kt_cpus_range(40, 41);
	struct kt_err err = {0};
	struct kt_run_host_topo *h = NULL;
	put_server();
	cr_assert_eq(kt_run_host_topo_read(tmpdir, &cpus, &h, &err), -ENODEV);
	cr_assert_not_null(strstr(err.text, "none of the CPUs"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "taskset"), "%s", err.fix);
}

Test(host_topo, a_machine_that_shows_no_cpus_is_an_error)
{
	struct kt_cpus cpus = kt_cpus_range(0, 1);
	struct kt_err err = {0};
	struct kt_run_host_topo *h = NULL;
	cr_assert_lt(kt_run_host_topo_read(tmpdir, &cpus, &h, &err), 0);
	cr_assert_not_null(strstr(err.text, "the CPUs of this machine"), "%s", err.text);
}

Test(host_topo, this_process_may_use_some_cpus)
{
	struct kt_cpus cpus = {0};
	cr_assert_eq(kt_run_host_allowed(&cpus, NULL), 0);
	cr_assert_gt(kt_cpus_count(&cpus), 0);
}

static void expect_covers(struct ktstr_topology asked, const char *missing)
{
	static const struct kt_topo have = {1, 2, 2, 1};
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	cr_assert_eq(kt_run_host_topo_covers(&have, &asked, &out), !*missing);
	cr_assert_str_eq(kt_str_get(&out), missing);
}

Test(host_topo, a_machine_must_have_each_count_that_is_asked_for)
{
	expect_covers((struct ktstr_topology){0}, "");
	expect_covers((struct ktstr_topology){1, 2, 2, 1}, "");
	expect_covers((struct ktstr_topology){1, 1, 1, 1}, "");
	expect_covers((struct ktstr_topology){.llcs = 4}, "4 LLCs are asked for, and there are 2");
	expect_covers((struct ktstr_topology){.cores = 3},
		"3 cores per LLC are asked for, and there are 2");
	expect_covers((struct ktstr_topology){2, 2, 2, 2},
		"2 NUMA nodes are asked for, and there is 1; "
		"2 threads per core are asked for, and there is 1");
}
