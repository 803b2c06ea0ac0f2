// SPDX-License-Identifier: GPL-2.0-only
/* What a program printed, cut into its two outputs: metrics within their bounds, or a reason. */
#include "fuzz/fuzz.h"
#include "payload/judge.h"

#include <macros/payload.h>
#include <macros/short.h>

static const struct ktstr_payload payload = {
	.program = "x",
	.output = KTSTR_OUTPUT_JSON,
	.hints = HINTS(HIGHER("a", "1/s")),
	.checks = EXPECT(METRIC_RANGE("a", 1, 2), METRIC_EXISTS("b.0")),
};

static void check_values(const struct kt_payload_values *values)
{
	FUZZ_CHECK(values->list.count <= KT_PAYLOAD_VALUES_MAX);
	kt_vec_each(v, &values->list) {
		FUZZ_CHECK(v->name[0]);
		FUZZ_CHECK(strlen(v->name) <= KT_PAYLOAD_VALUE_NAME_MAX);
		FUZZ_CHECK(v->value - v->value == 0); /* finite */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	KT_AUTO_DONE(kt_payload_output_done) struct kt_payload_output o = {0};
	KT_AUTO_DONE(kt_payload_judgement_done) struct kt_payload_judgement j = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str tail = {0};
	struct kt_err err = {0};
	if (bytes < 2)
		return 0;
	size_t cut = data[0] % bytes;
	kt_str_add_bytes(&o.out, data + 1, cut);
	kt_str_add_bytes(&o.err, data + 1 + cut, bytes - 1 - cut);
	o.out_bytes = o.out.len;
	o.err_bytes = o.err.len;
	o.status = data[1];
	FUZZ_CHECK(kt_payload_judge(&payload, &o, &j, &err) == 0);
	check_values(&j.values);
	FUZZ_CHECK((j.failed > 0) == (j.failures.len > 0));
	kt_payload_tail(&o, &tail);
	FUZZ_CHECK(strlen(kt_str_get(&tail)) == tail.len);
	return 0;
}
