// SPDX-License-Identifier: GPL-2.0-only
/* The result file, read back. */
#include "report/sidecar.h"

#include <criterion/criterion.h>

#include "base/fs.h"
#include "base/json_read.h"
#include "unit/report/sample.h"
#include "unit/tmpdir.h"

static struct ktstr_test test;
static struct kt_outcome o;
static struct kt_verdict v;

static void setup(void)
{
	test = sample_plain;
	v = (struct kt_verdict){.kind = KT_VERDICT_SKIP};
	sample_init(&o, &test);
	tmpdir_make();
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
	tmpdir_remove();
}

static struct kt_json *json_of(void)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_json *root = NULL;
	struct kt_err err = {0};

	kt_verdict_judge(&o, &v);
	kt_sidecar_json(&o, &v, &text);
	cr_assert_eq(
		kt_json_parse(text.text, text.len, &root, &err), 0, "%s\n%s", err.text, text.text);
	return root;
}

/* The value at "a.b.0.c". */
static const struct kt_json *at(const struct kt_json *j, const char *path)
{
	char copy[128], *rest = copy, *part;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((part = strsep(&rest, ".")))
		j = *part >= '0' && *part <= '9' ? kt_json_at(j, (size_t)atoi(part))
						 : kt_json_get(j, part);
	return j;
}

static const char *str_at(const struct kt_json *j, const char *path)
{
	return kt_json_get_str(at(j, path), "(missing)");
}

TestSuite(sidecar, .init = setup, .fini = done);

Test(sidecar, says_what_ran_where_and_how_it_went)
{
	snprintf(o.accel_name, sizeof(o.accel_name), "kvm");
	snprintf(o.accel_reason, sizeof(o.accel_reason), "runs a stock kernel");
	snprintf(o.release, sizeof(o.release), "6.12.1-ktstr");
	snprintf(o.boot_id, sizeof(o.boot_id), "b00t");
	o.stage_ms[KT_STAGE_BOOT] = 900;
	sample_host(&o, 40);
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_get_u64(at(j, "schema_version"), 0), KT_SIDECAR_SCHEMA);
	cr_assert_str_eq(str_at(j, "test.name"), "first");
	cr_assert_str_eq(str_at(j, "verdict"), "PASS");
	cr_assert_eq(kt_json_count(at(j, "details")), 0);
	cr_assert_str_eq(str_at(j, "accelerator.name"), "kvm");
	cr_assert_str_eq(str_at(j, "accelerator.reason"), "runs a stock kernel");
	cr_assert_str_eq(str_at(j, "kernel.release"), "6.12.1-ktstr");
	cr_assert_str_eq(str_at(j, "kernel.boot_id"), "b00t");
	cr_assert_str_eq(str_at(j, "topology.spec"), "1n2l2c1t");
	cr_assert_eq(kt_json_get_u64(at(j, "timings_ms.boot"), 0), 900);
	cr_assert_eq(kt_json_get_u64(at(j, "phases.1.at_ms"), 0), 5);
	cr_assert_eq(kt_json_get_u64(at(j, "host_delay.vcpus.max_ns"), 0), 40 * KT_NS_PER_MS);
	cr_assert_eq(kt_json_kind(at(j, "host_delay.outer")), KT_JSON_NULL);
}

Test(sidecar, points_in_time_that_were_not_reached_are_null)
{
	o.clock = (struct kt_outcome_clock){.kvm_run_ns = 5, .hello_ns = 7, .end_ns = 1ull << 60};
	o.host_memory_bytes = 12345;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_get_u64(at(j, "clock_ns.kvm_run"), 0), 5);
	cr_assert_eq(kt_json_get_u64(at(j, "clock_ns.hello"), 0), 7);
	cr_assert_eq(kt_json_kind(at(j, "clock_ns.ready")), KT_JSON_NULL);
	cr_assert_eq(kt_json_get_u64(at(j, "clock_ns.end"), 0), 1ull << 60);
	cr_assert_eq(kt_json_get_u64(at(j, "host_memory_bytes"), 0), 12345);
}

Test(sidecar, ends_with_one_newline_so_that_results_can_follow_each_other)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_verdict_judge(&o, &v);
	kt_sidecar_json(&o, &v, &text);
	cr_assert(kt_ends_with(text.text, "}\n"));
}

Test(sidecar, a_sum_of_delays_nobody_knows_is_null)
{
	o.outer_delay = (struct kt_outcome_delay){.known = true, .threads = 2, .max_ns = 7};
	struct kt_json *j = json_of();
	cr_assert_eq(kt_json_kind(at(j, "host_delay.outer.total_ns")), KT_JSON_NULL);
	kt_json_free(j);
}

