/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the command line of a test program says: the rows of program.def, parsed into the
 * options of a run. program.c acts on them.
 */
#pragma once

#include "base/vec.h"
#include "cli/args.h"
#include "run/run.h"

enum kt_cli_action {
	KT_CLI_RUN,
	KT_CLI_LIST,
	KT_CLI_DRY_RUN,
	KT_CLI_THRESHOLDS,
	KT_CLI_HELP,
	KT_CLI_VERSION,
};

/* Zero bytes and the defaults of kt_cli_program_parse(). The lists are those of run. */
struct kt_cli_program {
	enum kt_cli_action action;
	struct kt_run_options run;
	const char *thresholds_of; /* the test of --show-thresholds */
	KT_VEC(struct kt_registry_pattern) patterns;
	KT_VEC(const char *) appends;
	KT_VEC(const char *) sysctls;
	KT_VEC(const char *) includes;
	KT_VEC(struct kt_run_report) reports;
};

/* The rows, groups included, for the parser and the help text. */
extern const struct kt_cli_option kt_cli_program_options[];
extern const size_t kt_cli_program_option_count;

/* 0 or -errno; P is to be released in both cases. */
int kt_cli_program_parse(struct kt_cli_program *p, int argc, char **argv, struct kt_err *err);
void kt_cli_program_done(struct kt_cli_program *p);
