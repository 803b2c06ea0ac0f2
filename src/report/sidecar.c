// SPDX-License-Identifier: GPL-2.0-only
/* The JSON object of a run, part by part, and its files. The parts with lists: sidecar_parts.c. */
#include "report/sidecar.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "report/limits.h"
#include "report/payloads.h"
#include "report/sidecar_parts.h"
#include "topo/spec.h"

/* Longer names are cut, with a hash in place of the rest, to leave room for the suffix. */
#define NAME_MAX_BYTES 200u

static void write_test(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_object(j, "test");
	kt_json_str(j, "name", o->test->name);
	kt_json_str(j, "description", o->test->description);
	kt_json_str(j, "file", o->test->file);
	kt_json_u64(j, "line", (uint64_t)o->test->line);
	kt_json_end_object(j);
	kt_json_str(j, "command", o->command);
}

static void write_list(const char *const *list, const char *key, struct kt_json_out *j)
{
	kt_json_array(j, key);
	for (; list && *list; list++)
		kt_json_str(j, NULL, *list);
	kt_json_end_array(j);
}

/* What the run was asked for beyond the test's own description. */
static void write_asked(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_u64(j, "seed", o->seed);
	kt_json_u64(j, "repeat", KT_MAX(o->repeat, 1u));
	kt_json_u64(j, "repeats", KT_MAX(o->repeats, 1u));
	kt_json_u64(j, "memory_mib", o->memory_mib);
	kt_json_str(j, "append", o->append);
	write_list(o->sysctls, "sysctls", j);
	write_list(o->includes, "includes", j);
}

static void write_detail(const struct kt_verdict_detail *d, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "verdict", kt_verdict_name(d->kind));
	kt_json_str(j, "name", d->name);
	kt_json_str(j, "where", d->where);
	if (d->phase != KT_VERDICT_NO_PHASE)
		kt_json_u64(j, "phase", (uint64_t)d->phase);
	if (d->has_value) {
		kt_json_f64(j, "value", d->value);
		kt_json_f64(j, "bound", d->bound);
		kt_json_str(j, "unit", d->unit);
	}
	kt_json_str(j, "text", d->text);
	kt_json_str(j, "fix", d->fix);
	kt_json_end_object(j);
}

static void write_verdict(const struct kt_verdict *v, struct kt_json_out *j)
{
	kt_json_str(j, "verdict", kt_verdict_name(v->kind));
	kt_json_array(j, "details");
	kt_vec_each(d, &v->details)
		write_detail(d, j);
	kt_json_end_array(j);
	kt_json_u64(j, "details_not_kept", v->more);
}

/* Those of the test, whether or not the run came so far that they were judged. */
static void write_check(const struct kt_verdict_check *c, struct kt_json_out *j)
{
	kt_json_object(j, NULL);
	kt_json_str(j, "name", c->name);
	kt_json_f64(j, "limit", c->limit);
	kt_json_str(j, "unit", c->unit);
	kt_json_str(j, "layer", c->layer);
	kt_json_str(j, "verdict", kt_verdict_name(c->kind));
	kt_json_u64(j, "judged", c->judged);
	if (c->judged)
		kt_json_f64(j, "worst", c->worst);
	else
		kt_json_str(j, "worst", NULL);
	kt_json_end_object(j);
}

static const struct kt_verdict_check *find_check(const struct kt_verdict *v, const char *name)
{
	kt_vec_each(c, &v->checks)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static void write_checks(
	const struct kt_outcome *o, const struct kt_verdict *v, struct kt_json_out *j)
{
	struct kt_limits limits;

	kt_limits_merge(o->test, o->kernel_slowness, &limits);
	kt_json_array(j, "checks");
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		const struct kt_check_info *row = kt_check_info((enum kt_check_id)i);
		const struct kt_verdict_check *judged = find_check(v, row->name);
		const struct kt_verdict_check asked = {.name = row->name,
			.unit = row->unit,
			.layer = kt_limit_layer_name(limits.of[i].layer),
			.limit = limits.of[i].value,
			.kind = KT_VERDICT_SKIP};

		if (limits.of[i].on)
			write_check(judged ?: &asked, j);
	}
	kt_json_end_array(j);
}