Test(sidecar, what_was_not_measured_of_a_worker_is_null)
{
	static const char *const figures[] = {"picks", "pages_total", "pages_expected",
		"pages_slow", "pages_by_node", "pages_migrated"};
	o.workers.items[1].measured = 0;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_get_u64(at(j, "workers.0.picks"), 0), 120);
	cr_assert_eq(kt_json_get_u64(at(j, "workers.0.pages_expected"), 0), 60);
	cr_assert_str_eq(str_at(j, "workers.0.pages_by_node"), "0:60 1:4");
	cr_assert_str_eq(str_at(j, "workers.0.migrations_text"), "0>1@12ms 1>0@15ms");
	for (size_t i = 0; i < KT_ARRAY_LEN(figures); i++) {
		char path[64];

		snprintf(path, sizeof(path), "workers.1.%s", figures[i]);
		cr_assert_not_null(at(j, path));
		cr_assert_eq(kt_json_get_u64(at(j, path), 77), 77, "%s is a number", path);
		cr_assert_str_eq(str_at(j, path), "(missing)", "%s is a text", path);
	}
}

Test(sidecar, every_worker_is_there_with_its_counters)
{
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_count(at(j, "workers")), SAMPLE_WORKERS);
	cr_assert_str_eq(str_at(j, "workers.2.cgroup"), "right");
	cr_assert_eq(kt_json_get_u64(at(j, "workers.2.index"), 9), 1);
	cr_assert_str_eq(str_at(j, "workers.2.kind"), "spin_wait");
	cr_assert_eq(kt_json_get_u64(at(j, "workers.0.iterations"), 0), 3000);
	cr_assert_str_eq(str_at(j, "workers.0.cpus_used"), "0-1");
	cr_assert(kt_json_get_bool(at(j, "workers.0.completed"), false));
}

Test(sidecar, a_failed_check_brings_value_bound_and_unit)
{
	test.checks.max_gap_ms = 10;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_str_eq(str_at(j, "verdict"), "FAIL");
	cr_assert_str_eq(str_at(j, "details.0.name"), "max_gap_ms");
	cr_assert_str_eq(str_at(j, "details.0.where"), "worker 0 of left");
	cr_assert_eq(kt_json_get_f64(at(j, "details.0.value"), 0), 12);
	cr_assert_eq(kt_json_get_f64(at(j, "details.0.bound"), 0), 10);
	cr_assert_str_eq(str_at(j, "details.0.unit"), "ms");
	cr_assert_eq(kt_json_get_u64(at(j, "details.0.phase"), 0), 1);
	cr_assert_str_eq(str_at(j, "checks.0.name"), "max_gap_ms");
	cr_assert_str_eq(str_at(j, "checks.0.verdict"), "FAIL");
	cr_assert_str_eq(str_at(j, "checks.0.layer"), "test");
	cr_assert_eq(kt_json_get_f64(at(j, "checks.0.limit"), 0), 10);
	cr_assert_eq(kt_json_get_u64(at(j, "checks.0.judged"), 0), 3);
	cr_assert_eq(kt_json_get_f64(at(j, "checks.0.worst"), 0), 12);
}

Test(sidecar, checks_of_a_run_that_was_not_judged_are_skipped_ones)
{
	test.checks = (struct ktstr_checks){.isolation = true, .max_migrations = KTSTR_LIMIT_ZERO};
	o.end = KT_END_SKIPPED;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_count(at(j, "checks")), 2);
	cr_assert_str_eq(str_at(j, "checks.0.verdict"), "SKIP");
	cr_assert_eq(kt_json_get_u64(at(j, "checks.1.judged"), 9), 0);
	cr_assert_eq(kt_json_get_f64(at(j, "checks.1.limit"), 9), 0);
	cr_assert_eq(kt_json_kind(at(j, "checks.1.worst")), KT_JSON_NULL);
}

Test(sidecar, losses_complaints_notes_and_crashes_are_there)
{
	kt_loss_add(&o.loss, KT_LOSS_frame_gap, 2);
	kt_outcome_add_detail(&o, 1, false, "note", "hm \"quoted\" \001");
	kt_outcome_add_console(&o, "WARNING: at foo\n", 16);
	o.crash.seen = true;
	o.crash.signal = 11;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_str_eq(str_at(j, "losses.0.name"), "frame_gap");
	cr_assert_eq(kt_json_get_u64(at(j, "losses.0.count"), 0), 2);
	cr_assert(kt_json_get_bool(at(j, "losses.0.inconclusive"), false));
	cr_assert_str_eq(str_at(j, "notes.0.text"), "hm \"quoted\" \001");
	cr_assert_str_eq(str_at(j, "complaints.0.line"), "WARNING: at foo");
	cr_assert_not(kt_json_get_bool(at(j, "complaints.0.allowed"), true));
	cr_assert_eq(kt_json_get_u64(at(j, "crash.signal"), 0), 11);
}

