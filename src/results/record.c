// SPDX-License-Identifier: GPL-2.0-only
/* run.json there and back. A member that is missing or of another type reads as not known. */
#include "results/record.h"

#include <ktstr/version.h>

#include <string.h>

#include "base/fs.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"

#define FILE_BYTES_MAX (64u << 20)

static const char *const state_names[KT_RESULTS_STATE_COUNT] = {
	[KT_RESULTS_RUNNING] = "running",
	[KT_RESULTS_FINISHED] = "finished",
	[KT_RESULTS_INTERRUPTED] = "interrupted",
	[KT_RESULTS_DIED] = "died",
};

void kt_results_record_done(struct kt_results_record *rec)
{
	kt_vec_each(t, &rec->tests) {
		free(t->name);
		free(t->file);
	}
	kt_vec_done(&rec->tests);
	free(rec->program);
	free(rec->command);
	free(rec->started);
	free(rec->ended);
	free(rec->host);
	free(rec->boot_id);
	free(rec->accel_name);
	free(rec->accel_reason);
	free(rec->kernel_id);
	free(rec->kernel_path);
	free(rec->kernel_kind);
	*rec = (struct kt_results_record){0};
}

const char *kt_results_state_name(enum kt_results_state state)
{
	return state < KT_RESULTS_STATE_COUNT ? state_names[state] : "unknown";
}

struct kt_verdict_tally kt_results_record_tally(const struct kt_results_record *rec)
{
	struct kt_verdict_tally tally = {0};
	kt_vec_each(t, &rec->tests)
		tally.count[t->verdict] += !t->interrupted;
	return tally;
}

size_t kt_results_record_not_run(const struct kt_results_record *rec)
{
	struct kt_verdict_tally tally = kt_results_record_tally(rec);
	size_t done = 0;
	for (unsigned i = 0; i < KT_VERDICT_COUNT; i++)
		done += tally.count[i];
	return rec->total > done ? rec->total - done : 0;
}

static void write_machine(const struct kt_results_record *rec, struct kt_json_out *j)
{
	kt_json_object(j, "host");
	kt_json_str(j, "uname", rec->host);
	kt_json_str(j, "boot_id", rec->boot_id);
	kt_json_end_object(j);
	kt_json_object(j, "accelerator");
	kt_json_str(j, "name", rec->accel_name);
	kt_json_str(j, "reason", rec->accel_reason);
	kt_json_end_object(j);
	kt_json_object(j, "kernel");
	kt_json_str(j, "id", rec->kernel_id);
	kt_json_str(j, "path", rec->kernel_path);
	kt_json_str(j, "kind", rec->kernel_kind);
	kt_json_end_object(j);
}

static void write_tests(const struct kt_results_record *rec, struct kt_json_out *j)
{
	struct kt_verdict_tally tally = kt_results_record_tally(rec);
	kt_json_object(j, "tally");
	kt_json_u64(j, "total", rec->total);
	for (unsigned i = 0; i < KT_VERDICT_COUNT; i++)
		kt_json_u64(j, kt_verdict_name(i), tally.count[i]);
	kt_json_u64(j, "not_run", kt_results_record_not_run(rec));
	kt_json_end_object(j);
	kt_json_u64(j, "kernels_booted", rec->booted);
	kt_json_array(j, "tests");
	kt_vec_each(t, &rec->tests) {
		kt_json_object(j, NULL);
		kt_json_str(j, "name", t->name);
		kt_json_u64(j, "repeat", t->repeat);
		kt_json_u64(j, "repeats", t->repeats);
		kt_json_str(j, "verdict", kt_verdict_name(t->verdict));
		kt_json_bool(j, "interrupted", t->interrupted);
		kt_json_str(j, "file", t->file);
		kt_json_end_object(j);
	}
	kt_json_end_array(j);
}

void kt_results_record_json(
	const struct kt_results_record *rec, const char *run, struct kt_str *out)
{
	struct kt_json_out j = {.out = out};
	kt_json_object(&j, NULL);
	kt_json_u64(&j, "schema_version", KT_RESULTS_SCHEMA);
	kt_json_str(&j, "ktstr_version", KTSTR_VERSION);
	kt_json_str(&j, "run", run);
	kt_json_str(&j, "state", kt_results_state_name(rec->state));
	if (rec->state == KT_RESULTS_RUNNING)
		kt_json_str(&j, "exit_status", NULL);
	else
		kt_json_i64(&j, "exit_status", rec->exit_status);
	kt_json_str(&j, "program", rec->program);
	kt_json_str(&j, "command", rec->command);
	kt_json_str(&j, "started", rec->started);
	kt_json_str(&j, "ended", rec->ended);
	kt_json_u64(&j, "seed", rec->seed);
	write_machine(rec, &j);
	write_tests(rec, &j);
	kt_json_end_object(&j);
}

