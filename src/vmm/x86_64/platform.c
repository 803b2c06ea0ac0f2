// SPDX-License-Identifier: GPL-2.0-only
/* Registers of ACPI 6.5, chapter 4.8.3; no event ever happens here, so status reads as zero. */
#include "vmm/x86_64/platform.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vmm/x86_64/layout.h"

#define KEYBOARD_COMMAND (0x64u - KT_X86_KEYBOARD)
#define KEYBOARD_RESET	 0xfeu
#define CF9_RESET_CPU	 0x04u

#define PM_ENABLE_AT  2u
#define PM_CONTROL_AT (KT_X86_PM_CONTROL - KT_X86_PM)
#define PM_TIMER_AT   (KT_X86_PM_TIMER - KT_X86_PM)
#define PM_TIMER_HZ   3579545ull

#define CONTROL_SCI_EN	      0x0001u
#define CONTROL_SLEEP_TYPE(v) (((v) >> 10) & 7)
#define CONTROL_SLEEP_ENABLE  0x2000u

static void keyboard_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct kt_x86_platform *p = dev;
	if (!is_write)
		memset(data, 0, size); /* input buffer empty: commands are taken at once */
	else if (offset == KEYBOARD_COMMAND && *(const uint8_t *)data == KEYBOARD_RESET)
		p->door = KT_VM_DOOR_KEYBOARD;
}

static void cf9_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct kt_x86_platform *p = dev;
	(void)offset; /* one byte wide */
	if (!is_write)
		memset(data, 0, size);
	else if (*(const uint8_t *)data & CF9_RESET_CPU)
		p->door = KT_VM_DOOR_CF9;
}

static void write_control(struct kt_x86_platform *p, uint16_t v)
{
	p->control = v & (uint16_t)~CONTROL_SLEEP_ENABLE;
	if (v & CONTROL_SLEEP_ENABLE && CONTROL_SLEEP_TYPE(v) == KT_X86_S5_SLEEP_TYPE)
		p->door = KT_VM_DOOR_ACPI_S5;
}

static uint32_t pm_timer(void)
{
	uint64_t now = kt_now_ns();
	return (uint32_t)(now / KT_NS_PER_S * PM_TIMER_HZ +
			  now % KT_NS_PER_S * PM_TIMER_HZ / KT_NS_PER_S);
}

/* Little-endian registers in a 12-byte window, so that any width and offset works. */
static void pm_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct kt_x86_platform *p = dev;
	uint16_t value = 0;
	if (!is_write) {
		uint8_t window[KT_X86_PM_BYTES] = {0};
		uint16_t control = p->control | CONTROL_SCI_EN;
		uint32_t timer = offset + size > PM_TIMER_AT ? pm_timer() : 0;
		memcpy(window + PM_ENABLE_AT, &p->event_enable, sizeof(p->event_enable));
		memcpy(window + PM_CONTROL_AT, &control, sizeof(control));
		memcpy(window + PM_TIMER_AT, &timer, sizeof(timer));
		memcpy(data, window + offset, size);
		return;
	}
	memcpy(&value, data, KT_MIN(size, sizeof(value)));
	if (offset == PM_ENABLE_AT)
		p->event_enable = value;
	else if (offset == PM_CONTROL_AT && size == sizeof(value))
		write_control(p, value);
}

int kt_x86_platform_attach(struct kt_x86_platform *p, struct kt_vmm_bus *pio)
{
	const struct kt_vmm_bus_range ranges[] = {
		{.base = KT_X86_KEYBOARD, .bytes = 5, .io = keyboard_io, .dev = p},
		{.base = KT_X86_CF9, .bytes = 1, .io = cf9_io, .dev = p},
		{.base = KT_X86_PM, .bytes = KT_X86_PM_BYTES, .io = pm_io, .dev = p},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(ranges); i++) {
		int r = kt_vmm_bus_add(pio, ranges[i]);
		if (r < 0)
			return r;
	}
	return 0;
}
