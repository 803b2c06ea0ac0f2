// SPDX-License-Identifier: GPL-2.0-only
/* The tool `ktstr`: looks its verb up in the table and hands over. */
#include <ktstr/version.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/args.h"
#include "cli/help.h"
#include "cli/verb.h"
#include "run/run.h"

int main(int argc, char **argv);

static const struct {
	const char *name, *arguments, *says;
	kt_cli_verb_fn *run;
} verbs[] = {
#define VERB(name, arguments, says) {#name, arguments, says, kt_cli_##name},
#include "cli/verb.def"
#undef VERB
};

static int unknown_verb(const char *name)
{
	const char *names[KT_ARRAY_LEN(verbs)];
	for (size_t i = 0; i < KT_ARRAY_LEN(verbs); i++)
		names[i] = verbs[i].name;
	const char *near = kt_nearest(name, names, KT_ARRAY_LEN(names));
	struct kt_err err = {0};
	kt_fail(&err, EINVAL, "'ktstr help' lists the verbs", "unknown verb '%s'", name);
	if (near)
		kt_fix(&err, "did you mean 'ktstr %s'? 'ktstr help' lists the verbs", near);
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

int kt_cli_version(int argc, char **argv)
{
	if (argc > 1)
		return kt_cli_unexpected(argv[1], "write 'ktstr version'");
	printf("ktstr %s\n", KTSTR_VERSION);
	return KT_CLI_OK;
}

void kt_cli_print_verbs(FILE *out)
{
	fprintf(out,
		"usage: ktstr VERB [ARGUMENT]...\n\n"
		"A test harness for Linux process schedulers. Tests are programs of their own:\n"
		"run one with --help. This tool makes kernels and shows what there is.\n\n");
	for (size_t i = 0; i < KT_ARRAY_LEN(verbs); i++)
		fprintf(out, "  ktstr %-8s %-22s %s\n", verbs[i].name, verbs[i].arguments,
			verbs[i].says);
}

int main(int argc, char **argv)
{
	kt_run_enter_role();
	if (argc < 2) {
		kt_cli_print_verbs(stderr);
		return KT_CLI_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < KT_ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return kt_cli_finish_output(verbs[i].run(argc - 1, argv + 1));
	return unknown_verb(name);
}
