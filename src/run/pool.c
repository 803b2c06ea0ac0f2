// SPDX-License-Identifier: GPL-2.0-only
/* The caller's thread is the first slot. */
#include "run/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct turn {
	const struct kt_run_pool *p;
	atomic_size_t next;
	atomic_bool over;
};

struct slot {
	struct turn *turn;
	unsigned number;
	pthread_t thread;
};

static size_t total(const struct kt_run_pool *p)
{
	return p->tests * p->repeats;
}

unsigned kt_run_pool_slots(const struct kt_run_pool *p)
{
	return (unsigned)KT_MAX(KT_MIN((size_t)p->jobs, total(p)), (size_t)1);
}

static void *serve(void *arg)
{
	const struct slot *s = arg;
	struct turn *t = s->turn;
	const struct kt_run_pool *p = t->p;
	while (!atomic_load(&t->over) && !(p->stopped && p->stopped())) {
		size_t i = atomic_fetch_add(&t->next, 1);
		if (i >= total(p))
			break;
		if (!p->run(p->arg, i % p->tests, (unsigned)(i / p->tests) + 1, s->number))
			atomic_store(&t->over, true);
	}
	return NULL;
}

int kt_run_pool_serve(const struct kt_run_pool *p, struct kt_err *err)
{
	struct turn turn = {.p = p};
	unsigned count = kt_run_pool_slots(p), made = 1;
	KT_AUTOFREE struct slot *slots = calloc(count, sizeof(*slots));
	if (!slots)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for %u machines", count);
	for (unsigned i = 0; i < count; i++)
		slots[i] = (struct slot){.turn = &turn, .number = i};
	for (; made < count; made++) {
		int r = pthread_create(&slots[made].thread, NULL, serve, &slots[made]);
		if (!r)
			continue;
		kt_log(KT_LOG_WARN, "--jobs %u: only %u threads could be had: %s", p->jobs, made,
			strerror(r));
		break;
	}
	serve(&slots[0]);
	for (unsigned i = 1; i < made; i++)
		pthread_join(slots[i].thread, NULL);
	return 0;
}
