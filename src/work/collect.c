// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of groups: ask all workers at once, wait for each on a pidfd within one shared
 * deadline, believe a report only after checking it, kill and reap what is left.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/proc.h"
#include "base/vec.h"
#include "work/group.h"
#include "work/leader.h"
#include "work/pages.h"
#include "work/report.h"
#include "work/worker.h"

#define NUDGE_MS 200 /* a signal may come between a worker's check and its wait: repeat it */

struct batch {
	struct kt_work *const *works;
	size_t count;
	uint64_t deadline_ns;
};

/* A signal to a process interrupts one of its threads. The kernel knows those that are gone. */
static void signal_threads(const struct kt_work *w)
{
	if (!kt_leader_wanted(&w->work) || !w->tids || w->pids[0] <= 0)
		return;
	for (size_t i = 0; i < w->count; i++)
		syscall(SYS_tgkill, w->pids[0], w->tids[i], KT_WORK_STOP_SIGNAL);
}

static void signal_all(const struct batch *b)
{
	for (size_t g = 0; g < b->count; g++) {
		const struct kt_work *w = b->works[g];
		for (size_t i = 0; i < w->procs; i++) {
			if (w->pids[i] > 0)
				kill(w->pids[i], KT_WORK_STOP_SIGNAL);
		}
		signal_threads(w);
	}
}

static void ask_to_stop(struct kt_work *w, uint64_t now)
{
	w->stopped_at_ns = now;
	atomic_store(&w->shared->stopped_at_ns, now);
	for (size_t i = 0; i < w->count; i++) {
		atomic_store(&w->shared->slots[i].stop, 1);
		kt_futex_wake_all(&w->shared->slots[i].stop);
	}
	w->counts_migrated = w->counts_migrated && kt_pages_migrated(&w->migrated);
	/* Those that were never started leave through the gate. */
	atomic_store(&w->shared->placed, 1);
	kt_futex_wake_all(&w->shared->placed);
	atomic_store(&w->shared->gate, 1);
	kt_futex_wake_all(&w->shared->gate);
}

/* 1 when the process ended, 0 at the deadline, -errno. With B, stragglers are signalled again. */
static int wait_for_end(pid_t pid, uint64_t deadline_ns, const struct batch *b)
{
	KT_AUTOFD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return -errno;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int left_ms = kt_deadline_poll_ms(deadline_ns);
		int n = poll(&p, 1, b ? KT_MIN(left_ms, NUDGE_MS) : left_ms);
		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && !left_ms)
			return 0;
		if (n == 0 && b)
			signal_all(b);
	}
}

