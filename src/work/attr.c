// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function per attribute. They are raw system calls: those of the C library change all
 * threads of a process where only one worker is meant, and some do not exist there.
 */
#include "work/attr.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "work/worker.h"

#ifndef SCHED_EXT
#define SCHED_EXT 7
#endif
#define FLAG_RESET_ON_FORK 0x01u /* SCHED_FLAG_RESET_ON_FORK */

/* struct sched_attr of the kernel, first version; the C library's headers have none. */
struct sched_attr_v0 {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static const struct {
	const char *name;
	int policy;
} policies[] = {
	[KTSTR_POLICY_KIND_NORMAL] = {"SCHED_NORMAL", SCHED_OTHER},
	[KTSTR_POLICY_KIND_BATCH] = {"SCHED_BATCH", SCHED_BATCH},
	[KTSTR_POLICY_KIND_IDLE] = {"SCHED_IDLE", SCHED_IDLE},
	[KTSTR_POLICY_KIND_FIFO] = {"SCHED_FIFO", SCHED_FIFO},
	[KTSTR_POLICY_KIND_RR] = {"SCHED_RR", SCHED_RR},
	[KTSTR_POLICY_KIND_DEADLINE] = {"SCHED_DEADLINE", 6},
	[KTSTR_POLICY_KIND_EXT] = {"SCHED_EXT", SCHED_EXT},
};

int kt_attr_set_affinity(pid_t pid, const struct kt_cpus *cpus)
{
	if (pid <= 0)
		return -EINVAL;
	return syscall(SYS_sched_setaffinity, pid, sizeof(cpus->bits), cpus->bits) < 0 ? -errno : 0;
}

/* Each of these returns 0 or -errno, 0 also when nothing is asked for. */

static int set_affinity(const struct kt_worker *w)
{
	struct kt_cpus cpus;
	if (!kt_affinity_of(&w->where->affinity, w->seed, w->index, &cpus))
		return 0;
	return kt_attr_set_affinity((pid_t)syscall(SYS_gettid), &cpus);
}

static int set_policy(const struct kt_worker *w)
{
	const struct ktstr_policy *p = &w->work->policy;
	if (p->kind == KTSTR_POLICY_KIND_NORMAL || (size_t)p->kind >= KT_ARRAY_LEN(policies))
		return 0;
	struct sched_attr_v0 attr = {
		.size = sizeof(attr),
		.policy = (uint32_t)policies[p->kind].policy,
		.nice = getpriority(PRIO_PROCESS, 0), /* 0 would need the right to raise it */
		.priority = p->priority,
		.runtime = p->runtime_ns,
		.deadline = p->deadline_ns,
		.period = p->period_ns,
	};
	/* Else a deadline worker could not fork, which some kinds do. */
	if (p->kind == KTSTR_POLICY_KIND_DEADLINE)
		attr.flags = FLAG_RESET_ON_FORK;
	return syscall(SYS_sched_setattr, 0, &attr, 0) < 0 ? -errno : 0;
}

static int set_nice(const struct kt_worker *w)
{
	const struct ktstr_set *nice = &w->work->nice;
	if (!nice->set)
		return 0;
	return syscall(SYS_setpriority, PRIO_PROCESS, 0, (int)nice->value) < 0 ? -errno : 0;
}

static int set_mempolicy(const struct kt_worker *w)
{
	const struct kt_mempolicy *m = &w->where->mempolicy;
	if (!m->set)
		return 0;
	bool none = !kt_cpus_count(&m->nodes);
	long r = syscall(SYS_set_mempolicy, m->mode | (int)m->flags, none ? NULL : m->nodes.bits,
		none ? 0 : KT_CPUS_MAX);
	return r < 0 ? -errno : 0;
}

static int set_gid(const struct kt_worker *w)
{
	if (!w->work->gid.set)
		return 0;
	gid_t gid = (gid_t)w->work->gid.value;
	if (syscall(SYS_setgroups, 0, NULL) < 0)
		return -errno;
	return syscall(SYS_setresgid, gid, gid, gid) < 0 ? -errno : 0;
}

static int set_uid(const struct kt_worker *w)
{
	if (!w->work->uid.set)
		return 0;
	uid_t uid = (uid_t)w->work->uid.value;
	return syscall(SYS_setresuid, uid, uid, uid) < 0 ? -errno : 0;
}

void kt_attr_apply(struct kt_worker *w)
{
	static int (*const setters[KT_ATTR_COUNT])(const struct kt_worker *w) = {
		[KT_ATTR_AFFINITY] = set_affinity,
		[KT_ATTR_POLICY] = set_policy,
		[KT_ATTR_NICE] = set_nice,
		[KT_ATTR_MEMPOLICY] = set_mempolicy,
		[KT_ATTR_GID] = set_gid,
		[KT_ATTR_UID] = set_uid,
	};
	for (unsigned i = 0; i < KT_ATTR_COUNT; i++)
		atomic_store(&w->slot->attr_errors[i], (uint32_t)-setters[i](w));
}

/* What was asked for, in words. */
static void attr_name(const struct ktstr_work *work, enum kt_attr attr, char *buf, size_t bytes)
{
	const struct ktstr_policy *p = &work->policy;
	switch (attr) {
	case KT_ATTR_AFFINITY:
		snprintf(buf, bytes, "affinity");
		break;
	case KT_ATTR_POLICY:
		snprintf(buf, bytes, "policy %s",
			(size_t)p->kind < KT_ARRAY_LEN(policies) ? policies[p->kind].name : "?");
		break;
	case KT_ATTR_NICE:
		snprintf(buf, bytes, "nice %ld", work->nice.value);
		break;
	case KT_ATTR_MEMPOLICY:
		snprintf(buf, bytes, "memory policy");
		break;
	case KT_ATTR_GID:
		snprintf(buf, bytes, "gid %ld", work->gid.value);
		break;
	case KT_ATTR_UID:
	case KT_ATTR_COUNT:
		snprintf(buf, bytes, "uid %ld", work->uid.value);
		break;
	}
}

void kt_attr_text(
	const struct ktstr_work *work, const int errors[KT_ATTR_COUNT], char *buf, size_t bytes)
{
	size_t used = 0;
	buf[0] = '\0';
	for (unsigned i = 0; i < KT_ATTR_COUNT && used < bytes; i++) {
		char name[48];
		if (!errors[i])
			continue;
		attr_name(work, i, name, sizeof(name));
		used += (size_t)snprintf(buf + used, bytes - used, "%s%s: %s", used ? "; " : "",
			name, strerror(errors[i]));
	}
}
