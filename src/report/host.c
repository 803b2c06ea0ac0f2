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
	bool began = false, applied = false;

	kt_vec_each(p, &o->phases) {
		if (p->phase == phase && !began) {
			*ret_first_ms = p->at_ms;
			began = true;
		}
	}
	kt_vec_each(s, &o->stimuli) {
		if (s->phase == phase) {
			*ret_last_ms = s->at_ms;
			applied = true;
		}
	}
	return began && applied;
}

/* No CPU can lose more than the whole of an interval, whatever both hosts claim together. */
static uint64_t stolen_between(const struct kt_outcome *o, uint64_t from_ms, uint64_t to_ms)
{
	uint64_t sum = 0, start_ms = 0;

	kt_vec_each(s, &o->delay_samples) {
		uint64_t whole_ns = (s->at_ms - start_ms) * KT_NS_PER_MS;

		if (s->at_ms >= from_ms && start_ms <= to_ms)
			sum += KT_MIN(s->vcpu_max_ns + s->outer_max_ns, whole_ns);
		start_ms = s->at_ms;
	}
	return KT_MIN(sum, kt_host_stolen_ns(o));
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
