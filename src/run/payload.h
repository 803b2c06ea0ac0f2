/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payloads that the selected tests name, on the host: their programs are looked for, and
 * with libraries and include files become part of the guests' files. What is wrong with one is
 * a fault of the tests that name it; the others run.
 */
#pragma once

#include "base/err.h"
#include "base/vec.h"
#include "run/include.h"
#include "scenario/plan.h"

/* Where include files are in a guest, and programs whose own folder guests hide. */
#define KT_RUN_PAYLOAD_FOLDER "include-files"

struct kt_run_payload {
	const struct ktstr_payload *payload;
	struct kt_err err; /* code 0: it can run */
};

/* Zero bytes are none. */
struct kt_run_payloads {
	KT_VEC(struct kt_run_payload) list;
};

void kt_run_payloads_done(struct kt_run_payloads *p);
/*
 * The payloads of PLAN: those not seen yet are looked for. LIST gets their files; NULL: they
 * run on this machine, and need only be there. 0 or -ENOMEM.
 */
int kt_run_payloads_collect(struct kt_run_payloads *p, const struct kt_plan *plan,
	struct kt_run_includes *list, struct kt_err *err);
/* The fault of the first payload of PLAN that has one. 0 or -errno. */
int kt_run_payloads_check(
	const struct kt_run_payloads *p, const struct kt_plan *plan, struct kt_err *err);
