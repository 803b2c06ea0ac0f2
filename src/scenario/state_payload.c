// SPDX-License-Identifier: GPL-2.0-only
/* Every way in which a payload ends comes through tell(): nothing it measured is lost. */
#include "scenario/state_payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "payload/rules.h"
#include "scenario/state.h"

#define FIX_MEMORY "give the guest more memory"

/* How a payload that is over is judged. */
struct ending {
	bool gates; /* a failed check fails the test, or is only a note */
	struct kt_payload_judgement judgement;
};

static void slot_done(struct kt_state *s, struct kt_state_payload *slot)
{
	s->env->payload_free(slot->run);
	slot->run = NULL;
}

void kt_state_payloads_done(struct kt_state *s)
{
	struct kt_state_payloads *all = &s->payloads;
	for (size_t i = all->running.count; i > 0; i--)
		slot_done(s, &all->running.items[i - 1]);
	kt_vec_done(&all->running);
	kt_vec_each(r, &all->results) {
		kt_payload_judgement_done(&r->judgement);
		free(r->metrics);
	}
	kt_vec_done(&all->results);
}

int kt_state_payload_start(struct kt_state *s, const struct ktstr_payload *payload,
	const char *const *args, const char *cgroup, struct kt_err *err)
{
	const char *name = kt_payload_name(payload);
	char where[KT_NAMES_WHERE_BYTES];
	struct kt_state_payload slot = {.payload = payload, .persistent = s->persistent};
	struct kt_payload_spec spec = {.payload = payload, .args = args, .cgroup = slot.cgroup};
	snprintf(slot.cgroup, sizeof(slot.cgroup), "%s", cgroup);
	slot.start_ns = s->env->now_ns(s->env->arg);
	int r = s->env->payload_start(s->env->arg, &spec, &slot.run, err);
	if (!r && kt_vec_push(&s->payloads.running, slot) < 0) {
		slot_done(s, &slot);
		r = kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
	}
	if (!r) {
		r = kt_names_payload_add(&s->names, name, cgroup, s->persistent, s->place, err);
		if (r < 0)
			slot_done(s, &s->payloads.running.items[--s->payloads.running.count]);
	}
	return r < 0 ? kt_wrap(err, r, "start payload '%s' in %s", name,
			       kt_names_payload_where(cgroup, where, sizeof(where)))
		     : 0;
}

static void tell_metrics(struct kt_state *s, const struct kt_state_payload *slot,
	const struct kt_payload_values *values)
{
	kt_vec_each(v, &values->list) {
		const struct ktstr_metric_hint *h = kt_payload_hint(slot->payload, v->name);
		struct kt_metric m = {
			.phase = s->phase,
			.source = kt_payload_name(slot->payload),
			.cgroup = slot->cgroup,
			.name = v->name,
			.unit = h && h->unit ? h->unit : "",
			.polarity = h ? h->polarity : KTSTR_POLARITY_UNKNOWN,
			.value = v->value,
			.target = h && h->polarity == KTSTR_POLARITY_TARGET ? h->target : 0,
		};
		s->env->on_metric(s->env->arg, &m);
	}
	if (values->dropped)
		s->env->on_loss(s->env->arg, KT_LOSS_metric_dropped, values->dropped);
}

static void tell_end(struct kt_state *s, const struct kt_state_payload *slot,
	const struct kt_payload_output *o, const struct kt_payload_judgement *j, const char *tail)
{
	struct kt_payload_end end = {
		.phase = s->phase,
		.name = kt_payload_name(slot->payload),
		.cgroup = slot->cgroup,
		.how = j->how,
		.exit_code = j->exit_code,
		.stopped = o->stopped,
		.wall_ns = o->wall_ns,
		.out_bytes = o->out_bytes,
		.err_bytes = o->err_bytes,
		.metrics = (uint16_t)j->values.list.count, /* at most KT_PAYLOAD_VALUES_MAX */
		.failures = kt_str_get(&j->failures),
		.tail = tail,
	};
	s->env->on_payload(s->env->arg, &end);
	if (o->out_bytes > o->out.len || o->err_bytes > o->err.len)
		s->env->on_loss(s->env->arg, KT_LOSS_payload_cut, 1);
}

static void tell_failures(struct kt_state *s, const struct kt_state_payload *slot,
	const struct kt_payload_judgement *j, const char *tail, bool gates)
{
	char where[KT_NAMES_WHERE_BYTES];
	KT_AUTOFREE char *copy = strdup(kt_str_get(&j->failures));
	char *rest = copy;
	kt_names_payload_where(slot->cgroup, where, sizeof(where));
	for (char *line; rest && (line = strsep(&rest, "\n"));)
		kt_state_detail(s, gates, "payload", "payload '%s' in %s: %s%s%s",
			kt_payload_name(slot->payload), where, line,
			*tail && !rest ? "; it said:\n" : "", rest ? "" : tail);
}

