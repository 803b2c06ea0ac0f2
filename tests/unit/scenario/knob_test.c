// SPDX-License-Identifier: GPL-2.0-only
/* The tables of knobs and controllers, and how they hang together. */
#include "scenario/knob.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(knob, every_file_belongs_to_the_controller_of_its_row)
{
	for (unsigned i = 0; i < KT_KNOB_COUNT; i++) {
		const struct kt_knob_info *k = kt_knob_info(i);
		const struct kt_controller_info *c = kt_controller_of_file(k->file);
		cr_assert_eq(k->controller, c ? c->controller : KT_CONTROLLER_none, "%s", k->name);
		cr_assert(*k->says && *k->rule && *k->example, "%s", k->name);
		cr_assert_eq(kt_knob_info_find(k->name), k);
	}
	cr_assert_null(kt_knob_info(KT_KNOB_COUNT));
	cr_assert_null(kt_knob_info_find("cpus"));
}

Test(knob, rows_stand_in_the_order_in_which_they_are_applied)
{
	static const enum kt_controller order[] = {KT_CONTROLLER_cpuset, KT_CONTROLLER_cpu,
		KT_CONTROLLER_memory, KT_CONTROLLER_io, KT_CONTROLLER_pids, KT_CONTROLLER_none};
	size_t at = 0;
	for (unsigned i = 0; i < KT_KNOB_COUNT; i++) {
		while (at < 6 && order[at] != kt_knob_info(i)->controller)
			at++;
		cr_assert_lt(at, 6, "%s comes too late", kt_knob_info(i)->name);
	}
}

Test(knob, files_of_every_cgroup_need_no_controller)
{
	cr_assert_null(kt_controller_of_file("cgroup.freeze"));
	cr_assert_null(kt_controller_of_file("cgroup.procs"));
	cr_assert_str_eq(kt_controller_of_file("memory.swap.max")->name, "memory");
	cr_assert_str_eq(kt_controller_of_file("cpu.max")->name, "cpu");
	cr_assert_str_eq(kt_controller_of_file("cpuset.mems")->name, "cpuset");
}

Test(knob, memory_and_io_are_what_a_threaded_cgroup_cannot_have)
{
	for (unsigned i = KT_CONTROLLER_none + 1; i < KT_CONTROLLER_COUNT; i++) {
		bool barred = i == KT_CONTROLLER_memory || i == KT_CONTROLLER_io;
		cr_assert_eq(kt_controller_info(i)->threaded, !barred, "%u", i);
	}
	cr_assert_null(kt_controller_info(KT_CONTROLLER_none));
	cr_assert_null(kt_controller_info(KT_CONTROLLER_COUNT));
}

Test(knob, a_mask_is_said_in_words)
{
	char *none = kt_controllers_text(0);
	char *two =
		kt_controllers_text(KT_CONTROLLER_BIT(KT_CONTROLLER_pids) |
				    KT_CONTROLLER_BIT(KT_CONTROLLER_cpu) | KT_CONTROLLERS_THREADED);
	cr_assert_str_eq(none, "");
	cr_assert_str_eq(two, "cpu pids");
	free(none);
	free(two);
}
