// SPDX-License-Identifier: GPL-2.0-only
/* What is refused before a machine is started. */
#include "softkvm/launch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const command[] = {"true", NULL};

Test(softkvm_launch, no_command_is_refused)
{
	struct kt_softkvm_opts o = {.kernel_path = "/k"};
	struct kt_err err = {0};
	int status = 77;

	cr_expect_eq(kt_softkvm_run(&o, &status, &err), -EINVAL);
	cr_expect_eq(status, 77);
}

Test(softkvm_launch, no_kernel_is_refused)
{
	struct kt_softkvm_opts o = {.argv = command};
	struct kt_err err = {0};
	int status;

	cr_expect_eq(kt_softkvm_run(&o, &status, &err), -EINVAL);
	cr_expect_not_null(strstr(err.fix, "ktstr kernel build"));
}

Test(softkvm_launch, without_qemu_the_package_is_named)
{
	struct kt_softkvm_opts o = {.argv = command, .kernel_path = "/k"};
	struct kt_err err = {0};
	int status;

	setenv("PATH", "/nonexistent", 1);
	cr_expect_eq(kt_softkvm_run(&o, &status, &err), -ENOENT);
	cr_expect_str_eq(err.fix, "apt-get install qemu-system-x86");
}
