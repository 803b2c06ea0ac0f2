/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's ends of the virtio-serial ports, found by name; used by PID 1. */
#pragma once

#include "base/err.h"
#include "softkvm/qemu.h"

/* Open all ports, nonblocking, once the host's ends are connected. FDS only on success. */
int kt_softkvm_ports_open(int fds[KT_SOFTKVM_PORT_COUNT], struct kt_err *err);
