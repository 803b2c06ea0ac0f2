// SPDX-License-Identifier: GPL-2.0-only
/* Finding or else building, with a fake source and an empty cache. */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/kernel_source.h"
#include "run/interrupt.h"
#include "run/kernel.h"

static struct kt_fake_ksource fake;
static struct kt_kernel *kernel;
static struct kt_err err;
static unsigned reports;

static void init(void)
{
	unsetenv("KTSTR_KERNEL");
	kt_fake_ksource_init(&fake);
}

static void done(void)
{
	kt_kernel_free(kernel);
	kt_fake_ksource_done(&fake);
}

TestSuite(run_kernel, .init = init, .fini = done);

static void count_report(void *unused, const struct kt_kernel_progress *p)
{
	(void)unused, (void)p;
	reports++;
}

static void terminate_when_compiling(void *unused, const struct kt_kernel_progress *p)
{
	(void)unused;
	if (strcmp(p->phase, "compiling") == 0 && kt_fake_lines(fake.builds) && !reports++)
		kill(getpid(), SIGTERM);
}

Test(run_kernel, nothing_is_built_unless_asked)
{
	struct kt_run_kernel_want want = {.progress = count_report};
	cr_assert_eq(kt_run_kernel_get(&want, &kernel, &err), -ENOENT);
	want.for_softkvm = true;
	cr_assert_eq(kt_run_kernel_get(&want, &kernel, &err), -ENOENT);
	cr_assert_eq(reports, 0);
}

Test(run_kernel, a_named_kernel_is_never_replaced_by_a_built_one)
{
	struct kt_run_kernel_want want = {.which = "nope", .build = true, .progress = count_report};
	cr_assert_eq(kt_run_kernel_get(&want, &kernel, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "nope"), "%s", err.text);

	want.which = NULL;
	setenv("KTSTR_KERNEL", "neither", 1);
	cr_assert_eq(kt_run_kernel_get(&want, &kernel, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "neither"), "%s", err.text);
	cr_assert_eq(reports, 0);
}

Test(run_kernel, a_signal_ends_the_build_and_decides_the_exit_status)
{
	kt_fake_write(fake.top, "hold", "");
	struct kt_kernel_build_spec spec = {
		.source = fake.source, .progress = terminate_when_compiling};
	cr_assert_eq(kt_run_kernel_build(&spec, &kernel, NULL, &err), -EINTR, "%s", err.text);
	cr_assert_eq(kt_run_interrupt_status(3), 128 + SIGTERM);
	cr_assert_not(kt_fake_exists("%s/work/????????", fake.cache));
}
