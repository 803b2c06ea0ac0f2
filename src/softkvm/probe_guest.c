// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw KVM on 64 KiB of guest memory: one 2 MiB identity page, a GDT, an IDT whose vectors say
 * which exception came, and a few instructions per step. A step has succeeded when it halts
 * with OK_MARK in rax.
 */
#include "softkvm/probe_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#ifdef __x86_64__

#define PML4_AT	 0x1000
#define PDPT_AT	 0x2000
#define PD_AT	 0x3000
#define GDT_AT	 0x4000
#define IDT_AT	 0x5000
#define CODE_AT	 0x6000
#define DATA_AT	 0x8000 /* 64-byte aligned, zero: an XSAVE area in its initial state */
#define STACK_AT 0xf000
#define RAM_SIZE 0x10000

#define OK_MARK	 0x600d
#define BAD_MARK 0xbad00 /* plus the vector */
#define VECTORS	 32
#define STUB_LEN 8

#define CPUID_ENTRIES  256
#define LOOP_FIRST     2000ull
#define LOOP_LAST      (1ull << 22)
#define LOOP_TRIES_MIN 4
#define LOOP_FAST_MIPS 100.0
#define LOOP_ENOUGH_NS KT_NS_PER_MS
#define LOOP_BUDGET_NS (15 * KT_NS_PER_MS)

/* The guest's program. Stubs: one per vector, STUB_LEN bytes each. */
__asm__(".pushsection .rodata\n"
	"kt_probe_code:\n"
	"	.set kt_probe_n, 0\n"
	"	.rept 32\n"
	"	.balign 8\n"
	"	mov $(0xbad00 + kt_probe_n), %eax\n"
	"	hlt\n"
	"	.set kt_probe_n, kt_probe_n + 1\n"
	"	.endr\n"
	"	.balign 8\n"
	"kt_probe_bp:\n"
	"	mov $3, %ebx\n"
	"	iretq\n"
	"kt_probe_int3:\n"
	"	xor %ebx, %ebx\n"
	"	int3\n"
	"	cmp $3, %ebx\n"
	"	je kt_probe_ok\n"
	"	hlt\n"
	"kt_probe_cmpxchg16b:\n"
	"	xor %eax, %eax\n"
	"	xor %edx, %edx\n"
	"	mov $1, %ebx\n"
	"	mov $2, %ecx\n"
	"	lock cmpxchg16b 0x1000(%rdi)\n"
	"	jz kt_probe_ok\n"
	"	hlt\n"
	"kt_probe_xrstor:\n"
	"	mov $3, %eax\n"
	"	xor %edx, %edx\n"
	"	xrstor (%rdi)\n"
	"	jmp kt_probe_ok\n"
	"kt_probe_vex:\n"
	"	vpxor %xmm0, %xmm0, %xmm0\n"
	"	vzeroupper\n"
	"	jmp kt_probe_ok\n"
	"kt_probe_loop:\n"
	"	dec %rcx\n"
	"	jnz kt_probe_loop\n"
	"kt_probe_ok:\n"
	"	mov $0x600d, %eax\n"
	"	hlt\n"
	"kt_probe_end:\n"
	".popsection\n");

extern const uint8_t kt_probe_code[], kt_probe_bp[], kt_probe_int3[], kt_probe_cmpxchg16b[],
	kt_probe_xrstor[], kt_probe_vex[], kt_probe_loop[], kt_probe_end[];

enum needs { NEEDS_NOTHING, NEEDS_CX16 = 1, NEEDS_XSAVE = 2, NEEDS_AVX = 4 };

/* A step whose feature the CPU does not offer is left out: no kernel would use it either. */
static const struct step {
	enum kt_softkvm_probe_stage stage;
	const uint8_t *code;
	enum needs needs;
} steps[] = {
	{KT_SOFTKVM_STAGE_INT3, kt_probe_int3, NEEDS_NOTHING},
	{KT_SOFTKVM_STAGE_CMPXCHG16B, kt_probe_cmpxchg16b, NEEDS_CX16},
	{KT_SOFTKVM_STAGE_XRSTOR, kt_probe_xrstor, NEEDS_XSAVE},
	{KT_SOFTKVM_STAGE_VEX, kt_probe_vex, NEEDS_AVX},
};

struct guest {
	int kvm, vm, vcpu;
	uint8_t *ram;
	struct kvm_run *run;
	unsigned offers; /* bits of enum needs */
	struct kt_softkvm_probe_state *state;
};

