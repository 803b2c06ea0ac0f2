// SPDX-License-Identifier: GPL-2.0-only
/* The two things a test program does on a host: list its tests, and run them one by one. */
#include "run/run.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "report/text.h"
#include "run/interrupt.h"
#include "run/machine.h"
#include "run/runner.h"
#include "run/session.h"
#include "scenario/plan.h"
#include "topo/spec.h"

static void print_test(const struct kt_run_options *o, const struct ktstr_test *t)
{
	struct kt_topo topo = o->topo.nodes ? o->topo : kt_plan_topo_of(t);
	uint64_t ms = o->duration_ms   ? o->duration_ms
		      : t->duration_ms ? t->duration_ms
				       : KTSTR_DEFAULT_DURATION_MS;
	char text[KT_TOPO_TEXT_BYTES];
	fprintf(o->out, "%-24s %-12s %6.1f s  %s\n", t->name, kt_topo_text(&topo, text),
		(double)ms / 1000, t->description);
}

int kt_run_list(const struct kt_run_options *o, int *ret_status, struct kt_err *err)
{
	struct kt_run_session s = {.o = o};
	int r = kt_run_session_select(&s, err);
	for (size_t i = 0; r == 0 && i < s.tests.count; i++)
		print_test(o, s.tests.tests[i]);
	*ret_status = r < 0 ? KT_RUN_STATUS_USAGE : 0;
	kt_run_session_done(&s);
	return r;
}

static void on_interrupt(void *unused)
{
	(void)unused;
	kt_log(KT_LOG_WARN, "interrupted: ending the machine");
	kt_run_machine_interrupt();
}

static int run_all(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_run_session_prepare(s, err);
	if (r == 0)
		r = kt_run_interrupt_begin(on_interrupt, NULL, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < s->tests.count && !kt_run_interrupted(); i++)
		r = kt_run_one(s, s->tests.tests[i], err);
	kt_run_interrupt_end();
	return r;
}

static void summarize(const struct kt_run_session *s)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_text_summary(&s->tally, &text);
	FILE *out = s->o->format == KT_RUN_FORMAT_TEXT ? s->o->out : s->o->log;
	fprintf(out, "%skernels booted: %u\n", kt_str_get(&text), s->booted);
	unsigned done = 0;
	for (size_t i = 0; i < KT_VERDICT_COUNT; i++)
		done += s->tally.count[i];
	if (done < s->tests.count)
		fprintf(out, "not run: %zu of %zu tests%s\n", s->tests.count - done, s->tests.count,
			kt_run_interrupted() ? ", interrupted" : "");
}

static int status_of(const struct kt_run_session *s)
{
	return kt_run_interrupt_status(kt_verdict_exit_code(kt_verdict_tally_worst(&s->tally)));
}

int kt_run_tests(const struct kt_run_options *o, int *ret_status, struct kt_err *err)
{
	struct kt_run_session s = {.o = o};
	*ret_status = KT_RUN_STATUS_USAGE;
	int r = kt_run_session_select(&s, err);
	if (r == 0) {
		*ret_status = KT_RUN_STATUS_HARNESS;
		r = kt_run_session_begin(&s, err);
	}
	if (r == 0 && s.accel.enter_softkvm && !kt_run_interrupted()) {
		r = kt_run_session_reenter(&s, ret_status, err);
	} else if (r == 0) {
		r = run_all(&s, err);
		summarize(&s);
		if (r == 0)
			*ret_status = status_of(&s);
	}
	/* Also one that ended the build of a kernel. */
	if (r < 0)
		*ret_status = kt_run_interrupt_status(*ret_status);
	kt_run_session_done(&s);
	return r;
}