Test(sidecar, bytes_that_are_no_text_do_not_break_the_file)
{
	kt_outcome_add_detail(&o, 1, true, "op", "\xff\xfe\x80 end");
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_not_null(strstr(str_at(j, "details.0.text"), " end"));
}

Test(sidecar, names_become_one_file_name_each)
{
	KT_AUTOFREE char *plain = kt_sidecar_file_name("a_b-c.1");
	KT_AUTOFREE char *path = kt_sidecar_file_name("a/b");
	KT_AUTOFREE char *up = kt_sidecar_file_name("../x");
	KT_AUTOFREE char *percent = kt_sidecar_file_name("a%2Fb");
	char longer[600];

	cr_assert_str_eq(plain, "a_b-c.1");
	cr_assert_str_eq(path, "a%2Fb");
	cr_assert_str_eq(up, "%2E.%2Fx");
	cr_assert_str_neq(percent, path);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	KT_AUTOFREE char *one = kt_sidecar_file_name(longer);
	longer[500] = 'y';
	KT_AUTOFREE char *other = kt_sidecar_file_name(longer);
	cr_assert_leq(strlen(one), 200);
	cr_assert_str_neq(one, other);
}

Test(sidecar, both_files_are_written_and_replaced)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str json = {0};
	const char *dir = in_tmp("a/b");
	struct kt_err err = {0};

	kt_verdict_judge(&o, &v);
	cr_assert_eq(kt_sidecar_write(&o, &v, dir, &err), 0, "%s", err.text);
	kt_outcome_add_console(&o, "hello\n", 6);
	cr_assert_eq(kt_sidecar_write(&o, &v, dir, &err), 0, "%s", err.text);
	cr_assert(file_is("a/b/first.console.txt", "hello\n"));
	cr_assert_eq(kt_fs_read(in_tmp("a/b/first.json"), 1 << 20, &json, &err), 0);
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	cr_assert_eq(kt_json_parse(json.text, json.len, &j, &err), 0, "%s", err.text);
	cr_assert_str_eq(str_at(j, "console.file"), "first.console.txt");
	cr_assert_eq(kt_json_get_u64(at(j, "console.bytes"), 0), 6);
}

Test(sidecar, a_folder_that_cannot_be_made_is_an_error_that_names_it)
{
	struct kt_err err = {0};

	put_file("file", "x");
	kt_verdict_judge(&o, &v);
	cr_assert_lt(kt_sidecar_write(&o, &v, in_tmp("file/out"), &err), 0);
	cr_assert_not_null(strstr(err.text, "file"));
}

Test(sidecar, what_the_run_was_asked_for_is_there)
{
	static const char *const sysctls[] = {"kernel.a=1", "kernel.b=2", NULL};
	static const char *const includes[] = {"x=/x", NULL};
	o.seed = UINT64_MAX;
	o.repeat = 2;
	o.repeats = 3;
	o.memory_mib = 512;
	o.append = "quiet";
	o.sysctls = sysctls;
	o.includes = includes;
	snprintf(o.kernel_kind, sizeof(o.kernel_kind), "kasan");
	o.kernel_slowness = 2.5;
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_get_u64(at(j, "seed"), 0), UINT64_MAX);
	cr_assert_eq(kt_json_get_u64(at(j, "repeat"), 0), 2);
	cr_assert_eq(kt_json_get_u64(at(j, "repeats"), 0), 3);
	cr_assert_eq(kt_json_get_u64(at(j, "memory_mib"), 0), 512);
	cr_assert_str_eq(str_at(j, "append"), "quiet");
	cr_assert_str_eq(str_at(j, "sysctls.1"), "kernel.b=2");
	cr_assert_eq(kt_json_count(at(j, "sysctls")), 2);
	cr_assert_str_eq(str_at(j, "includes.0"), "x=/x");
	cr_assert_str_eq(str_at(j, "kernel.kind"), "kasan");
	cr_assert_eq(kt_json_get_f64(at(j, "kernel.slowness"), 0), 2.5);
	cr_assert_str_eq(str_at(j, "console.file"), "first.r2.console.txt");
}

Test(sidecar, what_nobody_asked_for_is_empty_and_not_made_up)
{
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();

	cr_assert_eq(kt_json_get_u64(at(j, "repeats"), 0), 1);
	cr_assert_eq(kt_json_kind(at(j, "append")), KT_JSON_NULL);
	cr_assert_eq(kt_json_count(at(j, "sysctls")), 0);
	cr_assert_eq(kt_json_kind(at(j, "kernel.slowness")), KT_JSON_NULL);
}

