/* SPDX-License-Identifier: GPL-2.0-only */
/* One worker in the test's own process, so that what a step did to its memory can be looked at. */
#pragma once

#include <stdlib.h>

#include "unit/work/groups.h"
#include "work/step.h"

struct solo {
	struct kt_work_shared *shared;
	struct ktstr_work work;
	const struct kt_work_ops *ops;
	struct kt_worker w;
};

/* As far as its first step; what is unset in WORK has its standard. */
static inline struct solo *solo_new(struct ktstr_work work)
{
	struct solo *s = calloc(1, sizeof(*s));
	size_t bytes = sizeof(*s->shared) + sizeof(struct kt_work_slot);
	cr_assert_not_null(s);
	s->shared = aligned_alloc(128, (bytes + 127) / 128 * 128);
	cr_assert_not_null(s->shared);
	memset(s->shared, 0, bytes);
	s->work = kt_work_with_defaults(&work);
	s->ops = kt_work_kind_get(work.kind)->ops;
	s->w = (struct kt_worker){.shared = s->shared,
		.slot = &s->shared->slots[0],
		.work = &s->work,
		.seed = 5,
		.random = 5,
		.state = calloc(1, s->ops->state_bytes + 1),
		.memory_bytes = s->ops->memory_bytes ? s->ops->memory_bytes(&s->work) : 0};
	if (s->w.memory_bytes) {
		s->w.memory = aligned_alloc(4096, (s->w.memory_bytes + 4095) / 4096 * 4096);
		cr_assert_not_null(s->w.memory);
		memset(s->w.memory, 0, s->w.memory_bytes);
	}
	kt_meter_init(&s->w.meter, s->shared, s->w.slot, 5);
	if (s->ops->prepare)
		s->ops->prepare(&s->w);
	atomic_store(&s->shared->opened_at_ns, kt_now_ns());
	kt_meter_begin(&s->w.meter);
	if (s->ops->begin)
		s->ops->begin(&s->w);
	return s;
}

static inline void solo_stop(struct solo *s)
{
	atomic_store(&s->shared->stopped_at_ns, kt_now_ns());
	atomic_store(&s->w.slot->stop, 1);
	if (s->ops->end)
		s->ops->end(&s->w);
	kt_meter_end(&s->w.meter, (uint32_t)getpid(), s->work.kind, 0);
	kt_meter_done(&s->w.meter);
}

static inline void solo_free(struct solo *s)
{
	free(s->w.memory);
	free(s->w.state);
	free(s->shared);
	free(s);
}

/* The metric of that name; fails the test when there is none. */
static inline double slot_metric(const struct kt_work_slot *slot, const char *name)
{
	for (uint32_t i = 0; i < atomic_load(&slot->metric_count); i++)
		if (!strcmp(slot->metrics[i].name, name))
			return slot->metrics[i].value;
	cr_assert_fail("there is no metric %s", name);
	return 0;
}

/* WORK is refused with words that contain TEXT. */
static inline void expect_refused(struct ktstr_work work, const char *text)
{
	struct kt_err err = {0};
	cr_expect_eq(kt_work_check(&work, &err), -EINVAL, "%s", text);
	cr_expect_not_null(strstr(err.text, text), "%s", err.text);
	cr_expect(err.fix[0], "no remedy for %s", err.text);
}
