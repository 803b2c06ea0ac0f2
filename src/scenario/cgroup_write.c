// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second thread does the writes, one after the other; it is started once, since starting one
 * costs more than most writes. When the kernel keeps it, it is left alone with its memory, which
 * it frees should it ever come back, and the next write starts another one.
 */
#include "scenario/cgroup_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define STACK_BYTES (64u << 10)

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t asked, answered;
	bool busy; /* there is a write to do, or being done */
	bool left; /* nobody waits for it any more, nor ever will */
	int result;
	char *path, *text;
	pid_t owner; /* a fork has no copy of the thread */
	pid_t tid;   /* 0 until it runs */
	int cpu;     /* where it was told to be; -1: anywhere */
	bool above;  /* it runs above its caller, which is a real-time task */
};

static struct writer *standing; /* NULL: none, or the last one was left alone */

static void writer_free(struct writer *w)
{
	pthread_cond_destroy(&w->asked);
	pthread_cond_destroy(&w->answered);
	pthread_mutex_destroy(&w->lock);
	free(w->path);
	free(w->text);
	free(w);
}

static struct writer *writer_new(void)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	if (!w)
		return NULL;
	w->owner = getpid();
	w->cpu = -1;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->asked, NULL);
	pthread_cond_init(&w->answered, &attr);
	pthread_condattr_destroy(&attr);
	return w;
}

/* Not kt_fs_write_existing(): who moves tasks meets ESRCH and EBUSY as a matter of course. */
static int write_now(const char *path, const char *text)
{
	KT_AUTOFD int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void *run(void *arg)
{
	struct writer *w = arg;
	pthread_mutex_lock(&w->lock);
	w->tid = gettid();
	while (!w->left) {
		if (!w->busy) {
			pthread_cond_wait(&w->asked, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		int r = write_now(w->path, w->text);
		pthread_mutex_lock(&w->lock);
		w->result = r;
		w->busy = false;
		pthread_cond_signal(&w->answered);
	}
	pthread_mutex_unlock(&w->lock);
	writer_free(w);
	return NULL;
}

/*
 * A real-time caller runs above all load, and its new threads would not (SCHED_RESET_ON_FORK): a
 * write would take as long as the workers, or the scheduler under test, liked. One step above the
 * caller, and on its CPU, the thread takes over when it is asked, and most writes are done before
 * the caller looks: nobody waits, and no other CPU is woken.
 */
static bool run_above_caller(pthread_attr_t *attr)
{
	struct sched_param param;
	int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
	if (policy != SCHED_FIFO || sched_getparam(0, &param) < 0)
		return false;
	param.sched_priority = KT_MIN(param.sched_priority + 1, sched_get_priority_max(policy));
	pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(attr, policy);
	pthread_attr_setschedparam(attr, &param);
	return true;
}

/* Signals are for the thread that runs the scenario. */
static int start(struct writer *w)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES + PTHREAD_STACK_MIN);
	w->above = run_above_caller(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&thread, &attr, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

static int get_standing(struct writer **ret)
{
	if (standing && standing->owner == getpid()) {
		*ret = standing;
		return 0;
	}
	struct writer *w = writer_new();
	int r = w ? start(w) : -ENOMEM;
	if (r < 0) {
		if (w)
			writer_free(w);
		return r;
	}
	*ret = standing = w;
	return 0;
}

/*
 * Both stay on the CPU the caller is on: the kernel would move a real-time task that has to make
 * way for another to the next CPU. Returns whether *RET_BEFORE is to be restored.
 */
static bool stay_here(struct writer *w, cpu_set_t *ret_before)
{
	cpu_set_t here;
	int cpu = sched_getcpu();
	if (!w->above || cpu < 0 || !w->tid || sched_getaffinity(0, sizeof(here), ret_before) < 0)
		return false;
	CPU_ZERO(&here);
	CPU_SET((unsigned)cpu, &here);
	if (sched_setaffinity(0, sizeof(here), &here) < 0)
		return false;
	if (cpu != w->cpu && !sched_setaffinity(w->tid, sizeof(here), &here))
		w->cpu = cpu;
	return true;
}

static struct timespec deadline_in(unsigned ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool set_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to;
}

/* With its lock held, but for the moment in which the thread takes over. */
static int ask(struct writer *w, const char *path, const char *text, unsigned ms)
{
	struct timespec deadline = deadline_in(ms);
	if (!set_text(&w->path, path) || !set_text(&w->text, text))
		return -ENOMEM;
	w->busy = true;
	pthread_mutex_unlock(&w->lock);
	pthread_cond_signal(&w->asked);
	pthread_mutex_lock(&w->lock);
	while (w->busy && pthread_cond_timedwait(&w->answered, &w->lock, &deadline) != ETIMEDOUT)
		;
	if (!w->busy)
		return w->result;
	w->left = true;
	standing = NULL;
	return -ETIMEDOUT;
}

int kt_scenario_bounded_write(const char *path, const char *text, unsigned ms)
{
	struct writer *w = NULL;
	int r = get_standing(&w);
	if (r < 0)
		return r;
	cpu_set_t before;
	pthread_mutex_lock(&w->lock);
	bool stays = stay_here(w, &before);
	r = ask(w, path, text, ms);
	pthread_mutex_unlock(&w->lock);
	if (stays)
		(void)sched_setaffinity(0, sizeof(before), &before); /* what it was is allowed */
	return r;
}
