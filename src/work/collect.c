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
#include "work/worker.h"

#define NUDGE_MS    200 /* a signal may come between a worker's check and its wait: repeat it */
#define CLOCK_SLACK KT_NS_PER_S

struct batch {
	struct kt_work *const *works;
	size_t count;
	uint64_t deadline_ns;
};

static void signal_all(const struct batch *b)
{
	for (size_t g = 0; g < b->count; g++) {
		const struct kt_work *w = b->works[g];
		for (size_t i = 0; i < w->count; i++) {
			if (w->pids[i] > 0)
				kill(w->pids[i], KT_WORK_STOP_SIGNAL);
		}
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
	/* Those that were never started leave through the gate. */
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
	for (size_t i = 0; i < w->count; i++) {
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

/* NULL, or what is wrong with the numbers of a report whose checksum is right. */
static const char *report_doubt(const struct kt_work *w, const struct kt_work_report *r)
{
	uint64_t window_ns = w->stopped_at_ns - w->opened_at_ns;
	uint64_t life_ns = kt_now_ns() - w->spawned_at_ns + CLOCK_SLACK;
	if (r->cpu_ns > life_ns || r->run_delay_ns > life_ns)
		return "more CPU time than it lived";
	if (r->gap_ns > window_ns || r->gap_at_ns > window_ns)
		return "a gap longer than the test";
	if (r->gap_cpu >= KT_CPUS_MAX)
		return "no such CPU";
	if (!r->outside != !kt_cpus_count(&r->cpus_outside))
		return "CPUs and counts outside differ";
	if (!kt_cpus_subset(&r->cpus_outside, &r->cpus_used))
		return "CPUs outside it never used";
	if (r->wake_p50_ns > r->wake_p99_ns || r->wake_p99_ns > r->wake_max_ns)
		return "quantiles out of order";
	if (r->wake_max_ns > life_ns)
		return "a wake longer than its life";
	return NULL;
}

/* NULL, or why the report of worker I cannot be believed. */
static const char *report_fault(const struct kt_work *w, pid_t pid, const struct kt_work_report *r)
{
	if (r->magic != KT_WORK_REPORT_MAGIC)
		return "bad magic";
	if (r->checksum != kt_work_report_checksum(r))
		return "bad checksum";
	if (r->pid != (uint32_t)pid || r->kind != w->work.kind)
		return "not its own";
	return report_doubt(w, r);
}

/* After the stop all workers want to run at once; that wait is not part of the test. */
static void take_times(struct kt_work_result *res, const struct kt_work_report *r)
{
	res->cpu_ns = KT_MIN(r->cpu_ns, res->wall_ns);
	res->run_delay_ns = KT_MIN(r->run_delay_ns, res->wall_ns - res->cpu_ns);
}

static void take_report(struct kt_work_result *res, const struct kt_work_report *r)
{
	res->completed = true;
	res->work_units = r->work_units;
	res->iterations = r->iterations;
	take_times(res, r);
	res->gap_ns = r->gap_ns;
	res->gap_cpu = (uint32_t)r->gap_cpu;
	res->gap_at_ns = r->gap_at_ns;
	res->migrations = r->migrations;
	res->cpus_used = r->cpus_used;
	res->cpus_outside = r->cpus_outside;
	res->outside = r->outside;
	res->wakes = r->wakes;
	res->wake_p50_ns = r->wake_p50_ns;
	res->wake_p99_ns = r->wake_p99_ns;
	res->wake_max_ns = r->wake_max_ns;
}

/* What is known of a worker that did not report: how far it came, and since when it hung. */
static void take_live(struct kt_work_result *res, const struct kt_work *w,
	const struct kt_work_slot *slot, bool hung)
{
	res->iterations = atomic_load(&slot->iterations);
	res->work_units = KT_MAX(atomic_load(&slot->work_units), res->iterations);
	uint64_t seen_ns = KT_MAX(atomic_load(&slot->progress_ns), w->opened_at_ns);
	if (hung && seen_ns < w->stopped_at_ns) {
		res->gap_ns = w->stopped_at_ns - seen_ns;
		res->gap_at_ns = w->stopped_at_ns - w->opened_at_ns;
	}
}

static void judge_exited(struct kt_work_result *res, const struct kt_work *w, pid_t pid,
	const struct kt_work_slot *slot)
{
	static const struct kt_work_report untouched;
	const struct kt_work_report copy = slot->report;
	const char *fault = report_fault(w, pid, &copy);
	if (!fault)
		take_report(res, &copy);
	else if (!memcmp(&copy, &untouched, sizeof(copy)))
		snprintf(res->exit_text, sizeof(res->exit_text), "exited with 0 without a report");
	else
		snprintf(res->exit_text, sizeof(res->exit_text), "corrupt report: %s", fault);
}

static void judge(struct kt_work_result *res, const struct kt_work *w, size_t i, pid_t pid)
{
	const struct kt_work_slot *slot = &w->shared->slots[i];
	const struct kt_work_end *e = &w->ends[i];
	size_t bytes = sizeof(res->exit_text);
	if (!w->opened_at_ns) {
		snprintf(res->exit_text, bytes, "never started");
	} else if (e->error) {
		snprintf(res->exit_text, bytes, "lost: %s", strerror(e->error));
	} else if (!e->in_time) {
		snprintf(res->exit_text, bytes, KT_WORK_TIMED_OUT);
		take_live(res, w, slot, true);
	} else if (!e->reaped) {
		snprintf(res->exit_text, bytes, "ended, but could not be reaped");
	} else if (e->status != 0) {
		kt_proc_status_text(e->status, res->exit_text, bytes);
		take_live(res, w, slot, false);
	} else {
		judge_exited(res, w, pid, slot);
	}
}

static void wait_workers(struct kt_work *w, const struct batch *b)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->pids[i] <= 0)
			continue;
		int r = wait_for_end(w->pids[i], b->deadline_ns, b);
		w->ends[i] = (struct kt_work_end){.in_time = r > 0, .error = r < 0 ? -r : 0};
	}
}

/* Returns how many did not complete. */
static unsigned collect_workers(
	struct kt_work *w, uint64_t deadline_ns, struct kt_work_results *out)
{
	unsigned failed = 0;
	for (size_t i = 0; i < w->count; i++) {
		pid_t pid = w->pids[i];
		if (pid <= 0)
			continue;
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
		w->ends[i].reaped = kt_work_reap(w, i, deadline_ns, &w->ends[i].status);
		judge(&res, w, i, pid);
		failed += kt_vec_push(out, res) < 0 || !res.completed;
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
