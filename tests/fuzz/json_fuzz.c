// SPDX-License-Identifier: GPL-2.0-only
/* JSON: a document that was read, written again, reads as the same document. */
#include "base/json_read.h"
#include "base/json_write.h"
#include "fuzz/fuzz.h"

static void write_value(struct kt_json_out *j, const char *key, const struct kt_json *v)
{
	switch (kt_json_kind(v)) {
	case KT_JSON_NULL:
		kt_json_str(j, key, NULL);
		return;
	case KT_JSON_BOOL:
		kt_json_bool(j, key, kt_json_get_bool(v, false));
		return;
	case KT_JSON_NUMBER:
		kt_json_f64(j, key, kt_json_get_f64(v, 0));
		return;
	case KT_JSON_STRING:
		kt_json_str(j, key, kt_json_get_str(v, ""));
		return;
	case KT_JSON_ARRAY:
	case KT_JSON_OBJECT:
		break;
	}
	bool is_object = kt_json_kind(v) == KT_JSON_OBJECT;
	is_object ? kt_json_object(j, key) : kt_json_array(j, key);
	for (size_t i = 0; i < kt_json_count(v); i++)
		write_value(j, kt_json_key_at(v, i), kt_json_at(v, i));
	is_object ? kt_json_end_object(j) : kt_json_end_array(j);
}

static bool equal(const struct kt_json *a, const struct kt_json *b)
{
	if (kt_json_kind(a) != kt_json_kind(b) || kt_json_count(a) != kt_json_count(b))
		return false;
	for (size_t i = 0; i < kt_json_count(a); i++) {
		const char *key = kt_json_key_at(a, i);
		if (key && strcmp(key, kt_json_key_at(b, i)) != 0)
			return false;
		if (!equal(kt_json_at(a, i), kt_json_at(b, i)))
			return false;
	}
	return !strcmp(kt_json_get_str(a, ""), kt_json_get_str(b, "")) &&
	       kt_json_get_bool(a, false) == kt_json_get_bool(b, false) &&
	       kt_json_get_f64(a, 0) == kt_json_get_f64(b, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	KT_AUTO(kt_json_free) struct kt_json *v = NULL;
	KT_AUTO(kt_json_free) struct kt_json *again = NULL;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_err err = {0};
	if (kt_json_parse((const char *)data, bytes, &v, &err) < 0) {
		FUZZ_CHECK(err.text[0] && err.fix[0]);
		return 0;
	}
	write_value(&(struct kt_json_out){.out = &text}, NULL, v);
	FUZZ_CHECK(!text.failed);
	FUZZ_CHECK(kt_json_parse(kt_str_get(&text), text.len, &again, &err) == 0);
	FUZZ_CHECK(equal(v, again));
	return 0;
}
