// SPDX-License-Identifier: GPL-2.0-only
/* Where and how the calling worker runs. Everything is of the thread, never of the process. */
#include "work/place.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/own_cgroup.h"
#include "work/step.h"

#define POLICY_EXT 7 /* SCHED_EXT, which older headers lack */

/* The kernel's struct sched_attr in its first version, whose header clashes with <sched.h>. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int kt_worker_class_try(enum ktstr_class class, unsigned prio)
{
	static const unsigned policies[] = {
		[KTSTR_CLASS_cfs] = SCHED_OTHER,
		[KTSTR_CLASS_batch] = SCHED_BATCH,
		[KTSTR_CLASS_idle] = SCHED_IDLE,
		[KTSTR_CLASS_rt] = SCHED_FIFO,
		[KTSTR_CLASS_deadline] = SCHED_DEADLINE,
		[KTSTR_CLASS_ext] = POLICY_EXT,
	};
	struct attr attr = {.size = sizeof(attr), .policy = policies[class]};
	attr.nice = getpriority(PRIO_PROCESS, 0); /* 0 would need the right to raise it */
	if (class == KTSTR_CLASS_rt)
		attr.priority = prio;
	if (class == KTSTR_CLASS_deadline) {
		attr.runtime = KT_NS_PER_MS;
		attr.deadline = 10 * KT_NS_PER_MS;
		attr.period = attr.deadline;
	}
	return syscall(SYS_sched_setattr, 0, &attr, 0) < 0 ? -errno : 0;
}

void kt_worker_class(struct kt_worker *w, enum ktstr_class class, unsigned prio)
{
	static const char *const names[] = {"cfs", "batch", "idle", "rt", "deadline", "ext"};
	int r = kt_worker_class_try(class, prio);
	if (r < 0)
		kt_worker_note(
			w, "scheduling class %s was refused: %s", names[class], strerror(-r));
}

bool kt_worker_cgroup_dir(char *ret, size_t bytes)
{
	char dir[KT_OWN_CGROUP_BYTES];
	return !kt_own_cgroup(dir) && (size_t)snprintf(ret, bytes, "%s", dir) < bytes;
}

int kt_worker_confine(pid_t tid, const struct kt_cpus *cpus)
{
	if (tid < 0)
		return -EINVAL;
	long r = syscall(SYS_sched_setaffinity, tid, sizeof(cpus->bits), cpus->bits);
	return r < 0 ? -errno : 0;
}
