/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PID 1 of the softkvm machine: mounts, runs the one command the launcher sends, relays its
 * streams, signals and exit status, and ends the machine when the launcher is gone.
 */
#pragma once

/* Call when kt_softkvm_is_init() says so. Never returns: the machine restarts, QEMU ends. */
_Noreturn void kt_softkvm_init(void);
