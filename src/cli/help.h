/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of verbs, for `ktstr` and `ktstr help`. */
#pragma once

#include <stdio.h>

void kt_cli_print_verbs(FILE *out);
