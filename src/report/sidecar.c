// SPDX-License-Identifier: GPL-2.0-only
/* The JSON object of a run, part by part, and its files. The parts with lists: sidecar_parts.c. */
#include "report/sidecar.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "report/check.h"
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

static void write_checks(const struct kt_outcome *o, struct kt_json_out *j)
{
	struct ktstr_checks c = kt_check_effective(&o->test->checks);

	kt_json_object(j, "checks");
#define CHECK(name, type, limit, unit, sentence)                                                   \
	if (c.name != 0)                                                                           \
		kt_json_f64(j, #name, (double)c.name);
#include "macros/check.def"
#undef CHECK
	kt_json_end_object(j);
}

static void write_machine(const struct kt_outcome *o, struct kt_json_out *j)
{
	char topo[KT_TOPO_TEXT_BYTES] = "";

	kt_json_object(j, "accelerator");
	kt_json_str(j, "name", o->accel_name);
	kt_json_str(j, "reason", o->accel_reason);
	kt_json_f64(j, "mips", o->accel_mips);
	kt_json_end_object(j);

	kt_json_object(j, "kernel");
	kt_json_str(j, "id", o->kernel_id);
	kt_json_str(j, "path", o->kernel_path);
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

static void write_console(const struct kt_outcome *o, struct kt_json_out *j)
{
	KT_AUTOFREE char *name = kt_sidecar_file_name(o->test->name);
	KT_AUTOFREE char *file = name ? kt_strf("%s.console.txt", name) : NULL;

	kt_json_object(j, "console");
	kt_json_str(j, "file", file);
	kt_json_u64(j, "bytes", o->console.len);
	kt_json_u64(j, "bytes_cut", o->console_cut_bytes);
	kt_json_end_object(j);
}

void kt_sidecar_json(const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	struct kt_json_out j = {.out = out};

	kt_json_object(&j, NULL);
	kt_json_u64(&j, "schema_version", KT_SIDECAR_SCHEMA);
	write_test(o, &j);
	write_verdict(v, &j);
	write_checks(o, &j);
	write_machine(o, &j);
	write_end(o, &j);
	kt_sidecar_times(o, &j);
	kt_sidecar_workers(o, &j);
	kt_sidecar_host(o, &j);
	kt_sidecar_findings(o, &j);
	write_console(o, &j);
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

int kt_sidecar_write(
	const struct kt_outcome *o, const struct kt_verdict *v, const char *dir, struct kt_err *err)
{
	KT_AUTOFREE char *name = kt_sidecar_file_name(o->test->name);
	KT_AUTOFREE char *json_path = name ? kt_strf("%s/%s.json", dir, name) : NULL;
	KT_AUTOFREE char *console_path = name ? kt_strf("%s/%s.console.txt", dir, name) : NULL;
	KT_AUTO_DONE(kt_str_done) struct kt_str json = {0};
	int r;

	kt_sidecar_json(o, v, &json);
	if (!json_path || !console_path || json.failed)
		return kt_fail(err, ENOMEM, "free some memory and run the test again",
			"result of test '%s' does not fit into memory", o->test->name);
	if ((r = kt_fs_mkdirs(dir, err)) < 0)
		return r;
	/* the console first: a result file never names one that is not there */
	if ((r = kt_fs_replace(console_path, kt_str_get(&o->console), o->console.len, err)) < 0)
		return r;
	return kt_fs_replace(json_path, json.text, json.len, err);
}
