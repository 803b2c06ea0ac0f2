// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr results list|show|clean`: the folder where runs leave their results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/args.h"
#include "cli/subs.h"
#include "cli/verb.h"
#include "results/results.h"
#include "results/clean.h"

#define DEFAULT_DIR  "ktstr-results"
#define DEFAULT_KEEP 10
#define KEEP_MAX     1000000

struct results_args {
	const char *dir;
	uint64_t keep;
	bool json, dry_run, help;
};

static int set_dir(void *target, const char *value, struct kt_err *err)
{
	if (!*value)
		return kt_fail(err, EINVAL, "name a folder", "--dir: the folder's name is empty");
	((struct results_args *)target)->dir = value;
	return 0;
}

static int set_keep(void *target, const char *value, struct kt_err *err)
{
	uint64_t *keep = &((struct results_args *)target)->keep;
	return kt_parse_u64(value, 0, KEEP_MAX, "--keep", keep, err);
}

#define FLAG(name)                                                                                 \
	static int set_##name(void *target, const char *value, struct kt_err *err)                 \
	{                                                                                          \
		(void)value, (void)err;                                                            \
		((struct results_args *)target)->name = true;                                      \
		return 0;                                                                          \
	}
FLAG(json)
FLAG(dry_run)
FLAG(help)
#undef FLAG

#define DIR_OPTION                                                                                 \
	{                                                                                          \
		"dir", 'd', "DIR", "the folder of the runs (./" DEFAULT_DIR ")", set_dir           \
	}
#define HELP_OPTION                                                                                \
	{                                                                                          \
		"help", 'h', NULL, "this text", set_help                                           \
	}

static const struct kt_cli_option list_options[] = {
	DIR_OPTION,
	{"json", 0, NULL, "for programs", set_json},
	HELP_OPTION,
};

static const struct kt_cli_option show_options[] = {
	DIR_OPTION,
	HELP_OPTION,
};

static const struct kt_cli_option clean_options[] = {
	DIR_OPTION,
	{"keep", 'k', "N", "keep the N newest runs (10)", set_keep},
	{"dry-run", 'n', NULL, "only say what would be removed", set_dry_run},
	{"json", 0, NULL, "for programs", set_json},
	HELP_OPTION,
};

static void add_run_json(struct kt_json_out *j, const struct kt_results_run *run)
{
	struct kt_verdict_tally tally = kt_results_record_tally(&run->record);
	kt_json_str(j, "run", run->name);
	kt_json_str(j, "path", run->path);
	kt_json_str(j, "state", kt_results_run_state(run));
	kt_json_str(j, "reason", run->why_not);
	kt_json_str(j, "program", run->record.program);
	kt_json_str(j, "started", run->record.started);
	kt_json_str(j, "ended", run->record.ended);
	kt_json_object(j, "tally");
	for (unsigned i = 0; i < KT_VERDICT_COUNT; i++)
		kt_json_u64(j, kt_verdict_name(i), tally.count[i]);
	kt_json_u64(j, "not_run", kt_results_record_not_run(&run->record));
	kt_json_end_object(j);
	kt_json_u64(j, "bytes", run->bytes);
}

static void print_list_json(const struct kt_results_runs *runs)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json_out j = {.out = &text};
	kt_json_array(&j, NULL);
	kt_vec_each(run, &runs->list) {
		kt_json_object(&j, NULL);
		add_run_json(&j, run);
		kt_json_end_object(&j);
	}
	kt_json_end_array(&j);
	fputs(kt_str_get(&text), stdout);
}

