// SPDX-License-Identifier: GPL-2.0-only
/* The recording environment. Its groups are of its own making and hold no process. */
#include "fake/fake_env.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"
#include "scenario/claim.h"
#include "scenario/knob.h"

#define GROUP_WORKERS_MAX 8

struct kt_work {
	struct fake_env *fake;
	unsigned number;
	struct ktstr_work work;
	char cgroup[KT_WORK_NAME_BYTES];
	uint16_t group, phase;
	pid_t pids[GROUP_WORKERS_MAX];
	size_t count;
	bool frozen;
};

/* Whether the last line of the log is to fail. */
static int outcome(struct fake_env *f, struct kt_err *err)
{
	const char *text = kt_str_get(&f->log);
	const char *line = text + f->log.len - 1;
	while (line > text && line[-1] != '\n')
		line--;
	if (!f->fail_on || !kt_starts_with(line, f->fail_on))
		return 0;
	if (f->fail_after) {
		f->fail_after--;
		return 0;
	}
	return kt_fail(err, EIO, "ask the fake not to fail", "%.*s: refused",
		(int)strcspn(line, "\n"), line);
}

static void add_cpus(struct fake_env *f, const struct kt_cpus *cpus, const char *none)
{
	KT_AUTOFREE char *list = cpus ? kt_cpus_text(cpus) : NULL;
	kt_str_addf(&f->log, "%s\n", list ? list : none);
}

static int setup(void *arg, unsigned controllers, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_add(&f->log, "setup");
#define CONTROLLER(name, ...)                                                                      \
	if (controllers & KT_CONTROLLER_BIT(KT_CONTROLLER_##name))                                 \
		kt_str_add(&f->log, " " #name);
#include "scenario/controller.def"
#undef CONTROLLER
	kt_str_add(&f->log, controllers & KT_CONTROLLERS_THREADED ? " threaded\n" : "\n");
	return outcome(f, err);
}

static int cgroup_add(void *arg, const char *name, struct kt_err *err)
{
	struct fake_env *f = arg;
	f->now_ns += f->call_ns;
	kt_str_addf(&f->log, "add %s\n", name);
	return outcome(f, err);
}

static int cgroup_remove(void *arg, const char *name, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "remove %s\n", name);
	return outcome(f, err);
}

static int cgroup_set_cpuset(
	void *arg, const char *name, const struct kt_cpus *cpus, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "cpuset %s ", name);
	add_cpus(f, cpus, "-");
	return outcome(f, err);
}

static int cgroup_write(
	void *arg, const char *name, const char *file, const char *value, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "write %s %s %s\n", name, file, value);
	return outcome(f, err);
}

static int cgroup_freeze(void *arg, const char *name, bool on, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "%s %s\n", on ? "freeze" : "unfreeze", name);
	return outcome(f, err);
}

static int cgroup_read_procs(
	void *arg, const char *name, pid_t **ret_pids, size_t *ret_count, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "procs %s\n", name);
	int r = outcome(f, err);
	if (r < 0)
		return r;
	*ret_pids = calloc(2, sizeof(pid_t));
	if (!*ret_pids)
		abort();
	(*ret_pids)[0] = 7;
	(*ret_pids)[1] = 8;
	*ret_count = 2;
	return 0;
}

static int cgroup_read_cpuset(void *arg, const char *name, struct kt_cpus *ret, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "read cpuset %s\n", name);
	int r = outcome(f, err);
	if (r < 0)
		return r;
	*ret = (struct kt_cpus){0};
	return f->cpusets ? kt_cpus_parse(f->cpusets(name), ret, err) : 0;
}

static void add_move(
	struct fake_env *f, const char *what, const char *name, const pid_t *pids, size_t count)
{
	kt_str_addf(&f->log, "%s w%d %s pids=", what, pids[0] / 100, name);
	for (size_t i = 0; i < count; i++)
		kt_str_addf(&f->log, "%s%d", i ? "," : "", (int)pids[i]);
	kt_str_add(&f->log, "\n");
}

static int cgroup_move(
	void *arg, const char *name, const pid_t *pids, size_t count, struct kt_err *err)
{
	add_move(arg, "move", name, pids, count);
	return outcome(arg, err);
}

static int cgroup_move_threads(
	void *arg, const char *name, const pid_t *tids, size_t count, struct kt_err *err)
{
	add_move(arg, "thread", name, tids, count);
	return outcome(arg, err);
}

static const char *kind_name(enum ktstr_work_kind kind)
{
	static const char *const names[] = {
#define WORK(name, sentence, ...) [KTSTR_WORK_##name] = #name,
#include "macros/work.def"
#undef WORK
	};
	return names[kind];
}

