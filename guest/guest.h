/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of PID 1 of a test's machine, shared by the stages of init.c. Nothing outside guest/
 * includes this; run only needs init.h.
 */
#pragma once

#include "base/err.h"
#include "base/loss.h"
#include "base/str.h"
#include "guest/request.h"
#include "registry/registry.h"
#include "scenario/plan.h"
#include "wire/port_guest.h"

struct kt_guest {
	const char *stage;    /* name of the stage at work, part of every failure */
	struct kt_port *port; /* NULL before its stage */
	struct kt_loss loss;
	struct kt_str notes; /* lines that wait for the port */
	bool fallback_told;  /* that frames go another way */
	int signal_fd;
	struct kt_guest_request request;
	struct kt_registry registry;
	const struct ktstr_test *test;
	struct kt_plan *plan;
};

/* One frame to the host, if there is a port; counters of loss.def go with it. 0 or -errno. */
int kt_guest_send(struct kt_guest *g, const struct kt_frame *f, struct kt_err *err);
/* Worth knowing but no failure: on the console now, to the host as soon as the port is there. */
void kt_guest_note(struct kt_guest *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
