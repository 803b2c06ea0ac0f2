/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host asks of this machine, as words of the kernel's command line:
 *
 *	ktstr.test=NAME			the test to run
 *	ktstr.topology=1n2l2c1t		the machine it asked for, and got
 *	ktstr.duration_ms=N		of the workload; missing: the test's own
 *	ktstr.timeout_ms=N		kill the test's process then; missing: from the duration
 *	ktstr.seed=N			of everything random; missing: 0
 *	ktstr.work=KIND			of works in swappable cgroups; missing: their own
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ktstr/work.h>

#include "base/err.h"
#include "topo/model.h"

#define KT_GUEST_NAME_BYTES 256

struct kt_guest_request {
	char test[KT_GUEST_NAME_BYTES];
	struct kt_topo topo;
	uint64_t duration_ms; /* 0: the test's own */
	uint64_t timeout_ms;  /* 0: from the duration */
	uint64_t seed;
	enum ktstr_work_kind work; /* KTSTR_WORK_END: their own */
};

/* Whether CMDLINE asks for a test at all. */
bool kt_guest_request_is_there(const char *cmdline);
/* test and topology are required; a ktstr. word that is no row above is an error. */
int kt_guest_request_parse(const char *cmdline, struct kt_guest_request *ret, struct kt_err *err);
