// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of README.md, from the rows the programs themselves use; tests/readme.py puts
 * them there and fails when they are stale.
 */
#include <ktstr/scenario.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/program_options.h"
#include "kernel/variant.h"
#include "report/writer.h"
#include "scenario/op_info.h"

/* TEXT where a bar would end the cell. */
static void print_cell(const char *text)
{
	for (; *text; text++)
		printf(*text == '|' ? "\\|" : "%c", *text);
}

static void print_row(const char *name, const char *says, const char *more)
{
	printf("| `");
	print_cell(name);
	printf("` | ");
	print_cell(says);
	if (more) {
		printf(" | ");
		print_cell(more);
	}
	printf(" |\n");
}

static void print_head(const char *name, const char *says, const char *more)
{
	printf("| %s | %s |%s%s%s\n|---|---|%s\n", name, says, more ? " " : "", more ? more : "",
		more ? " |" : "", more ? "---|" : "");
}

static void options(void)
{
	print_head("option", "what it does", NULL);
	for (size_t i = 0; i < kt_cli_program_option_count; i++) {
		const struct kt_cli_option *o = &kt_cli_program_options[i];
		if (!o->name) {
			printf("| **%s** | |\n", o->says);
			continue;
		}
		char letter[8] = "", name[96];
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(name, sizeof(name), "%s--%s%s%s", letter, o->name, o->value ? " " : "",
			o->value ? o->value : "");
		print_row(name, o->says, NULL);
	}
}

static void environment(void)
{
	print_head("variable", "what it says", "when it is not set");
#define VARIABLE(name, says, standard) print_row(#name, says, standard);
#include "cli/environment.def"
#undef VARIABLE
}

static void exit_statuses(void)
{
	print_head("status", "when", NULL);
#define EXIT_STATUS(name, number, shown, when) print_row(shown, when, NULL);
#include "report/exit_status.def"
#undef EXIT_STATUS
}

static void verbs(void)
{
	print_head("verb", "what it does", NULL);
#define VERB(name, arguments, says)                                                                \
	print_row(sizeof(arguments) > 1 ? "ktstr " #name " " arguments : "ktstr " #name, says,     \
		NULL);
#include "cli/verb.def"
#undef VERB
}

static void formats(void)
{
	print_head("format", "what it is", NULL);
	for (int f = 0; f < KT_REPORT_COUNT; f++)
		print_row(kt_report_format_name((enum kt_report_format)f),
			kt_report_format_sentence((enum kt_report_format)f), NULL);
}

static void ops(void)
{
	print_head("op", "what it does", "rule");
	for (int kind = KTSTR_OP_END + 1; kind < KTSTR_OP_COUNT; kind++) {
		const struct kt_op_info *op = kt_op_info((enum ktstr_op_kind)kind);
		print_row(op->name, op->sentence, op->rule);
	}
}

static void works(void)
{
	print_head("work", "what a worker does", "parameters and their defaults");
#define F(field, standard, says)                                                                   \
	kt_str_addf(&fields, "%s%s %u", fields.len ? ", " : "", #field, (unsigned)(standard));
#define WORK(name, says, ...)                                                                      \
	{                                                                                          \
		KT_AUTO_DONE(kt_str_done) struct kt_str fields = {0};                              \
		__VA_ARGS__                                                                        \
		print_row(#name, says, kt_str_get(&fields));                                       \
	}
#include "macros/work.def"
#undef WORK
#undef F
}

static void checks(void)
{
	print_head("check", "what it demands", "limit when implied");
#define CHECK(name, type, limit, unit, says)                                                       \
	{                                                                                          \
		char text[64] = "";                                                                \
		if ((limit) > 0)                                                                   \
			snprintf(text, sizeof(text), "%g %s", (double)(limit), unit);              \
		print_row(#name, says, text);                                                      \
	}
#include "macros/check.def"
#undef CHECK
}

static void variants(void)
{
	print_head("variant", "what it is", NULL);
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info((enum kt_kvariant)v);
		print_row(info->name, info->says, NULL);
	}
}

bool kt_cli_help_markdown(const char *topic)
{
	static const struct {
		const char *topic;
		void (*print)(void);
	} tables[] = {{"option", options}, {"environment", environment},
		{"exit-status", exit_statuses}, {"verb", verbs}, {"report", formats}, {"op", ops},
		{"work", works}, {"check", checks}, {"variant", variants}};
	for (size_t i = 0; i < KT_ARRAY_LEN(tables); i++)
		if (strcmp(tables[i].topic, topic) == 0) {
			tables[i].print();
			return true;
		}
	return false;
}
