/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines that run a few instructions under the host's own /dev/kvm, in 64-bit mode at
 * FLAT_ENTRY, as a kernel would start. Skips the test where no KVM opens.
 */
#pragma once

#include "base/clock.h"
#include "unit/vmm/elf_file.h"
#include "vmm/kvm.h"
#include "vmm/vm.h"

#define FLAT_LIMIT_MS 60000u

/* Instructions; bytes to be strung together. */
#define OUT_AL(port)	0x66, 0xba, (port)&0xff, (port) >> 8, 0xee /* mov dx, port; out dx, al */
#define AL(byte)	0xb0, (byte)				   /* mov al, byte */
#define PUT(port, byte) AL(byte), OUT_AL(port)
#define RESET		AL(0xfe), 0xe6, 0x64 /* keyboard controller */
#define FOREVER		0xeb, 0xfe	     /* jmp . */
#define LE32(v)		(v) & 0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define STORE(at, v)	0xc7, 0x04, 0x25, LE32(at), LE32(v) /* mov dword [at], v */

struct flat_seen {
	char console[4096], crash[256];
	size_t console_bytes, crash_bytes;
};

static struct flat_seen seen;

static inline void flat_take(char *to, size_t *at, size_t room, const void *data, size_t bytes)
{
	cr_assert_leq(bytes, room - 1 - *at);
	memcpy(to + *at, data, bytes);
	*at += bytes;
}

static inline void flat_console(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	flat_take(seen.console, &seen.console_bytes, sizeof(seen.console), data, bytes);
}

static inline void flat_crash(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	flat_take(seen.crash, &seen.crash_bytes, sizeof(seen.crash), data, bytes);
}

static inline void flat_setup(void)
{
	struct kt_err err = {0};
	KT_AUTOFD int fd = -1;
	if (kt_vmm_kvm_open(&fd, &err) < 0)
		cr_skip_test("no KVM here: %s", err.text);
	tmpdir_make();
}

static inline void flat_teardown(void)
{
	if (tmpdir)
		tmpdir_remove();
}

static const struct kt_topo flat_one_cpu = {1, 1, 1, 1};

static inline struct kt_vm_config flat_config(const void *code, size_t bytes)
{
	struct flat_file f = flat_file(code, bytes);
	return (struct kt_vm_config){
		.topo = &flat_one_cpu,
		.kernel_path = put_bytes("flat", &f, sizeof(f)),
		.ram_bytes = 16 << 20,
		.deadline_ns = kt_deadline_ms(FLAT_LIMIT_MS),
		.sinks = {.console = flat_console, .crash = flat_crash},
	};
}

static inline struct kt_vm *flat_new(const struct kt_vm_config *config)
{
	struct kt_err err = {0};
	struct kt_vm *vm = NULL;
	cr_assert_eq(kt_vm_new(config, &vm, &err), 0, "%s", err.text);
	return vm;
}

static inline struct kt_vm_end flat_finish(struct kt_vm *vm)
{
	struct kt_err err = {0};
	struct kt_vm_end end = {0};
	cr_assert_eq(kt_vm_run(vm, &end, &err), 0, "%s", err.text);
	return end;
}

/* New, run, free. */
static inline struct kt_vm_end flat_run(const void *code, size_t bytes)
{
	struct kt_vm_config config = flat_config(code, bytes);
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_end end = flat_finish(vm);
	kt_vm_free(vm);
	return end;
}
