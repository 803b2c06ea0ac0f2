// SPDX-License-Identifier: GPL-2.0-only
/* How a run ends: by every door of the guest, by the deadline, by the caller. */
#include <pthread.h>
#include <semaphore.h>

#include "unit/vmm/flat.h"

static struct kt_vm *shared;

TestSuite(run, .init = flat_setup, .fini = flat_teardown);

Test(run, keyboard_reset_is_a_reset)
{
	const uint8_t code[] = {RESET, FOREVER};
	struct kt_vm_end end = flat_run(code, sizeof(code));
	cr_assert_eq(end.why, KT_VM_RESET, "%s: %s", kt_vm_why_name(end.why), end.text);
	cr_assert_eq(end.door, KT_VM_DOOR_KEYBOARD);
	cr_assert_eq(end.vcpu, 0);
	cr_assert_geq(end.rip, FLAT_ENTRY);
	cr_assert_leq(end.rip, FLAT_ENTRY + sizeof(code));
	cr_assert_geq(end.end_ns, end.start_ns);
	cr_assert_gt(end.start_ns, 0);
}

Test(run, reset_register_is_a_reset)
{
	const uint8_t code[] = {PUT(0xcf9, 6), FOREVER};
	struct kt_vm_end end = flat_run(code, sizeof(code));
	cr_assert_eq(end.why, KT_VM_RESET, "%s", end.text);
	cr_assert_eq(end.door, KT_VM_DOOR_CF9);
}

Test(run, sleep_state_s5_is_a_power_off)
{
	/* mov dx, 0x604; mov ax, 0x3400; out dx, ax */
	const uint8_t code[] = {
		0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x34, 0x66, 0xef, FOREVER};
	struct kt_vm_end end = flat_run(code, sizeof(code));
	cr_assert_eq(end.why, KT_VM_POWEROFF, "%s", end.text);
	cr_assert_eq(end.door, KT_VM_DOOR_ACPI_S5);
}

Test(run, a_fault_without_handlers_is_a_triple_fault_with_registers)
{
	const uint8_t code[] = {0x0f, 0x0b}; /* ud2 */
	struct kt_vm_end end = flat_run(code, sizeof(code));
	cr_assert_eq(end.why, KT_VM_TRIPLE_FAULT, "%s", end.text);
	cr_assert_eq(end.door, KT_VM_DOOR_SHUTDOWN);
	cr_assert_not_null(strstr(end.text, "RIP "));
}

