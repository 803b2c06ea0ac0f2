// SPDX-License-Identifier: GPL-2.0-only
/* Cache kinds leave their marks: which bytes they have touched, and how often. */
#include "unit/work/solo.h"

static void expect_touched(const struct solo *s, size_t stride, uint8_t times)
{
	size_t wrong = 0;
	for (size_t i = 0; i < s->w.memory_bytes; i++)
		wrong += s->w.memory[i] != (i % stride ? 0 : times);
	cr_expect_eq(wrong, 0, "%zu bytes are wrong", wrong);
}

Test(kind_cache, cache_pressure_adds_one_to_each_stride_of_its_memory)
{
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_cache_pressure,
		.cache_pressure = {.size_kib = 8, .stride = 96}});
	cr_assert_eq(s->w.memory_bytes, 8192);
	for (int i = 0; i < 3; i++)
		s->ops->step(&s->w);
	expect_touched(s, 96, 3);
	cr_expect_eq(s->w.meter.r.iterations, 3);
	solo_free(s);
}

Test(kind_cache, by_default_it_is_a_first_level_cache_by_lines)
{
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_cache_pressure});
	cr_assert_eq(s->w.memory_bytes, 32768);
	s->ops->step(&s->w);
	expect_touched(s, 64, 1);
	solo_free(s);
}

Test(kind_cache, cache_yield_touches_and_yields)
{
	struct solo *s = solo_new((struct ktstr_work){
		.kind = KTSTR_WORK_cache_yield, .cache_yield = {.size_kib = 4, .stride = 4096}});
	s->ops->step(&s->w);
	s->ops->step(&s->w);
	expect_touched(s, 4096, 2);
	/* One unit for the touches, one for the yield. */
	cr_expect_eq(s->w.meter.r.work_units, 4);
	cr_expect_eq(s->w.meter.r.iterations, 2);
	solo_free(s);
}

Test(kind_cache, a_stride_beyond_the_memory_is_refused)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_cache_pressure,
		.cache_pressure = {.size_kib = 4, .stride = 4097}};
	expect_refused(work, "cache_pressure: a stride of 4097 bytes");
	work = (struct ktstr_work){
		.kind = KTSTR_WORK_cache_yield, .cache_yield = {.size_kib = 4, .stride = 4097}};
	expect_refused(work, "cache_yield: a stride of 4097 bytes");
}

/* Pages that no other process has, counted one by one by the kernel. */
static long long own_kib(pid_t pid)
{
	char text[256];
	return proc_line(pid, "smaps_rollup", "Private_Dirty", text) ? strtoll(text, NULL, 10) : -1;
}

Test(kind_cache, cache_pipe_takes_turns_and_each_has_memory_of_its_own)
{
	struct kt_work_results out = {0};
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_cache_pipe,
		.cache_pipe = {.size_kib = 4096, .burst_iters = 4096}});
	until(atomic_load(&w->shared->slots[1].iterations) >= 50);
	cr_expect_geq(own_kib(w->pids[0]), 4096);
	cr_expect_geq(own_kib(w->pids[1]), 4096);
	make_them_sleep(w);
	stop_patiently(&w, 1, &out);
	cr_assert_eq(out.count, 2);
	long ahead = (long)out.items[0].iterations - (long)out.items[1].iterations;
	cr_expect(ahead >= -1 && ahead <= 1, "%ld ahead", ahead);
	for (int i = 0; i < 2; i++) {
		const struct kt_work_result *r = &out.items[i];
		cr_expect(r->completed, "%s", r->exit_text);
		cr_expect_gt(r->wakes, 0);
		/* Four units of touches and one of the byte that came. */
		cr_expect(r->work_units >= r->iterations * 5 &&
				  r->work_units <= (r->iterations + 1) * 5,
			"%lu units", (unsigned long)r->work_units);
		cr_expect_eq(r->pages_total, 1024);
	}
	free(out.items);
	kt_work_free(w);
}

Test(kind_cache, cache_pipe_needs_pairs)
{
	expect_refused((struct ktstr_work){.kind = KTSTR_WORK_cache_pipe, .workers = 3},
		"no multiple of 2");
}
