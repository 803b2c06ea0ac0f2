// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work that change cgroups under way: a worker that goes round among siblings of its
 * cgroup, and one that sends children there while they end. The siblings are the test's: it
 * adds and removes them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "work/kind.h"
#include "work/own_cgroup.h"
#include "work/step.h"

#define CHURN_NAME    "wt-cgroup-churn-%u"
#define STORM_NAME    "wt-cgroup-attach-storm"
#define STORM_PENDING 64u /* children at most that nobody has waited for */
#define IDLE_NS	      (20 * KT_NS_PER_MS)

struct member {
	char home[KT_OWN_CGROUP_BYTES];	  /* the folder of its cgroup when it began */
	char target[KT_OWN_CGROUP_BYTES]; /* the file to write to; "" is none */
	unsigned next;			  /* which sibling */
	unsigned pending;		  /* children not waited for */
	uint64_t moved, gone;
};

/* "", when the cgroup has no siblings, with the reason in a note. */
static void find_home(struct kt_worker *w)
{
	struct member *m = w->state;
	int r = kt_own_cgroup(m->home);
	if (r < 0)
		kt_worker_note(w, "it cannot know its cgroup: %s", strerror(-r));
	if (r < 0)
		m->home[0] = '\0';
}

static void move_to_next(struct kt_worker *w)
{
	struct member *m = w->state;
	char name[32];
	snprintf(name, sizeof(name), CHURN_NAME, m->next);
	m->next = (m->next + 1) % w->work->cgroup_churn.groups;
	if (!*m->home)
		return;
	int r = kt_own_cgroup_sibling(m->home, name, m->target);
	if (!r)
		r = kt_own_cgroup_join(m->target, 0);
	if (r < 0)
		kt_worker_note(w, "not moved: %s beside its cgroup: %s; the test must add it", name,
			strerror(-r));
	else
		m->moved++;
}

/* One iteration is one cycle in one sibling. */
static void step_cgroup_churn(struct kt_worker *w)
{
	move_to_next(w);
	kt_meter_unit_yielded(&w->meter);
	if (kt_worker_spin_ns(w, w->work->cgroup_churn.cycle_ms * KT_NS_PER_MS))
		kt_meter_iteration(&w->meter);
}

/* Back, so that nobody finds it in a cgroup that was not made for it. */
static void end_cgroup_churn(struct kt_worker *w)
{
	struct member *m = w->state;
	const char *slash = strrchr(m->home, '/');
	kt_worker_metric(w, "cgroup_moves", "", (double)m->moved);
	if (m->moved && slash && !kt_own_cgroup_sibling(m->home, slash + 1, m->target))
		(void)kt_own_cgroup_join(m->target, 0); /* its cgroup may be gone */
}

const struct kt_work_ops kt_work_ops_cgroup_churn = {
	.step = step_cgroup_churn,
	.state_bytes = sizeof(struct member),
	.begin = find_home,
	.end = end_cgroup_churn,
};

static const char *storm_dest(const struct ktstr_work *work)
{
	const char *dest = work->cgroup_attach_storm.dest;
	return dest ? dest : STORM_NAME;
}

static int check_storm(const struct ktstr_work *work, struct kt_err *err)
{
	const char *dest = storm_dest(work);
	if (*dest && *dest != '.' && !strchr(dest, '/') && strlen(dest) < 128)
		return 0;
	return kt_fail(err, EINVAL, "name a cgroup beside the one of the workers, without '/'",
		"work cgroup_attach_storm: '%s' is no name of a sibling cgroup", dest);
}

static void begin_storm(struct kt_worker *w)
{
	struct member *m = w->state;
	const char *dest = storm_dest(w->work);
	find_home(w);
	if (*m->home && kt_own_cgroup_sibling(m->home, dest, m->target) < 0)
		m->target[0] = '\0';
	if (*m->target && access(m->target, W_OK) < 0) {
		kt_worker_note(
			w, "%s beside its cgroup: %s; it does nothing", dest, strerror(errno));
		m->target[0] = '\0';
	}
	/* Before the first child: the kernel then reaps each as it ends, which races. */
	if (w->work->cgroup_attach_storm.reap == KTSTR_REAP_ignore)
		signal(SIGCHLD, SIG_IGN);
}

/* Wait for PID, or with the kernel reaping (-1) until no child is left. */
static void wait_for(struct kt_worker *w, pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR && !kt_worker_stopped(w))
		;
}

static void reap(struct kt_worker *w, pid_t pid)
{
	struct member *m = w->state;
	if (w->work->cgroup_attach_storm.reap == KTSTR_REAP_wait) {
		wait_for(w, pid);
	} else if (++m->pending == STORM_PENDING) {
		wait_for(w, -1);
		m->pending = 0;
	}
}

/* One iteration is one child. ESRCH: it had ended before, which is one of the two outcomes. */
static void step_cgroup_attach_storm(struct kt_worker *w)
{
	struct member *m = w->state;
	if (!*m->target) {
		kt_worker_sleep(w, IDLE_NS);
		return;
	}
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0) {
		kt_worker_note(w, "fork: %s", strerror(errno));
		kt_worker_sleep(w, IDLE_NS);
		return;
	}
	int r = kt_own_cgroup_join(m->target, pid);
	m->moved += r == 0;
	m->gone += r == -ESRCH;
	if (r < 0 && r != -ESRCH)
		kt_worker_note(w, "write to %s: %s", storm_dest(w->work), strerror(-r));
	reap(w, pid);
	kt_meter_unit_yielded(&w->meter);
	kt_meter_iteration(&w->meter);
}

static void end_storm(struct kt_worker *w)
{
	const struct member *m = w->state;
	kt_worker_metric(w, "attached", "", (double)m->moved);
	kt_worker_metric(w, "ended_before", "", (double)m->gone);
}

const struct kt_work_ops kt_work_ops_cgroup_attach_storm = {
	.step = step_cgroup_attach_storm,
	.check = check_storm,
	.state_bytes = sizeof(struct member),
	.begin = begin_storm,
	.end = end_storm,
	.flags = KT_WORK_FORK_ONLY,
};