/* Judge, and hand on all there is to say about it. */
static int tell(struct kt_state *s, const struct kt_state_payload *slot,
	const struct kt_payload_output *o, struct ending *e, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str tail = {0};
	int r = kt_payload_judge(slot->payload, o, &e->judgement, err);
	if (r < 0)
		return r;
	if (e->judgement.failed)
		kt_payload_tail(o, &tail);
	tell_metrics(s, slot, &e->judgement.values);
	tell_end(s, slot, o, &e->judgement, kt_str_get(&tail));
	if (e->judgement.failed)
		tell_failures(s, slot, &e->judgement, kt_str_get(&tail), e->gates);
	return 0;
}

/* Take it out of the lists; it is for the caller to end. */
static struct kt_state_payload take(struct kt_state *s, size_t i, const char *ended)
{
	struct kt_state_payload slot = s->payloads.running.items[i];
	struct kt_name_payload *name =
		kt_names_payload_find(&s->names, kt_payload_name(slot.payload), slot.cgroup);
	if (name)
		kt_names_payload_end(name, ended);
	kt_vec_remove(&s->payloads.running, i);
	return slot;
}

static int kill_and_tell(
	struct kt_state *s, struct kt_state_payload *slot, struct ending *e, struct kt_err *err)
{
	KT_AUTO_DONE(kt_payload_output_done) struct kt_payload_output o = {0};
	int r = s->env->payload_kill(s->env->arg, slot->run, &o, err);
	return r < 0 ? r : tell(s, slot, &o, e, err);
}

/* When who waits for SLOT gives up; 0: never. TIMEOUT_MS is from its start. */
static uint64_t deadline_of(
	struct kt_state *s, const struct kt_state_payload *slot, uint64_t timeout_ms)
{
	uint64_t own_ns = timeout_ms ? slot->start_ns + timeout_ms * KT_NS_PER_MS : 0;
	uint64_t limit_ns = s->env->limit_ns(s->env->arg);
	if (!own_ns || !limit_ns)
		return own_ns ? own_ns : limit_ns;
	return KT_MIN(own_ns, limit_ns);
}

static int fail_late(struct kt_state *s, const struct kt_state_payload *slot, uint64_t timeout_ms,
	struct kt_err *err)
{
	uint64_t now = s->env->now_ns(s->env->arg);
	unsigned long long took_ms = (now - slot->start_ns) / KT_NS_PER_MS;
	if (timeout_ms && now >= slot->start_ns + timeout_ms * KT_NS_PER_MS)
		return kt_fail(err, ETIMEDOUT,
			"give it less to do, or a longer timeout_ms; 0 is none",
			"it did not end within its timeout of %llu ms and was killed",
			(unsigned long long)timeout_ms);
	return kt_fail(err, ETIMEDOUT,
		"give it less to do, or lengthen the test's duration: limits grow with it; "
		"--timeout sets them",
		"it still ran after %llu ms, when the scenario's own limit was near, and was "
		"killed",
		took_ms);
}

static int wait_and_tell(struct kt_state *s, struct kt_state_payload *slot, uint64_t timeout_ms,
	struct ending *e, struct kt_err *err)
{
	KT_AUTO_DONE(kt_payload_output_done) struct kt_payload_output o = {0};
	uint64_t deadline_ns = deadline_of(s, slot, timeout_ms);
	int r = s->env->payload_wait(s->env->arg, slot->run, deadline_ns, &o, err);
	if (!r)
		return tell(s, slot, &o, e, err);
	if (r != -ETIMEDOUT)
		return r;
	r = fail_late(s, slot, timeout_ms, err);
	struct kt_err ignored;
	(void)kill_and_tell(s, slot, e, &ignored); /* R says more */
	return r;
}

static int pick(struct kt_state *s, const char *op, const struct kt_payload_key *key, size_t *ret,
	struct kt_err *err)
{
	struct kt_name_payload *name = NULL;
	int r = kt_names_payload_pick(&s->names, op, key, &name, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->payloads.running.count; i++) {
		const struct kt_state_payload *slot = &s->payloads.running.items[i];
		if (strcmp(kt_payload_name(slot->payload), name->name) ||
			strcmp(slot->cgroup, name->cgroup))
			continue;
		*ret = i;
		return 0;
	}
	return kt_fail(err, ENOENT, "report this as a defect of ktstr",
		"%s: payload '%s' is known but does not run", op, key->name);
}

