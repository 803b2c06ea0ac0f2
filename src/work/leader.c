// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of a forked process and not of the harness: a worker that crashes or hangs cannot
 * take the harness along, and all of them can be killed.
 */
#include "work/leader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define STACK_BYTES	(512u * 1024) /* of a worker; 4096 of them fit into any machine */
#define EXIT_NO_THREADS 122

bool kt_leader_wanted(const struct ktstr_work *work)
{
	return work->pcomm || work->mode == KTSTR_MODE_THREADS;
}

static void *run_thread(void *arg)
{
	struct kt_worker *w = arg;
	char name[16];
	kt_worker_name(w->work, name);
	prctl(PR_SET_NAME, name);
	kt_worker_live(w);
	return NULL;
}

static _Noreturn void give_up(struct kt_work_shared *shared, int error)
{
	atomic_store(&shared->leader_errno, (uint32_t)error);
	kt_futex_wake_all(&shared->arrived);
	_exit(EXIT_NO_THREADS);
}

_Noreturn void kt_leader_run(const struct kt_worker *model, const struct kt_teams *teams,
	size_t count, struct kt_worker (*make)(void *arg, size_t i), void *arg)
{
	char name[16];
	kt_worker_name(model->work, name);
	if (model->work->pcomm)
		snprintf(name, sizeof(name), "%s", model->work->pcomm);
	kt_worker_take_process(model->parent, name, teams->items, teams->count);

	struct kt_worker *workers = calloc(count, sizeof(*workers));
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_attr_t attr;
	if (!workers || !threads || pthread_attr_init(&attr))
		give_up(model->shared, ENOMEM);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (size_t i = 0; i < count; i++) {
		workers[i] = make(arg, i);
		int error = pthread_create(&threads[i], &attr, run_thread, &workers[i]);
		if (error)
			give_up(model->shared, error);
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}
