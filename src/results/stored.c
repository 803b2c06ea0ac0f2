// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test's JSON file is the last of its files to be written, and whole: where it is, the test
 * was judged and stored.
 */
#include "results/stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json_read.h"
#include "base/mem.h"
#include "report/sidecar.h"

#define FILE_BYTES_MAX (64u << 20)

struct search {
	const char *dir;
	struct kt_results_record *rec;
	KT_VEC(const char *) known; /* files that REC names, sorted */
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_known(const struct search *s, const char *file)
{
	return s->known.count &&
	       bsearch(&file, s->known.items, s->known.count, sizeof(s->known.items[0]), by_text);
}

static enum kt_verdict_kind verdict_of(const struct kt_json *j)
{
	const char *name = kt_json_get_str(kt_json_get(j, "verdict"), "");
	unsigned kind = 0;
	while (kind < KT_VERDICT_COUNT && strcmp(name, kt_verdict_name(kind)) != 0)
		kind++;
	return (enum kt_verdict_kind)kind;
}

static void add_test(struct kt_results_record *rec, const struct kt_json *j, const char *file)
{
	const char *name = kt_json_get_str(kt_json_get(kt_json_get(j, "test"), "name"), NULL);
	const char *how = kt_json_get_str(kt_json_get(kt_json_get(j, "end"), "how"), "");
	const char *mode = kt_json_get_str(kt_json_get(j, "mode"), "");
	const char *boot = kt_json_get_str(kt_json_get(kt_json_get(j, "kernel"), "boot_id"), "");
	uint64_t schema = kt_json_get_u64(kt_json_get(j, "schema_version"), 0);
	struct kt_results_test t = {
		.repeat = (unsigned)kt_json_get_u64(kt_json_get(j, "repeat"), 1),
		.repeats = (unsigned)kt_json_get_u64(kt_json_get(j, "repeats"), 1),
		.verdict = verdict_of(j),
		.interrupted = strcmp(how, kt_outcome_end_name(KT_END_INTERRUPTED)) == 0,
	};
	if (schema != KT_SIDECAR_SCHEMA || !name || t.verdict == KT_VERDICT_COUNT)
		return;
	t.name = strdup(name);
	t.file = strdup(file);
	if (t.name && t.file && kt_vec_push(&rec->tests, t) == 0) {
		rec->booted += *boot && strcmp(mode, "host") != 0;
		return;
	}
	free(t.name);
	free(t.file);
}

static int look_at(void *arg, const char *name)
{
	struct search *s = arg;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	if (!kt_ends_with(name, ".json") || !strcmp(name, KT_RESULTS_FILE) || is_known(s, name))
		return 0;
	KT_AUTOFREE char *path = kt_strf("%s/%s", s->dir, name);
	if (path && kt_fs_read(path, FILE_BYTES_MAX, &text, NULL) == 0 &&
		kt_json_parse(kt_str_get(&text), text.len, &j, NULL) == 0)
		add_test(s->rec, j, name);
	return 0;
}

void kt_results_stored_add(const char *run_dir, struct kt_results_record *rec)
{
	struct search s = {.dir = run_dir, .rec = rec};
	/* Texts of their own: the vector they come from grows meanwhile, they do not move. */
	bool fits = true;
	kt_vec_each(t, &rec->tests)
		fits = fits && (!t->file || kt_vec_push(&s.known, (const char *)t->file) == 0);
	if (s.known.count)
		qsort(s.known.items, s.known.count, sizeof(s.known.items[0]), by_text);
	if (fits)
		(void)kt_fs_each(run_dir, look_at, &s, NULL); /* what cannot be seen is not shown */
	kt_vec_done(&s.known);
}