static int work_spawn(
	void *arg, const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err)
{
	struct fake_env *f = arg;
	unsigned workers = spec->work->workers ? spec->work->workers : 1;
	if (workers > GROUP_WORKERS_MAX)
		return kt_fail(err, EINVAL, "use fewer workers", "the fake has no room");
	kt_str_addf(&f->log, "spawn w%u '%s' kind=%s workers=%u group=%u phase=%u\n", f->groups + 1,
		spec->cgroup, kind_name(spec->work->kind), workers, spec->group, spec->phase);
	int r = outcome(f, err);
	if (r < 0)
		return r;
	struct kt_work *w = calloc(1, sizeof(*w));
	if (!w)
		return kt_fail(err, ENOMEM, "free memory", "out of memory");
	w->fake = f;
	w->number = ++f->groups;
	w->work = *spec->work;
	w->group = spec->group;
	w->phase = spec->phase;
	w->count = workers;
	snprintf(w->cgroup, sizeof(w->cgroup), "%s", spec->cgroup);
	for (size_t i = 0; i < workers; i++)
		w->pids[i] = (pid_t)(w->number * 100 + i);
	*ret = w;
	return 0;
}

static int work_start(void *arg, struct kt_work *w, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "start w%u\n", w->number);
	return outcome(f, err);
}

static void add_results(const struct kt_work *w, struct kt_work_results *out)
{
	for (size_t i = 0; i < w->count; i++) {
		struct kt_work_result r = {
			.phase = w->phase,
			.group = w->group,
			.index = (uint16_t)i,
			.kind = w->work.kind,
			.completed = true,
		};
		snprintf(r.cgroup, sizeof(r.cgroup), "%s", w->cgroup);
		if (w->fake->metric.name[0]) {
			r.metrics = malloc(sizeof(*r.metrics));
			if (!r.metrics)
				abort();
			*r.metrics = w->fake->metric;
			r.metric_count = 1;
		}
		if (kt_vec_push(out, r) < 0)
			abort();
	}
}

static unsigned work_stop(
	void *arg, struct kt_work *const *works, size_t count, struct kt_work_results *out)
{
	struct fake_env *f = arg;
	unsigned late = f->late;
	kt_str_add(&f->log, "stop");
	for (size_t i = 0; i < count; i++) {
		kt_str_addf(&f->log, " w%u", works[i]->number);
		add_results(works[i], out);
	}
	kt_str_add(&f->log, "\n");
	f->late = 0;
	return late;
}

static const pid_t *work_pids(const struct kt_work *w, size_t *ret_count)
{
	*ret_count = w->count;
	return w->pids;
}

/* As if each thread of w1 were process 100 and so on. */
static const pid_t *work_tids(const struct kt_work *w, size_t *ret_count)
{
	return work_pids(w, ret_count);
}

static unsigned work_set_affinity(
	struct kt_work *w, const struct kt_affinity *affinity, uint64_t seed, struct kt_err *err)
{
	struct fake_env *f = w->fake;
	kt_str_addf(&f->log, "affinity w%u kind=%u count=%u seed=%llu ", w->number,
		(unsigned)affinity->kind, affinity->count, (unsigned long long)seed);
	add_cpus(f, &affinity->cpus, "none");
	return outcome(f, err) < 0 ? (unsigned)w->count : 0;
}

static uint64_t work_iterations(const struct kt_work *w)
{
	return w->fake->iterations;
}

static void work_set_cgroup(struct kt_work *w, const char *cgroup)
{
	snprintf(w->cgroup, sizeof(w->cgroup), "%s", cgroup);
}

static void work_set_frozen(struct kt_work *w, bool frozen)
{
	if (frozen != w->frozen)
		kt_str_addf(&w->fake->log, "%s w%u\n", frozen ? "excuse" : "resume", w->number);
	w->frozen = frozen;
}

static void work_allowed_pause(struct kt_work *w)
{
	kt_str_addf(&w->fake->log, "pause w%u\n", w->number);
}

static void work_allowed_set(struct kt_work *w, const struct kt_cpus *allowed)
{
	kt_str_addf(&w->fake->log, "allow w%u ", w->number);
	add_cpus(w->fake, allowed, "any");
}

static void work_free(struct kt_work *w)
{
	kt_str_addf(&w->fake->log, "free w%u\n", w->number);
	free(w);
}

struct kt_payload_run {
	struct fake_env *fake;
	unsigned number;
};

static void add_words(struct fake_env *f, const char *const *words)
{
	for (; words && *words; words++)
		kt_str_addf(&f->log, " %s", *words);
}

