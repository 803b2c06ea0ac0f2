// SPDX-License-Identifier: GPL-2.0-only
/* From a worker's report to its result; numbers become sums and texts. */
#include "work/report.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/crew.h"
#include "work/kind.h"
#include "work/telemetry.h"

#define CLOCK_SLACK KT_NS_PER_S

/* NULL, or what is wrong with latencies of one kind. */
static const char *latency_doubt(
	uint64_t p50_ns, uint64_t p99_ns, uint64_t max_ns, uint64_t life_ns)
{
	if (p50_ns > p99_ns || p99_ns > max_ns)
		return "quantiles out of order";
	return max_ns > life_ns ? "a latency longer than its life" : NULL;
}

static bool has_crew(unsigned kind)
{
	return kt_work_kind_get(kind)->ops->flags & KT_WORK_HAS_CREW;
}

/* NULL, or what is wrong with the numbers of a report whose checksum is right. */
static const char *report_doubt(const struct kt_work *w, const struct kt_work_report *r)
{
	uint64_t life_ns = kt_now_ns() - w->spawned_at_ns + CLOCK_SLACK;
	uint64_t lives = has_crew(w->work.kind) ? KT_CREW_MAX + 1 : 1;
	if (r->cpu_ns / lives > life_ns || r->run_delay_ns / lives > life_ns)
		return "more CPU time than it lived";
	if (r->gap_ns > life_ns || r->gap_at_ns > life_ns)
		return "a gap longer than its life";
	if (r->gap_cpu >= KT_CPUS_MAX)
		return "no such CPU";
	if (!r->outside != !kt_cpus_count(&r->cpus_outside))
		return "CPUs and counts outside differ";
	if (!kt_cpus_subset(&r->cpus_outside, &r->cpus_used))
		return "CPUs outside it never used";
	const char *doubt = latency_doubt(r->wake_p50_ns, r->wake_p99_ns, r->wake_max_ns, life_ns);
	if (!doubt)
		doubt = latency_doubt(r->cost_p50_ns, r->cost_p99_ns, r->cost_max_ns, life_ns);
	if (!doubt)
		doubt = latency_doubt(r->timer_p50_ns, r->timer_p99_ns, r->timer_max_ns, life_ns);
	return doubt;
}

const char *kt_report_fault(
	const struct kt_work *w, size_t i, pid_t pid, const struct kt_work_report *r)
{
	if (r->magic != KT_WORK_REPORT_MAGIC)
		return "bad magic";
	if (r->checksum != kt_work_report_checksum(r))
		return "bad checksum";
	if (r->pid != (uint32_t)pid || r->kind != w->work.kind || r->index != i)
		return "not its own";
	return report_doubt(w, r);
}

/* After the stop all workers want to run at once; that wait is not part of the test. */
static void take_times(
	struct kt_work_result *res, const struct kt_work *w, const struct kt_work_report *r)
{
	bool crew = has_crew(w->work.kind);
	res->cpu_ns = crew ? r->cpu_ns : KT_MIN(r->cpu_ns, res->wall_ns);
	res->run_delay_ns =
		crew ? r->run_delay_ns : KT_MIN(r->run_delay_ns, res->wall_ns - res->cpu_ns);
	/* One that was held up the whole time ends its last gap when it comes to its report. */
	res->gap_ns = KT_MIN(r->gap_ns, res->wall_ns);
	res->gap_cpu = (uint32_t)r->gap_cpu;
	res->gap_at_ns = KT_MIN(r->gap_at_ns, res->wall_ns);
	if (r->has_picks)
		res->measured |= KT_WORK_HAS_PICKS;
	res->picks = r->picks;
}

