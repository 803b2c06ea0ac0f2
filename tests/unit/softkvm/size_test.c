// SPDX-License-Identifier: GPL-2.0-only
/* The machine's size as a function of what is to run in it and of what the host has. */
#include "softkvm/size.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static uint64_t ram_of(
	const struct kt_softkvm_need *n, const struct kt_softkvm_host *h, unsigned *cpus)
{
	struct kt_err err = {0};
	uint64_t ram = 0;

	cr_assert_eq(kt_softkvm_size_of(n, h, cpus, &ram, &err), 0, "%s", err.text);
	return ram;
}

Test(softkvm_size, without_a_plan_it_is_half_of_the_host_within_bounds)
{
	static const struct {
		uint64_t available_mib;
		unsigned cpus;
		uint64_t ram_mib;
		unsigned machine_cpus;
	} rows[] = {
		{512, 2, 1024, 2},
		{6000, 2, 3000, 2},
		{64000, 2, 4096, 2},
		{64000, 8, 8192, 8},
		{640000, 64, 16384, 16},
		{0, 0, 1024, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kt_softkvm_need n = {0};
		struct kt_softkvm_host h = {
			.available_bytes = rows[i].available_mib * MIB, .cpus = rows[i].cpus};
		unsigned cpus = 0;
		cr_expect_eq(ram_of(&n, &h, &cpus), rows[i].ram_mib, "row %zu", i);
		cr_expect_eq(cpus, rows[i].machine_cpus, "row %zu", i);
	}
}

Test(softkvm_size, guests_their_images_and_the_machine_itself_have_room)
{
	struct kt_softkvm_need n = {
		.jobs = 4, .guests_bytes = 8 * GIB, .vcpus = 16, .image_bytes = 30 * MIB};
	struct kt_softkvm_host h = {.available_bytes = 64 * GIB, .cpus = 32};
	unsigned cpus;

	uint64_t ram = ram_of(&n, &h, &cpus);
	cr_expect_geq(ram, 8 * 1024 + 4 * (60 + 64) + 512);
	cr_expect_leq(ram, 10 * 1024);
	cr_expect_eq(ram % 64, 0u);
	cr_expect_eq(cpus, 17u);
}

Test(softkvm_size, more_guests_never_need_less)
{
	struct kt_softkvm_host h = {.available_bytes = 1024 * GIB, .cpus = 128};
	uint64_t last = 0;
	unsigned last_cpus = 0;

	for (unsigned jobs = 1; jobs <= 100; jobs++) {
		struct kt_softkvm_need n = {
			.jobs = jobs, .guests_bytes = jobs * 700 * MIB, .vcpus = jobs};
		unsigned cpus;
		uint64_t ram = ram_of(&n, &h, &cpus);
		cr_expect_geq(ram, last);
		cr_expect_geq(cpus, last_cpus);
		cr_expect_leq(cpus, 64u);
		last = ram;
		last_cpus = cpus;
	}
}

Test(softkvm_size, one_small_guest_gets_the_least_machine_on_few_cpus)
{
	struct kt_softkvm_need n = {.jobs = 1, .guests_bytes = 128 * MIB, .vcpus = 1};
	struct kt_softkvm_host h = {.available_bytes = 8 * GIB, .cpus = 8};
	unsigned cpus;

	cr_expect_eq(ram_of(&n, &h, &cpus), 1024u);
	cr_expect_eq(cpus, 2u);
}

Test(softkvm_size, guests_that_do_not_fit_are_an_error_that_says_how_many_do)
{
	struct kt_softkvm_need n = {.jobs = 8, .guests_bytes = 16 * GIB, .vcpus = 8};
	struct kt_softkvm_host h = {.available_bytes = 8 * GIB, .cpus = 4};
	struct kt_err err = {0};
	unsigned cpus = 77;
	uint64_t ram = 78;

	cr_expect_eq(kt_softkvm_size_of(&n, &h, &cpus, &ram, &err), -ENOMEM);
	cr_expect_eq(cpus, 77u);
	cr_expect_eq(ram, 78u);
	cr_expect_not_null(strstr(err.text, "8 guests at once with 16384 MiB"), "%s", err.text);
	cr_expect_not_null(strstr(err.fix, "--jobs 3 fits"), "%s", err.fix);
	n.jobs = 3;
	n.guests_bytes = 6 * GIB;
	cr_expect_eq(kt_softkvm_size_of(&n, &h, &cpus, &ram, &err), 0, "%s", err.text);
}

Test(softkvm_size, one_guest_that_does_not_fit_is_not_told_to_run_fewer)
{
	struct kt_softkvm_need n = {.jobs = 1, .guests_bytes = 16 * GIB, .vcpus = 8};
	struct kt_softkvm_host h = {.available_bytes = 8 * GIB, .cpus = 4};
	struct kt_err err = {0};
	unsigned cpus;
	uint64_t ram;

	cr_expect_eq(kt_softkvm_size_of(&n, &h, &cpus, &ram, &err), -ENOMEM);
	cr_expect_null(strstr(err.fix, "--jobs"), "%s", err.fix);
	cr_expect_not_null(strstr(err.fix, "--memory"), "%s", err.fix);
}

Test(softkvm_size, what_the_caller_chose_stays)
{
	struct kt_softkvm_need n = {0}; /* with a plan a host that is full would refuse */
	struct kt_softkvm_opts o = {.cpus = 5};
	struct kt_err err = {0};

	cr_assert_eq(kt_softkvm_size(&n, &o, &err), 0, "%s", err.text);
	cr_expect_eq(o.cpus, 5u);
	cr_expect_geq(o.ram_mib, 1024u);
}

Test(softkvm_size, this_host_has_memory_and_a_cpu)
{
	struct kt_softkvm_host h;

	kt_softkvm_host_read(&h);
	cr_expect_gt(h.available_bytes, 16 * MIB);
	cr_expect_geq(h.cpus, 1u);
}
