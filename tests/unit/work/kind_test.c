// SPDX-License-Identifier: GPL-2.0-only
/* The table of kinds: names, defaults, and what a plan may ask of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "work/kind.h"
#include "work/param.h"
#include "work/work.h"

static int check(struct ktstr_work work, struct kt_err *err)
{
	*err = (struct kt_err){0};
	return kt_work_check(&work, err);
}

Test(kind, names_are_those_of_the_rows)
{
	cr_expect_str_eq(kt_work_kind_name(KTSTR_WORK_spin_wait), "spin_wait");
	cr_expect_str_eq(kt_work_kind_name(KTSTR_WORK_bursty), "bursty");
	cr_expect_null(kt_work_kind_get(KTSTR_WORK_END));
	cr_expect_null(kt_work_kind_get(KTSTR_WORK_COUNT));
	cr_expect_null(kt_work_kind_get(~0u));
}

Test(kind, zero_takes_the_default_of_the_row)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_bursty, .bursty = {.sleep_ms = 7}};
	struct ktstr_work full = kt_work_with_defaults(&work);
	cr_expect_eq(full.workers, 1);
	cr_expect_eq(full.bursty.burst_ms, 50);
	cr_expect_eq(full.bursty.sleep_ms, 7);
	work = (struct ktstr_work){.kind = KTSTR_WORK_spin_wait, .workers = 4};
	full = kt_work_with_defaults(&work);
	cr_expect_eq(full.workers, 4);
	cr_expect_eq(full.spin_wait.pauses, 1024);
}

Test(kind, no_workers_means_one_team)
{
	cr_expect_eq(kt_work_workers(&(struct ktstr_work){.kind = KTSTR_WORK_mixed}), 1);
	cr_expect_eq(kt_work_workers(&(struct ktstr_work){.kind = KTSTR_WORK_pipe_io}), 2);
	cr_expect_eq(
		kt_work_workers(&(struct ktstr_work){.kind = KTSTR_WORK_mixed, .workers = 9}), 9);
}

Test(kind, check_refuses_workers_that_are_no_whole_teams)
{
	struct kt_err err;
	struct ktstr_work work = {.kind = KTSTR_WORK_pipe_io, .workers = 5};
	cr_expect_eq(check(work, &err), -EINVAL);
	cr_expect_not_null(
		strstr(err.text, "pipe_io: 5 workers are no multiple of 2"), "%s", err.text);
	cr_expect_not_null(strstr(err.fix, "multiple"), "%s", err.fix);
	work.workers = 6;
	cr_expect_eq(check(work, &err), 0);
}

Test(kind, names_are_found_and_near_ones_proposed)
{
	struct kt_err err = {0};
	enum ktstr_work_kind kind = KTSTR_WORK_END;
	cr_expect_eq(kt_work_kind_find("futex_ping_pong", &kind, &err), 0);
	cr_expect_eq(kind, KTSTR_WORK_futex_ping_pong);
	cr_expect_eq(kt_work_kind_find("futex_pingpong", &kind, &err), -EINVAL);
	cr_expect_not_null(strstr(err.fix, "'futex_ping_pong'"), "%s", err.fix);
	cr_expect_eq(kt_work_kind_find("zzz", &kind, &err), -EINVAL);
	cr_expect_not_null(strstr(err.fix, "ktstr help work"), "%s", err.fix);
}

Test(kind, choices_have_the_first_value_as_their_standard)
{
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		const struct kt_work_kind *k = kt_work_kind_get(kind);
		for (size_t i = 0; i < k->param_count; i++) {
			size_t count = 0;
			const char *const *values =
				kt_work_choice_values(k->params[i].type, &count);
			if (values)
				cr_expect_str_eq(values[0], k->params[i].standard, "%s", k->name);
		}
	}
}

Test(kind, check_accepts_defaults_and_limits)
{
	struct kt_err err;
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		bool bare = kt_work_kind_get(kind)->ops->flags & KT_WORK_NEEDS_PARAMS;
		cr_expect_eq(check((struct ktstr_work){.kind = kind}, &err), bare ? -EINVAL : 0, "%s",
			err.text);
	}
	struct ktstr_work most = {.kind = KTSTR_WORK_bursty,
		.workers = 4096,
		.bursty = {.burst_ms = 3600000, .sleep_ms = 3600000}};
	cr_expect_eq(check(most, &err), 0, "%s", err.text);
}

Test(kind, check_refuses_unknown_kinds_and_too_many_workers)
{
	struct kt_err err;
	cr_expect_eq(check((struct ktstr_work){.kind = KTSTR_WORK_COUNT}, &err), -EINVAL);
	cr_expect_eq(check((struct ktstr_work){.kind = KTSTR_WORK_END}, &err), -EINVAL);
	struct ktstr_work many = {.kind = KTSTR_WORK_spin_wait, .workers = 4097};
	cr_expect_eq(check(many, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "4097"));
	cr_expect_not_null(strstr(err.fix, "4096"));
}

Test(kind, check_refuses_a_sleep_longer_than_an_hour_and_says_the_limit)
{
	struct kt_err err;
	struct ktstr_work work = {.kind = KTSTR_WORK_bursty, .bursty = {.sleep_ms = 3600001}};
	cr_expect_eq(check(work, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "bursty: sleep_ms is 3600001"), "%s", err.text);
	cr_expect_not_null(strstr(err.fix, "3600000"), "%s", err.fix);
	work = (struct ktstr_work){.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 4000000000u}};
	cr_expect_eq(check(work, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "burst_ms"), "%s", err.text);
}
