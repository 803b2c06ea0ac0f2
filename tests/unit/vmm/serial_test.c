// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/serial.h"

#include <criterion/criterion.h>
#include <linux/serial_reg.h>
#include <string.h>

struct out {
	char text[64];
	size_t len;
};

static void collect(void *arg, const void *data, size_t bytes)
{
	struct out *out = arg;
	memcpy(out->text + out->len, data, bytes);
	out->len += bytes;
}

static struct kt_vmm_serial make(struct out *out)
{
	return (struct kt_vmm_serial){.sink = collect, .sink_arg = out, .irq = {.vm_fd = -1}};
}

static void put(struct kt_vmm_serial *s, unsigned reg, uint8_t v)
{
	kt_vmm_serial_io(s, reg, &v, 1, true);
}

static uint8_t get(struct kt_vmm_serial *s, unsigned reg)
{
	uint8_t v = 0xee;
	kt_vmm_serial_io(s, reg, &v, 1, false);
	return v;
}

Test(serial, bytes_go_to_the_sink_and_the_transmitter_stays_empty)
{
	struct out out = {0};
	struct kt_vmm_serial s = make(&out);
	put(&s, UART_TX, 'o');
	put(&s, UART_TX, 'k');
	cr_assert_str_eq(out.text, "ok");
	cr_assert_eq(get(&s, UART_LSR), UART_LSR_TEMT | UART_LSR_THRE);
	cr_assert_not(s.irq.level);
}

Test(serial, divisor_latch_hides_data_and_interrupt_enable)
{
	struct out out = {0};
	struct kt_vmm_serial s = make(&out);
	put(&s, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	put(&s, UART_DLL, 1);
	put(&s, UART_DLM, 2);
	cr_assert_eq(get(&s, UART_DLL), 1);
	cr_assert_eq(get(&s, UART_DLM), 2);
	cr_assert_eq(out.len, 0);
	put(&s, UART_LCR, UART_LCR_WLEN8);
	cr_assert_eq(get(&s, UART_IER), 0);
}

Test(serial, transmit_interrupt_rises_falls_when_asked_and_rises_again)
{
	struct out out = {0};
	struct kt_vmm_serial s = make(&out);
	put(&s, UART_IER, UART_IER_THRI);
	cr_assert(s.irq.level);
	cr_assert_eq(get(&s, UART_IIR) & 0x0f, UART_IIR_THRI);
	cr_assert_not(s.irq.level);
	cr_assert_eq(get(&s, UART_IIR) & 0x0f, UART_IIR_NO_INT);
	put(&s, UART_TX, 'x');
	cr_assert(s.irq.level);
	put(&s, UART_IER, 0);
	cr_assert_not(s.irq.level);
}

Test(serial, identifies_as_16550a_once_the_fifo_is_on)
{
	struct out out = {0};
	struct kt_vmm_serial s = make(&out);
	cr_assert_eq(get(&s, UART_IIR) >> 6, 0);
	put(&s, UART_FCR, UART_FCR_ENABLE_FIFO);
	cr_assert_eq(get(&s, UART_IIR) >> 6, 3);
	put(&s, UART_SCR, 0xa5);
	cr_assert_eq(get(&s, UART_SCR), 0xa5);
}

Test(serial, loopback_returns_modem_lines_and_data_without_output)
{
	struct out out = {0};
	struct kt_vmm_serial s = make(&out);
	put(&s, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
	cr_assert_eq(get(&s, UART_MSR), UART_MSR_DCD | UART_MSR_CTS);
	put(&s, UART_IER, UART_IER_RDI);
	put(&s, UART_TX, 'l');
	cr_assert(get(&s, UART_LSR) & UART_LSR_DR);
	cr_assert_eq(get(&s, UART_IIR) & 0x0f, UART_IIR_RDI);
	cr_assert_eq(get(&s, UART_RX), 'l');
	cr_assert_not(get(&s, UART_LSR) & UART_LSR_DR);
	cr_assert_not(s.irq.level);
	cr_assert_eq(out.len, 0);
}
