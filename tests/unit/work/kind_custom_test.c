// SPDX-License-Identifier: GPL-2.0-only
/* A function of the test as work: what it is told, and what it reports. */
#include <ktstr/custom.h>

#include "unit/work/team_run.h"
#include "work/pages.h"

static void tell(struct ktstr_custom *c)
{
	unsigned known = 0;
	for (size_t i = 0; i < c->peer_count; i++)
		known += kill(c->peers[i], 0) == 0 && c->peers[i] != getpid();
	ktstr_custom_metric(c, "index", "", c->index);
	ktstr_custom_metric(c, "workers", "", c->workers);
	ktstr_custom_metric(c, "peers", "", known);
	ktstr_custom_metric(c, "cpus", "", (double)c->cpu_count);
	ktstr_custom_metric(c, "u64", "x", (double)c->config->u64[3]);
	ktstr_custom_metric(c, "blob", "", c->config->blob[31]);
	ktstr_custom_progress(c, 5, 1);
	kt_sleep_until(kt_now_ns() + 500 * KT_NS_PER_MS); /* returns by itself: is called again */
}

Test(kind_custom, knows_its_place_and_its_numbers)
{
	static const struct ktstr_custom_config config = {.u64 = {[3] = 77}, .blob = {[31] = 9}};
	cpu_set_t mine;
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_custom,
					       .workers = 3,
					       .custom = {.run = tell, .config = &config}},
		2);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(metric(&run, i, "index"), (double)i);
		cr_expect_eq(metric(&run, i, "workers"), 3);
		cr_expect_eq(metric(&run, i, "peers"), 2);
		cr_expect_eq(metric(&run, i, "cpus"), CPU_COUNT(&mine));
		cr_expect_eq(metric(&run, i, "u64"), 77);
		cr_expect_eq(metric(&run, i, "blob"), 9);
		cr_expect_eq(run.r[i].work_units, 5 * run.r[i].iterations);
		cr_expect_lt(run.r[i].gap_ns, 500 * KT_NS_PER_MS, "only its author knows its gaps");
	}
}

Test(kind_custom, needs_a_function)
{
	struct kt_err err = {0};
	struct ktstr_work work = {.kind = KTSTR_WORK_custom};
	cr_expect_eq(kt_work_check(&work, &err), -EINVAL);
	cr_expect_not_null(strstr(err.fix, ".run = FUNCTION"), "%s", err.fix);
}

static void deaf(struct ktstr_custom *c)
{
	cr_assert_eq(c->config->u64[0], 0, "without a config it has zeros");
	while (!ktstr_custom_stopped(c))
		kt_sleep_until(kt_now_ns() + KT_NS_PER_MS);
}

Test(kind_custom, without_progress_it_has_done_nothing)
{
	struct kt_work *w = spawn_and_start(
		(struct ktstr_work){.kind = KTSTR_WORK_custom, .custom = {.run = deaf}});
	kt_sleep_until(kt_now_ns() + 20 * KT_NS_PER_MS);
	struct team_run run = finish(w);
	cr_expect_eq(run.r[0].work_units, 0);
	cr_expect_eq(run.r[0].iterations, 0);
}

static void remember(struct ktstr_custom *c)
{
	static char memory[4 * 4096] __attribute__((aligned(4096)));
	memset(memory, 1, sizeof(memory));
	ktstr_custom_memory(c, memory, 4096);
	ktstr_custom_memory(c, memory, sizeof(memory));
	ktstr_custom_progress(c, 1, 1);
	kt_sleep_until(kt_now_ns() + KT_NS_PER_MS);
}

Test(kind_custom, memory_it_names_is_counted_once_however_often_it_says_so)
{
	uint64_t counts[KT_PAGES_NODES_MAX] = {0};
	static char probe[4096] __attribute__((aligned(4096)));
	probe[0] = 1;
	if (!kt_pages_count(probe, sizeof(probe), counts))
		cr_skip_test("this kernel does not say where pages are (move_pages)");
	struct team_run run = run_team(
		(struct ktstr_work){.kind = KTSTR_WORK_custom, .custom = {.run = remember}}, 1);
	cr_expect(run.r[0].measured & KT_WORK_HAS_PAGES);
	cr_expect_eq(run.r[0].pages_total, 4);
}