/* "3 passed, 1 failed": what there is of each kind. */
static void add_counts(struct kt_str *out, const struct kt_results_record *rec)
{
	static const char *const words[KT_VERDICT_COUNT] = {
		[KT_VERDICT_SKIP] = "skipped",
		[KT_VERDICT_PASS] = "passed",
		[KT_VERDICT_INCONCLUSIVE] = "inconclusive",
		[KT_VERDICT_FAIL] = "failed",
		[KT_VERDICT_ERROR] = "could not run",
	};
	static const enum kt_verdict_kind order[] = {KT_VERDICT_PASS, KT_VERDICT_FAIL,
		KT_VERDICT_ERROR, KT_VERDICT_INCONCLUSIVE, KT_VERDICT_SKIP};
	struct kt_verdict_tally tally = kt_results_record_tally(rec);
	size_t not_run = kt_results_record_not_run(rec);
	const char *between = "";
	for (size_t i = 0; i < KT_ARRAY_LEN(order); i++) {
		if (!tally.count[order[i]])
			continue;
		kt_str_addf(out, "%s%u %s", between, tally.count[order[i]], words[order[i]]);
		between = ", ";
	}
	if (not_run || !*between)
		kt_str_addf(out, "%s%zu not run", between, not_run);
}

static void print_run(const struct kt_results_run *run)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str counts = {0};
	add_counts(&counts, &run->record);
	printf("%-21s %-12s %-20s %8.1f KiB  %s\n", run->name, kt_results_run_state(run),
		run->record.program ?: "?", (double)run->bytes / 1024,
		run->has_record ? kt_str_get(&counts) : run->why_not ?: "it has no run.json");
}

static int do_list(void *args, const char *operand, struct kt_err *err)
{
	struct results_args *a = args;
	(void)operand;
	KT_AUTO_DONE(kt_results_runs_done) struct kt_results_runs runs = {0};
	int r = kt_results_runs_read(a->dir, &runs, err);
	if (r < 0)
		return r;
	if (a->json) {
		print_list_json(&runs);
		return 0;
	}
	if (!runs.list.count) {
		fprintf(stderr, "ktstr: no runs in %s; --dir names another folder\n", a->dir);
		return 0;
	}
	printf("%-21s %-12s %-20s %12s  %s\n", "RUN (UTC)", "STATE", "PROGRAM", "SIZE", "TESTS");
	kt_vec_each(run, &runs.list)
		print_run(run);
	return 0;
}

static int no_such_run(
	const struct kt_results_runs *runs, const char *dir, const char *name, struct kt_err *err)
{
	KT_AUTOFREE const char **names = calloc(runs->list.count + 1, sizeof(*names));
	for (size_t i = 0; names && i < runs->list.count; i++)
		names[i] = runs->list.items[i].name;
	const char *near = names ? kt_nearest(name, names, runs->list.count) : NULL;
	int r = kt_fail(
		err, ENOENT, "'ktstr results list' shows the runs", "no run '%s' in %s", name, dir);
	if (near)
		kt_fix(err, "did you mean '%s'? 'ktstr results list' shows the runs", near);
	return r;
}

static void print_tests(const struct kt_results_run *run)
{
	const struct kt_results_record *rec = &run->record;
	KT_AUTO_DONE(kt_str_done) struct kt_str counts = {0};
	add_counts(&counts, rec);
	printf("%s: %s, %s\n", run->name, kt_results_run_state(run), kt_str_get(&counts));
	printf("command     %s\nstarted     %s\nended       %s\n", rec->command ?: "?",
		rec->started ?: "?", rec->ended ?: "-");
	printf("kernel      %s\naccelerator %s\nfolder      %s\n", rec->kernel_id ?: "?",
		rec->accel_name ?: "?", run->path);
	kt_vec_each(t, &rec->tests) {
		printf("%-12s %s", t->interrupted ? "interrupted" : kt_verdict_name(t->verdict),
			t->name);
		if (t->repeats > 1)
			printf(" (repeat %u of %u)", t->repeat, t->repeats);
		printf("  %s\n", t->file ?: "(could not be stored)");
	}
}

