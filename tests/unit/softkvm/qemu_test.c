// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's command line as a function of the machine. */
#include "softkvm/qemu.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct kt_softkvm_machine machine = {
	.qemu_path = "/usr/bin/qemu-system-x86_64",
	.kernel_path = "/k/bzImage",
	.cpus = 3,
	.ram_mib = 1234,
	.initrd_fd = 40,
	.console_fd = 41,
	.monitor_fd = 42,
	.port_fds = {50, 51, 52, -1, -1, 55, -1, -1, -1, -1, -1, 53},
};

/* The value after option NAME that contains PART, or NULL. */
static const char *value_of(const kt_softkvm_args *args, const char *name, const char *part)
{
	for (size_t i = 0; i + 2 < args->count; i++)
		if (!strcmp(args->items[i], name) && strstr(args->items[i + 1], part))
			return args->items[i + 1];
	return NULL;
}

Test(softkvm_qemu, sizes_kernel_and_streams_are_as_asked)
{
	kt_softkvm_args a = {0};

	cr_assert_eq(kt_softkvm_qemu_argv(&machine, &a), 0);
	cr_expect_str_eq(a.items[0], "/usr/bin/qemu-system-x86_64");
	cr_expect_null(a.items[a.count - 1]);
	cr_expect_str_eq(value_of(&a, "-smp", ""), "4,sockets=1,cores=4,threads=1");
	cr_expect_str_eq(value_of(&a, "-m", ""), "1234");
	cr_expect_str_eq(value_of(&a, "-kernel", ""), "/k/bzImage");
	cr_expect_str_eq(value_of(&a, "-initrd", ""), "/proc/self/fd/40");
	cr_expect_str_eq(value_of(&a, "-chardev", "console"), "socket,id=console,fd=41");
	cr_expect_str_eq(value_of(&a, "-chardev", "kt.stderr"), "socket,id=kt.stderr,fd=52");
	cr_expect_str_eq(value_of(&a, "-chardev", "kt.out2"), "socket,id=kt.out2,fd=55");
	cr_expect_null(value_of(&a, "-chardev", "kt.out0"));
	cr_expect_str_eq(value_of(&a, "-chardev", "monitor"), "socket,id=monitor,fd=42");
	cr_expect_str_eq(value_of(&a, "-mon", ""), "chardev=monitor,mode=control");
	cr_expect_str_eq(value_of(&a, "-device", "kt.control"),
		"virtserialport,chardev=kt.control,name=kt.control");
	kt_softkvm_args_done(&a);
}

Test(softkvm_qemu, the_machine_emulates_svm_and_nothing_superfluous)
{
	kt_softkvm_args a = {0};

	cr_assert_eq(kt_softkvm_qemu_argv(&machine, &a), 0);
	cr_expect_str_eq(value_of(&a, "-accel", ""), "tcg,thread=multi");
	cr_expect_not_null(value_of(&a, "-cpu", "+svm,+npt"));
	cr_expect_str_eq(value_of(&a, "-nic", ""), "none");
	cr_expect_not_null(value_of(&a, "-append", KT_SOFTKVM_ROLE_WORD));
	kt_softkvm_args_done(&a);
}

Test(softkvm_qemu, the_root_is_shared_read_only)
{
	kt_softkvm_args a = {0};

	cr_assert_eq(kt_softkvm_qemu_argv(&machine, &a), 0);
	cr_expect_str_eq(value_of(&a, "-virtfs", "mount_tag=host"),
		"local,path=/,mount_tag=host,security_model=none,multidevs=remap,readonly=on");
	kt_softkvm_args_done(&a);
}

Test(softkvm_qemu, commas_in_a_shared_path_are_doubled)
{
	static const char *const dirs[] = {"/plain", "/with,comma,,two", NULL};
	struct kt_softkvm_machine m = machine;
	kt_softkvm_args a = {0};

	m.rw_dirs = dirs;
	cr_assert_eq(kt_softkvm_qemu_argv(&m, &a), 0);
	cr_expect_str_eq(value_of(&a, "-virtfs", "mount_tag=rw0"),
		"local,path=/plain,mount_tag=rw0,security_model=none,multidevs=remap");
	cr_expect_str_eq(value_of(&a, "-virtfs", "mount_tag=rw1"),
		"local,path=/with,,comma,,,,two,mount_tag=rw1,security_model=none,multidevs=remap");
	kt_softkvm_args_done(&a);
}

Test(softkvm_qemu, the_counters_frequency_is_told_only_when_known)
{
	struct kt_softkvm_machine m = machine;
	kt_softkvm_args a = {0};

	cr_assert_eq(kt_softkvm_qemu_argv(&m, &a), 0);
	cr_expect_null(value_of(&a, "-append", "tsc_early_khz"));
	kt_softkvm_args_done(&a);
	m.tsc_khz = 2596123;
	cr_assert_eq(kt_softkvm_qemu_argv(&m, &a), 0);
	cr_expect_not_null(value_of(&a, "-append", " tsc_early_khz=2596123"));
	kt_softkvm_args_done(&a);
}
