// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling an outcome within bounds: whatever does not fit is counted as a loss, because most
 * of it comes from a guest that may say anything, any number of times.
 */
#include "report/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* What is kept of an overlong console: this much from its start, the rest from its end. */
#define HEAD_BYTES (KT_OUTCOME_CONSOLE_BYTES / 4)
#define CUT_BYTES  (KT_OUTCOME_CONSOLE_BYTES / 4)

static const char *const stage_names[KT_STAGE_COUNT] = {
	[KT_STAGE_PLAN] = "plan",
	[KT_STAGE_KERNEL] = "kernel",
	[KT_STAGE_INITRAMFS] = "initramfs",
	[KT_STAGE_VM] = "machine",
	[KT_STAGE_BOOT] = "boot",
	[KT_STAGE_READY] = "ready",
	[KT_STAGE_SCENARIO] = "scenario",
	[KT_STAGE_SHUTDOWN] = "shutdown",
};

static const char *const end_names[] = {
	[KT_END_NOT_RUN] = "not run",
	[KT_END_SKIPPED] = "skipped",
	[KT_END_DONE] = "done",
	[KT_END_RESET] = "reset",
	[KT_END_PANIC] = "panic",
	[KT_END_SHUTDOWN] = "shutdown",
	[KT_END_DEADLINE] = "deadline",
	[KT_END_INTERRUPTED] = "interrupted",
	[KT_END_ERROR] = "error",
};

void kt_outcome_init(struct kt_outcome *o, const struct ktstr_test *test)
{
	memset(o, 0, sizeof(*o));
	o->test = test;
}

/* A name of a guest; longer ones are cut. NULL when out of memory. */
static char *keep_name(struct kt_outcome *o, const char *text)
{
	if (strlen(text) >= KT_OUTCOME_NAME_BYTES)
		kt_loss_add(&o->loss, KT_LOSS_text_cut, 1);
	return strndup(text, KT_OUTCOME_NAME_BYTES - 1);
}

static void capture_done(struct kt_outcome_capture *c)
{
	free(c->tag);
	free(c->cgroup);
	free(c->pids);
}

static void metric_done(struct kt_outcome_metric *m)
{
	free(m->source);
	free(m->cgroup);
	free(m->name);
	free(m->unit);
}

static void payload_done(struct kt_outcome_payload *p)
{
	free(p->name);
	free(p->cgroup);
	free(p->how);
	free(p->failures);
	free(p->tail);
}

static void claim_done(struct kt_outcome_claim *c)
{
	free(c->label);
	free(c->text);
}

void kt_outcome_done(struct kt_outcome *o)
{
	kt_vec_each(d, &o->details)
		free(d->text);
	kt_vec_done(&o->details);
	kt_vec_each(m, &o->metrics)
		metric_done(m);
	kt_vec_done(&o->metrics);
	kt_vec_each(p, &o->payloads)
		payload_done(p);
	kt_vec_done(&o->payloads);
	kt_vec_each(c, &o->claims)
		claim_done(c);
	kt_vec_done(&o->claims);
	kt_vec_done(&o->phases);
	kt_vec_done(&o->stimuli);
	kt_vec_done(&o->markers);
	kt_vec_each(c, &o->captures)
		capture_done(c);
	kt_vec_done(&o->captures);
	kt_vec_done(&o->workers);
	kt_vec_done(&o->delay_samples);
	kt_complaint_done(&o->scan);
	kt_str_done(&o->console);
	kt_str_done(&o->dmesg);
	kt_str_done(&o->term);
	free(o->command);
	free(o->kernel_cmdline);
	memset(o, 0, sizeof(*o));
}

bool kt_outcome_booted(const struct kt_outcome *o)
{
	return o->hello && !o->test->host_only;
}

void kt_outcome_title(const struct kt_outcome *o, struct kt_str *out)
{
	kt_str_add(out, o->test->name);
	if (o->repeats > 1)
		kt_str_addf(out, " (repeat %u of %u)", o->repeat, o->repeats);
}

uint64_t kt_outcome_total_ms(const struct kt_outcome *o)
{
	uint64_t ms = 0;

	for (unsigned i = KT_STAGE_VM; i < KT_STAGE_COUNT; i++)
		ms += o->stage_ms[i];
	return ms;
}

const char *kt_outcome_stage_name(enum kt_outcome_stage stage)
{
	return stage < KT_STAGE_COUNT ? stage_names[stage] : "unknown";
}

const char *kt_outcome_end_name(enum kt_outcome_end end)
{
	return end < KT_ARRAY_LEN(end_names) ? end_names[end] : "unknown";
}

const char *kt_outcome_marker_name(enum kt_marker kind)
{
	static const char *const names[] = {"start", "pause", "resume", "end"};

	return (size_t)kind < KT_ARRAY_LEN(names) ? names[kind] : "unknown";
}

/* Adds a copy of ITEM, or counts REASON when there are MAX. */
#define ADD(o, vec, max, reason, item)                                                             \
	do {                                                                                       \
		if ((vec)->count >= (max) || kt_vec_push(vec, item))                               \
			kt_loss_add(&(o)->loss, reason, 1);                                        \
	} while (0)