static uint64_t address_of(const uint8_t *code)
{
	return CODE_AT + (uint64_t)(code - kt_probe_code);
}

static void put64(struct guest *g, uint64_t at, uint64_t value)
{
	memcpy(g->ram + at, &value, sizeof(value));
}

static void put_gate(struct guest *g, unsigned vector, uint64_t handler)
{
	uint64_t at = IDT_AT + vector * 16;
	put64(g, at, (handler & 0xffff) | 0x8ull << 16 | 0x8e00ull << 32 | (handler >> 16) << 48);
	put64(g, at + 8, 0);
}

static void fill_memory(struct guest *g)
{
	put64(g, PML4_AT, PDPT_AT | 3);
	put64(g, PDPT_AT, PD_AT | 3);
	put64(g, PD_AT, 0x83); /* 2 MiB at 0, present, writable */
	put64(g, GDT_AT + 8, 0x00af9b000000ffff);
	put64(g, GDT_AT + 16, 0x00cf93000000ffff);
	for (unsigned v = 0; v < VECTORS; v++)
		put_gate(g, v, CODE_AT + v * STUB_LEN);
	put_gate(g, 3, address_of(kt_probe_bp));
	memcpy(g->ram + CODE_AT, kt_probe_code, (size_t)(kt_probe_end - kt_probe_code));
}

static int open_device(struct guest *g, const char *device)
{
	g->state->stage = KT_SOFTKVM_STAGE_OPEN;
	g->kvm = open(device, O_RDWR | O_CLOEXEC);
	if (g->kvm < 0)
		return -errno;
	g->state->stage = KT_SOFTKVM_STAGE_VERSION;
	g->state->api_version = ioctl(g->kvm, KVM_GET_API_VERSION, 0);
	if (g->state->api_version < 0)
		return -errno;
	return g->state->api_version == KVM_API_VERSION ? 0 : -EPROTO;
}

static int map_memory(struct guest *g)
{
	int run_size = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_size < (int)sizeof(struct kvm_run))
		return run_size < 0 ? -errno : -EPROTO;
	g->run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, g->vcpu, 0);
	return g->run == MAP_FAILED ? -errno : 0;
}

static int make_vm(struct guest *g)
{
	g->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g->ram == MAP_FAILED)
		return -errno;
	fill_memory(g);
	g->vm = ioctl(g->kvm, KVM_CREATE_VM, 0);
	if (g->vm < 0)
		return -errno;
	struct kvm_userspace_memory_region slot = {
		.memory_size = RAM_SIZE,
		.userspace_addr = (uint64_t)(uintptr_t)g->ram,
	};
	if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return -errno;
	g->vcpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	return g->vcpu < 0 ? -errno : map_memory(g);
}

