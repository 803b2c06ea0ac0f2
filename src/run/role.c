// SPDX-License-Identifier: GPL-2.0-only
/* One program, several roles: as PID 1 of a machine it is that machine's init. */
#include "run/run.h"

#include <unistd.h>

#include "guest/init.h"
#include "softkvm/init.h"
#include "softkvm/inside.h"

void kt_run_enter_role(void)
{
	if (getpid() != 1)
		return;
	if (kt_softkvm_is_init())
		kt_softkvm_init();
	if (kt_guest_is_init())
		kt_guest_main();
}
