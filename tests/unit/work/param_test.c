// SPDX-License-Identifier: GPL-2.0-only
/* Types of parameters: their limits, their words, what unset stands for. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "work/param.h"

static int num(const char *name, unsigned value, struct kt_err *err)
{
	*err = (struct kt_err){0};
	struct kt_param_of of = {"kind", name, "7"};
	return kt_work_param_num(&of, value, err);
}

Test(param, the_ending_of_a_name_is_its_limit)
{
	static const struct {
		const char *name;
		unsigned max;
	} limits[] = {{"sleep_ms", 3600000}, {"sleep_us", 3600000000u}, {"size_kib", 4u << 20},
		{"size_mib", 64u << 10}, {"hit_pct", 100}, {"rate_hz", 1000000}, {"prio", 99},
		{"iters", 1000000000}};
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct kt_err err;
		cr_expect_eq(num(limits[i].name, limits[i].max, &err), 0, "%s", limits[i].name);
		cr_expect_eq(num(limits[i].name, limits[i].max + 1, &err), -EINVAL, "%s",
			limits[i].name);
		cr_expect_not_null(strstr(err.text, limits[i].name), "%s", err.text);
		cr_expect_not_null(strstr(err.fix, "0 stands for 7"), "%s", err.fix);
	}
}

Test(param, reals_are_finite_and_not_negative)
{
	struct kt_param_of of = {"kind", "share", "1.5"};
	struct kt_err err = {0};
	cr_expect_eq(kt_work_param_real(&of, 0.25, &err), 0);
	const double bad[] = {-1, NAN, INFINITY, 2e9};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(kt_work_param_real(&of, bad[i], &err), -EINVAL, "%g", bad[i]);
	cr_expect_not_null(strstr(err.text, "kind: share"), "%s", err.text);
}

Test(param, texts_are_bounded_and_node_lists_are_lists)
{
	struct kt_param_of of = {"kind", "nodes", "none"};
	struct kt_err err = {0};
	char longest[257];
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	cr_expect_eq(kt_work_param_str(&of, longest, &err), -EINVAL);
	longest[255] = '\0';
	cr_expect_eq(kt_work_param_str(&of, longest, &err), 0);
	cr_expect_eq(kt_work_param_str(&of, NULL, &err), 0);
	cr_expect_eq(kt_work_param_nodes(&of, NULL, &err), 0);
	cr_expect_eq(kt_work_param_nodes(&of, "0,2-3", &err), 0);
	cr_expect_eq(kt_work_param_nodes(&of, "0-", &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "kind: nodes"), "%s", err.text);
}

Test(param, a_choice_is_one_of_its_values)
{
	struct kt_param_of of = {"kind", "wake", "pipe"};
	struct kt_err err = {0};
	cr_expect_eq(kt_work_param_choice(&of, "wake", KTSTR_WAKE_futex, &err), 0);
	cr_expect_eq(kt_work_param_choice(&of, "wake", 2, &err), -EINVAL);
	cr_expect_not_null(strstr(err.fix, "pipe, futex"), "%s", err.fix);
	size_t count = 0;
	const char *const *values = kt_work_choice_values("wake", &count);
	cr_assert_eq(count, 2);
	cr_expect_str_eq(values[KTSTR_WAKE_pipe], "pipe");
	cr_expect_null(kt_work_choice_values("num", &count));
}
