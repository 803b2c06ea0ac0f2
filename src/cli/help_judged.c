// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr help` of what tests are judged by beside checks: claims, metrics, kinds of details. */
#include <ktstr/payload.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/args.h"
#include "cli/help.h"
#include "scenario/claim.h"
#include "scenario/detail.h"

int kt_cli_help_claim(const char *name)
{
	int status = kt_cli_help_no_names("claim", name);
	for (int kind = 0; status == KT_CLI_OK && kind < KTSTR_CLAIM_COUNT; kind++) {
		const struct kt_claim_info *row = kt_claim_info((enum ktstr_claim_kind)kind);
		printf("%-46s %s\n", row->usage, row->says);
	}
	if (status == KT_CLI_OK)
		printf("\nbeside these KTSTR_CLAIM_TRUE, _BETTER, _ANY_OF and _ALL_OF: see "
		       "<ktstr/claim.h>\n");
	return status;
}

int kt_cli_help_metric(const char *name)
{
	static const struct {
		const char *name, *unit, *says;
		enum ktstr_polarity polarity;
	} rows[] = {
#define METRIC(name, polarity, unit, says) {#name, unit, says, KTSTR_POLARITY_##polarity},
#include "macros/metric.def"
#undef METRIC
	};
	const char *names[KT_ARRAY_LEN(rows)];
	bool found = false;
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		names[i] = rows[i].name;
		if (name && strcmp(name, rows[i].name) != 0)
			continue;
		found = true;
		printf("%-18s %s is better: %s%s%s%s\n", rows[i].name,
			rows[i].polarity == KTSTR_POLARITY_HIGHER ? "more" : "less", rows[i].says,
			rows[i].unit[0] ? " (" : "", rows[i].unit, rows[i].unit[0] ? ")" : "");
	}
	return found ? KT_CLI_OK
		     : kt_cli_help_not_found("metric", name, names, KT_ARRAY_LEN(names));
}

int kt_cli_help_detail(const char *name)
{
	const char *names[KT_DETAIL_COUNT];
	bool found = false;
	for (unsigned i = 0; i < KT_DETAIL_COUNT; i++) {
		const struct kt_detail_info *row = kt_detail_info((enum kt_detail_kind)i);
		names[i] = row->name;
		if (name && strcmp(name, row->name) != 0)
			continue;
		found = true;
		printf("%-18s %s\n", row->name, row->says);
		if (name && row->remedy[0])
			printf("%-18s %s\n", "", row->remedy);
	}
	return found ? KT_CLI_OK
		     : kt_cli_help_not_found("kind of detail", name, names, KT_DETAIL_COUNT);
}
