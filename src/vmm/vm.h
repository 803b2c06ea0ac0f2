/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual machine under KVM: memory, vCPUs, a topology told through CPUID and ACPI, two
 * serial ports and a multiport virtio console. It boots a Linux kernel with an initramfs and
 * says how the run ended. Knows nothing of tests; the run layer is its only user.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "topo/model.h"

struct kt_vm;

/* Ports of the virtio console; the guest finds them by name in /sys/class/virtio-ports. */
enum kt_vm_port {
	KT_VM_PORT_TERM,   /* "org.ktstr.term", the guest's /dev/hvc0 */
	KT_VM_PORT_FRAMES, /* "org.ktstr.frames" */
	KT_VM_PORTS,
};

/*
 * Takers of guest output; NULL drops the bytes. Called from vCPU threads, one call at a time
 * per VM, with the VM's device lock held: take all bytes at once and return soon, because the
 * vCPU waits. Inside a sink kt_vm_send, kt_vm_stop and kt_vm_set_deadline_ns are allowed,
 * other calls are not. DATA is a copy out of guest memory, valid during the call.
 */
typedef void kt_vm_sink(void *arg, const void *data, size_t bytes);

struct kt_vm_sinks {
	void *arg;
	kt_vm_sink *console;	       /* COM1: the kernel log */
	kt_vm_sink *crash;	       /* COM2: frames before virtio or when it broke */
	kt_vm_sink *port[KT_VM_PORTS]; /* virtio console */
};

struct kt_vm_config {
	const struct kt_topo *topo;
	const char *kernel_path; /* vmlinux ELF or bzImage, told apart by content */
	const void *initramfs;	 /* one or more archives; read only during kt_vm_new; may be NULL */
	size_t initramfs_bytes;
	const char *cmdline;	 /* words after the monitor's own, so that they win; may be NULL */
	bool kaslr;		 /* false: "nokaslr" is part of the monitor's words */
	uint64_t ram_bytes;	 /* 0: kt_vm_ram_bytes() of the CPUs and the initramfs */
	uint64_t deadline_ns;	 /* of kt_now_ns(); 0: none until kt_vm_set_deadline_ns */
	uint64_t panic_grace_ms; /* from the panic line to the forced end; 0: 10000 */
	uint64_t stop_limit_ms;	 /* for vCPU threads to stop after the end; 0: 10000 */
	struct kt_vm_sinks sinks;
};

/* What ended the run. */
enum kt_vm_why {
	KT_VM_RESET,	    /* the guest restarted the machine: the normal end */
	KT_VM_POWEROFF,	    /* the guest switched it off */
	KT_VM_PANIC,	    /* a kernel panic was seen on COM1, whatever ended the run after it */
	KT_VM_TRIPLE_FAULT, /* a CPU gave up; guests of this monitor never reset that way */
	KT_VM_DEADLINE,	    /* the deadline passed */
	KT_VM_STOPPED,	    /* kt_vm_stop */
	KT_VM_KVM_ERROR,    /* KVM could not go on; text says which way */
};

/* By which door a guest left; also kept when why is KT_VM_PANIC. */
enum kt_vm_door {
	KT_VM_DOOR_NONE,      /* it did not leave by itself */
	KT_VM_DOOR_KEYBOARD,  /* 0xfe to port 0x64 (reboot=k, the default here) */
	KT_VM_DOOR_CF9,	      /* the reset register of ACPI and PCI */
	KT_VM_DOOR_ACPI_S5,   /* sleep state S5 */
	KT_VM_DOOR_SHUTDOWN,  /* triple fault */
	KT_VM_DOOR_KVM_EVENT, /* KVM_EXIT_SYSTEM_EVENT */
};

#define KT_VM_END_TEXT_BYTES 1024

struct kt_vm_end {
	enum kt_vm_why why;
	enum kt_vm_door door;
	int vcpu;	   /* that ended it, -1: none (deadline, stop) */
	uint64_t rip;	   /* of that vCPU, 0 unknown */
	uint64_t start_ns; /* kt_now_ns() when the vCPUs started */
	uint64_t end_ns;
	/* One sentence; after KVM errors and deadlines a line or more on the CPUs' state. */
	char text[KT_VM_END_TEXT_BYTES];
};