void kt_outcome_add_phase(struct kt_outcome *o, uint16_t phase, uint64_t at_ms)
{
	struct kt_outcome_phase p = {.phase = phase, .at_ms = at_ms};

	ADD(o, &o->phases, KT_OUTCOME_PHASES_MAX, KT_LOSS_detail_dropped, p);
}

void kt_outcome_add_stimulus(struct kt_outcome *o, const struct kt_stimulus *s)
{
	ADD(o, &o->stimuli, KT_OUTCOME_PHASES_MAX, KT_LOSS_detail_dropped, *s);
}

void kt_outcome_add_marker(struct kt_outcome *o, const struct kt_outcome_marker *m)
{
	ADD(o, &o->markers, KT_OUTCOME_MARKERS_MAX, KT_LOSS_detail_dropped, *m);
}

void kt_outcome_add_capture(struct kt_outcome *o, uint16_t phase, const char *tag,
	const char *cgroup, uint32_t count, const char *pids)
{
	struct kt_outcome_capture added = {
		.phase = phase,
		.tag = keep_name(o, tag),
		.cgroup = keep_name(o, cgroup),
		.count = count,
		.pids = strdup(pids),
	};

	if (o->captures.count < KT_OUTCOME_CAPTURES_MAX && added.tag && added.cgroup &&
		added.pids && !kt_vec_push(&o->captures, added))
		return;
	capture_done(&added);
	kt_loss_add(&o->loss, KT_LOSS_capture_dropped, 1);
}

void kt_outcome_add_worker(struct kt_outcome *o, const struct kt_work_result *r)
{
	ADD(o, &o->workers, KT_OUTCOME_WORKERS_MAX, KT_LOSS_worker_report, *r);
}

void kt_outcome_add_delay(struct kt_outcome *o, const struct kt_outcome_delay_sample *s)
{
	const struct kt_outcome_delay_sample *last =
		o->delay_samples.count ? &o->delay_samples.items[o->delay_samples.count - 1] : NULL;
	uint64_t start_ms = last ? last->at_ms : 0;
	struct kt_outcome_delay_sample added = *s;

	added.at_ms = KT_MAX(s->at_ms, start_ms);
	/* No CPU can lose more than the whole of an interval, whatever both hosts claim. */
	added.sum_ns =
		KT_MIN(s->vcpu_max_ns + s->outer_max_ns, (added.at_ms - start_ms) * KT_NS_PER_MS);
	added.sum_ns += last ? last->sum_ns : 0;
	ADD(o, &o->delay_samples, KT_OUTCOME_DELAYS_MAX, KT_LOSS_detail_dropped, added);
}

void kt_outcome_add_metric(struct kt_outcome *o, const struct kt_metric *m)
{
	struct kt_outcome_metric added = {
		.phase = m->phase,
		.source = keep_name(o, m->source),
		.cgroup = keep_name(o, m->cgroup),
		.name = keep_name(o, m->name),
		.unit = keep_name(o, m->unit),
		.polarity = m->polarity,
		.value = m->value,
		.target = m->target,
	};

	if (o->metrics.count < KT_OUTCOME_METRICS_MAX && added.source && added.cgroup &&
		added.name && added.unit && !kt_vec_push(&o->metrics, added))
		return;
	metric_done(&added);
	kt_loss_add(&o->loss, KT_LOSS_metric_dropped, 1);
}

void kt_outcome_add_payload(struct kt_outcome *o, const struct kt_payload_end *p)
{
	struct kt_outcome_payload added = {
		.phase = p->phase,
		.name = keep_name(o, p->name),
		.cgroup = keep_name(o, p->cgroup),
		.how = keep_name(o, p->how),
		.failures = strdup(p->failures),
		.tail = strdup(p->tail),
		.exit_code = p->exit_code,
		.stopped = p->stopped,
		.wall_ns = p->wall_ns,
		.out_bytes = p->out_bytes,
		.err_bytes = p->err_bytes,
		.metrics = p->metrics,
	};

	if (o->payloads.count < KT_OUTCOME_PAYLOADS_MAX && added.name && added.cgroup &&
		added.how && added.failures && added.tail && !kt_vec_push(&o->payloads, added))
		return;
	payload_done(&added);
	kt_loss_add(&o->loss, KT_LOSS_detail_dropped, 1);
}

void kt_outcome_add_detail(
	struct kt_outcome *o, uint16_t phase, bool fails, const char *kind, const char *text)
{
	struct kt_outcome_detail d = {.phase = phase, .fails = fails};
	/* The last place is kept for a failure: notes alone must not push one out. */
	size_t max = fails ? KT_OUTCOME_DETAILS_MAX : KT_OUTCOME_DETAILS_MAX - 1;

	snprintf(d.kind, sizeof(d.kind), "%s", kind);
	if (o->details.count < max && (d.text = strdup(text)) && !kt_vec_push(&o->details, d))
		return;
	free(d.text);
	kt_loss_add(&o->loss, KT_LOSS_detail_dropped, 1);
}