static int payload_start(void *arg, const struct kt_payload_spec *spec, struct kt_payload_run **ret,
	struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(
		&f->log, "run p%u '%s' %s", f->payloads + 1, spec->cgroup, spec->payload->program);
	add_words(f, spec->payload->args);
	add_words(f, spec->args);
	kt_str_add(&f->log, "\n");
	int r = outcome(f, err);
	if (r < 0)
		return r;
	struct kt_payload_run *p = calloc(1, sizeof(*p));
	if (!p)
		return kt_fail(err, ENOMEM, "free memory", "out of memory");
	p->fake = f;
	p->number = ++f->payloads;
	*ret = p;
	return 0;
}

static void fill_output(const struct fake_env *f, bool stopped, struct kt_payload_output *ret)
{
	*ret = (struct kt_payload_output){
		.status = stopped ? SIGKILL : f->payload_status,
		.stopped = stopped,
		.wall_ns = f->payload_ns,
	};
	kt_str_add(&ret->out, f->payload_out ? f->payload_out : "");
	kt_str_add(&ret->err, f->payload_err ? f->payload_err : "");
	ret->out_bytes = ret->out.len;
	ret->err_bytes = ret->err.len;
}

static int payload_wait(void *arg, struct kt_payload_run *p, uint64_t deadline_ns,
	struct kt_payload_output *ret, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "wait p%u\n", p->number);
	int r = outcome(f, err);
	if (r < 0)
		return r;
	if (deadline_ns && f->now_ns + f->payload_ns > deadline_ns) {
		f->now_ns = deadline_ns;
		return kt_fail(err, ETIMEDOUT, "let it end", "p%u still runs", p->number);
	}
	f->now_ns += f->payload_ns;
	fill_output(f, false, ret);
	return 0;
}

static int payload_kill(
	void *arg, struct kt_payload_run *p, struct kt_payload_output *ret, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "kill p%u\n", p->number);
	int r = outcome(f, err);
	if (r < 0)
		return r;
	fill_output(f, !f->payload_ended, ret);
	return 0;
}

static void payload_free(struct kt_payload_run *p)
{
	if (p)
		kt_str_addf(&p->fake->log, "drop p%u\n", p->number);
	free(p);
}

static uint64_t now_ns(void *arg)
{
	return ((struct fake_env *)arg)->now_ns;
}

static uint64_t limit_ns(void *arg)
{
	return ((struct fake_env *)arg)->limit_ns;
}

static pid_t scheduler_pid(void *arg)
{
	return ((struct fake_env *)arg)->scheduler;
}

static enum kt_sched_end scheduler_end(void *arg, pid_t pid)
{
	struct fake_env *f = arg;
	return pid == f->scheduler ? f->sched_end : KT_SCHED_END_UNKNOWN;
}

static int hold_until(
	void *arg, uint64_t deadline_ns, pid_t scheduler, bool *ret_ended, struct kt_err *err)
{
	struct fake_env *f = arg;
	bool ends = scheduler && f->dies_ns && f->dies_ns <= deadline_ns;
	f->looks += scheduler != 0;
	ends |= f->dies_after_looks && f->looks >= f->dies_after_looks;
	if (ends && f->dies_ns)
		deadline_ns = KT_MAX(f->dies_ns, f->now_ns);
	*ret_ended = ends;
	kt_str_addf(&f->log, "hold %llu\n",
		(unsigned long long)((deadline_ns - f->now_ns) / KT_NS_PER_MS));
	f->now_ns = deadline_ns;
	return outcome(f, err);
}

static void on_phase(void *arg, uint16_t phase, uint64_t at_ms)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "phase %u at %llu\n", phase, (unsigned long long)at_ms);
}

static void on_capture(void *arg, const struct kt_capture *c)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "capture %s '%s' phase=%u pids=", c->tag, c->cgroup, c->phase);
	for (size_t i = 0; i < c->count; i++)
		kt_str_addf(&f->log, "%s%d", i ? "," : "", (int)c->pids[i]);
	kt_str_add(&f->log, "\n");
}

static void log_placement(void *arg, const char *line)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "log %s\n", line);
}

void fake_env_log_placement(struct fake_env *f)
{
	f->env.log_placement = log_placement;
}

static void on_marker(void *arg, enum kt_marker kind, uint16_t phase, uint64_t at_ms)
{
	static const char *const names[] = {"start", "pause", "resume", "end"};
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "mark %s %u at %llu\n", names[kind], phase, (unsigned long long)at_ms);
}

