// SPDX-License-Identifier: GPL-2.0-only
/* A program that never becomes a harness when it is PID 1. BOOT says what it does instead. */
#include <ktstr/ktstr.h>

#include <unistd.h>

#define HANGS 1
#define EXITS 2

static __attribute__((constructor)) void as_init(void)
{
	if (getpid() != 1)
		return;
	if (BOOT == EXITS)
		_exit(3);
	for (;;)
		pause();
}

KTSTR_TEST_BODY(
	never, "nobody gets here", .topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	ktstr_fail(ctx, "PID 1 was to stop before");
}