void kt_outcome_add_claim(struct kt_outcome *o, const struct kt_claim *c)
{
	size_t kept = c->counts ? KTSTR_VERDICT_FAIL - c->verdict : KTSTR_VERDICT_FAIL;
	struct kt_outcome_claim added = {
		.phase = c->phase,
		.verdict = c->verdict,
		.counts = c->counts,
		.has_value = c->has_value,
		.value = c->value,
		.bound = c->bound,
		.label = strdup(c->label),
		.text = strdup(c->text),
	};

	if (o->claims.count < KT_OUTCOME_CLAIMS_MAX - kept && added.label && added.text &&
		!kt_vec_push(&o->claims, added))
		return;
	claim_done(&added);
	kt_loss_add(&o->loss, KT_LOSS_claim_dropped, 1);
}

/* A panic stands at the end, the machine's description at the start: the middle goes. */
static void cut_console(struct kt_outcome *o)
{
	struct kt_str *c = &o->console;
	size_t tail = HEAD_BYTES + CUT_BYTES;

	memmove(c->text + HEAD_BYTES, c->text + tail, c->len - tail);
	kt_str_cut(c, c->len - CUT_BYTES);
	o->console_cut_bytes += CUT_BYTES;
	kt_loss_add(&o->loss, KT_LOSS_console_cut, 1);
}

static void cut_bytes(struct kt_outcome *o, size_t bytes)
{
	if (!bytes)
		return;
	o->console_cut_bytes += bytes;
	kt_loss_add(&o->loss, KT_LOSS_console_cut, 1);
}

static void keep_console(struct kt_outcome *o, const char *p, size_t bytes)
{
	while (bytes) {
		size_t n = KT_MIN(bytes, KT_OUTCOME_CONSOLE_BYTES - o->console.len);

		kt_str_add_bytes(&o->console, p, n);
		if (o->console.failed)
			break;
		p += n;
		bytes -= n;
		if (o->console.len >= KT_OUTCOME_CONSOLE_BYTES)
			cut_console(o);
	}
	cut_bytes(o, bytes);
}

static bool at_line_start(const struct kt_outcome *o)
{
	return !o->console.len || o->console.text[o->console.len - 1] == '\n';
}

/* Whole lines of the terminal into the console; with ALL its last line too, as if it ended. */
static void move_term(struct kt_outcome *o, bool all)
{
	const char *end = o->term.len ? memrchr(o->term.text, '\n', o->term.len) : NULL;
	size_t whole = end ? (size_t)(end - o->term.text) + 1 : 0;

	if (all && whole < o->term.len) {
		kt_str_add(&o->term, "\n");
		whole = o->term.len;
	}
	if (!whole)
		return;
	keep_console(o, o->term.text, whole);
	memmove(o->term.text, o->term.text + whole, o->term.len - whole);
	kt_str_cut(&o->term, o->term.len - whole);
}

void kt_outcome_add_console(struct kt_outcome *o, const void *data, size_t bytes)
{
	kt_complaint_feed(&o->scan, data, bytes);
	keep_console(o, data, bytes);
	if (o->term.len && at_line_start(o))
		move_term(o, false);
}

void kt_outcome_add_term(struct kt_outcome *o, const void *data, size_t bytes)
{
	const char *p = data;

	while (bytes) {
		size_t n = KT_MIN(bytes, KT_OUTCOME_TERM_BYTES - o->term.len);

		kt_str_add_bytes(&o->term, p, n);
		if (o->term.failed)
			break;
		p += n;
		bytes -= n;
		/* One line as long as all that may wait is broken here. */
		if (at_line_start(o))
			move_term(o, o->term.len == KT_OUTCOME_TERM_BYTES);
		if (o->term.len == KT_OUTCOME_TERM_BYTES)
			break;
	}
	cut_bytes(o, bytes);
}

void kt_outcome_add_dmesg(struct kt_outcome *o, const char *text)
{
	size_t bytes = strlen(text);
	size_t n = o->dmesg_ended ? 0 : KT_MIN(bytes, KT_OUTCOME_DMESG_BYTES - o->dmesg.len);

	kt_str_add_bytes(&o->dmesg, text, n);
	if (o->dmesg.failed)
		n = 0;
	if (n == bytes)
		return;
	o->dmesg_cut_bytes += bytes - n;
	kt_loss_add(&o->loss, KT_LOSS_dmesg_cut, 1);
}

void kt_outcome_set_end(struct kt_outcome *o, enum kt_outcome_end end, enum kt_outcome_stage stage,
	const char *fix, const char *fmt, ...)
{
	va_list ap;

	o->end = end;
	o->end_stage = stage;
	snprintf(o->end_fix, sizeof(o->end_fix), "%s", fix);
	va_start(ap, fmt);
	vsnprintf(o->end_text, sizeof(o->end_text), fmt, ap);
	va_end(ap);
	kt_complaint_flush(&o->scan);
	if (o->term.len && !at_line_start(o))
		keep_console(o, "\n", 1);
	move_term(o, true);
}

void kt_outcome_set_error(
	struct kt_outcome *o, enum kt_outcome_stage stage, const struct kt_err *err)
{
	kt_outcome_set_end(o, KT_END_ERROR, stage, err->fix, "%s", err->text);
}
