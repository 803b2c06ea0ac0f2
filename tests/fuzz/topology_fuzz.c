// SPDX-License-Identifier: GPL-2.0-only
/* Topology strings: what was accepted is a machine whose numbers fit together. */
#include "fuzz/fuzz.h"
#include "topo/spec.h"

static void check_topology(const struct kt_topo *t)
{
	char text[KT_TOPO_TEXT_BYTES];
	struct kt_topo again;
	struct kt_err err = {0};
	unsigned cpus = kt_topo_cpu_count(t);
	FUZZ_CHECK(cpus && cpus <= KT_TOPO_CPUS_MAX);
	FUZZ_CHECK(kt_topo_parse(kt_topo_text(t, text), &again, &err) == 0);
	FUZZ_CHECK(again.nodes == t->nodes && again.llcs == t->llcs && again.cores == t->cores &&
		   again.threads == t->threads);
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		struct kt_topo_place at = kt_topo_place(t, cpu);
		FUZZ_CHECK(at.node < t->nodes && at.llc < t->llcs && at.thread < t->threads);
		FUZZ_CHECK(!cpu || kt_topo_apic_id(t, cpu) > kt_topo_apic_id(t, cpu - 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	KT_AUTOFREE char *text = fuzz_text(&in);
	struct kt_topo t;
	struct kt_err err = {0};
	if (kt_topo_parse(text, &t, &err) == 0)
		check_topology(&t);
	else
		FUZZ_CHECK(err.text[0] && err.fix[0]);
	return 0;
}
