// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text report: the verdict's line, why it is not PASS with the remedy, the console's tail
 * when the guest died, notes and losses, what the workers did. Details of one check stand
 * together and share a remedy.
 */
#include "report/text.h"

#include <string.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/payloads.h"
#include "report/text_parts.h"
#include "topo/spec.h"

#define SAME_SHOWN 5u  /* details of one name; the rest is counted */
#define TAIL_LINES 20u /* of the console */
#define TAIL_BYTES 8192u

static const char *const colours[KT_VERDICT_COUNT] = {
	[KT_VERDICT_SKIP] = "\033[36m",
	[KT_VERDICT_PASS] = "\033[32m",
	[KT_VERDICT_INCONCLUSIVE] = "\033[33m",
	[KT_VERDICT_FAIL] = "\033[31m",
	[KT_VERDICT_ERROR] = "\033[35m",
};

static void write_headline(
	const struct kt_outcome *o, const struct kt_verdict *v, bool colour, struct kt_str *out)
{
	char topo[KT_TOPO_TEXT_BYTES] = "";

	kt_str_addf(out, "%s%s%s ", colour ? colours[v->kind] : "", kt_verdict_name(v->kind),
		colour ? "\033[0m" : "");
	kt_outcome_title(o, out);
	if (o->topo.nodes)
		kt_str_addf(out, " (%s, %.1f s)", kt_topo_text(&o->topo, topo),
			(double)o->duration_ms / 1000);
	kt_str_addf(out, " %s\n", o->test->description);
}

/* Lines after the first begin with INDENT too. */
static void write_indented(const char *text, const char *indent, struct kt_str *out)
{
	for (;;) {
		size_t n = strcspn(text, "\n");

		kt_str_add_bytes(out, text, n);
		kt_str_add(out, "\n");
		if (!text[n] || !text[n + 1])
			return;
		text += n + 1;
		kt_str_add(out, indent);
	}
}

/* What was said in a phase, with where that was, unless the text names it by itself. */
static void write_placed(
	const struct kt_outcome *o, int phase, const char *text, struct kt_str *out)
{
	char place[KT_TEXT_PLACE_BYTES];

	kt_text_place(o, phase, place);
	if (*place && !strstr(text, place))
		kt_str_addf(out, "%s: ", place);
	write_indented(text, "    ", out);
}

static void write_detail(
	const struct kt_outcome *o, const struct kt_verdict_detail *d, struct kt_str *out)
{
	kt_str_addf(out, "  %s: ", d->name);
	write_placed(o, d->phase, d->text, out);
}

/*
 * All details like FIRST (same kind and name), with each remedy said once. Many workers that
 * fail one check are one finding: a few of them are enough to see it.
 */
static void write_group(const struct kt_outcome *o, const struct kt_verdict *v,
	const struct kt_verdict_detail *first, struct kt_str *out)
{
	unsigned shown = 0, more = 0;
	const struct kt_verdict_detail *last = first;

	for (const struct kt_verdict_detail *d = first; d < v->details.items + v->details.count;
		d++) {
		if (d->kind != first->kind || strcmp(d->name, first->name))
			continue;
		if (shown == SAME_SHOWN) {
			more++;
			continue;
		}
		if (shown && strcmp(d->fix, last->fix) && last->fix[0])
			kt_str_addf(out, "    remedy: %s\n", last->fix);
		write_detail(o, d, out);
		last = d;
		shown++;
	}
	if (more)
		kt_str_addf(out, "  %s: and %u more like these\n", first->name, more);
	if (last->fix[0])
		kt_str_addf(out, "    remedy: %s\n", last->fix);
}

static bool begins_group(const struct kt_verdict *v, const struct kt_verdict_detail *d)
{
	for (const struct kt_verdict_detail *e = v->details.items; e < d; e++)
		if (e->kind == d->kind && !strcmp(e->name, d->name))
			return false;
	return true;
}

static void write_details(
	const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	for (unsigned kind = KT_VERDICT_COUNT; kind-- > 0;)
		kt_vec_each(d, &v->details)
			if (d->kind == kind && begins_group(v, d))
				write_group(o, v, d, out);
	if (v->more)
		kt_str_addf(out, "  and %zu details more than can be kept\n", v->more);
}

