/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything a test author needs. A whole test program:
 *
 *	#include <ktstr/ktstr.h>
 *
 *	KTSTR_TEST(two_cgroups, "two cgroups on their own LLCs both get their share",
 *		.topology = TOPOLOGY(1, 2, 2, 1),
 *		.checks = CHECKS(.not_starved = true, .isolation = true),
 *		.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(
 *			CGROUP("left", .cpuset = CPUS_LLC(0)),
 *			CGROUP("right", .cpuset = CPUS_LLC(1))))));
 *
 * The library supplies main(). Define KTSTR_NO_SHORT_NAMES before including to have only the
 * names that begin with KTSTR_.
 */
#ifndef KTSTR_KTSTR_H
#define KTSTR_KTSTR_H

#include <ktstr/ctx.h>
#include <ktstr/custom.h>
#include <ktstr/main.h>
#include <ktstr/test.h>
#include <ktstr/version.h>

#include <macros/claim.h>
#include <macros/kernel.h>
#include <macros/lists.h>
#include <macros/payload.h>
#include <macros/test.h>
#ifndef KTSTR_NO_SHORT_NAMES
#include <macros/short.h>
#endif

#endif
