// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler's process, watched through the environment. */
#include "scenario/liveness.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"

int kt_liveness_hold(struct kt_state *s, uint64_t deadline_ns, struct kt_err *err)
{
	const struct kt_env *env = s->env;
	pid_t pid = env->scheduler_pid(env->arg);
	bool ended = false;
	if (!pid && deadline_ns <= env->now_ns(env->arg))
		return 0;
	int r = env->hold_until(env->arg, deadline_ns, pid, &ended, err);
	if (!r && ended && !s->sched_ended)
		s->sched_ended = pid;
	return r;
}

int kt_liveness_check(struct kt_state *s, struct kt_err *err)
{
	return kt_liveness_hold(s, s->env->now_ns(s->env->arg), err);
}

void kt_liveness_record(struct kt_state *s, const char *when_fmt, ...)
{
	static const struct {
		const char *kind, *text;
	} ends[] = {
		[KT_SCHED_END_UNKNOWN] = {"sched_died", "ended, and why is not known"},
		[KT_SCHED_END_CRASHED] = {"sched_crashed", "crashed"},
		[KT_SCHED_END_EXITED] = {"sched_exited", "exited by itself"},
	};
	char when[96];
	va_list ap;
	if (s->sched_recorded)
		return;
	s->sched_recorded = true;
	va_start(ap, when_fmt);
	vsnprintf(when, sizeof(when), when_fmt, ap);
	va_end(ap);
	enum kt_sched_end end = s->env->scheduler_end(s->env->arg, s->sched_ended);
	size_t i = (size_t)end < KT_ARRAY_LEN(ends) ? (size_t)end : KT_SCHED_END_UNKNOWN;
	uint64_t ms = kt_state_elapsed_ms(s);
	kt_state_detail(s, true, ends[i].kind,
		"the scheduler (process %d) %s %s, %llu.%03llu s after the start of the scenario "
		"(fix: see what it printed and the kernel's log for the reason)",
		(int)s->sched_ended, ends[i].text, when, (unsigned long long)(ms / 1000),
		(unsigned long long)(ms % 1000));
}
