// SPDX-License-Identifier: GPL-2.0-only
/*
 * schbench in one process: message threads wake worker threads in batches; a worker that was
 * woken sleeps as if it waited for a network, multiplies matrices under the lock of its CPU and
 * asks for the next request. How late it woke and how long the request took are its two
 * measures. With a rate of requests the message threads post them by the clock instead.
 */
#include <sys/mman.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/schbench.h"

#define TRANSFER_MAX  (1u << 20) /* of the pipe mode */
#define AUTO_START_HZ 10u	 /* requests a second, from where the rate is searched */
#define AUTO_EVERY_NS KT_NS_PER_S
#define RATE_MAX_HZ   1000000.0

static int check_schbench(const struct ktstr_work *work, struct kt_err *err)
{
	const struct ktstr_work_schbench *p = &work->schbench;
	if (work->workers > 1)
		return kt_fail(err, EINVAL,
			"leave .workers unset; set message_threads and "
			"worker_threads, or list the work twice",
			"work schbench: %u workers; it is one worker with threads of its own",
			work->workers);
	if (p->message_threads > KT_CREW_MAX || p->worker_threads > KT_CREW_MAX ||
		p->message_threads * (p->worker_threads + 1ull) > KT_CREW_MAX)
		return kt_fail(err, EINVAL, "use fewer message_threads or worker_threads",
			"work schbench: %u message threads with %u workers each are above the "
			"limit of %u threads",
			p->message_threads, p->worker_threads, KT_CREW_MAX);
	if (p->pipe_bytes > TRANSFER_MAX)
		return kt_fail(err, EINVAL, "use at most 1048576",
			"work schbench: pipe_bytes is %u", p->pipe_bytes);
	if (p->pipe_bytes && (p->rps || p->auto_rps_pct))
		return kt_fail(err, EINVAL, "leave rps and auto_rps_pct unset, or pipe_bytes",
			"work schbench: pipe_bytes has no requests that a rate could be of");
	return 0;
}

/* The largest n of which three n x n matrices fit into BYTES. */
static unsigned rows_of(uint64_t bytes)
{
	unsigned n = 0;
	while (3ull * (n + 1) * (n + 1) * sizeof(uint64_t) <= bytes)
		n++;
	return n;
}

static size_t round_up(size_t bytes)
{
	return (bytes + 127) / 128 * 128;
}

static size_t job_bytes(const struct kt_schbench *s, const struct ktstr_work_schbench *p)
{
	return round_up(3ull * s->own_n * s->own_n * sizeof(uint64_t) + p->pipe_bytes);
}

static void count_threads(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	const struct ktstr_work_schbench *p = &w->work->schbench;
	struct kt_cpus cpus = {0};
	unsigned count = kt_worker_cpus(&cpus) ? kt_cpus_count(&cpus) : 1;
	s->desks = p->message_threads;
	s->jobs_per_desk =
		p->worker_threads ? p->worker_threads : (count + s->desks - 1) / s->desks;
	s->jobs_per_desk = KT_MIN(s->jobs_per_desk, KT_MAX(KT_CREW_MAX / s->desks, 2u) - 1);
	s->shared_n = rows_of(p->footprint_kib * 1024ull * p->shared_pct / 100);
	s->own_n = rows_of(p->footprint_kib * 1024ull * (100 - p->shared_pct) / 100);
	uint64_t rate_hz = p->rps ? p->rps : p->auto_rps_pct ? AUTO_START_HZ : 0;
	atomic_store(&s->rate_hz, rate_hz);
}

static bool map_all(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	const struct ktstr_work_schbench *p = &w->work->schbench;
	unsigned jobs = s->desks * s->jobs_per_desk;
	size_t shared = round_up(3ull * s->shared_n * s->shared_n * sizeof(uint64_t));
	size_t each = job_bytes(s, p);
	s->bytes = s->desks * sizeof(*s->desk) + jobs * (sizeof(*s->job) + each) + shared;
	void *m = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED) {
		kt_worker_note(
			w, "no %zu bytes of memory for its threads; it does nothing", s->bytes);
		return false;
	}
	s->memory = m;
	s->desk = m;
	s->job = (struct kt_schbench_job *)(s->desk + s->desks);
	char *at = (char *)(s->job + jobs);
	for (unsigned i = 0; i < jobs; i++, at += each)
		s->job[i].matrix = (uint64_t *)(void *)at;
	s->shared = (uint64_t *)(void *)at;
	return true;
}

