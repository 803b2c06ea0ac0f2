// SPDX-License-Identifier: GPL-2.0-only
/* Which boots are repeated: only those an emulator can have lost. */
#include <criterion/criterion.h>

#include <string.h>

#include "run/runner.h"

static bool lost(const char *accel, enum kt_outcome_end end, bool ready)
{
	static struct kt_outcome o;
	memset(&o, 0, sizeof(o));
	snprintf(o.accel_name, sizeof(o.accel_name), "%s", accel);
	o.end = end;
	o.ready = ready;
	return kt_run_boot_was_lost(&o);
}

Test(runner, an_emulated_boot_that_stands_still_resets_or_panics_is_repeated)
{
	cr_assert(lost("softkvm", KT_END_PANIC, false));
	cr_assert(lost("softkvm", KT_END_DEADLINE, false));
	cr_assert(lost("softkvm", KT_END_SHUTDOWN, false));
}

Test(runner, real_hardware_is_believed_at_once)
{
	cr_assert_not(lost("kvm", KT_END_DEADLINE, false));
	cr_assert_not(lost("kvm", KT_END_SHUTDOWN, false));
	cr_assert_not(lost("kvm", KT_END_PANIC, false));
}

Test(runner, what_hangs_or_panics_after_ready_is_the_tests_own)
{
	cr_assert_not(lost("softkvm", KT_END_DEADLINE, true));
	cr_assert_not(lost("softkvm", KT_END_PANIC, true));
}

Test(runner, an_emulated_triple_fault_is_repeated_at_any_time)
{
	cr_assert(lost("softkvm", KT_END_SHUTDOWN, true));
	cr_assert_not(lost("kvm", KT_END_SHUTDOWN, true));
}

Test(runner, a_guest_that_leaves_by_itself_is_not_repeated)
{
	cr_assert_not(lost("softkvm", KT_END_RESET, false));
	cr_assert_not(lost("softkvm", KT_END_INTERRUPTED, false));
}
