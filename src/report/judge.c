// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of a verdict, one function each, in the order kt_verdict_judge() applies them:
 * whether the run counts at all, what the machine and the kernel did, what the guest said of
 * itself, what the workers did, and what was lost on the way.
 */
#include "report/judge.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "report/check.h"
#include "report/format.h"
#include "report/host.h"
#include "report/workers.h"
#include "scenario/detail.h"

/* The kernel's own watchdogs wait longer than this: less stolen time cannot set them off. */
#define STALL_EXCUSE_NS (10 * KT_NS_PER_S)

static const char fix_memory[] =
	"give the machine more memory (.memory_mib of the test, or --memory), or use less";

static struct kt_verdict_detail head(enum kt_verdict_kind kind, const char *name)
{
	struct kt_verdict_detail d = {.kind = kind, .phase = KT_VERDICT_NO_PHASE};

	snprintf(d.name, sizeof(d.name), "%s", name);
	return d;
}

static const char *or_else(const char *text, const char *other)
{
	return text[0] ? text : other;
}

/* Skipped, or never got to be a run: nothing else is worth judging. */
static bool judge_run(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail error = head(KT_VERDICT_ERROR, "harness");
	struct kt_verdict_detail skip = head(KT_VERDICT_SKIP, "skip");

	snprintf(error.where, sizeof(error.where), "%s", kt_outcome_stage_name(o->end_stage));
	switch (o->end) {
	case KT_END_SKIPPED:
		kt_verdict_add(
			v, &skip, o->end_fix, "%s", or_else(o->end_text, "no reason was given"));
		return false;
	case KT_END_NOT_RUN:
		kt_verdict_add(v, &error, "run the test again", "the test was not run");
		return false;
	case KT_END_INTERRUPTED:
		kt_verdict_add(v, &error, "run the test again", "interrupted during %s%s%s",
			error.where, o->end_text[0] ? ": " : "", o->end_text);
		return false;
	case KT_END_ERROR:
		kt_verdict_add(v, &error, or_else(o->end_fix, "see the log with -v"), "%s",
			or_else(o->end_text, "the harness failed without a reason"));
		return false;
	case KT_END_DONE:
	case KT_END_RESET:
	case KT_END_PANIC:
	case KT_END_SHUTDOWN:
	case KT_END_DEADLINE:
		v->kind = KT_VERDICT_PASS;
		return true;
	}
	return false;
}

/* Results of another machine than the one asked for would answer another question. */
static void judge_topology(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail error = head(KT_VERDICT_ERROR, "topology");
	struct kt_verdict_detail unknown = head(KT_VERDICT_INCONCLUSIVE, "topology");

	if (o->topo_difference[0])
		kt_verdict_add(v, &error,
			"boot a kernel with SMP, NUMA and ACPI (ktstr kernel build makes one), or "
			"ask for another topology",
			"the guest shows another machine than was asked for: %s (asked: %s; "
			"seen: %s)",
			o->topo_difference, o->topo_asked, o->topo_seen);
	else if (o->finished && !o->topo_seen[0])
		kt_verdict_add(v, &unknown, "run the test again",
			"the guest did not say which topology it saw");
}

/* A panic is never allowed by .allow_complaints: the run did not come to its end. */
static void judge_panic(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail fail = head(KT_VERDICT_FAIL, "panic");
	const char *line = NULL;

	kt_vec_each(c, &o->scan.found)
		if (c->is_panic && !line)
			line = c->line;
	if (!line && o->end != KT_END_PANIC)
		return;
	snprintf(fail.where, sizeof(fail.where), "%s", kt_outcome_stage_name(o->end_stage));
	kt_verdict_add(v, &fail, "read the console above that line: what came first is the cause",
		"the kernel panicked during %s: %s", fail.where,
		line ? line : or_else(o->end_text, "its last words are missing"));
}

/* Half of the time lost to the host is enough to doubt that the guest was the slow one. */
static void judge_deadline(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail d = head(KT_VERDICT_FAIL, "deadline");
	uint64_t spent_ns = o->stage_ms[o->end_stage] * KT_NS_PER_MS;
	uint64_t stolen_ns = kt_host_stolen_ns(o);
	char spent[KT_FORMAT_BYTES], stolen[KT_FORMAT_BYTES];

	snprintf(d.where, sizeof(d.where), "%s", kt_outcome_stage_name(o->end_stage));
	kt_format_seconds(spent_ns, spent);
	if (stolen_ns && stolen_ns >= spent_ns / 2) {
		d.kind = KT_VERDICT_INCONCLUSIVE;
		kt_verdict_add(v, &d,
			"run it again on a less busy host, or with a larger --timeout",
			"%s was not over after %s, but the host may have taken up to %s from the "
			"machine's CPUs",
			d.where, spent, kt_format_seconds(stolen_ns, stolen));
		return;
	}
	kt_verdict_add(v, &d,
		or_else(o->end_fix, "see the console's last lines; if it only was slow, give a "
				    "larger --timeout"),
		"%s was not over after %s%s%s", d.where, spent, o->end_text[0] ? ": " : "",
		o->end_text);
}