int kt_state_payload_wait(struct kt_state *s, const struct kt_payload_key *key, struct kt_err *err)
{
	KT_AUTO_DONE(kt_payload_judgement_done) struct kt_payload_judgement done = {0};
	struct ending e = {.gates = false};
	size_t i = 0;
	int r = pick(s, "wait_payload", key, &i, err);
	if (r < 0)
		return r;
	struct kt_state_payload slot = take(s, i, s->place);
	r = wait_and_tell(s, &slot, slot.payload->timeout_ms, &e, err);
	done = e.judgement;
	slot_done(s, &slot);
	return r < 0 ? kt_wrap(err, r, "wait for payload '%s'", key->name) : 0;
}

int kt_state_payload_kill(struct kt_state *s, const struct kt_payload_key *key, struct kt_err *err)
{
	KT_AUTO_DONE(kt_payload_judgement_done) struct kt_payload_judgement done = {0};
	struct ending e = {.gates = false};
	size_t i = 0;
	int r = pick(s, "kill_payload", key, &i, err);
	if (r < 0)
		return r;
	struct kt_state_payload slot = take(s, i, s->place);
	r = kill_and_tell(s, &slot, &e, err);
	done = e.judgement;
	slot_done(s, &slot);
	return r < 0 ? kt_wrap(err, r, "kill payload '%s'", key->name) : 0;
}

/* What goes wrong at an end is no failure of what was tested. */
static void end_one(struct kt_state *s, size_t i, const char *ended)
{
	struct kt_err err = {0};
	struct ending e = {.gates = false};
	struct kt_state_payload slot = take(s, i, ended);
	if (kill_and_tell(s, &slot, &e, &err) < 0)
		kt_state_detail(s, false, "payload", "payload '%s': %s (fix: %s)",
			kt_payload_name(slot.payload), err.text, err.fix);
	kt_payload_judgement_done(&e.judgement);
	slot_done(s, &slot);
}

void kt_state_payload_end_all(
	struct kt_state *s, const char *cgroup, bool persistent, const char *ended)
{
	for (size_t i = s->payloads.running.count; i > 0; i--) {
		const struct kt_state_payload *slot = &s->payloads.running.items[i - 1];
		if (cgroup ? !strcmp(slot->cgroup, cgroup) : slot->persistent == persistent)
			end_one(s, i - 1, ended);
	}
}

/* Moves the judgement of E to what the state keeps for the body. */
static int keep_result(struct kt_state *s, const struct ktstr_payload *payload, struct ending *e,
	struct ktstr_payload_result *ret, struct kt_err *err)
{
	struct kt_state_payload_result kept = {.judgement = e->judgement};
	size_t count = kept.judgement.values.list.count;
	kept.metrics = calloc(count + 1, sizeof(*kept.metrics));
	if (!kept.metrics || kt_vec_push(&s->payloads.results, kept) < 0) {
		free(kept.metrics);
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for its result");
	}
	e->judgement = (struct kt_payload_judgement){0};
	for (size_t i = 0; i < count; i++) {
		const struct kt_payload_value *v = &kept.judgement.values.list.items[i];
		const struct ktstr_metric_hint *h = kt_payload_hint(payload, v->name);
		kept.metrics[i] = (struct ktstr_metric){
			.name = v->name,
			.unit = h && h->unit ? h->unit : "",
			.polarity = h ? h->polarity : KTSTR_POLARITY_UNKNOWN,
			.value = v->value,
		};
	}
	*ret = (struct ktstr_payload_result){
		.exit_code = kept.judgement.exit_code,
		.passed = !kept.judgement.failed,
		.metrics = kept.metrics,
		.metric_count = count,
	};
	return 0;
}

int kt_state_payload_run(struct kt_state *s, const struct ktstr_payload *payload,
	const struct ktstr_payload_call *call, struct ktstr_payload_result *ret, struct kt_err *err)
{
	struct ending e = {.gates = true};
	const char *cgroup = call->cgroup ? call->cgroup : "";
	int r = kt_state_payload_start(s, payload, call->args, cgroup, err);
	if (r < 0)
		return r;
	struct kt_state_payload slot = take(s, s->payloads.running.count - 1, s->place);
	r = wait_and_tell(
		s, &slot, call->timeout_ms ? call->timeout_ms : payload->timeout_ms, &e, err);
	slot_done(s, &slot);
	if (!r)
		r = keep_result(s, payload, &e, ret, err);
	kt_payload_judgement_done(&e.judgement);
	return r < 0 ? kt_wrap(err, r, "run payload '%s'", kt_payload_name(payload)) : 0;
}
