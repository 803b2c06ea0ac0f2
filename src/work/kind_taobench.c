// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key-value cache under load, in one process. Clients look keys up: what is there they read at
 * once (fast); for the rest they wake a slow thread, which sleeps as if it asked a database, and
 * wait until it has filled the cache (slow). Without an arrival rate a client begins the next
 * operation when the last is done; with one, by the clock, and its time counts from when it
 * was due: what queues behind a late one is not forgotten.
 */
#include <math.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/crew.h"
#include "work/kind.h"
#include "work/step.h"
#include "work/tao_cache.h"

#define TAIL_MAX 10.0 /* times miss_p99_us, which no miss takes longer than */

struct client {
	_Atomic uint32_t filled; /* futex: its miss has been served */
	kt_stamp stamp;
	uint64_t key; /* of its miss */
	uint64_t fast, slow;
	struct kt_histogram serve;
} __attribute__((aligned(128)));

/* Misses in their order; a client is in it at most once. */
struct misses {
	pthread_mutex_t lock;
	_Atomic uint32_t count; /* futex: to be taken */
	kt_stamp stamp;
	unsigned first, used;
	unsigned ring[KT_CREW_MAX]; /* clients */
};

struct taobench {
	struct kt_tao_cache cache;
	struct kt_crew crew;
	struct misses misses;
	struct client *clients;
	unsigned client_count, slow_count;
};

static int check_taobench(const struct ktstr_work *work, struct kt_err *err)
{
	const struct ktstr_work_taobench *p = &work->taobench;
	if (work->workers > 1)
		return kt_fail(err, EINVAL,
			"leave .workers unset; set clients, or list the work twice",
			"work taobench: %u workers; it is one worker with threads of its own",
			work->workers);
	if ((uint64_t)p->clients + p->slow_threads > KT_CREW_MAX)
		return kt_fail(err, EINVAL, "use fewer clients or slow_threads",
			"work taobench: %u clients and %u slow threads are above the limit of %u",
			p->clients, p->slow_threads, KT_CREW_MAX);
	if (p->hit_pct > 99)
		return kt_fail(err, EINVAL, "use hit_pct from 1 to 99",
			"work taobench: with hit_pct %u nothing is ever missed", p->hit_pct);
	if (p->miss_p99_us && p->miss_p99_us <= p->miss_sleep_us)
		return kt_fail(err, EINVAL,
			"use a miss_p99_us above miss_sleep_us, which is the least, or leave it "
			"unset",
			"work taobench: miss_p99_us is %u, not above miss_sleep_us %u",
			p->miss_p99_us, p->miss_sleep_us);
	return 0;
}

static size_t cache_bytes(const struct ktstr_work *work)
{
	return kt_tao_cache_bytes(work->taobench.cache_mib, work->taobench.hit_pct);
}

/* Full from the beginning, so that the share of hits is there at once. */
static void fill_cache(struct kt_worker *w)
{
	struct taobench *t = w->state;
	const struct ktstr_work_taobench *p = &w->work->taobench;
	kt_tao_cache_init(&t->cache, w->memory, p->cache_mib, p->hit_pct);
	for (uint64_t key = 0; key < t->cache.keys; key++)
		kt_tao_cache_put(&t->cache, key, kt_worker_random(w));
}

static void count_threads(struct kt_worker *w)
{
	struct taobench *t = w->state;
	const struct ktstr_work_taobench *p = &w->work->taobench;
	struct kt_cpus cpus = {0};
	unsigned count = kt_worker_cpus(&cpus) ? kt_cpus_count(&cpus) : 1;
	t->client_count = p->clients ? p->clients : KT_MIN(count, KT_CREW_MAX / 2);
	t->slow_count = p->slow_threads ? p->slow_threads : KT_MAX(t->client_count / 3, 1u);
	t->slow_count =
		KT_MIN(t->slow_count, KT_CREW_MAX - KT_MIN(t->client_count, KT_CREW_MAX - 1));
}

static void hand_over(struct taobench *t, unsigned client)
{
	struct misses *m = &t->misses;
	pthread_mutex_lock(&m->lock);
	m->ring[(m->first + m->used++) % KT_CREW_MAX] = client;
	pthread_mutex_unlock(&m->lock);
	kt_crew_post(&m->count, &m->stamp);
}

static unsigned take_over(struct taobench *t)
{
	struct misses *m = &t->misses;
	pthread_mutex_lock(&m->lock);
	unsigned client = m->ring[m->first];
	m->first = (m->first + 1) % KT_CREW_MAX;
	m->used--;
	pthread_mutex_unlock(&m->lock);
	return client;
}

