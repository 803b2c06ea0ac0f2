// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a run: start the vCPU threads, wait for an end, a deadline or a stop, bring the
 * threads home. Everything here happens in the caller's thread of kt_vm_run.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vmm/machine.h"
#include "vmm/standing.h"

#define KICK_EVERY_MS 20u

static const char *const why_names[] = {
	[KT_VM_RESET] = "reset",
	[KT_VM_POWEROFF] = "power-off",
	[KT_VM_PANIC] = "panic",
	[KT_VM_TRIPLE_FAULT] = "triple fault",
	[KT_VM_DEADLINE] = "deadline",
	[KT_VM_STOPPED] = "stopped",
	[KT_VM_KVM_ERROR] = "KVM error",
};

const char *kt_vm_why_name(enum kt_vm_why why)
{
	return why_names[why];
}

/* run_lock is held. */
static void end_locked(struct kt_vm *vm, const struct kt_vm_end *end)
{
	if (vm->ended)
		return;
	uint64_t start_ns = vm->end.start_ns;
	vm->end = *end;
	vm->end.start_ns = start_ns;
	vm->ended = true;
	pthread_cond_broadcast(&vm->run_changed);
}

void kt_vmm_end(struct kt_vm *vm, const struct kt_vm_end *end)
{
	pthread_mutex_lock(&vm->run_lock);
	end_locked(vm, end);
	pthread_mutex_unlock(&vm->run_lock);
}

void kt_vm_stop(struct kt_vm *vm, const char *reason)
{
	struct kt_vm_end end = {.why = KT_VM_STOPPED, .vcpu = -1, .end_ns = kt_now_ns()};
	snprintf(end.text, sizeof(end.text), "%s", reason);
	kt_vmm_end(vm, &end);
}

void kt_vm_set_deadline_ns(struct kt_vm *vm, uint64_t deadline_ns, const char *what)
{
	pthread_mutex_lock(&vm->run_lock);
	vm->deadline_ns = deadline_ns;
	snprintf(vm->deadline_what, sizeof(vm->deadline_what), "%s", what);
	pthread_cond_broadcast(&vm->run_changed);
	pthread_mutex_unlock(&vm->run_lock);
}

static struct timespec timespec_of(uint64_t at_ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(at_ns / KT_NS_PER_S),
		.tv_nsec = (long)(at_ns % KT_NS_PER_S),
	};
}

static void wait_until(struct kt_vm *vm, uint64_t at_ns)
{
	struct timespec ts = timespec_of(at_ns);
	pthread_cond_timedwait(&vm->run_changed, &vm->run_lock, &ts);
}

/* The next point in time at which the run ends by itself; 0: none. */
static uint64_t next_deadline(const struct kt_vm *vm)
{
	if (!vm->deadline_ns || !vm->panic_deadline_ns)
		return vm->deadline_ns | vm->panic_deadline_ns;
	return KT_MIN(vm->deadline_ns, vm->panic_deadline_ns);
}

static void end_by_deadline(struct kt_vm *vm)
{
	struct kt_vm_end end = {.why = KT_VM_DEADLINE, .vcpu = -1, .end_ns = kt_now_ns()};
	snprintf(end.text, sizeof(end.text), "deadline passed: %s",
		vm->deadline_what[0] ? vm->deadline_what : "of the whole run");
	end_locked(vm, &end);
}

static void wait_for_end(struct kt_vm *vm)
{
	pthread_mutex_lock(&vm->run_lock);
	while (!vm->ended) {
		uint64_t at = next_deadline(vm);
		if (!at)
			pthread_cond_wait(&vm->run_changed, &vm->run_lock);
		else if (kt_deadline_passed(at))
			end_by_deadline(vm);
		else
			wait_until(vm, at);
	}
	pthread_mutex_unlock(&vm->run_lock);
}

/*
 * A thread is left behind, in the host's kernel or in a sink. Sinks are called under
 * device_lock: who gets it knows that none runs, and may see to it that none ever will.
 */
