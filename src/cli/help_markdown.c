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
#include "report/limits.h"
#include "report/writer.h"
#include "scenario/claim.h"
#include "scenario/detail.h"
#include "scenario/knob.h"
#include "scenario/op_info.h"
#include "work/kind.h"

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
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		const struct kt_work_kind *k = kt_work_kind_get(kind);
		KT_AUTO_DONE(kt_str_done) struct kt_str fields = {0};
		for (size_t i = 0; i < k->param_count; i++)
			kt_str_addf(&fields, "%s%s %s", i ? ", " : "", k->params[i].name,
				k->params[i].standard);
		print_row(k->name, k->sentence, kt_str_get(&fields));
	}
}

static void checks(void)
{
	print_head("check", "what it demands", "unit of its limit; how it is judged");
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		const struct kt_check_info *row = kt_check_info((enum kt_check_id)i);
		KT_AUTO_DONE(kt_str_done) struct kt_str more = {0};
		kt_str_addf(&more, "%s%s%s", row->unit, row->unit[0] ? "; " : "", row->rule);
		if (row->limit > 0)
			kt_str_addf(&more, "; implied: %g, on a kernel full of checks %g",
				row->limit, row->debug);
		print_row(row->name, row->sentence, kt_str_get(&more));
	}
}

static void claims(void)
{
	print_head("claim", "when it holds", NULL);
	for (int kind = 0; kind < KTSTR_CLAIM_COUNT; kind++) {
		const struct kt_claim_info *row = kt_claim_info((enum ktstr_claim_kind)kind);
		print_row(row->usage, row->says, NULL);
	}
	print_row("KTSTR_CLAIM_TRUE(ctx, condition)", "the condition is true", NULL);
	print_row("KTSTR_CLAIM_BETTER(ctx, x, baseline, metric, margin)",
		"x is better than the baseline, by that fraction of it", NULL);
	print_row("KTSTR_CLAIM_ANY_OF(ctx, name, claim, ...)", "one of the claims holds", NULL);
	print_row("KTSTR_CLAIM_ALL_OF(ctx, name, claim, ...)", "all of the claims hold", NULL);
}

static void metrics(void)
{
	print_head("metric", "what it is", "better");
#define METRIC(name, polarity, unit, says)                                                         \
	print_row(#name, sizeof(unit) > 1 ? says " (" unit ")" : says,                             \
		KTSTR_POLARITY_##polarity == KTSTR_POLARITY_HIGHER ? "more" : "less");
#include "macros/metric.def"
#undef METRIC
}

static void details(void)
{
	print_head("kind", "what such a detail says", NULL);
	for (unsigned i = 0; i < KT_DETAIL_COUNT; i++)
		print_row(kt_detail_info((enum kt_detail_kind)i)->name,
			kt_detail_info((enum kt_detail_kind)i)->says, NULL);
}

static void variants(void)
{
	print_head("variant", "what it is", NULL);
	for (int v = 0; v < KT_KVARIANT_COUNT; v++) {
		const struct kt_kvariant_info *info = kt_kvariant_info((enum kt_kvariant)v);
		print_row(info->name, info->says, NULL);
	}
}

static void knobs(void)
{
	print_head("knob", "what it sets", "file; rule; example");
	for (unsigned i = 0; i < KT_KNOB_COUNT; i++) {
		const struct kt_knob_info *k = kt_knob_info((enum kt_knob_kind)i);
		KT_AUTO_DONE(kt_str_done) struct kt_str more = {0};
		kt_str_addf(
			&more, "%s%s%s; `%s`", k->file, *k->file ? "; " : "", k->rule, k->example);
		print_row(k->name, k->says, kt_str_get(&more));
	}
}

static void canned(void)
{
	print_head("scenario", "what it shows", "machine");
#define CANNED(name, nodes, llcs, cores, threads, says)                                            \
	print_row(#name, says, #nodes "n" #llcs "l" #cores "c" #threads "t");
#include "macros/canned.def"
#undef CANNED
}

static void properties(void)
{
	print_head("property", "what a scheduler that has it does", "machine");
#define PROPERTY(name, nodes, llcs, cores, threads, says)                                          \
	print_row(#name, says, #nodes "n" #llcs "l" #cores "c" #threads "t");
#include "macros/property.def"
#undef PROPERTY
}

bool kt_cli_help_markdown(const char *topic)
{
	static const struct {
		const char *topic;
		void (*print)(void);
	} tables[] = {{"option", options}, {"environment", environment},
		{"exit-status", exit_statuses}, {"verb", verbs}, {"report", formats}, {"op", ops},
		{"work", works}, {"check", checks}, {"claim", claims}, {"metric", metrics},
		{"detail", details}, {"variant", variants}, {"knob", knobs}, {"canned", canned},
		{"property", properties}};
	for (size_t i = 0; i < KT_ARRAY_LEN(tables); i++)
		if (strcmp(tables[i].topic, topic) == 0) {
			tables[i].print();
			return true;
		}
	return false;
}
