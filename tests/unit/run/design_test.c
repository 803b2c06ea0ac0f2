// SPDX-License-Identifier: GPL-2.0-only
/* What a machine gets from plan and options. */
#include <criterion/criterion.h>

#include <string.h>

#include "run/design.h"

static struct kt_run_options o = {.seed = 42};
static struct ktstr_test test = {.name = "first"};
static struct kt_plan plan = {.test = &test,
	.topo = {.nodes = 1, .llcs = 2, .cores = 1, .threads = 1},
	.duration_ms = 3000,
	.seed = 43};
static struct kt_run_image image = {.bytes = 1 << 20, .unpacked_bytes = 1 << 20};
static struct kt_run_design d;

static struct kt_run_design_input in = {
	.o = &o, .plan = &plan, .kernel_path = "/k", .image = &image, .speed_mips = 3000};

static void make(void)
{
	cr_assert_eq(kt_run_design_make(&in, &d, NULL), 0);
}

static void done(void)
{
	kt_run_design_done(&d);
}

TestSuite(design, .fini = done);

Test(design, words_name_the_test_its_machine_and_its_seed)
{
	make();
	cr_assert_not_null(strstr(d.cmdline, " ktstr.test=first ktstr.topology=1n2l1c1t "
					     "ktstr.duration_ms=3000 "));
	cr_assert_not_null(strstr(d.cmdline, " ktstr.seed=43"));
	cr_assert_eq(d.cpus, 2);
}

Test(design, the_kind_of_work_is_a_word_only_when_it_was_asked_for)
{
	make();
	cr_assert_null(strstr(d.cmdline, "ktstr.work"));
	kt_run_design_done(&d);
	plan.work = KTSTR_WORK_bursty;
	make();
	cr_assert_not_null(strstr(d.cmdline, " ktstr.work=bursty"));
}

Test(design, the_users_words_stand_last_because_the_last_counts)
{
	const char *words[] = {"loglevel=8", "nosmt maxcpus=1"};
	o.appends = words;
	o.append_count = 2;
	make();
	const char *at = strstr(d.cmdline, " loglevel=8 nosmt maxcpus=1");
	cr_assert_not_null(at);
	cr_assert_str_eq(at, " loglevel=8 nosmt maxcpus=1");
}

Test(design, a_test_may_ask_for_more_memory_than_is_computed_not_for_less)
{
	make();
	uint64_t computed = d.ram_bytes;
	done();
	test.memory_mib = 1;
	make();
	cr_assert_eq(d.ram_bytes, computed);
	done();
	test.memory_mib = 4096;
	make();
	cr_assert_eq(d.ram_bytes, 4096ull << 20);
}

Test(design, the_users_memory_counts_whatever_the_test_says)
{
	test.memory_mib = 4096;
	o.memory_mib = 100;
	make();
	cr_assert_eq(d.ram_bytes, 100ull << 20);
}

Test(design, the_users_time_limit_is_that_of_the_guest_too)
{
	o.timeout_ms = 10000;
	make();
	cr_assert_eq(d.budget.whole_ms, 10000);
	cr_assert_not_null(strstr(d.cmdline, "ktstr.timeout_ms=8000"));
}

Test(design, a_debug_kernel_gets_more_memory_and_more_time)
{
	make();
	struct kt_run_design usual = d;
	uint64_t boot_ms = usual.budget.boot_ms;
	done();
	in.kernel_memory = 2;
	in.kernel_slowness = 3;
	make();
	cr_assert_eq(d.ram_bytes, 2 * usual.ram_bytes);
	cr_assert_eq(d.budget.boot_ms, 3 * boot_ms);
}
