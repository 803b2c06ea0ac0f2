// SPDX-License-Identifier: GPL-2.0-only
/* CPU lists: a set that was read prints as a list that reads as the same set. */
#include "base/cpumask.h"
#include "fuzz/fuzz.h"

static void check_set(const struct kt_cpus *s)
{
	KT_AUTOFREE char *text = kt_cpus_text(s);
	struct kt_cpus again;
	struct kt_err err = {0};
	FUZZ_CHECK(text);
	FUZZ_CHECK(kt_cpus_parse(text, &again, &err) == 0);
	FUZZ_CHECK(kt_cpus_equal(s, &again));
	unsigned count = 0;
	for (int cpu = kt_cpus_next(s, 0); cpu >= 0; cpu = kt_cpus_next(s, cpu + 1))
		count++;
	FUZZ_CHECK(count == kt_cpus_count(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	KT_AUTOFREE char *list = fuzz_text(&in);
	struct kt_cpus s;
	struct kt_err err = {0};
	if (kt_cpus_parse(list, &s, &err) == 0)
		check_set(&s);
	else
		FUZZ_CHECK(err.text[0] && err.fix[0]);
	return 0;
}
