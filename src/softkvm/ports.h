/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's ends of the virtio-serial ports, found by name; used by PID 1. */
#pragma once

#include "base/err.h"
#include "softkvm/qemu.h"

/*
 * Open ports FIRST to FIRST + COUNT - 1, nonblocking, once the host's ends are connected. On
 * failure some of them may be open: PID 1 then ends the machine, and the descriptors with it.
 */
int kt_softkvm_ports_open(
	int fds[KT_SOFTKVM_PORT_COUNT], unsigned first, unsigned count, struct kt_err *err);
