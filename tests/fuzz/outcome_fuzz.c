// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the frames of a hostile guest to everything that is made of them: outcome, verdict and
 * reports in all formats. Each is well formed whatever the guest says, and there is no PASS
 * without a scenario that began and ended.
 */
#include "base/json_read.h"
#include "fuzz/frame_make.h"
#include "report/github.h"
#include "report/judge.h"
#include "report/outcome_frame.h"
#include "report/writer.h"

#define FRAMES_MAX  256u
#define CONSOLE_MAX 64u

static const struct ktstr_test tests[] = {
	{.name = "strict",
		.file = "t.c",
		.description = "a guest that says anything",
		.checks = {.not_starved = true,
			.isolation = true,
			.min_iteration_rate = 1,
			.min_work_rate = 1,
			.min_work_units = 1,
			.max_throughput_cv = 0.1,
			.max_migrations = KTSTR_LIMIT_ZERO,
			.max_migration_ratio = KTSTR_LIMIT_ZERO,
			.max_p99_wake_latency_ns = 1000,
			.max_wake_latency_cv = 1,
			.max_p99_iteration_cost_ns = 1000,
			.min_page_locality = 0.5,
			.max_cross_node_migration_ratio = 0.5,
			.max_slow_tier_ratio = 0.5}},
	{.name = "lax", .file = "t.c", .description = "nothing is checked"},
};

struct guest {
	struct kt_outcome o;
	unsigned stages; /* hello, ready and finish as far as they came in their order */
};

static void take(void *arg, const struct kt_frame *f)
{
	struct guest *g = arg;
	kt_outcome_take_frame(&g->o, f);
	static const unsigned order[] = {KT_FRAME_hello, KT_FRAME_ready, KT_FRAME_finish};
	if (g->stages < KT_ARRAY_LEN(order) && f->type == order[g->stages])
		g->stages++;
}

/* Nothing for a terminal to obey. */
static void check_terminal(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes;) {
		size_t n = kt_utf8_len(text + i, bytes - i);
		FUZZ_CHECK(n);
		FUZZ_CHECK(n > 1 || strchr("\n\t", text[i]) || ((uint8_t)text[i] >= ' '));
		FUZZ_CHECK(text[i] != 0x7f &&
			   ((uint8_t)text[i] != 0xc2 || (uint8_t)text[i + 1] > 0x9f));
		i += n;
	}
}

/* Each line is one of KTAP's own; nothing in a guest's text makes another. */
static void check_ktap(const char *text)
{
	static const char *const lines[] = {
		"# ", "ok 1 ", "not ok 1 ", "KTAP version 1\n", "1..1\n"};
	unsigned results = 0;
	for (const char *p = text; *p; p = strchr(p, '\n') + 1) {
		bool known = false;
		for (size_t i = 0; i < KT_ARRAY_LEN(lines); i++)
			known |= kt_starts_with(p, lines[i]);
		FUZZ_CHECK(known && strchr(p, '\n'));
		results += strstr(p, "ok 1 ") == p || strstr(p, "not ok 1 ") == p;
	}
	FUZZ_CHECK(results == 1);
}

static void check_junit(const char *text, size_t bytes)
{
	const char *test_case = strstr(text, "<testcase ");
	FUZZ_CHECK(test_case && !strstr(test_case + 1, "<testcase "));
	for (size_t i = 0; i < bytes;) {
		size_t n = kt_utf8_len(text + i, bytes - i);
		FUZZ_CHECK(n && ((uint8_t)text[i] >= ' ' || strchr("\n\t", text[i])));
		i += n;
	}
}

static void check_json(const char *text, size_t bytes)
{
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	struct kt_err err = {0};
	FUZZ_CHECK(kt_json_parse(text, bytes, &root, &err) == 0);
}

static void check_format(
	const struct guest *g, const struct kt_verdict *v, enum kt_report_format format)
{
	KT_AUTO(kt_report_free) struct kt_report *r = NULL;
	KT_AUTOFREE char *text = NULL;
	size_t bytes = 0;
	struct kt_err err = {0};
	FILE *out = open_memstream(&text, &bytes);
	FUZZ_CHECK(out);
	struct kt_report_options options = {
		.format = format, .out = out, .suite = "fuzz", .total = 1, .verbose = true};
	FUZZ_CHECK(kt_report_open(&options, &r, &err) == 0);
	FUZZ_CHECK(kt_report_add(r, &g->o, v, &err) == 0);
	FUZZ_CHECK(kt_report_end(r, &(struct kt_report_summary){.booted = 1}, &err) == 0);
	fclose(out);
	FUZZ_CHECK(strlen(text) == bytes);
	if (format == KT_REPORT_json)
		check_json(text, bytes);
	else if (format == KT_REPORT_junit)
		check_junit(text, bytes);
	else
		check_terminal(text, bytes);
	if (format == KT_REPORT_ktap)
		check_ktap(text);
}

static void check_reports(const struct guest *g, const struct kt_verdict *v)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str line = {0};
	for (unsigned format = 0; format < KT_REPORT_COUNT; format++)
		check_format(g, v, format);
	kt_github_annotation(&g->o, v, &line);
	FUZZ_CHECK(!line.len || strchr(line.text, '\n') == line.text + line.len - 1);
}

/* No claim and no check is better than the verdict. */
static void check_worst(const struct guest *g, const struct kt_verdict *v)
{
	kt_vec_each(c, &g->o.claims)
		FUZZ_CHECK(!c->counts || c->verdict != KTSTR_VERDICT_FAIL ||
			   v->kind >= KT_VERDICT_FAIL);
	kt_vec_each(c, &v->checks) {
		FUZZ_CHECK(c->kind <= v->kind);
		FUZZ_CHECK(c->judged || c->kind != KT_VERDICT_PASS || v->kind > KT_VERDICT_PASS);
	}
}

static void run(struct guest *g, unsigned end, struct fuzz_in *in)
{
	struct kt_stream_seq seq = {0};
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *r = kt_stream_reader_new(take, g, &seq, &g->o.loss);
	FUZZ_CHECK(r);
	for (unsigned i = 0; in->left && i < FRAMES_MAX; i++) {
		uint8_t bytes[16 + FUZZ_PAYLOAD_MAX];
		if (fuzz_number(in, 1) % 8)
			kt_stream_push(r, bytes, fuzz_frame(in, bytes));
		else if (in->left & 1)
			kt_outcome_add_term(&g->o, bytes, fuzz_take(in, bytes, CONSOLE_MAX));
		else
			kt_outcome_add_console(&g->o, bytes, fuzz_take(in, bytes, CONSOLE_MAX));
	}
	kt_stream_finish(r);
	kt_outcome_set_end(&g->o, KT_END_RESET + end % 4, KT_STAGE_SCENARIO, "", "%s", "the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	struct guest g = {0};
	struct kt_verdict v = {0};
	unsigned how = (unsigned)fuzz_number(&in, 1);
	kt_outcome_init(&g.o, &tests[how >> 7]);
	g.o.topo = (struct kt_topo){1, 1, 2, 1};
	run(&g, how, &in);
	kt_verdict_judge(&g.o, &v);
	FUZZ_CHECK(v.kind != KT_VERDICT_PASS || g.stages == 3);
	check_worst(&g, &v);
	check_reports(&g, &v);
	kt_verdict_done(&v);
	kt_outcome_done(&g.o);
	return 0;
}
