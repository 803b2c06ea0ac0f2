// SPDX-License-Identifier: GPL-2.0-only
/* What is known of a metric: the test's own hints, those of its payloads, the rows of metric.def.
 */
#include <ktstr/test.h>

#include <string.h>

#include "base/mem.h"
#include "scenario/claim.h"

static const struct ktstr_metric_hint rows[] = {
#define METRIC(name_, polarity_, unit_, says)                                                      \
	{.name = #name_, .polarity = KTSTR_POLARITY_##polarity_, .unit = (unit_)},
#include "macros/metric.def"
#undef METRIC
	{.name = NULL},
};

static const struct ktstr_metric_hint *find(const struct ktstr_metric_hint *hints, const char *name)
{
	for (; hints && hints->name; hints++)
		if (strcmp(hints->name, name) == 0)
			return hints;
	return NULL;
}

static const struct ktstr_metric_hint *find_payload(
	const struct ktstr_payload *const *payloads, const char *name)
{
	const struct ktstr_metric_hint *found = NULL;

	for (; payloads && *payloads && !found; payloads++)
		found = find((*payloads)->hints, name);
	return found;
}

bool kt_claim_find_metric(
	const struct ktstr_test *test, const char *name, struct ktstr_metric_hint *ret)
{
	const struct ktstr_metric_hint *found = find(test->metrics, name);

	if (!found)
		found = find_payload(test->payloads, name);
	if (!found)
		found = find(rows, name);
	if (!found)
		return false;
	*ret = *found;
	return true;
}
