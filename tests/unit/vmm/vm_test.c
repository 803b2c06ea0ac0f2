// SPDX-License-Identifier: GPL-2.0-only
/* What a guest finds when it starts: registers, memory, devices, other CPUs. */
#include "vmm/vm.h"

#include <linux/virtio_mmio.h>

#include "unit/vmm/flat.h"

TestSuite(vm, .init = flat_setup, .fini = flat_teardown);

Test(vm, serial_ports_have_their_own_sinks)
{
	const uint8_t code[] = {PUT(0x3f8, 'a'), PUT(0x2f8, 'z'), PUT(0x3f8, 'b'), RESET};
	cr_assert_eq(flat_run(code, sizeof(code)).why, KT_VM_RESET);
	cr_assert_str_eq(seen.console, "ab");
	cr_assert_str_eq(seen.crash, "z");
}

Test(vm, rsi_points_to_the_zero_page)
{
	const uint8_t code[] = {0x8a, 0x86, 0xfe, 0x01, 0, 0, /* mov al, [rsi + 0x1fe] */
		OUT_AL(0x2f8), 0x8a, 0x86, 0xff, 0x01, 0, 0, OUT_AL(0x2f8), RESET};
	cr_assert_eq(flat_run(code, sizeof(code)).why, KT_VM_RESET);
	cr_assert_eq(memcmp(seen.crash, "\x55\xaa", 2), 0);
}

Test(vm, mmio_reads_reach_the_virtio_console)
{
	const uint8_t code[] = {0xbb, LE32(0xd0000000), /* mov ebx, the register page */
		0x8b, 0x03, OUT_AL(0x2f8),		/* mov eax, [rbx]; its four bytes */
		0xc1, 0xe8, 8, OUT_AL(0x2f8), 0xc1, 0xe8, 8, OUT_AL(0x2f8), 0xc1, 0xe8, 8,
		OUT_AL(0x2f8), RESET};
	cr_assert_eq(flat_run(code, sizeof(code)).why, KT_VM_RESET);
	cr_assert_str_eq(seen.crash, "virt");
}