static void write_machine(const struct kt_outcome *o, struct kt_json_out *j)
{
	char topo[KT_TOPO_TEXT_BYTES] = "";

	kt_json_str(j, "mode", o->test->host_only ? "host" : "guest");
	kt_json_object(j, "accelerator");
	kt_json_str(j, "name", o->accel_name);
	kt_json_str(j, "reason", o->accel_reason);
	kt_json_f64(j, "mips", o->accel_mips);
	kt_json_end_object(j);

	kt_json_object(j, "kernel");
	kt_json_str(j, "id", o->kernel_id);
	kt_json_str(j, "path", o->kernel_path);
	kt_json_str(j, "kind", o->kernel_kind);
	if (o->kernel_slowness > 0)
		kt_json_f64(j, "slowness", o->kernel_slowness);
	else
		kt_json_str(j, "slowness", NULL);
	kt_json_str(j, "release", o->release);
	kt_json_str(j, "boot_id", o->boot_id);
	kt_json_str(j, "cmdline", o->kernel_cmdline);
	kt_json_end_object(j);

	kt_json_object(j, "topology");
	kt_json_str(j, "spec", o->topo.nodes ? kt_topo_text(&o->topo, topo) : NULL);
	kt_json_str(j, "asked", o->topo_asked);
	kt_json_str(j, "seen", o->topo_seen);
	kt_json_str(j, "difference", o->topo_difference);
	kt_json_end_object(j);
}

static void write_end(const struct kt_outcome *o, struct kt_json_out *j)
{
	kt_json_object(j, "end");
	kt_json_str(j, "how", kt_outcome_end_name(o->end));
	kt_json_str(j, "stage", kt_outcome_stage_name(o->end_stage));
	kt_json_bool(j, "finished", o->finished);
	kt_json_str(j, "text", o->end_text);
	kt_json_end_object(j);
	if (!o->crash.seen)
		return;
	kt_json_object(j, "crash");
	kt_json_u64(j, "phase", o->crash.phase);
	kt_json_i64(j, "signal", o->crash.signal);
	kt_json_i64(j, "exit_status", o->crash.exit_status);
	kt_json_str(j, "text", o->crash.text);
	kt_json_end_object(j);
}

/* null: the file that is not there. */
static void write_file_name(const char *stem, const char *suffix, struct kt_json_out *j)
{
	KT_AUTOFREE char *file = stem && suffix ? kt_strf("%s.%s", stem, suffix) : NULL;

	kt_json_str(j, "file", file);
}

static void write_console(const struct kt_outcome *o, const char *stem, struct kt_json_out *j)
{
	kt_json_object(j, "console");
	write_file_name(stem, "console.txt", j);
	kt_json_u64(j, "bytes", o->console.len);
	kt_json_u64(j, "bytes_cut", o->console_cut_bytes);
	kt_json_end_object(j);
}

/* Why there is no log, or not all of it; NULL when there is. */
static const char *dmesg_reason(const struct kt_outcome *o)
{
	if (o->dmesg_cut_bytes)
		return "older lines were left out: there is more than is kept";
	if (o->dmesg_lost_records)
		return "the kernel's own buffer had no room for the oldest records";
	if (o->dmesg_ended)
		return NULL;
	if (o->dmesg.len)
		return "the machine ended while it was being sent";
	if (o->end == KT_END_DONE)
		return "this machine's log could not be read";
	if (o->end_stage < KT_STAGE_BOOT)
		return "there was no machine";
	return "the machine ended before it was sent; see the console";
}

