// SPDX-License-Identifier: GPL-2.0-only
/*
 * The main function of test programs: the one thing that the command line asks for. Roles
 * inside a machine are entered before anything is parsed.
 */
#include <ktstr/main.h>
#include <ktstr/version.h>

#include <stdio.h>

#include "cli/live.h"
#include "cli/logsink.h"
#include "cli/progress.h"
#include "cli/program_options.h"
#include "cli/thresholds.h"

static void print_help(const char *program)
{
	printf("usage: %s [OPTION]...\n\n"
	       "Run the tests of this program, each in a kernel of its own.\n",
		program);
	kt_cli_print_options(stdout, kt_cli_program_options, kt_cli_program_option_count);
	printf("\nexit status:\n");
	kt_cli_print_exit_statuses(stdout);
	printf("\nkernels: 'ktstr kernel build' makes the default one; KTSTR_KERNEL names "
	       "another\n");
}

static int act(struct kt_cli_program *p, struct kt_err *err)
{
	int status = KT_CLI_HARNESS;
	int r = 0;
	switch (p->action) {
	case KT_CLI_HELP:
		print_help(p->run.argv[0]);
		return KT_CLI_OK;
	case KT_CLI_VERSION:
		printf("ktstr %s\n", KTSTR_VERSION);
		return KT_CLI_OK;
	case KT_CLI_LIST:
		r = kt_run_list(&p->run, &status, err);
		break;
	case KT_CLI_DRY_RUN:
		r = kt_run_dry(&p->run, &status, err);
		break;
	case KT_CLI_THRESHOLDS:
		r = kt_cli_thresholds(p->thresholds_of, p->run.format, stdout, err);
		status = r < 0 ? KT_CLI_USAGE : KT_CLI_OK;
		break;
	case KT_CLI_RUN:
		r = kt_run_tests(&p->run, &status, err);
		break;
	}
	if (r < 0)
		kt_cli_print_error(p->run.log, err);
	return status;
}

__attribute__((visibility("default"))) int ktstr_main(int argc, char **argv)
{
	kt_run_enter_role();

	struct kt_cli_program p = {0};
	struct kt_err err = {0};
	int status = KT_CLI_USAGE;
	p.run.build_progress = kt_cli_progress_kernel;
	p.run.build_progress_end = kt_cli_progress_end;
	p.run.view = kt_cli_live_view();
	if (kt_cli_program_parse(&p, argc, argv, &err) < 0) {
		kt_cli_print_error(stderr, &err);
	} else {
		kt_cli_log_to(stderr, p.run.verbose);
		status = act(&p, &err);
	}
	kt_cli_program_done(&p);
	return kt_cli_finish_output(status);
}