static void judge_end(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail died = head(KT_VERDICT_FAIL, "shutdown");

	judge_panic(o, v);
	if (o->end == KT_END_DEADLINE)
		judge_deadline(o, v);
	if (o->end != KT_END_SHUTDOWN)
		return;
	snprintf(died.where, sizeof(died.where), "%s", kt_outcome_stage_name(o->end_stage));
	kt_verdict_add(v, &died,
		"see the console's last lines; boot with earlyprintk=ttyS0 for more",
		"the machine shut down during %s without a word: %s", died.where,
		or_else(o->end_text, "triple fault"));
}

static bool ran_out_of_memory(const struct kt_outcome *o)
{
	kt_vec_each(c, &o->scan.found)
		if (c->is_oom)
			return true;
	return false;
}

static void judge_crash(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail fail = head(KT_VERDICT_FAIL, "crash");

	if (!o->crash.seen)
		return;
	fail.phase = o->crash.phase;
	if (o->crash.signal)
		kt_verdict_add(v, &fail,
			o->crash.signal == SIGKILL && ran_out_of_memory(o)
				? fix_memory
				: "see the console; run the body under a debugger",
			"the test's own process was killed by SIG%s%s%s",
			or_else(sigabbrev_np(o->crash.signal) ?: "", "NAL without a name"),
			o->crash.text[0] ? ": " : "", o->crash.text);
	else
		kt_verdict_add(v, &fail, "a test's body must return, not exit",
			"the test's own process exited with %d%s%s", o->crash.exit_status,
			o->crash.text[0] ? ": " : "", o->crash.text);
}

/* Errors of the guest arrive as "what failed (fix: remedy)": the remedy without its wrapping. */
static char *fix_inside(const char *text, int *ret_text_len)
{
	static const char mark[] = " (fix: ";
	const char *at = strstr(text, mark);
	size_t len = strlen(text);

	*ret_text_len = (int)len;
	if (!at || text[len - 1] != ')')
		return strdup("");
	*ret_text_len = (int)(at - text);
	at += sizeof(mark) - 1;
	return strndup(at, (size_t)(text + len - 1 - at));
}

static void judge_details(const struct kt_outcome *o, struct kt_verdict *v)
{
	kt_vec_each(d, &o->details) {
		struct kt_verdict_detail fail = head(KT_VERDICT_FAIL, or_else(d->kind, "detail"));
		int len;

		if (!d->fails)
			continue;
		if (!strcmp(d->kind, KT_DETAIL_HARNESS)) {
			if (o->topo_difference[0])
				continue; /* the guest stopped for that reason, and says so too */
			fail.kind = KT_VERDICT_ERROR;
		}
		fail.phase = d->phase;
		KT_AUTOFREE char *fix = fix_inside(d->text, &len);
		kt_verdict_add(v, &fail,
			fix && *fix ? fix : kt_detail_info(kt_detail_find(d->kind))->remedy, "%.*s",
			len, d->text);
	}
}

/* What a body claimed: parts of a claim of several count only through it. */
static void judge_claims(const struct kt_outcome *o, struct kt_verdict *v)
{
	kt_vec_each(c, &o->claims) {
		struct kt_verdict_detail d =
			head(c->verdict == KTSTR_VERDICT_FAIL ? KT_VERDICT_FAIL
							      : KT_VERDICT_INCONCLUSIVE,
				"claim");

		if (!c->counts || c->verdict == KTSTR_VERDICT_PASS)
			continue;
		snprintf(d.where, sizeof(d.where), "%s", c->label);
		d.phase = c->phase;
		d.has_value = c->has_value;
		d.value = c->value;
		d.bound = c->bound;
		d.unit = "";
		kt_verdict_add(v, &d,
			"the test's body claims it; KTSTR_LOG_PASSES=1 shows what it claims beside "
			"that",
			"%s", c->text);
	}
}

/* The body's own word that this machine or kernel is not one for it; failures count more. */
static bool judge_skip(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail skip = head(KT_VERDICT_SKIP, "skip");

	if (v->kind > KT_VERDICT_PASS)
		return false;
	kt_vec_each(d, &o->details) {
		if (d->fails || strcmp(d->kind, KT_ENV_SKIP))
			continue;
		v->kind = KT_VERDICT_SKIP;
		kt_verdict_add(
			v, &skip, "run it on a machine and kernel that have it", "%s", d->text);
	}
	return v->kind == KT_VERDICT_SKIP;
}

/* Whether it ended by itself or by a signal, rather than being late or unreadable. */
static bool has_died(const struct kt_work_result *r)
{
	return kt_starts_with(r->exit_text, "killed by") ||
	       kt_starts_with(r->exit_text, "exited with");
}

