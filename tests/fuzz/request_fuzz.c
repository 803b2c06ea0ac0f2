// SPDX-License-Identifier: GPL-2.0-only
/* The guest's command line: a request that was accepted is complete and within its bounds. */
#include "fuzz/fuzz.h"
#include "guest/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	KT_AUTOFREE char *cmdline = fuzz_text(&in);
	struct kt_guest_request q;
	struct kt_err err = {0};
	bool is_there = kt_guest_request_is_there(cmdline);
	if (kt_guest_request_parse(cmdline, &q, &err) < 0) {
		FUZZ_CHECK(err.text[0] && err.fix[0]);
		return 0;
	}
	/* A line break begins a word for the parser; the kernel's command line has none. */
	FUZZ_CHECK(is_there || strchr(cmdline, '\n'));
	FUZZ_CHECK(q.test[0] && memchr(q.test, 0, sizeof(q.test)));
	FUZZ_CHECK(q.topo.nodes && kt_topo_cpu_count(&q.topo) <= KT_TOPO_CPUS_MAX);
	return 0;
}
