// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's process and its judgement. It is a child so that a KVM_RUN that never returns
 * can be ended without a signal handler in somebody else's program.
 */
#include "softkvm/probe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "softkvm/probe_guest.h"

#define DEATH_MS 5000u /* from SIGKILL to the end of the process */

#define HARDWARE_FIX                                                                               \
	"use a machine (or a virtual one with nested virtualisation) whose KVM runs real kernels"

static const char *const stage_names[] = {
	[KT_SOFTKVM_STAGE_OPEN] = "open",
	[KT_SOFTKVM_STAGE_VERSION] = "KVM_GET_API_VERSION",
	[KT_SOFTKVM_STAGE_SETUP] = "the creation of a virtual machine",
	[KT_SOFTKVM_STAGE_INT3] = "int3",
	[KT_SOFTKVM_STAGE_CMPXCHG16B] = "cmpxchg16b",
	[KT_SOFTKVM_STAGE_XRSTOR] = "xrstor",
	[KT_SOFTKVM_STAGE_VEX] = "a VEX instruction",
	[KT_SOFTKVM_STAGE_LOOP] = "a counted loop",
	[KT_SOFTKVM_STAGE_DONE] = "the end of the machine",
};

static const char *exit_name(uint32_t reason)
{
	static const char *const names[] = {
		[0] = "KVM_EXIT_UNKNOWN",
		[2] = "KVM_EXIT_IO",
		[5] = "KVM_EXIT_HLT",
		[6] = "KVM_EXIT_MMIO",
		[8] = "KVM_EXIT_SHUTDOWN",
		[9] = "KVM_EXIT_FAIL_ENTRY",
		[10] = "KVM_EXIT_INTR",
		[17] = "KVM_EXIT_INTERNAL_ERROR",
	};
	return reason < KT_ARRAY_LEN(names) && names[reason] ? names[reason] : "another exit";
}

enum child_end { ENDED, KILLED, UNKILLABLE };

static bool wait_until(int pidfd, uint64_t deadline)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int n;

	while ((n = poll(&p, 1, kt_deadline_poll_ms(deadline))) < 0 && errno == EINTR)
		;
	return n > 0;
}

/*
 * End the child at the deadline. One that a broken KVM holds in the kernel is left to it: it
 * has got its SIGKILL, and dies when it comes back.
 */
static enum child_end wait_child(pid_t pid, int pidfd, unsigned deadline_ms)
{
	enum child_end end = ENDED;

	if (!wait_until(pidfd, kt_deadline_ms(deadline_ms))) {
		kill(pid, SIGKILL);
		end = wait_until(pidfd, kt_deadline_ms(DEATH_MS)) ? KILLED : UNKILLABLE;
	}
	(void)waitpid(pid, NULL, WNOHANG); /* nothing to learn from its status */
	return end;
}

/* A group helps only where the node lets one in. */
static const char *permission_fix(const char *device)
{
	struct stat st;

	if (stat(device, &st) == 0 && (st.st_mode & 0060) != 0060)
		return "as root, let the group kvm in (chgrp kvm /dev/kvm; chmod 660 /dev/kvm) and "
		       "yourself into it (usermod -aG kvm $USER, then log in again), or run as "
		       "root";
	return "add yourself to its group ('ls -l /dev/kvm' names it; often: usermod -aG kvm "
	       "$USER, then log in again) or run as root";
}

static void judge_call(
	const char *device, const struct kt_softkvm_probe_state *st, struct kt_softkvm_probe *ret)
{
	const char *cause = strerror(st->errnum), *fix = HARDWARE_FIX;

	if (st->stage == KT_SOFTKVM_STAGE_OPEN && st->errnum == ENOENT) {
		cause = "there is no such device";
		fix = "load the module (modprobe kvm_amd or kvm_intel) and enable virtualisation "
		      "in the firmware";
	} else if (st->stage == KT_SOFTKVM_STAGE_OPEN &&
		   (st->errnum == EACCES || st->errnum == EPERM)) {
		fix = permission_fix(device);
	} else if (st->stage == KT_SOFTKVM_STAGE_VERSION && st->errnum == EPROTO) {
		snprintf(ret->reason, sizeof(ret->reason), "%s speaks API version %d instead of 12",
			device, st->api_version);
		snprintf(ret->fix, sizeof(ret->fix), "boot a Linux kernel of 2008 or later");
		return;
	}
	snprintf(ret->reason, sizeof(ret->reason), "%s fails at %s: %s", device,
		stage_names[st->stage], cause);
	snprintf(ret->fix, sizeof(ret->fix), "%s", fix);
}