/* Without an operand: the newest run. */
static int do_show(void *args, const char *operand, struct kt_err *err)
{
	struct results_args *a = args;
	KT_AUTO_DONE(kt_results_runs_done) struct kt_results_runs runs = {0};
	int r = kt_results_runs_read(a->dir, &runs, err);
	if (r < 0)
		return r;
	kt_vec_each(run, &runs.list) {
		if (operand && strcmp(operand, KT_RESULTS_LATEST) != 0 &&
			strcmp(operand, run->name) != 0)
			continue;
		if (!run->has_record) {
			r = kt_fail(err, EINVAL, "remove it", "run '%s' cannot be shown: %s",
				run->name, run->why_not);
			kt_fix(err,
				"'ktstr results clean' removes it when nothing else is in it; "
				"else look into '%s', and remove it by hand",
				run->path);
			return r;
		}
		print_tests(run);
		return 0;
	}
	return no_such_run(&runs, a->dir, operand ?: KT_RESULTS_LATEST, err);
}

struct cleaned {
	const struct results_args *args;
	struct kt_json_out *json; /* NULL: lines for people */
	unsigned removed, skipped, failed;
	uint64_t bytes;
};

static void on_cleaned(
	void *arg, const struct kt_results_run *run, enum kt_results_done done, const char *why)
{
	struct cleaned *c = arg;
	static const char *const words[] = {
		[KT_CLEAN_REMOVED] = "removed",
		[KT_CLEAN_SKIPPED] = "skipped",
		[KT_CLEAN_FAILED] = "failed",
	};
	bool is_removed = done == KT_CLEAN_REMOVED;
	const char *word = is_removed && c->args->dry_run ? "would remove" : words[done];
	c->removed += is_removed;
	c->skipped += done == KT_CLEAN_SKIPPED;
	c->failed += done == KT_CLEAN_FAILED;
	c->bytes += is_removed ? run->bytes : 0;
	if (!c->json) {
		printf("%s %s (%.1f KiB)%s%s\n", word, run->name, (double)run->bytes / 1024,
			why ? ": " : "", why ?: "");
		return;
	}
	kt_json_object(c->json, NULL);
	kt_json_str(c->json, "done", word);
	kt_json_str(c->json, "why", why);
	add_run_json(c->json, run);
	kt_json_end_object(c->json);
}

static int do_clean(void *args, const char *operand, struct kt_err *err)
{
	struct results_args *a = args;
	(void)operand;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json_out j = {.out = &text};
	struct cleaned c = {.args = a, .json = a->json ? &j : NULL};
	struct kt_results_cleaning cleaning = {
		.keep = (unsigned)a->keep, .dry_run = a->dry_run, .on_run = on_cleaned, .arg = &c};
	kt_json_array(&j, NULL);
	int r = kt_results_clean(a->dir, &cleaning, err);
	kt_json_end_array(&j);
	if (a->json)
		fputs(kt_str_get(&text), stdout);
	else if (r == 0 || c.removed + c.skipped + c.failed)
		printf("%s %u run%s, %.1f KiB; %u skipped%s\n",
			a->dry_run ? "would remove" : "removed", c.removed,
			c.removed == 1 ? "" : "s", (double)c.bytes / 1024, c.skipped,
			c.failed ? "; some could not be removed" : "");
	return r;
}

static const struct kt_cli_sub subs[] = {
	{"list", NULL, "the runs, newest first", list_options, KT_ARRAY_LEN(list_options), do_list},
	{"show", "[RUN]", "the tests of a run (the newest), and where their files are",
		show_options, KT_ARRAY_LEN(show_options), do_show},
	{"clean", NULL, "remove old runs, but none that is running", clean_options,
		KT_ARRAY_LEN(clean_options), do_clean},
};

int kt_cli_results(int argc, char **argv)
{
	static const struct kt_cli_subs table = {"results", subs, KT_ARRAY_LEN(subs)};
	struct results_args a = {.dir = DEFAULT_DIR, .keep = DEFAULT_KEEP};
	return kt_cli_subs_run(&table, &a, &a.help, argc, argv);
}