static void on_stimulus(void *arg, const struct kt_stimulus *s)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log,
		"stimulus phase=%u at=%llu ops=%u mask=0x%x cgroups=%u groups=%u iterations=%llu",
		s->phase, (unsigned long long)s->at_ms, s->ops, s->op_mask, s->cgroups, s->groups,
		(unsigned long long)s->iterations);
	if (s->knob_mask)
		kt_str_addf(&f->log, " knobs=0x%llx", (unsigned long long)s->knob_mask);
	kt_str_add(&f->log, "\n");
}

static void on_result(void *arg, const struct kt_work_result *r)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "result '%s' group=%u index=%u phase=%u\n", r->cgroup, r->group,
		r->index, r->phase);
}

static void on_metric(void *arg, const struct kt_metric *m)
{
	static const char *const polarities[] = {"unknown", "higher", "lower", "target"};
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "metric '%s' %s %s=%g unit=%s %s phase=%u\n", m->cgroup, m->source,
		m->name, m->value, m->unit, polarities[m->polarity], m->phase);
}

static void on_payload(void *arg, const struct kt_payload_end *p)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "payload '%s' %s %s exit=%d%s metrics=%u phase=%u failures=%s\n",
		p->cgroup, p->name, p->how, p->exit_code, p->stopped ? " stopped" : "", p->metrics,
		p->phase, p->failures);
}

static void on_detail(void *arg, uint16_t phase, bool fails, const char *kind, const char *text)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "%s %u %s %s\n", fails ? "fail" : "note", phase, kind, text);
}

static void on_claim(void *arg, const struct kt_claim *c)
{
	static const char *const words[] = {"holds", "undecided", "fails"};
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "%s %u %s %s\n", c->counts ? "claim" : "part", c->phase,
		words[c->verdict], c->text);
}

static void on_loss(void *arg, enum kt_loss_reason reason, uint64_t n)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "loss %s %llu\n", kt_loss_name(reason), (unsigned long long)n);
}

void fake_env_init(struct fake_env *f)
{
	*f = (struct fake_env){
		.now_ns = 5 * KT_NS_PER_S,
		.env =
			{
				.arg = f,
				.setup = setup,
				.cgroup_add = cgroup_add,
				.cgroup_remove = cgroup_remove,
				.cgroup_set_cpuset = cgroup_set_cpuset,
				.cgroup_write = cgroup_write,
				.cgroup_freeze = cgroup_freeze,
				.cgroup_read_procs = cgroup_read_procs,
				.cgroup_read_cpuset = cgroup_read_cpuset,
				.cgroup_move = cgroup_move,
				.cgroup_move_threads = cgroup_move_threads,
				.work_spawn = work_spawn,
				.work_start = work_start,
				.work_stop = work_stop,
				.work_pids = work_pids,
				.work_tids = work_tids,
				.work_set_affinity = work_set_affinity,
				.work_iterations = work_iterations,
				.work_set_cgroup = work_set_cgroup,
				.work_allowed_pause = work_allowed_pause,
				.work_set_frozen = work_set_frozen,
				.work_allowed_set = work_allowed_set,
				.work_free = work_free,
				.payload_start = payload_start,
				.payload_wait = payload_wait,
				.payload_kill = payload_kill,
				.payload_free = payload_free,
				.now_ns = now_ns,
				.limit_ns = limit_ns,
				.scheduler_pid = scheduler_pid,
				.scheduler_end = scheduler_end,
				.hold_until = hold_until,
				.on_phase = on_phase,
				.on_capture = on_capture,
				.on_marker = on_marker,
				.on_stimulus = on_stimulus,
				.on_result = on_result,
				.on_metric = on_metric,
				.on_payload = on_payload,
				.on_detail = on_detail,
				.on_claim = on_claim,
				.on_loss = on_loss,
			},
	};
}

void fake_env_done(struct fake_env *f)
{
	kt_str_done(&f->log);
	kt_str_done(&f->selected);
}

static bool is_one_of(const char *line, size_t len, const char *words)
{
	for (const char *w = words; *w;) {
		size_t n = strcspn(w, " ");
		if (n == len && !strncmp(w, line, n))
			return true;
		w += n + (w[n] == ' ');
	}
	return false;
}

const char *fake_env_lines(struct fake_env *f, const char *words)
{
	kt_str_cut(&f->selected, 0);
	for (const char *line = kt_str_get(&f->log); *line;) {
		size_t bytes = strcspn(line, "\n") + 1;
		if (is_one_of(line, strcspn(line, " \n"), words))
			kt_str_add_bytes(&f->selected, line, bytes);
		line += bytes;
	}
	return kt_str_get(&f->selected);
}