Test(vm, stores_of_the_guest_are_seen_in_its_memory)
{
	const uint8_t code[] = {STORE(0x300000, 0x12345678), RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	const struct kt_vm_range *ranges;
	cr_assert_eq(kt_vm_ram(vm, &ranges), 1);
	cr_assert_eq(ranges[0].bytes, 16 << 20);
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	uint32_t v;
	memcpy(&v, (char *)ranges[0].host + 0x300000, sizeof(v));
	cr_assert_eq(v, 0x12345678);
	kt_vm_free(vm);
}

Test(vm, accesses_to_nothing_are_counted_and_survived)
{
	const uint8_t code[] = {PUT(0x1234, 1), STORE(0x60000000, 1), RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_counters counters;
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	kt_vm_counters(vm, &counters);
	cr_assert_eq(counters.unknown_pio, 1);
	cr_assert_eq(counters.unknown_mmio, 1);
	cr_assert_eq(counters.virtio_errors, 0);
	kt_vm_free(vm);
}

Test(vm, a_hostile_queue_breaks_the_device_not_the_monitor)
{
	/* mov ebx, the register page; queue 0: size 3, which no queue may have, and ready */
	const uint8_t code[] = {0xbb, LE32(0xd0000000u), 0xc7, 0x43, VIRTIO_MMIO_QUEUE_NUM, LE32(3),
		0xc7, 0x43, VIRTIO_MMIO_QUEUE_READY, LE32(1), RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_counters counters;
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	kt_vm_counters(vm, &counters);
	cr_assert_eq(counters.virtio_errors, 1);
	kt_vm_free(vm);
}

Test(vm, other_cpus_wait_and_come_home)
{
	const struct kt_topo topo = {1, 2, 2, 1};
	const uint8_t code[] = {RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	config.topo = &topo;
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_vcpu_stats stats[4];
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	kt_vm_vcpu_stats(vm, stats, 4);
	cr_assert_geq(stats[0].exits, 1);
	for (unsigned i = 0; i < 4; i++)
		cr_assert_eq(stats[i].tid, 0);
	kt_vm_free(vm);
}

Test(vm, a_second_cpu_starts_in_real_mode_by_init_and_sipi)
{
	const struct kt_topo topo = {1, 1, 2, 1};
	/* At 0x8000 for the other CPU: mov al, 0xfe; out 0x64, al */
	const uint8_t code[] = {STORE(0x8000, 0x64e6feb0), 0xbb, LE32(0xfee00000u), 0xc7, 0x83,
		LE32(0xf0), LE32(0x1ff),		 /* local APIC on */
		0xc7, 0x83, LE32(0x310), LE32(1u << 24), /* to APIC id 1 */
		0xc7, 0x83, LE32(0x300), LE32(0x4500),	 /* INIT */
		0xc7, 0x83, LE32(0x310), LE32(1u << 24), /* */
		0xc7, 0x83, LE32(0x300), LE32(0x4608),	 /* start at page 8 */
		FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	config.topo = &topo;
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_end end = flat_finish(vm);
	cr_assert_eq(end.why, KT_VM_RESET, "%s", end.text);
	cr_assert_eq(end.vcpu, 1);
	kt_vm_free(vm);
}

/* The guest's first byte is all that is waited for. */
static void stop_at_once(void *arg, const void *data, size_t bytes)
{
	(void)data, (void)bytes;
	kt_vm_stop(*(struct kt_vm **)arg, "seen");
}

Test(vm, statistics_are_there_after_the_run)
{
	const uint8_t code[] = {PUT(0x3f8, 'x'), FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = NULL;
	config.sinks = (struct kt_vm_sinks){.arg = &vm, .console = stop_at_once};
	vm = flat_new(&config);
	struct kt_vm_vcpu_stats stats;
	kt_vm_vcpu_stats(vm, &stats, 1);
	cr_assert_eq(stats.tid, 0);
	cr_assert_eq(flat_finish(vm).why, KT_VM_STOPPED);
	kt_vm_vcpu_stats(vm, &stats, 1);
	cr_assert_gt(stats.exits, 0);
	cr_assert_gt(stats.cpu_ns, 0);
	kt_vm_free(vm);
}

Test(vm, input_for_a_port_waits_up_to_its_limit)
{
	static char big[1 << 20];
	const uint8_t code[] = {RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	cr_assert_eq(kt_vm_send(vm, KT_VM_PORT_FRAMES, big, sizeof(big)), 0);
	cr_assert_eq(kt_vm_send(vm, KT_VM_PORT_FRAMES, big, 1), -ENOBUFS);
	cr_assert_eq(kt_vm_send(vm, KT_VM_PORT_TERM, big, 1), 0);
	kt_vm_free(vm);
}

Test(vm, wrong_configurations_are_refused_with_a_remedy)
{
	const uint8_t code[] = {RESET};
	const struct kt_vm_config good = flat_config(code, sizeof(code));
	struct kt_vm_config bad = good;
	struct kt_err err = {0};
	struct kt_vm *vm = NULL;
	bad.kernel_path = in_tmp("missing");
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -ENOENT);
	cr_assert_gt(strlen(err.fix), 0);
	bad = good;
	bad.ram_bytes = 2 << 20;
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -EINVAL);
	bad.ram_bytes = UINT64_MAX;
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -EINVAL);
	bad = good;
	bad.topo = &(struct kt_topo){2, 3, 1, 1};
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -EINVAL);
	bad = good;
	bad.cmdline = "a\nb";
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -EINVAL);
	bad = good;
	bad.initramfs = code;
	bad.initramfs_bytes = 1ull << 40;
	cr_assert_eq(kt_vm_new(&bad, &vm, &err), -ENOMEM);
	cr_assert_null(vm);
}

Test(vm, default_memory_grows_with_cpus_and_initramfs)
{
	cr_assert_geq(kt_vm_ram_bytes(1, 0), 256 << 20);
	cr_assert_gt(kt_vm_ram_bytes(64, 0), kt_vm_ram_bytes(1, 0));
	cr_assert_gt(kt_vm_ram_bytes(1, 200 << 20), kt_vm_ram_bytes(1, 0));
	cr_assert_eq(kt_vm_ram_bytes(3, 12345) % (2 << 20), 0);
}
