// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread per vCPU around KVM_RUN. A kick is immediate_exit, which makes the next KVM_RUN
 * return at once, and a signal that ends the present one: between them there is no gap.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vmm/machine.h"

#define THREAD_STACK_BYTES (512u << 10)

static int kick_signal(void)
{
	return SIGRTMIN + 4; /* the first ones are often taken by programs */
}

static void on_kick(int sig)
{
	(void)sig; /* only there to make KVM_RUN return */
}

static void install_handler(void)
{
	struct sigaction sa = {.sa_handler = on_kick}; /* no SA_RESTART */
	sigemptyset(&sa.sa_mask);
	sigaction(kick_signal(), &sa, NULL);
}

/* CPU time and run delay of a thread; left alone where the kernel does not count them. */
static void read_schedstat(const char *thread, struct kt_vm_vcpu_stats *stats)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%s/schedstat", thread);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	unsigned long long cpu_ns = 0, delay_ns = 0;
	if (f && fscanf(f, "%llu %llu", &cpu_ns, &delay_ns) == 2) {
		stats->cpu_ns = cpu_ns;
		stats->run_delay_ns = delay_ns;
	}
}

static void loop(struct kt_vmm_vcpu *vcpu)
{
	while (!atomic_load_explicit(&vcpu->vm->stop, memory_order_acquire)) {
		int r = ioctl(vcpu->fd, KVM_RUN, 0);
		int e = errno;
		atomic_fetch_add_explicit(&vcpu->exits, 1, memory_order_relaxed);
		/* EAGAIN: a CPU that waited for its start signal was woken. */
		if (r < 0 && (e == EINTR || e == EAGAIN))
			continue;
		if (r < 0) {
			kt_vmm_exit_failed(vcpu, e);
			return;
		}
		if (!kt_vmm_exit_handle(vcpu))
			return;
	}
}

static void *thread_main(void *arg)
{
	struct kt_vmm_vcpu *vcpu = arg;
	struct kt_vm *vm = vcpu->vm;
	char name[16];
	sigset_t kick;
	snprintf(name, sizeof(name), "kt-vcpu%u", vcpu->index);
	pthread_setname_np(pthread_self(), name);
	sigemptyset(&kick);
	sigaddset(&kick, kick_signal());
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	pthread_mutex_lock(&vm->run_lock);
	vcpu->stats.tid = gettid();
	pthread_mutex_unlock(&vm->run_lock);

	loop(vcpu);

	struct kt_vm_vcpu_stats stats = {0};
	read_schedstat("thread-self", &stats);
	stats.cpu_ns = kt_thread_cpu_ns(); /* the other is as of the last tick */
	stats.exits = atomic_load_explicit(&vcpu->exits, memory_order_relaxed);
	pthread_mutex_lock(&vm->run_lock);
	vcpu->stats = stats;
	vm->running--;
	pthread_cond_broadcast(&vm->run_changed);
	pthread_mutex_unlock(&vm->run_lock);
	return NULL;
}

/* All signals but those of faults: they belong to the program's other threads. */
static void block_signals(sigset_t *ret_old)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
	sigset_t all;
	sigfillset(&all);
	for (size_t i = 0; i < KT_ARRAY_LEN(faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, ret_old);
}

int kt_vmm_vcpu_start(struct kt_vmm_vcpu *vcpu)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct kt_vm *vm = vcpu->vm;
	pthread_attr_t attr;
	sigset_t old;
	pthread_once(&once, install_handler);
	int r = pthread_attr_init(&attr);
	if (r)
		return -r;
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);

	pthread_mutex_lock(&vm->run_lock);
	block_signals(&old);
	r = pthread_create(&vcpu->thread, &attr, thread_main, vcpu);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!r) {
		vcpu->started = true;
		vm->running++;
	}
	pthread_mutex_unlock(&vm->run_lock);
	pthread_attr_destroy(&attr);
	return -r;
}

void kt_vmm_vcpu_kick(struct kt_vmm_vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	pthread_kill(vcpu->thread, kick_signal());
}

void kt_vm_vcpu_stats(struct kt_vm *vm, struct kt_vm_vcpu_stats *stats, unsigned count)
{
	for (unsigned i = 0; i < count && i < vm->cpus; i++) {
		struct kt_vmm_vcpu *vcpu = &vm->vcpus[i];
		pthread_mutex_lock(&vm->run_lock);
		stats[i] = vcpu->stats;
		pthread_mutex_unlock(&vm->run_lock);
		if (!stats[i].tid)
			continue;
		char thread[32];
		snprintf(thread, sizeof(thread), "self/task/%d", (int)stats[i].tid);
		read_schedstat(thread, &stats[i]);
		stats[i].exits = atomic_load_explicit(&vcpu->exits, memory_order_relaxed);
	}
}
