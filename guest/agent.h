/* SPDX-License-Identifier: GPL-2.0-only */
/* The stages of PID 1 that are about the test; init.c runs them behind those of the machine. */
#pragma once

#include "guest/guest.h"

/* Each returns 0 or -errno, and is one row of init.c's table. */
int kt_guest_hello(struct kt_guest *g, struct kt_err *err);
/* Read the request from the command line. */
int kt_guest_request(struct kt_guest *g, struct kt_err *err);
/* Set what --sysctl asked for. */
int kt_guest_sysctls(struct kt_guest *g, struct kt_err *err);
/* Send the machine as it is; fails when it is not as asked. */
int kt_guest_topology(struct kt_guest *g, struct kt_err *err);
/* Find the test and make its plan again, as the host did. */
int kt_guest_plan(struct kt_guest *g, struct kt_err *err);
/* Run it in its own process, relay its frames, report its death if it died. */
int kt_guest_scenario(struct kt_guest *g, struct kt_err *err);