static void write_tail(const struct kt_outcome *o, struct kt_str *out)
{
	const char *text = kt_str_get(&o->console);
	const char *end = text + o->console.len, *p;
	unsigned lines = 0;

	while (end > text && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	for (p = end; p > text && end - p < (ptrdiff_t)TAIL_BYTES; p--)
		if (p[-1] == '\n' && ++lines == TAIL_LINES)
			break;
	if (p == end) {
		kt_str_add(out, "  the console is empty: the kernel said nothing\n");
		return;
	}
	kt_str_add(out, "  last lines of the console:\n");
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p)) ?: end;

		kt_str_add(out, "  | ");
		kt_str_add_bytes(out, p, (size_t)(stop - p) - (stop > p && stop[-1] == '\r'));
		kt_str_add(out, "\n");
		p = stop + 1;
	}
}

/* Whether the console is what explains the end; a guest that finished has said it in frames. */
static bool guest_died(const struct kt_outcome *o)
{
	switch (o->end) {
	case KT_END_DONE:
	case KT_END_RESET:
		return !o->finished;
	case KT_END_PANIC:
	case KT_END_SHUTDOWN:
	case KT_END_DEADLINE:
		return true;
	case KT_END_ERROR:
		return o->console.len > 0;
	case KT_END_NOT_RUN:
	case KT_END_SKIPPED:
	case KT_END_INTERRUPTED:
		return false;
	}
	return false;
}

/* The reason of a skip stands above already, unless something failed beside it. */
static void write_notes(const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	kt_vec_each(d, &o->details) {
		bool is_said = v->kind == KT_VERDICT_SKIP && !strcmp(d->kind, KT_ENV_SKIP);

		if (d->fails || is_said)
			continue;
		kt_str_add(out, "  note: ");
		write_placed(o, d->phase, d->text, out);
	}
}

/* Grave losses are details of the verdict already. */
static void write_losses(const struct kt_outcome *o, struct kt_str *out)
{
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++)
		if (o->loss.count[i] && !kt_loss_is_grave(i))
			kt_str_addf(out, "  lost: %s (%ju)\n    remedy: %s\n", kt_loss_sentence(i),
				(uintmax_t)o->loss.count[i], kt_loss_fix(i));
}

/* Claims and checks that hold: what a PASS rests on. */
static void write_passes(const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	char worst[KT_FORMAT_BYTES], limit[KT_FORMAT_BYTES];

	kt_vec_each(c, &o->claims) {
		if (c->verdict != KTSTR_VERDICT_PASS)
			continue;
		kt_str_add(out, "  holds: ");
		write_placed(o, c->phase, c->text, out);
	}
	kt_vec_each(c, &v->checks) {
		if (c->kind != KT_VERDICT_PASS)
			continue;
		kt_str_addf(out, "  holds: %s: %zu judged, worst %s", c->name, c->judged,
			kt_format_number(c->worst, worst));
		if (!c->is_flag)
			kt_str_addf(out, ", limit %s%s%s", kt_format_number(c->limit, limit),
				c->unit[0] ? " " : "", c->unit);
		kt_str_add(out, "\n");
	}
}

void kt_text_report(const struct kt_outcome *o, const struct kt_verdict *v,
	const struct kt_text_options *options, struct kt_str *out)
{
	bool verbose = options && options->verbose;

	write_headline(o, v, options && options->colour, out);
	size_t body = out->len;
	write_details(o, v, out);
	if (v->kind > KT_VERDICT_PASS && (guest_died(o) || (options && options->console)))
		write_tail(o, out);
	if (verbose || (options && options->passes))
		write_passes(o, v, out);
	write_notes(o, v, out);
	write_losses(o, out);
	kt_text_cgroups(o, out);
	kt_text_payloads(o, verbose, out);
	if (verbose || v->kind > KT_VERDICT_PASS)
		kt_text_workers(o, verbose, out);
	if (verbose || v->kind > KT_VERDICT_PASS)
		kt_text_captures(o, out);
	if (verbose) {
		kt_text_metrics(o, out);
		kt_text_machine(o, out);
		kt_text_times(o, out);
	}
	kt_text_clean(out, body);
}

void kt_text_summary(const struct kt_verdict_tally *t, struct kt_str *out)
{
	kt_str_addf(out, "%u passed, %u failed, %u skipped, %u inconclusive",
		t->count[KT_VERDICT_PASS], t->count[KT_VERDICT_FAIL], t->count[KT_VERDICT_SKIP],
		t->count[KT_VERDICT_INCONCLUSIVE]);
	if (t->count[KT_VERDICT_ERROR])
		kt_str_addf(out, ", %u could not run", t->count[KT_VERDICT_ERROR]);
	kt_str_add(out, "\n");
}
