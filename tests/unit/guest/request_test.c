// SPDX-License-Identifier: GPL-2.0-only
/* The words of the kernel's command line. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "guest/request.h"

Test(request, words_are_found_among_those_of_the_kernel)
{
	struct kt_guest_request q;
	cr_assert_eq(
		kt_guest_request_parse("console=ttyS0 ktstr.test=first reboot=k "
				       "ktstr.topology=2n4l2c1t ktstr.duration_ms=1500 "
				       "ktstr.timeout_ms=9000 ktstr.seed=77 ktstr.work=mixed\n",
			&q, NULL),
		0);
	cr_assert_str_eq(q.test, "first");
	cr_assert_eq(q.topo.nodes, 2);
	cr_assert_eq(q.topo.llcs, 4);
	cr_assert_eq(q.duration_ms, 1500);
	cr_assert_eq(q.timeout_ms, 9000);
	cr_assert_eq(q.seed, 77);
	cr_assert_eq(q.work, KTSTR_WORK_mixed);
}

Test(request, times_may_be_missing)
{
	struct kt_guest_request q;
	cr_assert_eq(kt_guest_request_parse("ktstr.test=a ktstr.topology=1n1l1c1t", &q, NULL), 0);
	cr_assert_eq(q.duration_ms, 0);
	cr_assert_eq(q.timeout_ms, 0);
	cr_assert_eq(q.work, KTSTR_WORK_END);
}

static void refused(const char *cmdline, const char *said)
{
	struct kt_guest_request q = {.test = "untouched"};
	struct kt_err err = {0};
	cr_assert_lt(kt_guest_request_parse(cmdline, &q, &err), 0, "'%s' was accepted", cmdline);
	cr_assert(strstr(err.text, said), "'%s' does not say '%s'", err.text, said);
	cr_assert_neq(err.fix[0], '\0');
	cr_assert_str_eq(q.test, "untouched");
}

Test(request, what_is_missing_or_wrong_is_named)
{
	refused("console=ttyS0", "ktstr.test");
	refused("ktstr.test=a", "ktstr.topology");
	refused("ktstr.test= ktstr.topology=1n1l1c1t", "ktstr.test=");
	refused("ktstr.test=a ktstr.topology=2n1l1c1t", "2n1l1c1t");
	refused("ktstr.test=a ktstr.topology=1n1l1c1t ktstr.duration_ms=0", "duration_ms");
	refused("ktstr.test=a ktstr.topology=1n1l1c1t ktstr.duration_ms=1s", "duration_ms");
	refused("ktstr.test=a ktstr.topology=1n1l1c1t ktstr.timeout_ms=-1", "timeout_ms");
	refused("ktstr.tset=a ktstr.topology=1n1l1c1t", "ktstr.tset=a");
}

Test(request, a_name_longer_than_ours_is_refused)
{
	char cmdline[KT_GUEST_NAME_BYTES + 64];
	int n = snprintf(cmdline, sizeof(cmdline), "ktstr.topology=1n1l1c1t ktstr.test=");
	memset(cmdline + n, 'x', KT_GUEST_NAME_BYTES);
	cmdline[n + KT_GUEST_NAME_BYTES] = '\0';
	refused(cmdline, "256 bytes");
}

Test(request, only_a_word_of_its_own_asks_for_a_test)
{
	cr_assert(kt_guest_request_is_there("ktstr.test=a"));
	cr_assert(kt_guest_request_is_there("quiet ktstr.test=a"));
	cr_assert_not(kt_guest_request_is_there("quiet ktstr.role=softkvm"));
	cr_assert_not(kt_guest_request_is_there("init=/x-ktstr.test=a"));
	cr_assert_not(kt_guest_request_is_there(""));
}