Test(run, the_deadline_ends_a_guest_that_spins)
{
	const uint8_t code[] = {FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	config.deadline_ns = kt_deadline_ms(30);
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_end end = flat_finish(vm);
	cr_assert_eq(end.why, KT_VM_DEADLINE, "%s", end.text);
	cr_assert_eq(end.vcpu, -1);
	cr_assert_geq(end.end_ns, config.deadline_ns);
	cr_assert_not_null(strstr(end.text, "\nCPU 0 "), "%s", end.text);
	cr_assert_not_null(strstr(end.text, " runs irqs-off"), "%s", end.text);
	kt_vm_free(vm);
}

static void move_deadline(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	(void)data;
	(void)bytes;
	kt_vm_set_deadline_ns(shared, kt_deadline_ms(20), "after the first byte");
}

Test(run, a_sink_may_move_the_deadline_and_name_the_phase)
{
	const uint8_t code[] = {PUT(0x3f8, 'x'), FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	config.sinks.console = move_deadline;
	shared = flat_new(&config);
	struct kt_vm_end end = flat_finish(shared);
	cr_assert_eq(end.why, KT_VM_DEADLINE);
	cr_assert_not_null(strstr(end.text, "after the first byte"));
	cr_assert_lt(end.end_ns, config.deadline_ns);
	kt_vm_free(shared);
}

static sem_t sink_may_return, sink_returned;

static void hang(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	(void)data;
	(void)bytes;
	kt_vm_stop(shared, "the sink hangs");
	while (sem_wait(&sink_may_return))
		; /* kicks */
	sem_post(&sink_returned);
}

Test(run, a_sink_that_hangs_is_an_error_and_nothing_is_freed)
{
	const uint8_t code[] = {PUT(0x3f8, 'x'), FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm_end end;
	struct kt_err err = {0};
	sem_init(&sink_may_return, 0, 0);
	sem_init(&sink_returned, 0, 0);
	config.sinks.console = hang;
	config.stop_limit_ms = 50;
	shared = flat_new(&config);
	cr_assert_eq(kt_vm_run(shared, &end, &err), -ETIMEDOUT);
	cr_assert(kt_vm_in_sink(shared));
	kt_vm_free(shared);
	sem_post(&sink_may_return);
	sem_wait(&sink_returned);
}

static void *stop_shared(void *arg)
{
	kt_sleep_until(kt_deadline_ms(20));
	kt_vm_stop(arg, "the user pressed Ctrl-C");
	kt_vm_stop(arg, "too late");
	return NULL;
}

Test(run, another_thread_stops_a_guest_that_spins)
{
	const uint8_t code[] = {FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	pthread_t thread;
	cr_assert_eq(pthread_create(&thread, NULL, stop_shared, vm), 0);
	struct kt_vm_end end = flat_finish(vm);
	pthread_join(thread, NULL);
	cr_assert_eq(end.why, KT_VM_STOPPED);
	cr_assert_str_eq(end.text, "the user pressed Ctrl-C");
	kt_vm_free(vm);
}

Test(run, a_stop_before_the_run_ends_it_at_once)
{
	const uint8_t code[] = {FOREVER};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	kt_vm_stop(vm, "early");
	struct kt_vm_end end = flat_finish(vm);
	cr_assert_eq(end.why, KT_VM_STOPPED);
	cr_assert_str_eq(end.text, "early");
	kt_vm_free(vm);
}

Test(run, a_machine_that_halts_waits_for_its_deadline)
{
	const uint8_t code[] = {0xfa, 0xf4, FOREVER}; /* cli; hlt */
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm_end end = {0};
	/* On a busy host the first instructions may come late. */
	for (unsigned ms = 30; ms < FLAT_LIMIT_MS && !strstr(end.text, "halts"); ms *= 2) {
		config.deadline_ns = kt_deadline_ms(ms);
		struct kt_vm *vm = flat_new(&config);
		end = flat_finish(vm);
		kt_vm_free(vm);
	}
	cr_assert_eq(end.why, KT_VM_DEADLINE);
	cr_assert_not_null(strstr(end.text, "halts irqs-off timer off"), "%s", end.text);
}

Test(run, a_machine_runs_once)
{
	const uint8_t code[] = {RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_end end;
	flat_finish(vm);
	cr_assert_eq(kt_vm_run(vm, &end, NULL), -EALREADY);
	kt_vm_free(vm);
}

/* Print TEXT, which follows the code, to COM1 with one string instruction. */
static struct kt_vm_end print_and_spin(const char *text, uint64_t grace_ms, uint64_t *ret_took_ns)
{
	uint8_t code[1024] = {0xbe, LE32(FLAT_ENTRY + 64),	  /* mov esi, text */
		0xb9, LE32(strlen(text)), 0x66, 0xba, 0xf8, 0x03, /* mov ecx, n; mov dx, COM1 */
		0xf3, 0x6e, FOREVER};				  /* rep outsb */
	memcpy(code + 64, text, strlen(text));
	struct kt_vm_config config = flat_config(code, sizeof(code));
	config.panic_grace_ms = grace_ms;
	struct kt_vm *vm = flat_new(&config);
	struct kt_vm_end end = flat_finish(vm);
	struct kt_vm_counters counters;
	kt_vm_counters(vm, &counters);
	cr_assert(counters.panic_seen);
	cr_assert_str_eq(seen.console, text);
	*ret_took_ns = end.end_ns - end.start_ns;
	kt_vm_free(vm);
	return end;
}

Test(run, a_panic_ends_the_run_after_its_grace)
{
	uint64_t took_ns;
	struct kt_vm_end end = print_and_spin("Kernel panic - not syncing: oh\n", 50, &took_ns);
	cr_assert_eq(end.why, KT_VM_PANIC, "%s", end.text);
	cr_assert_str_eq(end.text, "Kernel panic - not syncing: oh");
	cr_assert_eq(end.door, KT_VM_DOOR_NONE);
	cr_assert_geq(took_ns, 50 * KT_NS_PER_MS);
}

Test(run, the_last_line_of_a_panic_ends_the_run_without_grace)
{
	uint64_t took_ns;
	struct kt_vm_end end = print_and_spin("Kernel panic - not syncing: oh\n"
					      "---[ end Kernel panic - not syncing: oh ]---\n",
		FLAT_LIMIT_MS, &took_ns);
	cr_assert_eq(end.why, KT_VM_PANIC, "%s", end.text);
	cr_assert_lt(took_ns, FLAT_LIMIT_MS / 2 * KT_NS_PER_MS);
}
