// SPDX-License-Identifier: GPL-2.0-only
/* One look-up, one help text and one way to say what is wrong, for every table of sub-verbs. */
#include "cli/subs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/logsink.h"

static void print_help(FILE *out, const struct kt_cli_subs *subs, const struct kt_cli_sub *only)
{
	for (size_t i = 0; i < subs->count; i++) {
		const struct kt_cli_sub *s = &subs->items[i];
		if (only && s != only)
			continue;
		fprintf(out, "ktstr %s %s [OPTION]...%s%s\n  %s\n", subs->verb, s->name,
			s->operand ? " " : "", s->operand ?: "", s->says);
		if (only)
			kt_cli_print_options(out, s->options, s->option_count);
	}
}

/* "list, show or clean" */
static void add_names(const struct kt_cli_subs *subs, struct kt_str *out)
{
	for (size_t i = 0; i < subs->count; i++) {
		const char *before = !i ? "" : i + 1 < subs->count ? ", " : " or ";
		kt_str_addf(out, "%s%s", before, subs->items[i].name);
	}
}

static int unknown(const struct kt_cli_subs *subs, const char *name)
{
	KT_AUTOFREE const char **names = calloc(subs->count, sizeof(*names));
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0};
	struct kt_err err = {0};
	for (size_t i = 0; names && i < subs->count; i++)
		names[i] = subs->items[i].name;
	const char *near = names ? kt_nearest(name, names, subs->count) : NULL;
	add_names(subs, &all);
	kt_fail(&err, EINVAL, "see 'ktstr help'", "unknown 'ktstr %s %s'", subs->verb, name);
	if (near)
		kt_fix(&err, "did you mean 'ktstr %s %s'?", subs->verb, near);
	else
		kt_fix(&err, "write %s", kt_str_get(&all));
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

static int check_operands(
	const struct kt_cli_subs *subs, const struct kt_cli_sub *s, int given, struct kt_err *err)
{
	bool optional = s->operand && s->operand[0] == '[';
	int most = s->operand ? 1 : 0, least = optional ? 0 : most;
	if (given >= least && given <= most)
		return 0;
	return kt_fail(err, EINVAL, "see --help", "ktstr %s %s takes %s", subs->verb, s->name,
		!most	   ? "no operands"
		: optional ? "at most one operand"
			   : "one operand");
}

static int run(const struct kt_cli_subs *subs, const struct kt_cli_sub *s, void *args,
	const bool *help, int argc, char **argv)
{
	struct kt_err err = {0};
	int rest = argc, status = KT_CLI_USAGE;
	int r = kt_cli_parse(s->options, s->option_count, args, argc, argv, &rest, &err);
	if (r == 0 && !*help)
		r = check_operands(subs, s, argc - rest, &err);
	if (r == 0 && *help) {
		print_help(stdout, subs, s);
		status = KT_CLI_OK;
	} else if (r == 0) {
		kt_cli_log_to(stderr, false);
		r = s->run(args, rest < argc ? argv[rest] : NULL, &err);
		status = r < 0 ? KT_CLI_HARNESS : KT_CLI_OK;
	}
	if (r < 0)
		kt_cli_print_error(stderr, &err);
	return status;
}

int kt_cli_subs_run(
	const struct kt_cli_subs *subs, void *args, const bool *help, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(argc < 2 ? stderr : stdout, subs, NULL);
		return argc < 2 ? KT_CLI_USAGE : KT_CLI_OK;
	}
	for (size_t i = 0; i < subs->count; i++)
		if (strcmp(subs->items[i].name, argv[1]) == 0)
			return run(subs, &subs->items[i], args, help, argc - 1, argv + 1);
	return unknown(subs, argv[1]);
}
