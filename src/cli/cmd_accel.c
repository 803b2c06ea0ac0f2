// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr accel`: what the machine offers, what would be chosen, and why. */
#include <stdio.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/verb.h"
#include "softkvm/accel.h"

static int set_accel(void *target, const char *value, struct kt_err *err)
{
	return kt_accel_mode_parse(value, target, err);
}

static int set_help(void *target, const char *value, struct kt_err *err);

static const struct kt_cli_option options[] = {
	{"accel", 0, "WHICH", "decide as a test program does with auto, kvm or soft", set_accel},
	{"help", 'h', NULL, "this text", set_help},
};

static bool help_wanted;

static int set_help(void *target, const char *value, struct kt_err *err)
{
	(void)target, (void)value, (void)err;
	help_wanted = true;
	return 0;
}

static void print_facts(const struct kt_accel_facts *f)
{
	printf("/dev/kvm    %s\n", f->probe.reason);
	if (f->probe.mips > 0)
		printf("speed       %.1f million instructions/s\n", f->probe.mips);
	if (!f->probe.usable)
		printf("remedy      %s\n", f->probe.fix);
	printf("softkvm     %s\n", f->inside	     ? "this is a softkvm machine"
				   : f->qemu_path[0] ? f->qemu_path
						     : "qemu-system-x86_64 is not in PATH");
}

int kt_cli_accel(int argc, char **argv)
{
	enum kt_accel_mode mode = KT_ACCEL_AUTO;
	struct kt_err err = {0};
	int rest;
	int r = kt_cli_parse(options, KT_ARRAY_LEN(options), &mode, argc, argv, &rest, &err);
	if (r == 0 && rest < argc)
		r = kt_fail(&err, EINVAL, "see 'ktstr accel --help'", "unexpected argument '%s'",
			argv[rest]);
	if (r < 0) {
		kt_cli_print_error(stderr, &err);
		return KT_CLI_USAGE;
	}
	if (help_wanted) {
		printf("usage: ktstr accel [OPTION]...\n\n"
		       "Probe /dev/kvm with a tiny guest and say where tests would run.\n\n");
		kt_cli_print_options(stdout, options, KT_ARRAY_LEN(options));
		return KT_CLI_OK;
	}

	struct kt_accel_facts facts;
	struct kt_accel choice;
	kt_accel_facts_read(&facts);
	print_facts(&facts);
	if (kt_accel_decide(mode, &facts, &choice, &err) < 0) {
		printf("chosen      none\n");
		kt_cli_print_error(stderr, &err);
		return KT_CLI_HARNESS;
	}
	printf("chosen      %s\nreason      %s\n", choice.name, choice.reason);
	return KT_CLI_OK;
}