static void write_dmesg(const struct kt_outcome *o, const char *stem, struct kt_json_out *j)
{
	const char *reason = dmesg_reason(o);

	kt_json_object(j, "dmesg");
	write_file_name(stem, o->dmesg.len ? "dmesg.txt" : NULL, j);
	kt_json_u64(j, "bytes", o->dmesg.len);
	kt_json_u64(j, "bytes_cut", o->dmesg_cut_bytes);
	kt_json_u64(j, "records_lost", o->dmesg_lost_records);
	kt_json_bool(j, "complete", !reason);
	kt_json_str(j, "reason", reason);
	kt_json_end_object(j);
}

void kt_sidecar_json(const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	struct kt_json_out j = {.out = out};
	KT_AUTOFREE char *stem = kt_sidecar_stem(o);

	kt_json_object(&j, NULL);
	kt_json_u64(&j, "schema_version", KT_SIDECAR_SCHEMA);
	write_test(o, &j);
	write_asked(o, &j);
	write_verdict(v, &j);
	write_checks(o, v, &j);
	write_machine(o, &j);
	write_end(o, &j);
	kt_sidecar_times(o, &j);
	kt_sidecar_workers(o, &j);
	kt_sidecar_payloads(o, &j);
	kt_sidecar_host(o, &j);
	kt_sidecar_findings(o, &j);
	write_console(o, stem, &j);
	write_dmesg(o, stem, &j);
	kt_json_end_object(&j);
}

char *kt_sidecar_file_name(const char *name)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};

	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (isalnum(c) || c == '_' || c == '-' || (c == '.' && p > name))
			kt_str_add_bytes(&s, p, 1);
		else
			kt_str_addf(&s, "%%%02X", c);
	}
	if (s.len > NAME_MAX_BYTES) {
		kt_str_cut(&s, NAME_MAX_BYTES - 17);
		kt_str_addf(&s, "-%016jx", (uintmax_t)kt_hash64(name, strlen(name)));
	}
	return kt_str_take(&s);
}

char *kt_sidecar_stem(const struct kt_outcome *o)
{
	KT_AUTOFREE char *name = kt_sidecar_file_name(o->test->name);

	return !name || o->repeat < 2 ? KT_TAKE(name) : kt_strf("%s.r%u", name, o->repeat);
}

/* The files of one result; the last names the others. */
struct files {
	const char *suffix;
	const char *data;
	size_t bytes;
	bool is_wanted;
};

static int write_file(const char *dir, const char *stem, const struct files *f, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s.%s", dir, stem, f->suffix);

	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for a path");
	if (f->is_wanted)
		return kt_fs_replace(path, f->data, f->bytes, err);
	/* An earlier run's file would be taken for this one's. Mostly there is none. */
	(void)unlink(path);
	return 0;
}

static void remove_files(const char *dir, const char *stem, const struct files *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		KT_AUTOFREE char *path = kt_strf("%s/%s.%s", dir, stem, files[i].suffix);

		if (path)
			(void)unlink(path); /* what failed before is what the caller is told */
	}
}

int kt_sidecar_write(
	const struct kt_outcome *o, const struct kt_verdict *v, const char *dir, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str json = {0};
	KT_AUTOFREE char *stem = kt_sidecar_stem(o);
	int r;

	kt_sidecar_json(o, v, &json);
	if (!stem || json.failed)
		return kt_fail(err, ENOMEM, "free some memory and run the test again",
			"result of test '%s' does not fit into memory", o->test->name);
	if ((r = kt_fs_mkdirs(dir, err)) < 0)
		return r;
	const struct files files[] = {
		{"console.txt", kt_str_get(&o->console), o->console.len, true},
		{"dmesg.txt", kt_str_get(&o->dmesg), o->dmesg.len, o->dmesg.len > 0},
		{"json", json.text, json.len, true},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(files); i++) {
		if ((r = write_file(dir, stem, &files[i], err)) == 0)
			continue;
		remove_files(dir, stem, files, KT_ARRAY_LEN(files));
		return kt_wrap(err, r, "storing the result of test '%s'", o->test->name);
	}
	return 0;
}
