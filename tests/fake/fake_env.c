// SPDX-License-Identifier: GPL-2.0-only
/* The recording environment. Its groups are of its own making and hold no process. */
#include "fake/fake_env.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"

#define GROUP_WORKERS_MAX 8

struct kt_work {
	struct fake_env *fake;
	unsigned number;
	struct ktstr_work work;
	char cgroup[KT_WORK_NAME_BYTES];
	uint16_t group, phase;
	pid_t pids[GROUP_WORKERS_MAX];
	size_t count;
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

static int setup(void *arg, bool needs_cpuset, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "setup%s\n", needs_cpuset ? " cpuset" : "");
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

static int cgroup_move(
	void *arg, const char *name, const pid_t *pids, size_t count, struct kt_err *err)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "move w%d %s pids=", pids[0] / 100, name);
	for (size_t i = 0; i < count; i++)
		kt_str_addf(&f->log, "%s%d", i ? "," : "", (int)pids[i]);
	kt_str_add(&f->log, "\n");
	return outcome(f, err);
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

static uint64_t work_iterations(const struct kt_work *w)
{
	return w->fake->iterations;
}

static void work_set_cgroup(struct kt_work *w, const char *cgroup)
{
	snprintf(w->cgroup, sizeof(w->cgroup), "%s", cgroup);
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

static uint64_t now_ns(void *arg)
{
	return ((struct fake_env *)arg)->now_ns;
}

static int hold_until(void *arg, uint64_t deadline_ns, struct kt_err *err)
{
	struct fake_env *f = arg;
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

static void on_stimulus(void *arg, const struct kt_stimulus *s)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log,
		"stimulus phase=%u at=%llu ops=%u mask=0x%x cgroups=%u groups=%u iterations=%llu\n",
		s->phase, (unsigned long long)s->at_ms, s->ops, s->op_mask, s->cgroups, s->groups,
		(unsigned long long)s->iterations);
}

static void on_result(void *arg, const struct kt_work_result *r)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "result '%s' group=%u index=%u phase=%u\n", r->cgroup, r->group,
		r->index, r->phase);
}

static void on_detail(void *arg, uint16_t phase, bool fails, const char *kind, const char *text)
{
	struct fake_env *f = arg;
	kt_str_addf(&f->log, "%s %u %s %s\n", fails ? "fail" : "note", phase, kind, text);
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
				.cgroup_move = cgroup_move,
				.work_spawn = work_spawn,
				.work_start = work_start,
				.work_stop = work_stop,
				.work_pids = work_pids,
				.work_iterations = work_iterations,
				.work_set_cgroup = work_set_cgroup,
				.work_allowed_pause = work_allowed_pause,
				.work_allowed_set = work_allowed_set,
				.work_free = work_free,
				.now_ns = now_ns,
				.hold_until = hold_until,
				.on_phase = on_phase,
				.on_stimulus = on_stimulus,
				.on_result = on_result,
				.on_detail = on_detail,
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