static int set_cpuid(struct guest *g)
{
	union {
		struct kvm_cpuid2 head;
		uint8_t room[sizeof(struct kvm_cpuid2) +
			     CPUID_ENTRIES * sizeof(struct kvm_cpuid_entry2)];
	} cpuid = {.head.nent = CPUID_ENTRIES};

	if (ioctl(g->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0 ||
		ioctl(g->vcpu, KVM_SET_CPUID2, &cpuid) < 0)
		return -errno;
	for (uint32_t i = 0; i < cpuid.head.nent && i < CPUID_ENTRIES; i++) {
		const struct kvm_cpuid_entry2 *e = &cpuid.head.entries[i];
		if (e->function != 1)
			continue;
		g->offers |= e->ecx & 1u << 13 ? NEEDS_CX16 : 0;
		g->offers |= e->ecx & 1u << 26 ? NEEDS_XSAVE : 0;
		g->offers |= e->ecx & 1u << 28 ? NEEDS_AVX : 0;
	}
	return 0;
}

static int set_sregs(struct guest *g)
{
	struct kvm_segment code = {.limit = 0xffffffff,
		.selector = 8,
		.type = 11,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1};
	struct kvm_segment data = {.limit = 0xffffffff,
		.selector = 16,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1};
	struct kvm_sregs s;

	if (ioctl(g->vcpu, KVM_GET_SREGS, &s) < 0)
		return -errno;
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.gdt.base = GDT_AT;
	s.gdt.limit = 23;
	s.idt.base = IDT_AT;
	s.idt.limit = VECTORS * 16 - 1;
	s.cr0 = 0x80000033; /* PG, NE, ET, MP, PE */
	s.cr3 = PML4_AT;
	s.cr4 = 0x620 | (g->offers & NEEDS_XSAVE ? 1u << 18 : 0); /* PAE, FXSR, XMM, OSXSAVE */
	s.efer = 0x500;						  /* LME, LMA */
	return ioctl(g->vcpu, KVM_SET_SREGS, &s) < 0 ? -errno : 0;
}

static int set_xcr0(struct guest *g)
{
	struct kvm_xcrs x = {
		.nr_xcrs = 1,
		.xcrs[0] = {.xcr = 0, .value = g->offers & NEEDS_AVX ? 7 : 3},
	};
	if (!(g->offers & NEEDS_XSAVE))
		return 0;
	return ioctl(g->vcpu, KVM_SET_XCRS, &x) < 0 ? -errno : 0;
}

/* Run CODE with rcx = COUNT until it halts. */
static bool run_code(struct guest *g, const uint8_t *code, uint64_t count)
{
	struct kt_softkvm_probe_state *st = g->state;
	struct kvm_regs regs = {
		.rip = address_of(code),
		.rsp = STACK_AT,
		.rdi = DATA_AT,
		.rcx = count,
		.rflags = 2,
	};
	struct kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};

	(void)ioctl(g->vcpu, KVM_SET_MP_STATE, &runnable); /* without an irqchip it always is */
	if (ioctl(g->vcpu, KVM_SET_REGS, &regs) < 0 || ioctl(g->vcpu, KVM_RUN, 0) < 0) {
		st->errnum = errno;
		return false;
	}
	st->exit_reason = g->run->exit_reason;
	if (g->run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		st->suberror = g->run->internal.suberror;
	if (g->run->exit_reason != KVM_EXIT_HLT || ioctl(g->vcpu, KVM_GET_REGS, &regs) < 0)
		return false;
	if (regs.rax - BAD_MARK < VECTORS)
		st->vector = (uint32_t)(regs.rax - BAD_MARK) + 1;
	return regs.rax == OK_MARK;
}

/* One loop of N rounds; keeps the fastest so far. Returns how long it took, 0: it failed. */
static uint64_t time_loop(struct guest *g, uint64_t n)
{
	struct kt_softkvm_probe_state *st = g->state;

	uint64_t began = kt_now_ns();
	if (!run_code(g, kt_probe_loop, n))
		return 0;
	uint64_t took = KT_MAX(kt_now_ns() - began, 1u);
	double mips = 2e3 * (double)n / (double)took; /* two instructions a round */
	st->mips = KT_MAX(st->mips, mips);
	return took;
}

/*
 * Longer and longer loops; the fastest counts, since a busy machine only makes them slower.
 * A slow KVM gets several tries within the budget.
 */
static bool measure(struct guest *g)
{
	uint64_t end = kt_now_ns() + LOOP_BUDGET_NS, n = LOOP_FIRST;

	g->state->stage = KT_SOFTKVM_STAGE_LOOP;
	for (unsigned tries = 0; tries < LOOP_TRIES_MIN || kt_now_ns() < end; tries++) {
		uint64_t took = time_loop(g, n);
		if (!took)
			return false;
		if (took >= LOOP_ENOUGH_NS && g->state->mips >= LOOP_FAST_MIPS)
			break;
		if (took < LOOP_ENOUGH_NS && n < LOOP_LAST)
			n *= 4;
	}
	return true;
}

static int set_up(struct guest *g)
{
	g->state->stage = KT_SOFTKVM_STAGE_SETUP;
	int r = make_vm(g);
	r = r < 0 ? r : set_cpuid(g);
	r = r < 0 ? r : set_sregs(g);
	return r < 0 ? r : set_xcr0(g);
}

void kt_softkvm_probe_guest(const char *device, struct kt_softkvm_probe_state *state)
{
	struct guest g = {.state = state};

	int r = open_device(&g, device);
	r = r < 0 ? r : set_up(&g);
	if (r < 0) {
		state->errnum = -r;
		return;
	}
	if (!measure(&g))
		return;
	for (size_t i = 0; i < KT_ARRAY_LEN(steps); i++) {
		if ((steps[i].needs & g.offers) != steps[i].needs)
			continue;
		state->stage = steps[i].stage;
		if (!run_code(&g, steps[i].code, 0))
			return;
	}
	state->stage = KT_SOFTKVM_STAGE_DONE;
}

#else

void kt_softkvm_probe_guest(const char *device, struct kt_softkvm_probe_state *state)
{
	(void)device; /* no guest program for this architecture */
	state->stage = KT_SOFTKVM_STAGE_SETUP;
	state->errnum = EOPNOTSUPP;
}

#endif