/* A copy of the text at "KEY" or "OBJECT.KEY"; NULL when there is none. */
static char *text_of(const struct kt_json *j, const char *object, const char *key)
{
	const char *text =
		kt_json_get_str(kt_json_get(object ? kt_json_get(j, object) : j, key), NULL);
	return text ? strdup(text) : NULL;
}

/* Index of TEXT among COUNT names of FN, COUNT when it is none. */
static unsigned index_of(const char *text, const char *(*name)(unsigned), unsigned count)
{
	unsigned i = 0;
	while (i < count && (!text || strcmp(text, name(i)) != 0))
		i++;
	return i;
}

static const char *state_name(unsigned i)
{
	return kt_results_state_name((enum kt_results_state)i);
}

static const char *verdict_name(unsigned i)
{
	return kt_verdict_name((enum kt_verdict_kind)i);
}

/* False when memory is out. A test whose verdict nobody knows is left out. */
static bool read_test(const struct kt_json *j, struct kt_results_record *rec)
{
	const char *verdict = kt_json_get_str(kt_json_get(j, "verdict"), NULL);
	struct kt_results_test t = {
		.repeat = (unsigned)kt_json_get_u64(kt_json_get(j, "repeat"), 1),
		.repeats = (unsigned)kt_json_get_u64(kt_json_get(j, "repeats"), 1),
		.verdict = (enum kt_verdict_kind)index_of(verdict, verdict_name, KT_VERDICT_COUNT),
		.interrupted = kt_json_get_bool(kt_json_get(j, "interrupted"), false),
	};
	if (t.verdict == KT_VERDICT_COUNT)
		return true;
	t.name = text_of(j, NULL, "name");
	t.file = text_of(j, NULL, "file");
	if (t.name && kt_vec_push(&rec->tests, t) == 0)
		return true;
	free(t.name);
	free(t.file);
	return false;
}

static bool read_members(const struct kt_json *j, struct kt_results_record *rec)
{
	const struct kt_json *tests = kt_json_get(j, "tests");
	rec->program = text_of(j, NULL, "program");
	rec->command = text_of(j, NULL, "command");
	rec->started = text_of(j, NULL, "started");
	rec->ended = text_of(j, NULL, "ended");
	rec->host = text_of(j, "host", "uname");
	rec->boot_id = text_of(j, "host", "boot_id");
	rec->accel_name = text_of(j, "accelerator", "name");
	rec->accel_reason = text_of(j, "accelerator", "reason");
	rec->kernel_id = text_of(j, "kernel", "id");
	rec->kernel_path = text_of(j, "kernel", "path");
	rec->kernel_kind = text_of(j, "kernel", "kind");
	rec->seed = kt_json_get_u64(kt_json_get(j, "seed"), 0);
	rec->exit_status = (int)kt_json_get_u64(kt_json_get(j, "exit_status"), 0);
	rec->total = kt_json_get_u64(kt_json_get(kt_json_get(j, "tally"), "total"), 0);
	rec->booted = (unsigned)kt_json_get_u64(kt_json_get(j, "kernels_booted"), 0);
	for (size_t i = 0; i < kt_json_count(tests); i++)
		if (!read_test(kt_json_at(tests, i), rec))
			return false;
	return true;
}

int kt_results_record_read(const char *run_dir, struct kt_results_record *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_FILE, run_dir);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = kt_fs_read(path, FILE_BYTES_MAX, &text, err);
	if (r < 0)
		return r;
	r = kt_json_parse(kt_str_get(&text), text.len, &j, err);
	if (r < 0)
		return kt_wrap(err, r, "'%s'", path);

	const char *state = kt_json_get_str(kt_json_get(j, "state"), NULL);
	uint64_t schema = kt_json_get_u64(kt_json_get(j, "schema_version"), 0);
	rec.state = (enum kt_results_state)index_of(state, state_name, KT_RESULTS_STATE_COUNT);
	if (schema != KT_RESULTS_SCHEMA || rec.state == KT_RESULTS_STATE_COUNT)
		return kt_fail(err, EINVAL, "use the ktstr that wrote it, or remove it by hand",
			"'%s' is not what this version of ktstr writes", path);
	if (!read_members(j, &rec))
		return kt_fail(err, ENOMEM, "free some memory", "'%s' is too large", path);
	*ret = rec;
	rec = (struct kt_results_record){0};
	return 0;
}
