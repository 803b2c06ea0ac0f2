/* SPDX-License-Identifier: GPL-2.0-only */
/* From what a run of a payload left to its metrics and the checks it failed. Pure. */
#pragma once

#include <stdbool.h>

#include <ktstr/payload.h>

#include "base/str.h"
#include "payload/extract.h"
#include "payload/run.h"

struct kt_payload_judgement {
	int exit_code; /* -1: a signal ended it */
	char how[64];  /* "exited with 0", "killed by SIGSEGV" */
	struct kt_payload_values values;
	struct kt_str failures; /* one a line */
	unsigned failed;
};

void kt_payload_judgement_done(struct kt_payload_judgement *j);
/*
 * What its checks say of O. The exit code of one that was stopped is no finding. 0 or -ENOMEM.
 */
int kt_payload_judge(const struct ktstr_payload *p, const struct kt_payload_output *o,
	struct kt_payload_judgement *ret, struct kt_err *err);
/* What P says about metric NAME; NULL: nothing. */
const struct ktstr_metric_hint *kt_payload_hint(const struct ktstr_payload *p, const char *name);
/* The last lines of what it said, standard error before standard output; may be "". */
void kt_payload_tail(const struct kt_payload_output *o, struct kt_str *out);
