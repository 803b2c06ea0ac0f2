/* SPDX-License-Identifier: GPL-2.0-only */
/* What the .def tables say, for `ktstr` and `ktstr help`. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

void kt_cli_print_verbs(FILE *out);
/* The table of a topic of `ktstr help` as markdown. false: there is none. */
bool kt_cli_help_markdown(const char *topic);
