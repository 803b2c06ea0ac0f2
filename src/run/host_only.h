/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests with .host_only among the selected ones: how many there are, and what they rule out. */
#pragma once

#include "base/err.h"
#include "run/session.h"

/* What results say in place of accelerator and kernel of a host_only test. */
#define KT_RUN_HOST_NAME   "host"
#define KT_RUN_HOST_REASON "host_only: on this machine, in no guest"

size_t kt_run_host_only_count(const struct kt_run_session *s);

/*
 * Refuse options that have no meaning for the selection. What changes the machine of a test
 * (--append, --topology, ...) is refused beside any host_only test; what chooses or keeps
 * machines (--kernel, --gdb, ...) only where no test has one. 0 or -EINVAL.
 */
int kt_run_host_only_check(const struct kt_run_session *s, struct kt_err *err);
