// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread wakes once per interval and reads the run delays. The mark and the stop come from
 * vCPU threads that hold the VM's lock: they only wake the thread, which does the reading and
 * is the only writer of the outcome's samples.
 */
#include "run/delay.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "softkvm/inside.h"

/* Below the bound that the outcome has for all its lists, overrun of the scenario included. */
#define SAMPLES_MAX 20000u
#define SAMPLE_MS   100u
#define BOOT_MS	    1000 /* of a boot only the sum counts */

struct kt_run_delay {
	struct kt_vm *vm;
	struct kt_outcome *o;
	unsigned cpus;
	pthread_t thread;
	int wake_fd;
	atomic_bool mark_wanted, stop_wanted;
	int interval_ms;
	bool marked;
	uint64_t mark_ns, stop_ns;
	uint64_t *base_ns, *last_ns,
		*now_ns; /* run delay per vCPU: at the mark, last sample, now */
	uint64_t outer_base_ns, outer_last_ns;
	unsigned outer_threads; /* 0: nobody counts it */
	struct kt_vm_vcpu_stats *stats;
};

uint64_t kt_run_delay_interval_ms(uint64_t duration_ms)
{
	uint64_t even = (duration_ms + SAMPLES_MAX - 1) / SAMPLES_MAX;
	return KT_MAX(even, SAMPLE_MS);
}

uint64_t kt_run_delay_advance(uint64_t *last_ns, const uint64_t *now_ns, unsigned count)
{
	uint64_t largest = 0;
	for (unsigned i = 0; i < count; i++) {
		if (now_ns[i] <= last_ns[i])
			continue;
		largest = KT_MAX(largest, now_ns[i] - last_ns[i]);
		last_ns[i] = now_ns[i];
	}
	return largest;
}

static void read_delays(struct kt_run_delay *d, uint64_t *ret_outer_ns)
{
	kt_vm_vcpu_stats(d->vm, d->stats, d->cpus);
	for (unsigned i = 0; i < d->cpus; i++)
		d->now_ns[i] = d->stats[i].run_delay_ns;
	*ret_outer_ns = d->outer_last_ns;
	bool first = !d->outer_threads;
	if (kt_softkvm_host_delay_ns(ret_outer_ns, &d->outer_threads) == 0 && first)
		d->outer_base_ns = d->outer_last_ns = *ret_outer_ns;
}

/* Start counting here. */
static void rebase(struct kt_run_delay *d, uint64_t now)
{
	uint64_t outer;
	read_delays(d, &outer);
	kt_run_delay_advance(d->last_ns, d->now_ns, d->cpus);
	kt_run_delay_advance(&d->outer_last_ns, &outer, 1);
	memcpy(d->base_ns, d->last_ns, d->cpus * sizeof(*d->base_ns));
	d->outer_base_ns = d->outer_last_ns;
	d->mark_ns = now;
}

/* One interval that ends now. */
static void sample(struct kt_run_delay *d, uint64_t now)
{
	uint64_t outer;
	read_delays(d, &outer);
	uint64_t vcpu_max_ns = kt_run_delay_advance(d->last_ns, d->now_ns, d->cpus);
	uint64_t outer_max_ns = kt_run_delay_advance(&d->outer_last_ns, &outer, 1);
	if (d->marked)
		kt_outcome_add_delay(d->o, &(struct kt_outcome_delay_sample){
						   .at_ms = (now - d->mark_ns) / KT_NS_PER_MS,
						   .vcpu_max_ns = vcpu_max_ns,
						   .outer_max_ns = outer_max_ns});
}

static void *serve(void *arg)
{
	struct kt_run_delay *d = arg;
	while (!atomic_load(&d->stop_wanted)) {
		uint64_t count;
		struct pollfd fd = {.fd = d->wake_fd, .events = POLLIN};
		if (poll(&fd, 1, d->marked ? d->interval_ms : BOOT_MS) > 0)
			(void)!read(d->wake_fd, &count, sizeof(count)); /* only empties it */
		if (!d->marked && atomic_load(&d->mark_wanted)) {
			rebase(d, kt_now_ns());
			d->marked = true;
		} else if (!atomic_load(&d->stop_wanted)) {
			sample(d, kt_now_ns());
		}
	}
	d->stop_ns = kt_now_ns();
	sample(d, d->stop_ns);
	return NULL;
}

static void destroy(struct kt_run_delay *d)
{
	if (d->wake_fd >= 0)
		close(d->wake_fd);
	free(d->base_ns);
	free(d->last_ns);
	free(d->now_ns);
	free(d->stats);
	free(d);
}

int kt_run_delay_start(
	struct kt_vm *vm, struct kt_outcome *o, struct kt_run_delay **ret, struct kt_err *err)
{
	struct kt_run_delay *d = calloc(1, sizeof(*d));
	if (!d)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to watch the host");
	d->vm = vm;
	d->o = o;
	d->cpus = kt_topo_cpu_count(&o->topo);
	d->interval_ms = (int)kt_run_delay_interval_ms(o->duration_ms);
	d->base_ns = calloc(d->cpus, sizeof(*d->base_ns));
	d->last_ns = calloc(d->cpus, sizeof(*d->last_ns));
	d->now_ns = calloc(d->cpus, sizeof(*d->now_ns));
	d->stats = calloc(d->cpus, sizeof(*d->stats));
	d->wake_fd = eventfd(0, EFD_CLOEXEC);

	int r = d->base_ns && d->last_ns && d->now_ns && d->stats ? 0 : ENOMEM;
	if (d->wake_fd < 0)
		r = errno;
	if (r == 0) {
		rebase(d, kt_now_ns());
		r = pthread_create(&d->thread, NULL, serve, d);
	}
	if (r) {
		destroy(d);
		return kt_fail(err, r, "free some memory or raise the limit of threads (ulimit -u)",
			"the host's interference cannot be watched");
	}
	*ret = d;
	return 0;
}

static void wake(struct kt_run_delay *d)
{
	uint64_t one = 1;
	(void)!write(d->wake_fd, &one, sizeof(one)); /* an eventfd takes 1 always */
}

void kt_run_delay_mark(struct kt_run_delay *d)
{
	atomic_store(&d->mark_wanted, true);
	wake(d);
}

void kt_run_delay_stop(struct kt_run_delay *d)
{
	atomic_store(&d->stop_wanted, true);
	wake(d);
}

static void write_totals(struct kt_run_delay *d)
{
	struct kt_outcome_delay vcpu = {.known = true, .threads = d->cpus};
	for (unsigned i = 0; i < d->cpus; i++) {
		uint64_t ns = d->last_ns[i] - d->base_ns[i];
		vcpu.total_ns += ns;
		vcpu.max_ns = KT_MAX(vcpu.max_ns, ns);
	}
	d->o->vcpu_delay = vcpu;
	uint64_t outer = d->outer_last_ns - d->outer_base_ns;
	if (d->outer_threads)
		d->o->outer_delay = (struct kt_outcome_delay){
			.known = true, .threads = d->outer_threads, .max_ns = outer};
	if (d->marked)
		d->o->scenario_wall_ns = d->stop_ns - d->mark_ns;
}

void kt_run_delay_free(struct kt_run_delay *d)
{
	if (!d)
		return;
	kt_run_delay_stop(d);
	pthread_join(d->thread, NULL);
	write_totals(d);
	destroy(d);
}
