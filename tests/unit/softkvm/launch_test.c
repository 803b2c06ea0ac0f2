// SPDX-License-Identifier: GPL-2.0-only
/* What is refused before a machine is started. */
#include "softkvm/launch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

Test(softkvm_launch, only_open_writable_descriptors_beyond_two_are_outputs)
{
	struct kt_err err = {0};
	int null = open("/dev/null", O_WRONLY), ro = open("/dev/null", O_RDONLY);

	dup2(null, 700);
	dup2(ro, 701);
	cr_expect_eq(kt_softkvm_out_fd_check(700, &err), 0, "%s", err.text);
	cr_expect_eq(kt_softkvm_out_fd_check(701, &err), -EBADF);
	cr_expect_not_null(strstr(err.text, "701 is not open for writing"), "%s", err.text);
	cr_expect_eq(kt_softkvm_out_fd_check(702, &err), -EBADF);
	cr_expect_not_null(strstr(err.text, "702 is not open"), "%s", err.text);
	cr_expect_eq(kt_softkvm_out_fd_check(2, &err), -EINVAL);
	cr_expect_eq(kt_softkvm_out_fd_check(1024, NULL), -EINVAL);
	cr_expect_eq(kt_softkvm_out_fd_check(-1, &err), -EINVAL);
}

Test(softkvm_launch, too_many_outputs_and_doubled_ones_are_refused)
{
	struct kt_err err = {0};
	int fds[9], status;
	struct kt_softkvm_opts o = {
		.argv = command, .kernel_path = "/k", .out_fds = fds, .out_fd_count = 9};

	for (int i = 0; i < 9; i++)
		fds[i] = open("/dev/null", O_WRONLY);
	cr_expect_eq(kt_softkvm_run(&o, &status, &err), -E2BIG);
	cr_expect_not_null(strstr(err.text, "9 descriptors"), "%s", err.text);
	o.out_fd_count = 3;
	fds[2] = fds[0];
	cr_expect_eq(kt_softkvm_run(&o, &status, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "passed twice"), "%s", err.text);
}
