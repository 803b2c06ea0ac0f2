/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs of the tool that have verbs of their own, such as `ktstr kernel build`: from tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli/args.h"

struct kt_cli_sub {
	const char *name;
	const char *operand; /* "ID": one; "[RUN]": one or none; NULL: none */
	const char *says;
	const struct kt_cli_option *options;
	size_t option_count;
	int (*run)(void *args, const char *operand, struct kt_err *err); /* operand NULL: none */
};

struct kt_cli_subs {
	const char *verb; /* "kernel" */
	const struct kt_cli_sub *items;
	size_t count;
};

/*
 * Look ARGV[1] up, parse what follows into ARGS and run it, or print help. HELP is the place in
 * ARGS that --help sets. Returns the exit status.
 */
int kt_cli_subs_run(
	const struct kt_cli_subs *subs, void *args, const bool *help, int argc, char **argv);
