// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr help`: what the .def tables say, printed. */
#include <ktstr/scenario.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/args.h"
#include "cli/help.h"
#include "cli/program_options.h"
#include "cli/verb.h"
#include "kernel/variant.h"
#include "report/writer.h"
#include "scenario/op_info.h"

static int help_op(const char *name);
static int help_work(const char *name);
static int help_check(const char *name);
static int help_variant(const char *name);
static int help_report(const char *name);
static int help_environment(const char *name);
static int help_option(const char *name);
static int help_exit_status(const char *name);
static int help_verb(const char *name);

static const struct {
	const char *name, *says;
	int (*print)(const char *name);
} topics[] = {
	{"op", "operations of a step; 'ktstr help op NAME' shows fields, rule and an example",
		help_op},
	{"work", "kinds of work and their parameters", help_work},
	{"check", "checks, their limits and units", help_check},
	{"variant", "kernels for debugging and of another preemption", help_variant},
	{"report", "formats of --format and --report", help_report},
	{"environment", "variables the programs read", help_environment},
	{"option", "options of test programs", help_option},
	{"exit-status", "exit statuses of test programs and of this tool", help_exit_status},
	{"verb", "verbs of this tool", help_verb},
};

static int not_found(const char *what, const char *name, const char *const *names, size_t count)
{
	struct kt_err err = {0};
	const char *near = kt_nearest(name, names, count);
	kt_fail(&err, EINVAL, "leave the name out to see all", "there is no %s '%s'", what, name);
	if (near)
		kt_fix(&err, "did you mean '%s'?", near);
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

/* An example value for a field of TYPE. */
static const char *example_of(const char *type)
{
	static const char *const values[][2] = {{"str", "\"left\""}, {"cpus", "CPUS_LLC(0)"},
		{"work", "WORKS(WORK(spin_wait, .workers = 2))"},
		{"def", "CGROUPS(CGROUP(\"left\", .cpuset = CPUS_LLC(0)))"}, {"flag", "true"}};
	for (size_t i = 0; i < KT_ARRAY_LEN(values); i++)
		if (strcmp(values[i][0], type) == 0)
			return values[i][1];
	return "...";
}

static void print_op(const struct kt_op_info *op)
{
	printf("%s: %s\n  %s\n  an unknown cgroup: %s\n\n", op->name, op->sentence, op->rule,
		kt_op_unknown_name(op->unknown));
	for (size_t i = 0; i < op->field_count; i++)
		printf("  .%-10s %-5s %s\n", op->fields[i].name, op->fields[i].type,
			op->fields[i].says);
	printf("\n  OP(%s", op->name);
	for (size_t i = 0; i < op->field_count; i++)
		if (strcmp(op->fields[i].type, "flag") != 0)
			printf(", .%s = %s", op->fields[i].name, example_of(op->fields[i].type));
	printf(")\n");
}

static int help_op(const char *name)
{
	const char *names[KTSTR_OP_COUNT];
	size_t count = 0;
	for (int kind = KTSTR_OP_END + 1; kind < KTSTR_OP_COUNT; kind++) {
		const struct kt_op_info *op = kt_op_info((enum ktstr_op_kind)kind);
		names[count++] = op->name;
		if (!name)
			printf("%-16s %s\n", op->name, op->sentence);
	}
	if (!name)
		return KT_CLI_OK;
	const struct kt_op_info *op = kt_op_info_find(name);
	if (!op)
		return not_found("op", name, names, count);
	print_op(op);
	return KT_CLI_OK;
}

static int help_work(const char *name)
{
	static const char *const names[] = {
#define WORK(name, says, ...) #name,
#include "macros/work.def"
#undef WORK
	};
	bool found = false;
#define F(field, standard, says) printf("    .%-10s %s (%u)\n", #field, says, (unsigned)(standard));
#define WORK(kind, says, ...)                                                                      \
	if (!name || strcmp(name, #kind) == 0) {                                                   \
		found = true;                                                                      \
		printf("%-16s %s\n", #kind, says);                                                 \
		if (name) {                                                                        \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#include "macros/work.def"
#undef WORK
#undef F
	return found ? KT_CLI_OK : not_found("work", name, names, KT_ARRAY_LEN(names));
}

static int help_check(const char *name)
{
	static const struct {
		const char *name, *type, *unit, *says;
		double limit;
	} rows[] = {
#define CHECK(name, type, limit, unit, says) {#name, #type, unit, says, limit},
#include "macros/check.def"
#undef CHECK
	};
	const char *names[KT_ARRAY_LEN(rows)];
	bool found = false;
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		names[i] = rows[i].name;
		if (name && strcmp(name, rows[i].name) != 0)
			continue;
		found = true;
		printf("%-20s %s", rows[i].name, rows[i].says);
		if (rows[i].limit > 0)
			printf(" (%g %s when implied)", rows[i].limit, rows[i].unit);
		else if (rows[i].unit[0])
			printf(" (%s)", rows[i].unit);
		printf("\n");
	}
	return found ? KT_CLI_OK : not_found("check", name, names, KT_ARRAY_LEN(names));
}

static int help_variant(const char *name)
{
	const char *names[KT_KVARIANT_COUNT];
	bool found = false;
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info(v);
		names[v] = info->name;
		if (name && strcmp(name, info->name) != 0)
			continue;
		found = true;
		printf("%-12s %s\n", info->name, info->says);
		if (name)
			printf("\n  told by %s; deadlines times %g, guest memory times %g\n\n%s",
				info->option, info->slowness, info->memory, info->fragment);
	}
	if (!found)
		return not_found("variant", name, names, KT_KVARIANT_COUNT);
	if (!name)
		printf("\n'ktstr kernel build --variant NAME' builds one, --kernel NAME boots it; "
		       "'ktstr help variant NAME' shows its options\n");
	return KT_CLI_OK;
}

static int help_report(const char *name)
{
	const char *names[KT_REPORT_COUNT];
	bool found = false;
	for (unsigned i = 0; i < KT_REPORT_COUNT; i++) {
		names[i] = kt_report_format_name((enum kt_report_format)i);
		if (name && strcmp(name, names[i]) != 0)
			continue;
		found = true;
		printf("%-16s %s\n", names[i], kt_report_format_sentence((enum kt_report_format)i));
	}
	return found ? KT_CLI_OK : not_found("report format", name, names, KT_ARRAY_LEN(names));
}

static int help_environment(const char *name)
{
	static const struct {
		const char *name, *says, *standard;
	} rows[] = {
#define VARIABLE(name, says, standard) {#name, says, standard},
#include "cli/environment.def"
#undef VARIABLE
	};
	const char *names[KT_ARRAY_LEN(rows)];
	bool found = false;
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		names[i] = rows[i].name;
		if (name && strcmp(name, rows[i].name) != 0)
			continue;
		found = true;
		printf("%-20s %s\n%-20s default: %s\n", rows[i].name, rows[i].says, "",
			rows[i].standard);
	}
	return found ? KT_CLI_OK : not_found("variable", name, names, KT_ARRAY_LEN(names));
}

/* NAME as it is written on a command line, or without its dashes. */
static int help_option(const char *name)
{
	const struct kt_cli_option *all = kt_cli_program_options;
	static const char *const names[] = {
#define GROUP(says)
#define OPTION(name, ...) name,
#include "cli/program.def"
#undef OPTION
#undef GROUP
	};
	if (!name) {
		kt_cli_print_options(stdout, all, kt_cli_program_option_count);
		return KT_CLI_OK;
	}
	name += strspn(name, "-");
	for (size_t i = 0; i < kt_cli_program_option_count; i++) {
		bool is_letter = name[0] && name[0] == all[i].letter && !name[1];
		if (!all[i].name || (!is_letter && strcmp(name, all[i].name) != 0))
			continue;
		kt_cli_print_options(stdout, &all[i], 1);
		return KT_CLI_OK;
	}
	return not_found("option", name, names, KT_ARRAY_LEN(names));
}

/* A topic whose rows have no more to say than its table does. */
static int no_names(const char *topic, const char *name)
{
	struct kt_err err = {0};
	if (!name)
		return KT_CLI_OK;
	kt_fail(&err, EINVAL, "leave the name out", "'ktstr help %s' takes no name: '%s'", topic,
		name);
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

static int help_exit_status(const char *name)
{
	int status = no_names("exit-status", name);
	if (status == KT_CLI_OK)
		kt_cli_print_exit_statuses(stdout);
	return status;
}

static int help_verb(const char *name)
{
	int status = no_names("verb", name);
	if (status == KT_CLI_OK)
		kt_cli_print_verbs(stdout);
	return status;
}

static void print_topics(void)
{
	kt_cli_print_verbs(stdout);
	printf("\ntopics of 'ktstr help' (with --markdown: as a table):\n");
	for (size_t i = 0; i < KT_ARRAY_LEN(topics); i++)
		printf("  %-14s %s\n", topics[i].name, topics[i].says);
}

int kt_cli_help(int argc, char **argv)
{
	const char *names[KT_ARRAY_LEN(topics)];
	if (argc < 2) {
		print_topics();
		return KT_CLI_OK;
	}
	if (argc > 3)
		return kt_cli_unexpected(argv[3], "'ktstr help TOPIC NAME' is all it takes");
	for (size_t i = 0; i < KT_ARRAY_LEN(topics); i++) {
		names[i] = topics[i].name;
		if (strcmp(topics[i].name, argv[1]) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--markdown") == 0 && kt_cli_help_markdown(argv[1]))
			return KT_CLI_OK;
		return topics[i].print(argc > 2 ? argv[2] : NULL);
	}
	return not_found("help topic", argv[1], names, KT_ARRAY_LEN(topics));
}
