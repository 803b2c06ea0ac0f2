// SPDX-License-Identifier: GPL-2.0-only
/* Port accesses of any width to the serial ports, through the bus that finds them. */
#include "fuzz/fuzz.h"
#include "vmm/bus.h"
#include "vmm/serial.h"
#include "vmm/x86_64/layout.h"

#define STEPS_MAX 1024u

static void sink(void *arg, const void *data, size_t bytes)
{
	FUZZ_CHECK(bytes == 1 && data);
	++*(size_t *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	size_t sent = 0;
	struct kt_vmm_serial com1 = {.sink = sink, .sink_arg = &sent, .irq = {.vm_fd = -1}};
	struct kt_vmm_serial com2 = {.irq = {.vm_fd = -1}};
	struct kt_vmm_bus bus = {0};
	FUZZ_CHECK(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){KT_X86_COM1, KT_VMM_SERIAL_BYTES,
						kt_vmm_serial_io, &com1}) == 0);
	FUZZ_CHECK(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){KT_X86_COM2, KT_VMM_SERIAL_BYTES,
						kt_vmm_serial_io, &com2}) == 0);
	for (unsigned i = 0; in.left && i < STEPS_MAX; i++) {
		static const uint8_t sizes[] = {1, 2, 4, 1};
		uint8_t how = (uint8_t)fuzz_number(&in, 1), value[4];
		uint64_t port = (how & 0x40 ? KT_X86_COM1 : KT_X86_COM2) - 2 + (how >> 2 & 15);
		fuzz_take(&in, value, sizeof(value));
		kt_vmm_bus_access(&bus, port, value, sizes[how & 3], how & 0x80);
	}
	FUZZ_CHECK(sent <= STEPS_MAX * 4);
	return 0;
}
