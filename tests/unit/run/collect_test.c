// SPDX-License-Identifier: GPL-2.0-only
/* Frames into the outcome; hostile numbers stay harmless. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "run/collect.h"

static const struct ktstr_test test = {.name = "t", .description = "d"};
static struct kt_outcome *o;

static void set_up(void)
{
	o = calloc(1, sizeof(*o));
	kt_outcome_init(o, &test);
}

static void tear_down(void)
{
	kt_outcome_done(o);
	free(o);
}

TestSuite(collect, .init = set_up, .fini = tear_down);

Test(collect, hello_tells_kernel_and_boot)
{
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_hello,
				  .hello = {.protocol = KT_WIRE_PROTOCOL,
					  .version = "0.1",
					  .release = "6.12",
					  .boot_id = "abc"}});
	cr_assert(o->hello);
	cr_assert_str_eq(o->release, "6.12");
	cr_assert_str_eq(o->boot_id, "abc");
	cr_assert_eq(o->details.count, 0);
}

Test(collect, another_protocol_is_a_failing_detail)
{
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_hello,
				  .hello = {.protocol = KT_WIRE_PROTOCOL + 1,
					  .version = "",
					  .release = "",
					  .boot_id = ""}});
	cr_assert_eq(o->details.count, 1);
	cr_assert(o->details.items[0].fails);
}

Test(collect, an_unknown_kind_of_work_is_no_index)
{
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_worker,
				  .worker = {.kind = 60000, .cgroup = "left", .exit_text = ""}});
	cr_assert_eq(o->workers.count, 1);
	cr_assert_eq(o->workers.items[0].kind, KTSTR_WORK_END);
	cr_assert_str_eq(o->workers.items[0].cgroup, "left");
}

Test(collect, an_unknown_reason_of_loss_counts_as_a_bad_frame)
{
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_loss,
				  .loss = {.reason = KT_LOSS_COUNT, .count = 5}});
	cr_assert_eq(o->loss.count[KT_LOSS_frame_bad], 1);
}

Test(collect, a_known_loss_adds_up)
{
	struct kt_frame f = {.type = KT_FRAME_loss,
		.loss = {.reason = KT_LOSS_text_cut, .count = 5}};
	kt_run_collect(o, &f);
	kt_run_collect(o, &f);
	cr_assert_eq(o->loss.count[KT_LOSS_text_cut], 10);
}

Test(collect, the_first_crash_stays)
{
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_crash,
				  .crash = {.phase = 1, .signal = 11, .text = "first"}});
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_crash,
				  .crash = {.phase = 2, .signal = 6, .text = "second"}});
	cr_assert_eq(o->crash.signal, 11);
	cr_assert_str_eq(o->crash.text, "first");
}

Test(collect, a_long_text_is_cut_to_its_field)
{
	char name[4000];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	kt_run_collect(o, &(struct kt_frame){.type = KT_FRAME_worker,
				  .worker = {.cgroup = name, .exit_text = ""}});
	cr_assert_eq(strlen(o->workers.items[0].cgroup), KT_WORK_NAME_BYTES - 1);
}

Test(collect, finish_carries_the_guests_own_time)
{
	kt_run_collect(
		o, &(struct kt_frame){.type = KT_FRAME_finish, .finish = {.elapsed_ms = 2007}});
	cr_assert(o->finished);
	cr_assert_eq(o->scenario_ms, 2007);
}
