// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/x86_64/platform.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "vmm/x86_64/layout.h"

static struct kt_x86_platform platform;
static struct kt_vmm_bus pio;

static void setup(void)
{
	cr_assert_eq(kt_x86_platform_attach(&platform, &pio), 0);
}

static void out(uint64_t port, uint32_t v, unsigned size)
{
	kt_vmm_bus_access(&pio, port, &v, size, true);
}

static uint32_t in(uint64_t port, unsigned size)
{
	uint32_t v = 0;
	kt_vmm_bus_access(&pio, port, &v, size, false);
	return v;
}

TestSuite(platform, .init = setup);

Test(platform, keyboard_controller_resets_on_its_command_only)
{
	out(0x64, 0xd1, 1);
	out(0x60, 0xfe, 1);
	cr_assert_eq(platform.door, KT_VM_DOOR_NONE);
	cr_assert_eq(in(0x64, 1), 0);
	out(0x64, 0xfe, 1);
	cr_assert_eq(platform.door, KT_VM_DOOR_KEYBOARD);
}

Test(platform, reset_register_resets_on_its_cpu_bit_only)
{
	out(KT_X86_CF9, 2, 1);
	out(0xcf8, 0xffffffff, 4); /* the register of PCI next to it */
	cr_assert_eq(platform.door, KT_VM_DOOR_NONE);
	out(KT_X86_CF9, 6, 1);
	cr_assert_eq(platform.door, KT_VM_DOOR_CF9);
}

Test(platform, sleep_needs_the_enable_bit_and_type_5)
{
	out(KT_X86_PM_CONTROL, 5 << 10, 2);
	out(KT_X86_PM_CONTROL, 0x2000 | 3 << 10, 2);
	cr_assert_eq(platform.door, KT_VM_DOOR_NONE);
	out(KT_X86_PM_CONTROL, 0x2000 | 5 << 10, 2);
	cr_assert_eq(platform.door, KT_VM_DOOR_ACPI_S5);
}

Test(platform, acpi_mode_is_on_and_no_event_is_pending)
{
	cr_assert_eq(in(KT_X86_PM_CONTROL, 2) & 1, 1);
	out(KT_X86_PM_EVENT, 0xffff, 2);
	out(KT_X86_PM_EVENT + 2, 0x0120, 2);
	cr_assert_eq(in(KT_X86_PM_EVENT, 4), 0x01200000);
}

Test(platform, pm_timer_runs_at_its_frequency)
{
	uint64_t before_ns = kt_now_ns();
	uint32_t a = in(KT_X86_PM_TIMER, 4);
	kt_sleep_until(kt_deadline_ms(20));
	uint32_t b = in(KT_X86_PM_TIMER, 4);
	uint64_t after_ns = kt_now_ns();
	double ticks = (double)(uint32_t)(b - a);
	cr_assert_geq(ticks, 0.020 * 3579545 - 2);
	cr_assert_leq(ticks, (double)(after_ns - before_ns) * 1e-9 * 3579545 + 2);
}
