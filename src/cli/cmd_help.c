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
#include "report/limits.h"
#include "report/writer.h"
#include "scenario/knob.h"
#include "scenario/op_info.h"
#include "topo/spec.h"
#include "work/kind.h"
#include "work/param.h"

static int help_op(const char *name);
static int help_work(const char *name);
static int help_check(const char *name);
static int help_knob(const char *name);
static int help_canned(const char *name);
static int help_property(const char *name);
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
	{"knob", "knobs of a cgroup, their files and rules", help_knob},
	{"canned", "ready-made scenarios, and the machines they are meant for", help_canned},
	{"claim", "what a body can claim of a value", kt_cli_help_claim},
	{"metric", "numbers whose better direction is known", kt_cli_help_metric},
	{"detail", "kinds of findings and notes in a result", kt_cli_help_detail},
	{"property", "named properties of a scheduler, as bodies of tests", help_property},
	{"variant", "kernels for debugging and of another preemption", help_variant},
	{"report", "formats of --format and --report", help_report},
	{"environment", "variables the programs read", help_environment},
	{"option", "options of test programs", help_option},
	{"exit-status", "exit statuses of test programs and of this tool", help_exit_status},
	{"verb", "verbs of this tool", help_verb},
};

int kt_cli_help_not_found(
	const char *what, const char *name, const char *const *names, size_t count)
{
	struct kt_err err = {0};
	const char *near = kt_nearest(name, names, count);
	kt_fail(&err, EINVAL, "leave the name out to see all", "there is no %s '%s'", what, name);
	if (near)
		kt_fix(&err, "did you mean '%s'?", near);
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

/* An example value for a field, by its name where that says more than its type. */
static const char *example_of(const struct kt_op_field *field)
{
	static const char *const values[][2] = {{"tag", "\"after_spawn\""},
		{"symbol", "\"jiffies_64\""}, {"map", "\"my_map\""}, {"to", "\"right\""},
		{"b", "\"right\""}, {"str", "\"left\""}, {"cpus", "CPUS_LLC(0)"},
		{"target", "KERNEL_SYMBOL(\"jiffies_64\")"}, {"width", "KTSTR_WIDTH_U64"},
		{"writes", "KERNEL_WRITES(KERNEL_WRITE(.target = KERNEL_SYMBOL(\"x\"), "
			   ".value = KTSTR_U32(1)))"},
		{"sched", "&my_scheduler"}, {"work", "WORKS(WORK(spin_wait, .workers = 2))"},
		{"def", "CGROUPS(CGROUP(\"left\", .cpuset = CPUS_LLC(0)))"}, {"flag", "true"},
		{"affinity", "AFFINITY_SINGLE"}};
	for (size_t i = 0; i < KT_ARRAY_LEN(values); i++)
		if (!strcmp(values[i][0], field->name) || !strcmp(values[i][0], field->type))
			return values[i][1];
	return "...";
}

static void print_op(const struct kt_op_info *op)
{
	static const char *const needs[] = {
		"", "the host's view of the kernel's memory", "a scheduler's own process"};
	printf("%s: %s\n  %s\n", op->name, op->sentence, op->rule);
	if (op->unknown != KT_OP_UNKNOWN_none)
		printf("  an unknown cgroup: %s\n", kt_op_unknown_name(op->unknown));
	if (op->needs)
		printf("  it needs %s, which this version does not have\n", needs[op->needs]);
	printf("\n");
	for (size_t i = 0; i < op->field_count; i++)
		printf("  .%-10s %-5s %s\n", op->fields[i].name, op->fields[i].type,
			op->fields[i].says);
	printf("\n  OP(%s", op->name);
	for (size_t i = 0; i < op->field_count; i++)
		if (strcmp(op->fields[i].type, "flag") != 0)
			printf(", .%s = %s", op->fields[i].name, example_of(&op->fields[i]));
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
		return kt_cli_help_not_found("op", name, names, count);
	print_op(op);
	return KT_CLI_OK;
}

/* What one parameter may be: the values of a choice, else its type. */
static void print_param(const struct kt_work_param *p)
{
	size_t count = 0;
	const char *const *values = kt_work_choice_values(p->type, &count);
	printf("    .%-14s %s (%s", p->name, p->says, p->standard);
	for (size_t i = 1; values && i < count; i++)
		printf(" | %s", values[i]);
	printf(")\n");
}

static int help_work(const char *name)
{
	const char *names[KTSTR_WORK_COUNT];
	size_t count = 0;
	bool found = false;
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		const struct kt_work_kind *k = kt_work_kind_get(kind);
		names[count++] = k->name;
		if (name && strcmp(name, k->name) != 0)
			continue;
		found = true;
		printf("%-28s %s\n", k->name, k->sentence);
		for (size_t i = 0; name && i < k->param_count; i++)
			print_param(&k->params[i]);
	}
	return found ? KT_CLI_OK : kt_cli_help_not_found("work", name, names, count);
}

