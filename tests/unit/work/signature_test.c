// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kind can stand in the place of another: each has a signature that none of the others has.
 * What one kind does beyond it is in the test of its file.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <ktstr/custom.h>

#include "unit/work/signature.h"

#define ROLES  5
#define PARTS  6
#define TRY_MS 25000u /* of one try of several; slow disks need some seconds */

#define QUANTILES(name)                                                                            \
	name "_p50_us " name "_p90_us " name "_p99_us " name "_p999_us " name "_max_us"
#define SCHBENCH_METRICS                                                                           \
	QUANTILES("wakeup")                                                                        \
	" " QUANTILES("request") " loops rps message_run_delay_us worker_run_delay_us"
#define TAOBENCH_METRICS "total_qps fast_qps slow_qps hit_ratio " QUANTILES("serve")

static void run_custom(struct ktstr_custom *c)
{
	while (!ktstr_custom_stopped(c)) {
		syscall(SYS_getpid);
		ktstr_custom_progress(c, 3, 1);
	}
}

static const struct ktstr_phase phases[] = {{KTSTR_PHASE_spin, 200}, {KTSTR_PHASE_sleep, 200},
	{KTSTR_PHASE_yield, 200}, {KTSTR_PHASE_io, 200}, {KTSTR_PHASE_alu_hot, 200}, {0}};

struct row {
	struct ktstr_work work;
	const char
		*roles[ROLES]; /* "calls|units of an iteration|wakes|pages|metrics|note begins" */
	uint64_t idle_ms;      /* not 0: no iteration comes; how long it is looked at */
};

static const struct row rows[] = {
#include "unit/work/signature.def"
};

static bool part_matches(
	const char *want, size_t want_len, const char *got, size_t got_len, bool prefix)
{
	if (want_len == 1 && *want == '*')
		return true;
	return prefix ? got_len >= want_len && (want_len || !got_len) &&
				!strncmp(want, got, want_len)
		      : got_len == want_len && !strncmp(want, got, want_len);
}

/* Parts between bars; a star is anything, and the last part need only begin so. */
static bool matches(const char *want, const char *got)
{
	for (int part = 0; part < PARTS; part++) {
		size_t a = strcspn(want, "|"), b = strcspn(got, "|");
		if (!part_matches(want, a, got, b, part == PARTS - 1))
			return false;
		want += a + (want[a] == '|');
		got += b + (got[b] == '|');
	}
	return true;
}

/* Returns whether all roles match; REPORT: each that does not fails the test. */
static bool compare(const struct row *row, const struct kt_work *w, const struct trace *t,
	const struct kt_work_results *out, bool report)
{
	const char *name = kt_work_kind_name(row->work.kind);
	bool all = true;
	for (size_t i = 0; i < w->count; i++) {
		char got[SIGNATURE_BYTES];
		cr_assert(i < ROLES && row->roles[i], "%s has a role %zu", name, i);
		signature_of(w, t, &out->items[i], i, got);
		bool fits = out->items[i].completed && matches(row->roles[i], got);
		cr_expect(fits || !report, "%s, role %zu:\n  is   %s (%s)\n  want %s", name, i, got,
			out->items[i].exit_text, row->roles[i]);
		all &= fits;
	}
	cr_expect(w->count == ROLES || !row->roles[w->count], "%s has %zu roles", name, w->count);
	return all;
}

static bool try_signature(const struct row *row, uint64_t iterations, bool report)
{
	struct kt_work_results out = {0};
	struct trace *t = calloc(1, sizeof(*t));
	struct kt_work *w = spawn_and_start(row->work);
	cr_assert(trace_attach(w));
	trace_run(w, t, iterations, row->idle_ms ? row->idle_ms : TRY_MS);
	trace_detach(w);
	stop_patiently(&w, 1, &out);
	cr_assert_eq(out.count, w->count);
	bool fits = compare(row, w, t, &out, report);
	kt_work_results_done(&out);
	free(t);
	kt_work_free(w);
	return fits;
}

/* On a busy machine a worker may find a lock free or a byte there; not again and again. */
static void expect_signature(const struct row *row)
{
	for (uint64_t iterations = 12; iterations <= 192; iterations *= 4) {
		if (try_signature(row, iterations, false))
			return;
	}
	try_signature(row, 192, true);
}

static bool tracing_works(void)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_spin_wait});
	bool works = trace_attach(w);
	if (works)
		trace_detach(w);
	kt_work_free(w);
	return works;
}

/* A test for each row, so that each has all the time that a test has. */
ParameterizedTestParameters(signature, every_kind_does_what_no_other_does)
{
	static size_t numbers[KT_ARRAY_LEN(rows)];
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, KT_ARRAY_LEN(rows));
}

ParameterizedTest(const size_t *number, signature, every_kind_does_what_no_other_does)
{
	if (!tracing_works())
		cr_skip("ptrace is not permitted here");
	drop_precedence();
	expect_signature(&rows[*number]);
}

static bool same(const struct row *a, const struct row *b)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (!a->roles[i] || !b->roles[i])
			return a->roles[i] == b->roles[i];
		if (!matches(a->roles[i], b->roles[i]) && !matches(b->roles[i], a->roles[i]))
			return false;
	}
	return true;
}

Test(signature, no_two_kinds_have_the_same)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		for (size_t j = i + 1; j < KT_ARRAY_LEN(rows); j++)
			cr_expect(
				rows[i].work.kind == rows[j].work.kind || !same(&rows[i], &rows[j]),
				"%s and %s look the same", kt_work_kind_name(rows[i].work.kind),
				kt_work_kind_name(rows[j].work.kind));
}

/* Kinds that need more than one machine has are listed with the test that has it. */
Test(signature, no_kind_is_left_out)
{
	for (unsigned kind = KTSTR_WORK_END + 1; kind < KTSTR_WORK_COUNT; kind++) {
		bool found = false;
		for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
			found |= rows[i].work.kind == kind;
		cr_expect(found, "%s has no signature", kt_work_kind_name(kind));
	}
}
