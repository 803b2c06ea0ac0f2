// SPDX-License-Identifier: GPL-2.0-only
/* The probe: always an answer with a reason, in time, whatever the device is. */
#include "softkvm/probe.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"

/* Killing and reaping may take their time on a busy machine. */
#define SLACK_MS 60000

Test(softkvm_probe, this_machine_is_judged_with_a_reason_in_time)
{
	struct kt_softkvm_probe p;

	kt_softkvm_probe("/dev/kvm", NULL, &p);
	cr_expect_lt(p.took_ns, (KT_SOFTKVM_PROBE_DEADLINE_MS + SLACK_MS) * KT_NS_PER_MS);
	cr_expect_not_null(strstr(p.reason, "/dev/kvm"));
	cr_expect_eq(p.usable, p.fix[0] == '\0');
	if (p.usable)
		cr_expect_geq(p.mips, KT_SOFTKVM_PROBE_MIPS_MIN);
}

Test(softkvm_probe, a_missing_device_says_how_to_get_one)
{
	struct kt_softkvm_probe p;

	kt_softkvm_probe("/nonexistent/kvm", NULL, &p);
	cr_expect_not(p.usable);
	cr_expect_str_eq(p.reason, "/nonexistent/kvm fails at open: there is no such device");
	cr_expect_not_null(strstr(p.fix, "modprobe"));
}

Test(softkvm_probe, another_device_is_no_kvm)
{
	struct kt_softkvm_probe p;

	kt_softkvm_probe("/dev/null", NULL, &p);
	cr_expect_not(p.usable);
	cr_expect_not_null(strstr(p.reason, "KVM_GET_API_VERSION"), "%s", p.reason);
}

Test(softkvm_probe, no_child_is_left)
{
	struct kt_softkvm_probe p;

	kt_softkvm_probe("/dev/kvm", NULL, &p);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}
