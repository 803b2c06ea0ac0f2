/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of the tool, from verb.def: each takes its own argument list and returns a status. */
#pragma once

typedef int kt_cli_verb_fn(int argc, char **argv);

#define VERB(name, arguments, says) kt_cli_verb_fn kt_cli_##name;
#include "cli/verb.def"
#undef VERB
