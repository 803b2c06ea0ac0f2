/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command-line options from tables: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags,
 * and "--" as their end. What is wrong is answered with the nearest option there is.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "report/exit_status.h"

struct kt_cli_option {
	const char *name;  /* without the dashes; NULL: a heading of the help text, in says */
	char letter;	   /* 0: none */
	const char *value; /* what it takes, for the help text; NULL: a flag */
	const char *says;
	int (*set)(void *target, const char *value, struct kt_err *err);
};

/*
 * Parse ARGV[1..] up to the first operand, whose index is *ret_rest (ARGC when there is
 * none). Each option calls its set function with TARGET. -EINVAL: wrong usage.
 */
int kt_cli_parse(const struct kt_cli_option *options, size_t count, void *target, int argc,
	char **argv, int *ret_rest, struct kt_err *err);

/* One line per option, aligned, wrapped to 80 columns. */
void kt_cli_print_options(FILE *out, const struct kt_cli_option *options, size_t count);

/* One line per exit status. */
void kt_cli_print_exit_statuses(FILE *out);

/* "ktstr: error: TEXT" and "  fix: ..." on LOG, as every program of the project says it. */
void kt_cli_print_error(FILE *log, const struct kt_err *err);

/* Says that WORD is one too many; returns KT_CLI_USAGE. */
int kt_cli_unexpected(const char *word, const char *fix);

/* The last word of a program: STATUS, or KT_CLI_HARNESS for 0 when standard output failed. */
int kt_cli_finish_output(int status);

enum {
	KT_CLI_OK = KT_EXIT_PASSED,
	KT_CLI_HARNESS = KT_EXIT_HARNESS, /* could not run */
	KT_CLI_USAGE = KT_EXIT_USAGE,	  /* wrong usage, as sysexits' EX_USAGE */
};