static void print_check(const struct kt_check_info *row)
{
	printf("\n  judged   %s\n", row->rule);
	if (row->limit > 0)
		printf("  implied  %g %s, on a kernel full of checks %g %s\n", row->limit,
			row->unit, row->debug, row->unit);
	printf("  unset    0; KTSTR_LIMIT_OFF switches it off, KTSTR_LIMIT_ZERO is a limit of 0\n"
	       "\n  .checks = CHECKS(.%s = %s)\n",
		row->name, row->is_flag ? "true" : "...");
}

static int help_check(const char *name)
{
	const char *names[KT_CHECK_COUNT];
	bool found = false;
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		const struct kt_check_info *row = kt_check_info((enum kt_check_id)i);
		names[i] = row->name;
		if (name && strcmp(name, row->name) != 0)
			continue;
		found = true;
		printf("%-30s %s%s%s%s\n", row->name, row->sentence, row->unit[0] ? " (" : "",
			row->unit, row->unit[0] ? ")" : "");
		if (name)
			print_check(row);
	}
	return found ? KT_CLI_OK : kt_cli_help_not_found("check", name, names, KT_ARRAY_LEN(names));
}

/* Something a test can name, and the machine it is meant for. */
struct ready {
	const char *name, *says;
	struct kt_topo topo;
};

static int help_ready(const char *name, const char *what, const struct ready *rows, size_t count,
	const char *usage)
{
	const char *names[64];
	char machine[KT_TOPO_TEXT_BYTES];
	bool found = false;
	for (size_t i = 0; i < count; i++) {
		names[i] = rows[i].name;
		if (name && strcmp(name, rows[i].name) != 0)
			continue;
		found = true;
		printf("%-18s %-10s %s\n", rows[i].name, kt_topo_text(&rows[i].topo, machine),
			rows[i].says);
		for (const char *p = name ? usage : ""; *p; p++)
			printf(*p == '@' ? "%s" : "%.1s", *p == '@' ? name : p);
	}
	return found ? KT_CLI_OK : kt_cli_help_not_found(what, name, names, count);
}

static int help_knob(const char *name)
{
	const char *names[KT_KNOB_COUNT];
	bool found = false;
	for (unsigned i = 0; i < KT_KNOB_COUNT; i++) {
		const struct kt_knob_info *k = kt_knob_info((enum kt_knob_kind)i);
		names[i] = k->name;
		if (name && strcmp(name, k->name) != 0)
			continue;
		found = true;
		printf("%-16s %s\n", k->name, k->says);
		if (name && *k->file)
			printf("  file: %s\n  controller: %s\n", k->file,
				kt_controller_info(k->controller)->name);
		if (name)
			printf("  rule: %s\n\n  CGROUP(\"left\", %s)\n", k->rule, k->example);
	}
	return found ? KT_CLI_OK : kt_cli_help_not_found("knob", name, names, KT_KNOB_COUNT);
}

static int help_canned(const char *name)
{
	static const struct ready rows[] = {
#define CANNED(name, nodes, llcs, cores, threads, says)                                            \
	{#name, says, {nodes, llcs, cores, threads}},
#include "macros/canned.def"
#undef CANNED
	};
	_Static_assert(KT_ARRAY_LEN(rows) <= 64, "help_ready() has room for 64 names");
	return help_ready(name, "ready-made scenario", rows, KT_ARRAY_LEN(rows),
		"\n  #include <ktstr/canned.h>\n\n  KTSTR_TEST(mine, \"...\",\n"
		"    .topology = KTSTR_CANNED_TOPOLOGY(@),\n    .scenario = KTSTR_CANNED(@));\n");
}

static int help_property(const char *name)
{
	static const struct ready rows[] = {
#define PROPERTY(name, nodes, llcs, cores, threads, says)                                          \
	{#name, says, {nodes, llcs, cores, threads}},
#include "macros/property.def"
#undef PROPERTY
	};
	_Static_assert(KT_ARRAY_LEN(rows) <= 64, "help_ready() has room for 64 names");
	return help_ready(name, "property", rows, KT_ARRAY_LEN(rows),
		"\n  #include <ktstr/property.h>\n\n  KTSTR_TEST(mine, \"...\",\n"
		"    .topology = KTSTR_PROPERTY_TOPOLOGY(@),\n    .body = ktstr_property_@);\n");
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
		return kt_cli_help_not_found("variant", name, names, KT_KVARIANT_COUNT);
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
	return found ? KT_CLI_OK
		     : kt_cli_help_not_found("report format", name, names, KT_ARRAY_LEN(names));
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
	return found ? KT_CLI_OK
		     : kt_cli_help_not_found("variable", name, names, KT_ARRAY_LEN(names));
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
	return kt_cli_help_not_found("option", name, names, KT_ARRAY_LEN(names));
}

/* A topic whose rows have no more to say than its table does. */
int kt_cli_help_no_names(const char *topic, const char *name)
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
	int status = kt_cli_help_no_names("exit-status", name);
	if (status == KT_CLI_OK)
		kt_cli_print_exit_statuses(stdout);
	return status;
}

static int help_verb(const char *name)
{
	int status = kt_cli_help_no_names("verb", name);
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
	return kt_cli_help_not_found("help topic", argv[1], names, KT_ARRAY_LEN(topics));
}