/* Constant, or of a Pareto distribution with that least time and that 99th percentile. */
static uint64_t miss_ns(struct kt_worker *w)
{
	const struct ktstr_work_taobench *p = &w->work->taobench;
	double us = p->miss_sleep_us;
	if (p->miss_p99_us) {
		double shape = log(100) / log((double)p->miss_p99_us / us);
		double above = ((double)(kt_worker_random(w) >> 11) + 1) / 0x1p53;
		us = KT_MIN(us * pow(above, -1 / shape), TAIL_MAX * p->miss_p99_us);
	}
	return (uint64_t)(us * 1000);
}

static void serve_misses(struct kt_worker *w)
{
	struct taobench *t = w->state;
	while (kt_crew_take(w, &t->misses.count, &t->misses.stamp)) {
		struct client *c = &t->clients[take_over(t)];
		if (!w->work->taobench.no_sleep)
			kt_worker_sleep(w, miss_ns(w));
		kt_tao_cache_put(&t->cache, c->key, kt_worker_random(w));
		kt_worker_wake(&c->filled, 1, 1, &c->stamp);
		kt_meter_unit_yielded(&w->meter);
	}
}

static bool look_up(struct kt_worker *w, struct client *c)
{
	struct taobench *t = w->state;
	c->key = kt_worker_random(w) % t->cache.keys;
	if (kt_tao_cache_get(&t->cache, c->key)) {
		c->fast++;
		return true;
	}
	atomic_store(&c->filled, 0);
	hand_over(t, w->index);
	if (!kt_worker_await(w, &c->filled, 0, &c->stamp))
		return false;
	c->slow++;
	return true;
}

/* Operation after operation, in open loop not before it is due. */
static void be_client(struct kt_worker *w)
{
	struct taobench *t = w->state;
	struct client *c = &t->clients[w->index];
	unsigned rate_hz = w->work->taobench.arrival_hz;
	uint64_t apart_ns = rate_hz ? t->client_count * KT_NS_PER_S / rate_hz : 0;
	uint64_t due_ns = kt_now_ns();
	while (!kt_worker_stopped(w)) {
		uint64_t now = kt_now_ns();
		due_ns = apart_ns ? due_ns + apart_ns : now;
		if (due_ns > now)
			kt_worker_sleep(w, due_ns - now);
		if (kt_worker_stopped(w) || !look_up(w, c))
			return;
		kt_histogram_add(&c->serve, kt_now_ns() - due_ns);
		kt_meter_unit(&w->meter);
		kt_meter_iteration(&w->meter);
	}
}

/* The first members are the clients. */
static void run(struct kt_worker *w)
{
	const struct taobench *t = w->state;
	if (w->index < t->client_count)
		be_client(w);
	else
		serve_misses(w);
}

static void begin_taobench(struct kt_worker *w)
{
	struct taobench *t = w->state;
	count_threads(w);
	size_t bytes = t->client_count * sizeof(*t->clients);
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	t->clients = p == MAP_FAILED ? NULL : p;
	if (!t->clients) {
		kt_worker_note(w, "no memory for %u clients; it does nothing", t->client_count);
		return;
	}
	(void)kt_crew_start(&t->crew, w, t->client_count + t->slow_count, run); /* notes it */
}

static void step_taobench(struct kt_worker *w)
{
	struct taobench *t = w->state;
	kt_crew_watch(&t->crew, w);
}

static void say_rates(struct kt_worker *w, uint64_t fast, uint64_t slow)
{
	double seconds = kt_crew_seconds(w);
	if (seconds <= 0 || !(fast + slow))
		return;
	kt_worker_metric(w, "total_qps", "1/s", (double)(fast + slow) / seconds);
	kt_worker_metric(w, "fast_qps", "1/s", (double)fast / seconds);
	kt_worker_metric(w, "slow_qps", "1/s", (double)slow / seconds);
	kt_worker_metric(w, "hit_ratio", "", (double)fast / (double)(fast + slow));
}

static void end_taobench(struct kt_worker *w)
{
	struct taobench *t = w->state;
	uint64_t fast = 0, slow = 0;
	if (!t->clients || !kt_crew_stop(&t->crew, w))
		return;
	for (unsigned i = 0; i < t->client_count; i++) {
		fast += t->clients[i].fast;
		slow += t->clients[i].slow;
		if (i)
			kt_histogram_merge(&t->clients[0].serve, &t->clients[i].serve);
	}
	say_rates(w, fast, slow);
	kt_crew_quantiles(w, "serve", &t->clients[0].serve);
	kt_crew_done(&t->crew);
	munmap(t->clients, t->client_count * sizeof(*t->clients));
}

const struct kt_work_ops kt_work_ops_taobench = {
	.step = step_taobench,
	.check = check_taobench,
	.state_bytes = sizeof(struct taobench),
	.memory_bytes = cache_bytes,
	.prepare = fill_cache,
	.begin = begin_taobench,
	.end = end_taobench,
	.flags = KT_WORK_HAS_CREW,
};
