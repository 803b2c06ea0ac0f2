/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PID 1 of a test's machine: the test program itself, started by the kernel as /init. run
 * asks kt_guest_is_init() before anything else and calls kt_guest_main() when it says so.
 */
#pragma once

#include <stdbool.h>

/*
 * PID 1 of a machine that ktstr booted for a test: the kernel's command line has the word
 * ktstr.test. Mounts /proc when it is missing; PID 1 of a container is none.
 */
bool kt_guest_is_init(void);

/* Runs the stages and restarts the machine, whatever happens. Never returns. */
_Noreturn void kt_guest_main(void);