/* "reset", "power-off", "panic", ... for messages and result files. */
const char *kt_vm_why_name(enum kt_vm_why why);

/* Guest memory a machine needs when nobody asked for an amount. */
uint64_t kt_vm_ram_bytes(unsigned cpus, uint64_t initramfs_bytes);

/*
 * Build the machine: memory, tables, kernel and initramfs loaded, vCPUs ready at the entry.
 * -EINVAL, -E2BIG: the configuration; -ENOEXEC: not a bootable kernel.
 */
int kt_vm_new(const struct kt_vm_config *config, struct kt_vm **ret, struct kt_err *err);
void kt_vm_free(struct kt_vm *vm);

/*
 * Run to the end, one thread per vCPU; all are joined on return. Once per machine. A guest
 * that ended in whatever way is 0 and *ret; -errno is a monitor that could not run it.
 * -ETIMEDOUT: a thread did not stop within stop_limit_ms. The machine then stays in memory
 * for good, but no sink is called any more, unless kt_vm_in_sink says so.
 */
int kt_vm_run(struct kt_vm *vm, struct kt_vm_end *ret, struct kt_err *err);
/*
 * After kt_vm_run failed: a sink has not returned. What it uses can never be freed; end the
 * process without doing so.
 */
bool kt_vm_in_sink(const struct kt_vm *vm);

/* End the run from any thread; REASON is copied into kt_vm_end.text. First call wins. */
void kt_vm_stop(struct kt_vm *vm, const char *reason);
/* Move the deadline (kt_now_ns(); 0: none) from any thread; WHAT names the phase it ends. */
void kt_vm_set_deadline_ns(struct kt_vm *vm, uint64_t deadline_ns, const char *what);
/*
 * Queue bytes for the guest's reader of a port, from any thread. They wait here while the
 * guest has the port closed or offers no buffer. -ENOBUFS: more than 1 MiB is waiting.
 */
int kt_vm_send(struct kt_vm *vm, enum kt_vm_port port, const void *data, size_t bytes);

/* Guest RAM, mapped as long as VM lives; for the reader of guest memory. */
struct kt_vm_range {
	uint64_t gpa, bytes;
	void *host;
};
size_t kt_vm_ram(const struct kt_vm *vm, const struct kt_vm_range **ret);

struct kt_vm_vcpu_stats {
	pid_t tid;	       /* 0: not running */
	uint64_t cpu_ns;       /* CPU time of the thread, guest included */
	uint64_t run_delay_ns; /* waited for a host CPU */
	uint64_t exits;	       /* returns of KVM_RUN */
};
/* Fill STATS for the first COUNT vCPUs; after the run: final values. Any thread. */
void kt_vm_vcpu_stats(struct kt_vm *vm, struct kt_vm_vcpu_stats *stats, unsigned count);

/*
 * What devices refused or dropped. A virtio error is worth a line in a report; a Linux guest
 * probes some ports and addresses that nobody owns.
 */
struct kt_vm_counters {
	uint64_t virtio_errors;	  /* malformed queue or control message: device marked broken */
	const char *virtio_fault; /* of the last one, in words */
	uint64_t unknown_pio;	  /* accesses to ports nobody owns */
	uint64_t unknown_mmio;
	bool panic_seen;
};
void kt_vm_counters(struct kt_vm *vm, struct kt_vm_counters *ret);

/*
 * After kt_vm_run returned: keep memory and registers in PATH as an ELF core file, whole or not
 * at all, for 'gdb vmlinux PATH', drgn and crash. Thread N + 1 is CPU N. *RET_BYTES was written;
 * the file looks larger, because pages of zeroes are holes. -EBUSY: a thread did not stop.
 */
int kt_vm_core_write(struct kt_vm *vm, const char *path, uint64_t *ret_bytes, struct kt_err *err);
/*
 * By how much the kernel of a core file moved itself away from vmlinux's addresses (KASLR); 0:
 * it did not, or does not say. Otherwise gdb wants 'symbol-file -o OFFSET vmlinux' first.
 */
int kt_vm_core_offset(const char *path, uint64_t *ret, struct kt_err *err);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_vm, kt_vm_free);