static void judge_dead_workers(const struct kt_outcome *o, struct kt_verdict *v)
{
	kt_vec_each(r, &o->workers) {
		struct kt_verdict_detail d = head(KT_VERDICT_FAIL, "worker");

		if (r->completed || !has_died(r))
			continue;
		kt_workers_blame(o, r, v, &d);
		kt_verdict_add(v, &d,
			"see the console for the reason; 'Out of memory' there calls for a larger "
			"memory_mib",
			"%s %s%s", d.where, kt_starts_with(r->exit_text, "killed") ? "was " : "",
			r->exit_text);
	}
}

static bool has_detail(const struct kt_verdict *v, const struct kt_verdict_detail *like)
{
	kt_vec_each(d, &v->details)
		if (d->phase == like->phase && !strcmp(d->where, like->where))
			return true;
	return false;
}

/*
 * After the checks: one that was only late leaves the test undecided, but where a check has
 * said what its live counters mean, that says more.
 */
static void judge_late_workers(const struct kt_outcome *o, struct kt_verdict *v)
{
	kt_vec_each(r, &o->workers) {
		struct kt_verdict_detail d = head(KT_VERDICT_INCONCLUSIVE, "worker");

		if (r->completed || has_died(r))
			continue;
		kt_workers_blame(o, r, v, &d);
		if (d.where[0] && has_detail(v, &d))
			continue;
		kt_verdict_add(v, &d, kt_loss_fix(KT_LOSS_worker_report),
			"%s did not report (%s), so %s", d.where,
			or_else(r->exit_text, "reason unknown"),
			kt_workers_timed_out(r) ? "only its live counters are known"
						: "what it did is unknown");
	}
}

/* Only the kernel's own watchdogs can be set off by a host that gives no CPU time. */
static void judge_complaints(const struct kt_outcome *o, struct kt_verdict *v)
{
	uint64_t stolen_ns = kt_host_stolen_ns(o);
	char stolen[KT_FORMAT_BYTES];

	kt_format_seconds(stolen_ns, stolen);
	kt_vec_each(c, &o->scan.found) {
		struct kt_verdict_detail d = head(KT_VERDICT_FAIL, "complaint");

		if (c->is_panic || kt_complaint_allowed(c, o->test->allow_complaints))
			continue;
		snprintf(d.where, sizeof(d.where), "console line %u", c->line_number);
		if (c->is_stall && stolen_ns >= STALL_EXCUSE_NS) {
			d.kind = KT_VERDICT_INCONCLUSIVE;
			kt_verdict_add(v, &d, "run it again on a less busy host",
				"the kernel said: %s (%s), but the host may have taken up to %s "
				"from "
				"the machine's CPUs",
				c->line, c->sentence, stolen);
			continue;
		}
		kt_verdict_add(v, &d,
			c->is_oom ? fix_memory
				  : "fix its cause; where it is expected, name it in the test's "
				    ".allow_complaints",
			"the kernel said: %s (%s)", c->line, c->sentence);
	}
	if (o->scan.more) {
		struct kt_verdict_detail d = head(KT_VERDICT_FAIL, "complaint");
		kt_verdict_add(v, &d, "fix the first ones: the rest usually follows from them",
			"the kernel complained %u times more", o->scan.more);
	}
}

/* The last resort: the guest left early and nothing else says why. */
static void judge_finish(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_verdict_detail fail = head(KT_VERDICT_FAIL, "unfinished");

	if (o->finished || v->kind >= KT_VERDICT_FAIL || o->end != KT_END_RESET)
		return;
	snprintf(fail.where, sizeof(fail.where), "%s", kt_outcome_stage_name(o->end_stage));
	kt_verdict_add(v, &fail, "see the console's last lines for what ended the guest",
		"the guest restarted during %s, before %s", fail.where,
		!o->hello   ? "the harness's own process started in it"
		: !o->ready ? "it was ready for the scenario"
			    : "the scenario was over");
}

/* Details of workers say more than the counter of lost reports does. */
static void judge_losses(const struct kt_outcome *o, struct kt_verdict *v)
{
	bool workers_told = false;

	kt_vec_each(r, &o->workers)
		workers_told |= !r->completed;
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++) {
		struct kt_verdict_detail d = head(KT_VERDICT_INCONCLUSIVE, kt_loss_name(i));

		if (!o->loss.count[i] || !kt_loss_is_grave(i))
			continue;
		if (i == KT_LOSS_worker_report && workers_told)
			continue;
		kt_verdict_add(v, &d, kt_loss_fix(i), "%s (%ju)", kt_loss_sentence(i),
			(uintmax_t)o->loss.count[i]);
	}
}

void kt_verdict_judge(const struct kt_outcome *o, struct kt_verdict *v)
{
	if (!judge_run(o, v))
		return;
	judge_topology(o, v);
	judge_end(o, v);
	judge_crash(o, v);
	judge_details(o, v);
	judge_claims(o, v);
	judge_dead_workers(o, v);
	judge_complaints(o, v);
	judge_finish(o, v);
	if (judge_skip(o, v))
		return;
	if (o->finished || o->workers.count)
		kt_check_run(o, v);
	judge_late_workers(o, v);
	judge_losses(o, v);
}
