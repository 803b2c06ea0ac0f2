// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the frames of a hostile guest to everything that is made of them: outcome, verdict,
 * text and JSON. The JSON can be read, and no PASS without a scenario that began and ended.
 */
#include "base/json_read.h"
#include "fuzz/frame_make.h"
#include "report/judge.h"
#include "report/outcome_frame.h"
#include "report/sidecar.h"
#include "report/text.h"

#define FRAMES_MAX  256u
#define CONSOLE_MAX 64u

static const struct ktstr_test tests[] = {
	{.name = "strict",
		.description = "a guest that says anything",
		.checks = {.not_starved = true, .isolation = true, .min_iteration_rate = 1}},
	{.name = "lax", .description = "nothing is checked"},
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

static void check_reports(const struct guest *g, const struct kt_verdict *v)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0}, json = {0};
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	struct kt_err err = {0};
	kt_text_report(&g->o, v, &(struct kt_text_options){.verbose = true}, &text);
	kt_sidecar_json(&g->o, v, &json);
	FUZZ_CHECK(!text.failed && !json.failed);
	check_terminal(text.text, text.len);
	FUZZ_CHECK(kt_json_parse(json.text, json.len, &root, &err) == 0);
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
	check_reports(&g, &v);
	kt_verdict_done(&v);
	kt_outcome_done(&g.o);
	return 0;
}
