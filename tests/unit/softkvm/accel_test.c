// SPDX-License-Identifier: GPL-2.0-only
/* The choice of the accelerator as a function of the facts. */
#include "softkvm/accel.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "softkvm/inside.h"

static struct kt_accel_facts facts(bool inside, bool usable, const char *qemu)
{
	struct kt_accel_facts f = {.inside = inside};
	f.probe.usable = usable;
	f.probe.mips = usable ? 2000 : 0;
	strcpy(f.probe.reason, usable ? "it works" : "it stops at int3");
	strcpy(f.probe.fix, usable ? "" : "use another machine");
	strcpy(f.qemu_path, qemu);
	return f;
}

Test(softkvm_accel, auto_takes_kvm_that_works)
{
	struct kt_accel_facts f = facts(false, true, "/q");
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_AUTO, &f, &a, NULL), 0);
	cr_expect_not(a.enter_softkvm);
	cr_expect_str_eq(a.name, "kvm");
	cr_expect_str_eq(a.reason, "it works");
	cr_expect_eq(a.mips, 2000);
}

Test(softkvm_accel, auto_enters_softkvm_where_kvm_does_not_work)
{
	struct kt_accel_facts f = facts(false, false, "/q");
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_AUTO, &f, &a, NULL), 0);
	cr_expect(a.enter_softkvm);
	cr_expect_str_eq(a.name, "softkvm");
	cr_expect_not_null(strstr(a.reason, "it stops at int3"));
	cr_expect_not_null(strstr(a.reason, "/q"));
}

Test(softkvm_accel, auto_without_both_says_what_to_install)
{
	struct kt_accel_facts f = facts(false, false, "");
	struct kt_err err = {0};
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_AUTO, &f, &a, &err), -ENOENT);
	cr_expect_str_eq(err.fix, "apt-get install qemu-system-x86; or use another machine");
	cr_expect_not_null(strstr(err.text, "it stops at int3"));
}

Test(softkvm_accel, kvm_by_force_fails_with_the_remedy_of_the_probe)
{
	struct kt_accel_facts f = facts(false, false, "/q");
	struct kt_err err = {0};
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_KVM, &f, &a, &err), -ENODEV);
	cr_expect_str_eq(err.text, "it stops at int3");
	cr_expect_str_eq(err.fix, "use another machine; or use --accel soft");
}

Test(softkvm_accel, soft_by_force_ignores_kvm_that_works)
{
	struct kt_accel_facts f = facts(false, true, "/q");
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_SOFT, &f, &a, NULL), 0);
	cr_expect(a.enter_softkvm);
	f = facts(false, true, "");
	cr_expect_eq(kt_accel_decide(KT_ACCEL_SOFT, &f, &a, NULL), -ENOENT);
}

Test(softkvm_accel, inside_softkvm_its_own_kvm_is_used_in_every_mode)
{
	static const enum kt_accel_mode modes[] = {KT_ACCEL_AUTO, KT_ACCEL_KVM, KT_ACCEL_SOFT};
	struct kt_accel_facts f = facts(true, true, "/q");
	for (size_t i = 0; i < 3; i++) {
		struct kt_accel a;
		cr_assert_eq(kt_accel_decide(modes[i], &f, &a, NULL), 0);
		cr_expect_not(a.enter_softkvm);
		cr_expect_str_eq(a.name, "softkvm");
	}
}

Test(softkvm_accel, inside_softkvm_a_broken_kvm_is_an_error)
{
	struct kt_accel_facts f = facts(true, false, "/q");
	struct kt_err err = {0};
	struct kt_accel a;
	cr_assert_eq(kt_accel_decide(KT_ACCEL_AUTO, &f, &a, &err), -ENODEV);
	cr_expect_not_null(strstr(err.text, "inside a softkvm machine it stops at int3"));
}

Test(softkvm_accel, only_the_three_modes_parse)
{
	enum kt_accel_mode mode;
	cr_expect_eq(kt_accel_mode_parse("auto", &mode, NULL), 0);
	cr_expect_eq(mode, KT_ACCEL_AUTO);
	cr_expect_eq(kt_accel_mode_parse("kvm", &mode, NULL), 0);
	cr_expect_eq(mode, KT_ACCEL_KVM);
	cr_expect_eq(kt_accel_mode_parse("soft", &mode, NULL), 0);
	cr_expect_eq(mode, KT_ACCEL_SOFT);
	cr_expect_eq(kt_accel_mode_parse("", &mode, NULL), -EINVAL);
	cr_expect_eq(kt_accel_mode_parse("softkvm", &mode, NULL), -EINVAL);
}

static volatile sig_atomic_t children;

static void on_child(int sig)
{
	(void)sig;
	children = 1;
}

Test(softkvm_accel, soft_by_force_does_not_touch_kvm_at_all)
{
	struct kt_accel a;
	struct kt_err err = {0};

	if (kt_softkvm_inside())
		cr_skip_test("inside softkvm its KVM is what counts");
	signal(SIGCHLD, on_child);
	(void)kt_accel_choose(KT_ACCEL_SOFT, &a, &err); /* fails where there is no QEMU */
	cr_expect_eq(children, 0, "the probe is a child");
	(void)kt_accel_choose(KT_ACCEL_AUTO, &a, &err); /* as the machine has it */
	cr_expect_eq(children, 1);
}
