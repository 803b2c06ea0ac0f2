// SPDX-License-Identifier: GPL-2.0-only
/* Run delay of the threads that carry a vCPU's name. */
#include "softkvm/delay.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

struct vcpu {
	pthread_t thread;
	pthread_barrier_t *named, *over;
	const char *name;
};

static void *vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	prctl(PR_SET_NAME, v->name);
	pthread_barrier_wait(v->named);
	pthread_barrier_wait(v->over);
	return NULL;
}

Test(softkvm_delay, only_named_threads_count_and_only_when_all_are_there)
{
	pthread_barrier_t named, over;
	struct vcpu v[3] = {
		{.name = "CPU 0/TCG", .named = &named, .over = &over},
		{.name = "CPU 1/TCG", .named = &named, .over = &over},
		{.name = "worker", .named = &named, .over = &over},
	};
	struct kt_softkvm_delay_source d;
	uint32_t threads = 9;

	pthread_barrier_init(&named, NULL, 4);
	pthread_barrier_init(&over, NULL, 4);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(pthread_create(&v[i].thread, NULL, vcpu_main, &v[i]), 0);
	pthread_barrier_wait(&named);

	kt_softkvm_delay_open(&d, getpid(), 3);
	cr_expect_eq(kt_softkvm_delay_read(&d, &threads), 0u);
	cr_expect_eq(threads, 0u);
	kt_softkvm_delay_done(&d);

	kt_softkvm_delay_open(&d, getpid(), 2);
	cr_expect_eq(kt_softkvm_delay_read(&d, &threads), 0u, "what was before does not count");
	cr_expect_eq(threads, 2u);
	d.last_ns.items[0] -= 70;
	d.last_ns.items[1] -= 1000000000;
	uint64_t lost = kt_softkvm_delay_read(&d, &threads);
	cr_expect_geq(lost, 1000000000u, "the largest of the threads counts");
	d.last_ns.items[0] -= 2000000000;
	cr_expect_geq(kt_softkvm_delay_read(&d, &threads), lost + 2000000000u, "it adds up");
	kt_softkvm_delay_done(&d);

	pthread_barrier_wait(&over);
	for (int i = 0; i < 3; i++)
		pthread_join(v[i].thread, NULL);
}

Test(softkvm_delay, a_process_that_is_gone_counts_as_not_measured)
{
	struct kt_softkvm_delay_source d;
	uint32_t threads = 9;

	kt_softkvm_delay_open(&d, 0x7ffffffe, 1);
	cr_expect_eq(kt_softkvm_delay_read(&d, &threads), 0u);
	cr_expect_eq(threads, 0u);
	kt_softkvm_delay_done(&d);
}
