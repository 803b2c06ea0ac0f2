/* SPDX-License-Identifier: GPL-2.0-only */
/* What the .def tables say, for `ktstr` and `ktstr help`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void kt_cli_print_verbs(FILE *out);
/* The table of a topic of `ktstr help` as markdown. false: there is none. */
bool kt_cli_help_markdown(const char *topic);

/* Topics with a file of their own: all rows, or the one of that NAME. An exit status. */
int kt_cli_help_claim(const char *name);
int kt_cli_help_metric(const char *name);
int kt_cli_help_detail(const char *name);
/* Say that there is no such row, and which is near; that a topic has no names. KT_CLI_USAGE. */
int kt_cli_help_not_found(
	const char *what, const char *name, const char *const *names, size_t count);
/* KT_CLI_OK without a name. */
int kt_cli_help_no_names(const char *topic, const char *name);
