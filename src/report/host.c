// SPDX-License-Identifier: GPL-2.0-only
/*
 * Upper bounds of the host's share in a delay. Always the largest thread, never the sum: a
 * guest CPU is one thread, and one on the outer host below it. Bounds err upward, because a
 * verdict may become INCONCLUSIVE by them, but never PASS.
 */
#include "report/host.h"

#include "base/clock.h"

/* Frames that tell the host when the scenario began are under way this long at most. */
#define SKEW_MS 200u

uint64_t kt_host_stolen_ns(const struct kt_outcome *o)
{
	uint64_t sum = 0;

	if (o->vcpu_delay.known)
		sum += o->vcpu_delay.max_ns;
	if (o->outer_delay.known)
		sum += o->outer_delay.max_ns;
	return sum;
}

/* When the workers of a phase were started, at the earliest and the latest. */
static bool start_of_phase(
	const struct kt_outcome *o, uint16_t phase, uint64_t *ret_first_ms, uint64_t *ret_last_ms)
{
	size_t first = 0, last = o->stimuli.count;

	while (first < o->phases.count && o->phases.items[first].phase != phase)
		first++;
	if (first == o->phases.count)
		return false;
	while (last && o->stimuli.items[last - 1].phase != phase)
		last--;
	if (!last)
		return false;
	*ret_first_ms = o->phases.items[first].at_ms;
	*ret_last_ms = o->stimuli.items[last - 1].at_ms;
	return true;
}

/* The first sample that ends at AT_MS or later; their number when none does. */
static size_t sample_at(const struct kt_outcome *o, uint64_t at_ms)
{
	size_t low = 0, high = o->delay_samples.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (o->delay_samples.items[middle].at_ms >= at_ms)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Of all intervals that meet [FROM_MS, TO_MS], ends included. */
static uint64_t stolen_between(const struct kt_outcome *o, uint64_t from_ms, uint64_t to_ms)
{
	const struct kt_outcome_delay_sample *samples = o->delay_samples.items;
	size_t first = sample_at(o, from_ms);
	size_t last = to_ms < UINT64_MAX ? sample_at(o, to_ms + 1) : o->delay_samples.count;

	if (last == o->delay_samples.count)
		last--;
	if (first > last)
		return 0;
	uint64_t sum_ns = samples[last].sum_ns - (first ? samples[first - 1].sum_ns : 0);
	return KT_MIN(sum_ns, kt_host_stolen_ns(o));
}

uint64_t kt_host_stolen_in_gap_ns(const struct kt_outcome *o, const struct kt_work_result *r)
{
	uint64_t first_ms = 0, last_ms = 0;

	if (!o->delay_samples.count || !start_of_phase(o, r->phase, &first_ms, &last_ms))
		return kt_host_stolen_ns(o);

	uint64_t began_ns = r->gap_at_ns > r->gap_ns ? r->gap_at_ns - r->gap_ns : 0;
	uint64_t from_ms = first_ms + began_ns / KT_NS_PER_MS;
	uint64_t to_ms = last_ms + r->gap_at_ns / KT_NS_PER_MS + SKEW_MS;

	return stolen_between(o, from_ms > SKEW_MS ? from_ms - SKEW_MS : 0, to_ms);
}

/*
 * Without the allowance for skew: over a whole run it would only add time in which the worker
 * did not run, and make the rates of short runs undecidable.
 */
uint64_t kt_host_stolen_from_ns(const struct kt_outcome *o, const struct kt_work_result *r)
{
	uint64_t first_ms = 0, last_ms = 0, stolen_ns = kt_host_stolen_ns(o);

	if (o->delay_samples.count && start_of_phase(o, r->phase, &first_ms, &last_ms))
		stolen_ns = stolen_between(o, first_ms, last_ms + r->wall_ns / KT_NS_PER_MS);
	return KT_MIN(stolen_ns, r->wall_ns);
}
