/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the machine. Called by init.c. */
#pragma once

/*
 * Write out and restart: with reboot=k the monitor sees a write to the keyboard controller.
 * Where a restart is refused the machine is switched off. Never returns.
 */
_Noreturn void kt_guest_restart(void);