static void take_latencies(struct kt_work_result *res, const struct kt_work_report *r)
{
	res->wakes = r->wakes;
	res->wake_p50_ns = r->wake_p50_ns;
	res->wake_p99_ns = r->wake_p99_ns;
	res->wake_max_ns = r->wake_max_ns;
	res->wake_mean_ns = r->wake_mean_ns;
	res->wake_sd_ns = r->wake_sd_ns;
	res->costs = r->costs;
	res->cost_p50_ns = r->cost_p50_ns;
	res->cost_p99_ns = r->cost_p99_ns;
	res->cost_max_ns = r->cost_max_ns;
	res->timers = r->timers;
	res->timer_p50_ns = r->timer_p50_ns;
	res->timer_p99_ns = r->timer_p99_ns;
	res->timer_max_ns = r->timer_max_ns;
}

/* Append to a text of KT_WORK_TEXT_BYTES; what does not fit as a whole is left out. */
static void append(char *text, const char *separator, const char *piece)
{
	size_t used = strlen(text);
	if (used)
		used += strlen(separator);
	if (used + strlen(piece) >= KT_WORK_TEXT_BYTES)
		return;
	if (*text)
		strcat(text, separator);
	strcat(text, piece);
}

static void take_places(struct kt_work_result *res, const struct kt_work_report *r)
{
	res->migrations = r->migrations;
	res->cpus_used = r->cpus_used;
	res->cpus_outside = r->cpus_outside;
	res->outside = r->outside;
	for (unsigned i = 0; i < KT_MIN(r->migrations, KT_WORK_MOVES_MAX); i++) {
		char move[48];
		snprintf(move, sizeof(move), "%u>%u@%ums", r->moves[i].from, r->moves[i].to,
			r->moves[i].at_ms);
		append(res->migrations_text, " ", move);
	}
}

static void take_pages(
	struct kt_work_result *res, const struct kt_work *w, const struct kt_work_report *r)
{
	if (!r->has_pages)
		return;
	res->measured |= KT_WORK_HAS_PAGES;
	struct kt_cpus all = kt_cpus_range(0, KT_PAGES_NODES_MAX - 1);
	struct kt_cpus fast = kt_pages_nodes_with_cpus(&all);
	bool anywhere = !kt_cpus_count(&w->where.nodes);
	for (unsigned node = 0; node < KT_PAGES_NODES_MAX; node++) {
		char text[48];
		if (!r->pages[node])
			continue;
		res->pages_total += r->pages[node];
		if (anywhere || kt_cpus_has(&w->where.nodes, node))
			res->pages_expected += r->pages[node];
		if (!kt_cpus_has(&fast, node))
			res->pages_slow += r->pages[node];
		snprintf(text, sizeof(text), "%u:%ju", node, (uintmax_t)r->pages[node]);
		append(res->pages_by_node, " ", text);
	}
}

/* Text of a worker's: it ends, and is of printing characters. */
static void clean(char *text, size_t bytes)
{
	text[bytes - 1] = '\0';
	for (char *c = text; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

void kt_report_take_kind(struct kt_work_result *res, const struct kt_work_slot *slot)
{
	size_t count = KT_MIN(atomic_load(&slot->metric_count), KT_WORK_METRICS_MAX);
	res->metrics = count ? calloc(count, sizeof(*res->metrics)) : NULL;
	for (size_t i = 0; res->metrics && i < count; i++) {
		struct kt_work_metric *m = &res->metrics[res->metric_count];
		*m = slot->metrics[i];
		clean(m->name, sizeof(m->name));
		clean(m->unit, sizeof(m->unit));
		res->metric_count += m->name[0] && isfinite(m->value);
	}
	char note[KT_WORK_NOTE_BYTES];
	memcpy(note, slot->note, sizeof(note));
	clean(note, sizeof(note));
	if (note[0])
		append(res->setup_text, "; ", note);
}

void kt_report_take(
	struct kt_work_result *res, const struct kt_work *w, const struct kt_work_report *r)
{
	res->completed = true;
	res->work_units = r->work_units;
	res->iterations = r->iterations;
	take_times(res, w, r);
	take_latencies(res, r);
	take_places(res, r);
	take_pages(res, w, r);
}