/* Whether PID is still an unreaped child of ours, so that its number cannot mean another. */
static bool is_ours(pid_t pid)
{
	siginfo_t info;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void kt_work_kill(struct kt_work *w)
{
	for (size_t i = 0; i < w->procs; i++) {
		if (w->pids[i] > 0 && is_ours(w->pids[i])) {
			kill(-w->pids[i], SIGKILL);
			kill(w->pids[i], SIGKILL);
		}
	}
}

bool kt_work_reap(struct kt_work *w, size_t i, uint64_t deadline_ns, int *ret_status)
{
	pid_t pid = w->pids[i];
	int ended = wait_for_end(pid, deadline_ns, NULL);
	if (ended == -ESRCH)
		w->pids[i] = 0;
	if (ended < 1 || waitpid(pid, ret_status, WNOHANG) != pid)
		return false;
	w->pids[i] = 0;
	return true;
}

/* The process that worker I is, or is a thread of. */
static size_t proc_of(const struct kt_work *w, size_t i)
{
	return w->procs == w->count ? i : 0;
}

/* What is known of a worker that did not report: how far it came, and since when it hung. */
static void take_live(struct kt_work_result *res, const struct kt_work *w,
	const struct kt_work_slot *slot, bool hung)
{
	res->iterations = atomic_load(&slot->iterations);
	res->work_units = KT_MAX(atomic_load(&slot->work_units), res->iterations);
	uint64_t seen_ns = KT_MAX(atomic_load(&slot->progress_ns), w->opened_at_ns);
	seen_ns = KT_MAX(seen_ns, atomic_load(&w->shared->thawed_at_ns));
	if (hung && seen_ns < w->stopped_at_ns) {
		res->gap_ns = w->stopped_at_ns - seen_ns;
		res->gap_at_ns = w->stopped_at_ns - w->opened_at_ns;
	}
}

/* True when the worker had put a report into its slot that is believed. */
static bool judge_report(struct kt_work_result *res, const struct kt_work *w, size_t i, pid_t pid,
	const char **ret_fault)
{
	static const struct kt_work_report untouched;
	const struct kt_work_report copy = w->shared->slots[i].report;
	*ret_fault = kt_report_fault(w, i, pid, &copy);
	if (!*ret_fault)
		kt_report_take(res, w, &copy);
	else if (!memcmp(&copy, &untouched, sizeof(copy)))
		*ret_fault = NULL;
	return res->completed;
}

/* How the process ended is how its workers ended, but for threads that had reported before. */
static void judge(struct kt_work_result *res, const struct kt_work *w, size_t i, pid_t pid)
{
	const struct kt_work_slot *slot = &w->shared->slots[i];
	const struct kt_work_end *e = &w->ends[proc_of(w, i)];
	bool exited = !e->error && e->in_time && e->reaped && e->status == 0;
	size_t bytes = sizeof(res->exit_text);
	const char *fault = NULL;
	if (!w->opened_at_ns)
		snprintf(res->exit_text, bytes, "never started");
	else if ((exited || kt_leader_wanted(&w->work)) && judge_report(res, w, i, pid, &fault))
		return;
	else if (exited && fault)
		snprintf(res->exit_text, bytes, "corrupt report: %s", fault);
	else if (exited)
		snprintf(res->exit_text, bytes, "exited with 0 without a report");
	else if (e->error)
		snprintf(res->exit_text, bytes, "lost: %s", strerror(e->error));
	else if (!e->in_time)
		snprintf(res->exit_text, bytes, KT_WORK_TIMED_OUT);
	else if (!e->reaped)
		snprintf(res->exit_text, bytes, "ended, but could not be reaped");
	else
		kt_proc_status_text(e->status, res->exit_text, bytes);
	if (w->opened_at_ns && !e->error && (!e->in_time || (e->reaped && e->status)))
		take_live(res, w, slot, !e->in_time);
}

static void wait_workers(struct kt_work *w, const struct batch *b)
{
	for (size_t i = 0; i < w->procs; i++) {
		if (w->pids[i] <= 0)
			continue;
		int r = wait_for_end(w->pids[i], b->deadline_ns, b);
		w->ends[i] = (struct kt_work_end){.in_time = r > 0, .error = r < 0 ? -r : 0};
	}
}

/* A worker is not believed to have errors of its own invention. */
static void take_setup(struct kt_work_result *res, const struct kt_work *w, size_t i)
{
	int errors[KT_ATTR_COUNT];
	for (unsigned a = 0; a < KT_ATTR_COUNT; a++) {
		errors[a] = (int)(atomic_load(&w->shared->slots[i].attr_errors[a]) & 4095u);
		if (a > KT_ATTR_POLICY && !res->other_error)
			res->other_error = errors[a];
	}
	res->affinity_error = errors[KT_ATTR_AFFINITY];
	res->policy_error = errors[KT_ATTR_POLICY];
	kt_attr_text(&w->work, errors, res->setup_text, sizeof(res->setup_text));
}

static struct kt_work_result result_of(const struct kt_work *w, size_t i, pid_t pid)
{
	struct kt_work_result res = {
		.phase = w->phase,
		.group = w->group,
		.index = (uint16_t)i,
		.kind = w->work.kind,
		.wall_ns = w->opened_at_ns ? w->stopped_at_ns - w->opened_at_ns : 0,
		.confined = w->confined,
		.cpus_allowed = w->allowed,
	};
	memcpy(res.cgroup, w->cgroup, sizeof(res.cgroup));
	judge(&res, w, i, pid);
	take_setup(&res, w, i);
	kt_report_take_kind(&res, &w->shared->slots[i]);
	if (w->counts_migrated) {
		res.measured |= KT_WORK_HAS_MIGRATED;
		res.pages_migrated = w->migrated - KT_MIN(w->migrated, w->migrated_base);
	}
	return res;
}

/* Returns how many did not complete. */
static unsigned collect_workers(
	struct kt_work *w, uint64_t deadline_ns, struct kt_work_results *out)
{
	unsigned failed = 0;
	pid_t pid = 0;
	for (size_t i = 0; i < w->count; i++) {
		size_t proc = proc_of(w, i);
		if (i == proc) {
			pid = w->pids[i];
			if (pid > 0)
				w->ends[i].reaped =
					kt_work_reap(w, i, deadline_ns, &w->ends[i].status);
		}
		if (pid <= 0)
			continue;
		struct kt_work_result res = result_of(w, i, pid);
		if (kt_vec_push(out, res) < 0)
			free(res.metrics);
		else if (res.completed)
			continue;
		failed++;
	}
	return failed;
}

unsigned kt_work_stop_within(
	struct kt_work *const *works, size_t count, uint64_t within_ms, struct kt_work_results *out)
{
	struct batch b = {.works = works, .count = count, .deadline_ns = kt_deadline_ms(within_ms)};
	uint64_t now = kt_now_ns();
	for (size_t g = 0; g < count; g++)
		ask_to_stop(works[g], now);
	signal_all(&b);
	for (size_t g = 0; g < count; g++)
		wait_workers(works[g], &b);
	/* All are killed before one is waited for: under a stalled scheduler dying takes long too.
	 */
	for (size_t g = 0; g < count; g++)
		kt_work_kill(works[g]);
	uint64_t reap_by_ns = kt_deadline_ms(KT_WORK_REAP_MS);
	unsigned failed = 0;
	for (size_t g = 0; g < count; g++)
		failed += collect_workers(works[g], reap_by_ns, out);
	return failed;
}

unsigned kt_work_stop(struct kt_work *const *works, size_t count, struct kt_work_results *out)
{
	return kt_work_stop_within(works, count, KT_WORK_STOP_MS, out);
}

void kt_work_results_done(struct kt_work_results *results)
{
	kt_vec_each(r, results)
		free(r->metrics);
	kt_vec_done(results);
}