static void cut_sinks(struct kt_vm *vm)
{
	struct timespec limit = timespec_of(kt_deadline_ms(vm->stop_limit_ms));
	if (pthread_mutex_clocklock(&vm->device_lock, CLOCK_MONOTONIC, &limit)) {
		vm->in_sink = true;
		return;
	}
	vm->sinks = (struct kt_vm_sinks){0};
	vm->com2.sink = NULL;
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		vm->virtio.ports[port].sink = NULL;
	pthread_mutex_unlock(&vm->device_lock);
}

bool kt_vm_in_sink(const struct kt_vm *vm)
{
	return vm->in_sink;
}

/* Kick until every thread is home. false: one is not, after the limit. */
static bool stop_threads(struct kt_vm *vm)
{
	uint64_t limit = kt_deadline_ms(vm->stop_limit_ms);
	atomic_store_explicit(&vm->stop, true, memory_order_release);
	pthread_mutex_lock(&vm->run_lock);
	while (vm->running && !kt_deadline_passed(limit)) {
		for (unsigned i = 0; i < vm->cpus; i++)
			if (vm->vcpus[i].started)
				kt_vmm_vcpu_kick(&vm->vcpus[i]);
		wait_until(vm, kt_deadline_ms(KICK_EVERY_MS));
	}
	vm->stuck = vm->running > 0;
	pthread_mutex_unlock(&vm->run_lock);
	if (vm->stuck) {
		cut_sinks(vm);
		return false;
	}
	for (unsigned i = 0; i < vm->cpus; i++)
		if (vm->vcpus[i].started) {
			pthread_join(vm->vcpus[i].thread, NULL);
			vm->vcpus[i].started = false;
		}
	return true;
}

static int start_threads(struct kt_vm *vm, struct kt_err *err)
{
	for (unsigned i = 0; i < vm->cpus; i++) {
		int r = kt_vmm_vcpu_start(&vm->vcpus[i]);
		if (r < 0) {
			struct kt_vm_end end = {.why = KT_VM_STOPPED, .vcpu = -1};
			kt_vmm_end(vm, &end);
			return kt_fail(err, -r, "raise 'ulimit -u' or run fewer machines at once",
				"start thread of CPU %u: %s", i, strerror(-r));
		}
	}
	return 0;
}

/* A panic explains the end better than the door the dying kernel took. */
static void prefer_panic(struct kt_vm *vm)
{
	pthread_mutex_lock(&vm->device_lock);
	if (vm->console.panic) {
		vm->end.why = KT_VM_PANIC;
		snprintf(vm->end.text, sizeof(vm->end.text), "%s",
			vm->console.panic_line[0] ? vm->console.panic_line : "kernel panic");
	}
	pthread_mutex_unlock(&vm->device_lock);
}

/* A deadline says nothing of the cause; where the CPUs stand often does. */
static void explain_deadline(struct kt_vm *vm)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (vm->end.why != KT_VM_DEADLINE)
		return;
	kt_str_add(&text, vm->end.text);
	kt_vmm_standing_add(vm, &text);
	snprintf(vm->end.text, sizeof(vm->end.text), "%s", kt_str_get(&text));
}

int kt_vm_run(struct kt_vm *vm, struct kt_vm_end *ret, struct kt_err *err)
{
	if (vm->ran)
		return kt_fail(err, EALREADY, "make a new machine for each run",
			"this machine ran already");
	vm->ran = true;
	pthread_mutex_lock(&vm->run_lock);
	vm->end.start_ns = kt_now_ns();
	pthread_mutex_unlock(&vm->run_lock);
	int r = start_threads(vm, err);
	if (!r)
		wait_for_end(vm);
	if (!stop_threads(vm))
		return kt_fail(err, ETIMEDOUT,
			vm->in_sink ? "report this: the monitor hangs in taking output"
				    : "look at the host's dmesg: KVM_RUN does not return",
			"a vCPU thread did not stop within %llu ms",
			(unsigned long long)vm->stop_limit_ms);
	if (r < 0)
		return r;
	explain_deadline(vm);
	prefer_panic(vm);
	*ret = vm->end;
	return 0;
}