static void begin_schbench(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	count_threads(w);
	if (!map_all(w))
		return;
	s->rated_at_ns = kt_now_ns();
	kt_busy_read(&s->busy);
	(void)kt_crew_start(
		&s->crew, w, s->desks * (1 + s->jobs_per_desk), kt_schbench_run); /* notes it */
}

/* Once a second towards the wanted share of busy time, at most by a factor of two. */
static void adjust_rate(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	unsigned target = w->work->schbench.auto_rps_pct;
	uint64_t now = kt_now_ns();
	if (!target || now - s->rated_at_ns < AUTO_EVERY_NS)
		return;
	struct kt_busy before = s->busy;
	s->rated_at_ns = now;
	kt_busy_read(&s->busy);
	double busy = KT_MAX(kt_busy_pct(&before, &s->busy), 1.0);
	double factor = KT_MIN(KT_MAX(target / busy, 0.5), 2.0);
	double rate_hz = (double)atomic_load(&s->rate_hz) * factor;
	atomic_store(&s->rate_hz, (uint64_t)KT_MIN(KT_MAX(rate_hz, (double)s->desks), RATE_MAX_HZ));
}

static void step_schbench(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	kt_crew_watch(&s->crew, w);
	adjust_rate(w);
}

/* Run delay in us of each time a thread was picked, of members FIRST to LAST. */
static double run_delay_us(const struct kt_crew *crew, unsigned first, unsigned last)
{
	uint64_t delay_ns = 0, picks = 0;
	for (unsigned i = first; i < last && i < crew->count; i++) {
		delay_ns += crew->members[i].w.meter.r.run_delay_ns;
		picks += crew->members[i].w.meter.r.picks;
	}
	return picks ? (double)delay_ns / (double)picks / 1000 : 0;
}

static void say_totals(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	double seconds = kt_crew_seconds(w);
	uint64_t requests = 0, bytes = 0, skipped = 0;
	for (unsigned i = 0; i < s->desks * s->jobs_per_desk; i++) {
		requests += s->job[i].requests;
		bytes += s->job[i].bytes;
	}
	for (unsigned i = 0; i < s->desks; i++)
		skipped += s->desk[i].skipped;
	kt_worker_metric(w, "loops", "", (double)requests);
	if (seconds > 0)
		kt_worker_metric(w, "rps", "1/s", (double)requests / seconds);
	if (seconds > 0 && w->work->schbench.pipe_bytes)
		kt_worker_metric(w, "transfer_mib_s", "MiB/s", (double)bytes / seconds / (1 << 20));
	if (atomic_load(&s->rate_hz)) {
		kt_worker_metric(w, "asked_rps", "1/s", (double)atomic_load(&s->rate_hz));
		kt_worker_metric(w, "skipped", "", (double)skipped);
	}
	kt_worker_metric(w, "message_run_delay_us", "us", run_delay_us(&s->crew, 0, s->desks));
	kt_worker_metric(
		w, "worker_run_delay_us", "us", run_delay_us(&s->crew, s->desks, s->crew.count));
}

static void end_schbench(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	if (!s->memory || !kt_crew_stop(&s->crew, w))
		return;
	struct kt_schbench_job *all = &s->job[0];
	for (unsigned i = 1; i < s->desks * s->jobs_per_desk; i++) {
		kt_histogram_merge(&all->wakeup, &s->job[i].wakeup);
		kt_histogram_merge(&all->request, &s->job[i].request);
	}
	kt_crew_quantiles(w, "wakeup", &all->wakeup);
	kt_crew_quantiles(w, "request", &all->request);
	say_totals(w);
	kt_crew_done(&s->crew);
	munmap(s->memory, s->bytes);
}

const struct kt_work_ops kt_work_ops_schbench = {
	.step = step_schbench,
	.check = check_schbench,
	.state_bytes = sizeof(struct kt_schbench),
	.begin = begin_schbench,
	.end = end_schbench,
	.flags = KT_WORK_HAS_CREW,
};