static void judge_guest(const char *device, const struct kt_softkvm_probe_state *st,
	enum child_end end, struct kt_softkvm_probe *ret)
{
	char what[96];

	if (end == UNKILLABLE)
		snprintf(what, sizeof(what), "no result in time, and SIGKILL does not end it");
	else if (end == KILLED)
		snprintf(what, sizeof(what), "no result in time");
	else if (st->vector)
		snprintf(what, sizeof(what), "the guest took exception %u", st->vector - 1);
	else if (st->suberror || st->exit_reason == 17)
		snprintf(what, sizeof(what), "%s suberror %u", exit_name(st->exit_reason),
			st->suberror);
	else
		snprintf(
			what, sizeof(what), "%s (%u)", exit_name(st->exit_reason), st->exit_reason);
	snprintf(ret->reason, sizeof(ret->reason), "%s opens, but stops at %s: %s", device,
		stage_names[st->stage], what);
	snprintf(ret->fix, sizeof(ret->fix), "%s", HARDWARE_FIX);
}

static void judge_speed(const char *device, double mips_min, struct kt_softkvm_probe *ret)
{
	if (ret->mips >= mips_min) {
		ret->usable = true;
		snprintf(ret->reason, sizeof(ret->reason),
			"%s runs kernel instructions, %.0f million per second", device, ret->mips);
		return;
	}
	snprintf(ret->reason, sizeof(ret->reason),
		"%s runs only %.1f million instructions per second: it emulates", device,
		ret->mips);
	snprintf(ret->fix, sizeof(ret->fix), "%s", HARDWARE_FIX);
}

static void judge(const char *device, const struct kt_softkvm_probe_state *st, enum child_end end,
	double mips_min, struct kt_softkvm_probe *ret)
{
	ret->mips = st->mips;
	if (st->stage == KT_SOFTKVM_STAGE_DONE && end != UNKILLABLE)
		judge_speed(device, mips_min, ret);
	else if (end == ENDED && st->errnum)
		judge_call(device, st, ret);
	else
		judge_guest(device, st, end, ret);
}

static void no_process(const char *device, struct kt_softkvm_probe *ret)
{
	snprintf(ret->reason, sizeof(ret->reason), "no process to probe %s with: %s", device,
		strerror(errno));
	snprintf(ret->fix, sizeof(ret->fix), "free some memory");
}

static void run_probe(const char *device, unsigned deadline_ms, double mips_min,
	struct kt_softkvm_probe_state *st, struct kt_softkvm_probe *ret)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		kt_softkvm_probe_guest(device, st);
		_exit(0);
	}
	if (pid < 0) {
		no_process(device, ret);
		return;
	}
	KT_AUTOFD int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		no_process(device, ret);
		kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0); /* it has hardly begun */
		return;
	}
	judge(device, st, wait_child(pid, pidfd, deadline_ms), mips_min, ret);
}

void kt_softkvm_probe(const char *device, const struct kt_softkvm_probe_limits *limits,
	struct kt_softkvm_probe *ret)
{
	unsigned deadline_ms =
		limits && limits->deadline_ms ? limits->deadline_ms : KT_SOFTKVM_PROBE_DEADLINE_MS;
	double mips_min =
		limits && limits->mips_min > 0 ? limits->mips_min : KT_SOFTKVM_PROBE_MIPS_MIN;
	uint64_t began = kt_now_ns();
	struct kt_softkvm_probe_state *st =
		mmap(NULL, sizeof(*st), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(ret, 0, sizeof(*ret));
	if (st == MAP_FAILED) {
		snprintf(ret->reason, sizeof(ret->reason), "no memory to probe %s with", device);
		snprintf(ret->fix, sizeof(ret->fix), "free some memory");
		return;
	}
	run_probe(device, deadline_ms, mips_min, st, ret);
	munmap(st, sizeof(*st));
	ret->took_ns = kt_now_ns() - began;
}