Test(sidecar, a_log_that_came_is_a_file_and_one_that_did_not_says_why)
{
	struct kt_err err = {0};
	kt_verdict_judge(&o, &v);
	kt_outcome_add_dmesg(&o, "[    0.000000] Linux\n");
	o.dmesg_ended = true;
	cr_assert_eq(kt_sidecar_write(&o, &v, in_tmp("out"), &err), 0, "%s", err.text);
	cr_assert(file_is("out/first.dmesg.txt", "[    0.000000] Linux\n"));
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();
	cr_assert_str_eq(str_at(j, "dmesg.file"), "first.dmesg.txt");
	cr_assert_eq(kt_json_get_u64(at(j, "dmesg.bytes"), 0), 21);
	cr_assert(kt_json_get_bool(at(j, "dmesg.complete"), false));

	kt_str_done(&o.dmesg);
	o.dmesg_ended = false;
	cr_assert_eq(kt_sidecar_write(&o, &v, in_tmp("out"), &err), 0, "%s", err.text);
	cr_assert_not(kt_fs_exists(in_tmp("out/first.dmesg.txt")), "that of an earlier run");
	KT_AUTO(kt_json_free) struct kt_json *none = json_of();
	cr_assert_eq(kt_json_kind(at(none, "dmesg.file")), KT_JSON_NULL);
	cr_assert_not(kt_json_get_bool(at(none, "dmesg.complete"), true));
	cr_assert_not_null(strstr(str_at(none, "dmesg.reason"), "ended before it was sent"));
}

Test(sidecar, each_repeat_has_files_of_its_own)
{
	struct kt_err err = {0};
	kt_verdict_judge(&o, &v);
	o.repeats = 2;
	for (o.repeat = 1; o.repeat <= 2; o.repeat++)
		cr_assert_eq(kt_sidecar_write(&o, &v, in_tmp("out"), &err), 0, "%s", err.text);
	cr_assert(kt_fs_exists(in_tmp("out/first.json")));
	cr_assert(kt_fs_exists(in_tmp("out/first.r2.json")));
	cr_assert(kt_fs_exists(in_tmp("out/first.r2.console.txt")));
}

Test(sidecar, what_fails_leaves_no_part_of_the_result)
{
	struct kt_err err = {0};
	kt_verdict_judge(&o, &v);
	/* The file that is written last cannot be. */
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/first.json/in the way"), NULL), 0);
	cr_assert_lt(kt_sidecar_write(&o, &v, in_tmp("out"), &err), 0);
	cr_assert_not_null(strstr(err.text, "storing the result of test 'first'"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "first.json"), "%s", err.text);
	cr_assert_not(kt_fs_exists(in_tmp("out/first.console.txt")));
	cr_assert(kt_fs_exists(in_tmp("out/first.json/in the way")));
}

Test(sidecar, claims_are_there_with_their_values)
{
	struct kt_claim c = {.phase = 1,
		.counts = true,
		.has_value = true,
		.value = 12,
		.bound = 10,
		.label = "x",
		.text = "x is 12, which is at least 10"};

	kt_outcome_add_claim(&o, &c);
	c.value = (double)__builtin_nan("");
	c.verdict = KTSTR_VERDICT_FAIL;
	c.counts = false;
	kt_outcome_add_claim(&o, &c);
	KT_AUTO(kt_json_free) struct kt_json *j = json_of();
	cr_assert_str_eq(str_at(j, "claims.0.verdict"), "PASS");
	cr_assert_str_eq(str_at(j, "claims.0.label"), "x");
	cr_assert_eq(kt_json_get_f64(at(j, "claims.0.value"), 0), 12);
	cr_assert_eq(kt_json_get_f64(at(j, "claims.0.bound"), 0), 10);
	cr_assert_not(kt_json_get_bool(at(j, "claims.0.part"), true));
	cr_assert_str_eq(str_at(j, "claims.1.verdict"), "FAIL");
	cr_assert(kt_json_get_bool(at(j, "claims.1.part"), false));
	cr_assert_eq(kt_json_kind(at(j, "claims.1.value")), KT_JSON_NULL);
}

Test(sidecar, markers_and_captures_are_lists)
{
	const struct kt_outcome_marker resume = {.kind = KT_MARKER_resume, .phase = 1, .at_ms = 21};
	kt_outcome_add_marker(&o, &resume);
	kt_outcome_add_capture(&o, 1, "spawned", "left", 2, "70,71");
	struct kt_json *j = json_of();
	cr_assert_str_eq(str_at(j, "markers.0.marker"), "resume");
	cr_assert_eq(kt_json_get_u64(at(j, "markers.0.at_ms"), 0), 21);
	cr_assert_str_eq(str_at(j, "captures.0.tag"), "spawned");
	cr_assert_str_eq(str_at(j, "captures.0.cgroup"), "left");
	cr_assert_eq(kt_json_get_u64(at(j, "captures.0.count"), 0), 2);
	cr_assert_str_eq(str_at(j, "captures.0.pids"), "70,71");
	kt_json_free(j);
}
