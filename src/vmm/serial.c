// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the 16550A. The transmitter is always empty, so each byte written is an
 * "empty again" event at once; reading IIR takes that event, which lowers the line and lets
 * the next one make an edge.
 */
#include "vmm/serial.h"

#include <linux/serial_reg.h>

#define FIFO_ENABLED   0xc0
#define MODEM_PRESENT  (UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS)
#define LOOPBACK_SHIFT 4

static bool divisor_selected(const struct kt_vmm_serial *s)
{
	return s->lcr & UART_LCR_DLAB;
}

static uint8_t cause(const struct kt_vmm_serial *s)
{
	if (s->has_input && s->ier & UART_IER_RDI)
		return UART_IIR_RDI;
	if (s->tx_event && s->ier & UART_IER_THRI)
		return UART_IIR_THRI;
	return UART_IIR_NO_INT;
}

static void update_line(struct kt_vmm_serial *s)
{
	kt_vmm_irq_set(&s->irq, cause(s) != UART_IIR_NO_INT);
}

/* In loopback the four outputs of MCR come back as the four inputs of MSR. */
static uint8_t modem_status(const struct kt_vmm_serial *s)
{
	if (!(s->mcr & UART_MCR_LOOP))
		return MODEM_PRESENT;
	uint8_t status = 0;
	status |= s->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0;
	status |= s->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0;
	status |= s->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0;
	status |= s->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0;
	return status;
}

static void transmit(struct kt_vmm_serial *s, uint8_t byte)
{
	if (s->mcr & UART_MCR_LOOP) {
		s->input = byte;
		s->has_input = true;
	} else if (s->sink) {
		s->sink(s->sink_arg, &byte, 1);
	}
	s->tx_event = true;
}

static void write_reg(struct kt_vmm_serial *s, unsigned reg, uint8_t v)
{
	if (divisor_selected(s) && reg <= UART_DLM) {
		s->divisor[reg] = v;
		return;
	}
	switch (reg) {
	case UART_TX:
		transmit(s, v);
		break;
	case UART_IER:
		/* Enabling the interrupt of an empty transmitter raises it. */
		if (v & ~s->ier & UART_IER_THRI)
			s->tx_event = true;
		s->ier = v & 0x0f;
		break;
	case UART_FCR:
		s->fifo = v & UART_FCR_ENABLE_FIFO;
		if (v & UART_FCR_CLEAR_RCVR)
			s->has_input = false;
		break;
	case UART_LCR:
		s->lcr = v;
		break;
	case UART_MCR:
		s->mcr = v & 0x1f;
		break;
	case UART_SCR:
		s->scratch = v;
		break;
	default: /* LSR and MSR are read-only */
		break;
	}
}

static uint8_t read_iir(struct kt_vmm_serial *s)
{
	uint8_t v = cause(s);
	if (v == UART_IIR_THRI)
		s->tx_event = false;
	return v | (s->fifo ? FIFO_ENABLED : 0);
}

static uint8_t read_reg(struct kt_vmm_serial *s, unsigned reg)
{
	if (divisor_selected(s) && reg <= UART_DLM)
		return s->divisor[reg];
	switch (reg) {
	case UART_RX:
		s->has_input = false;
		return s->input;
	case UART_IER:
		return s->ier;
	case UART_IIR:
		return read_iir(s);
	case UART_LCR:
		return s->lcr;
	case UART_MCR:
		return s->mcr;
	case UART_LSR:
		return UART_LSR_TEMT | UART_LSR_THRE | (s->has_input ? UART_LSR_DR : 0);
	case UART_MSR:
		return modem_status(s);
	default:
		return s->scratch;
	}
}

void kt_vmm_serial_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct kt_vmm_serial *s = dev;
	uint8_t *bytes = data;
	for (unsigned i = 0; i < size; i++) {
		unsigned reg = (unsigned)(offset + i) & 7;
		if (is_write)
			write_reg(s, reg, bytes[i]);
		else
			bytes[i] = read_reg(s, reg);
	}
	update_line(s);
}
