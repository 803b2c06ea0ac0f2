/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payloads of a running scenario: started, waited for, killed, and told of. Metrics are
 * told whenever a payload is waited for or killed, also at the end of its lifetime.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ktstr/payload.h>

#include "base/err.h"
#include "base/vec.h"
#include "payload/judge.h"
#include "scenario/names_payload.h"

struct kt_state;

/* One that runs, or ended and was not waited for yet. */
struct kt_state_payload {
	struct kt_payload_run *run;
	const struct ktstr_payload *payload;
	char cgroup[KT_NAME_BYTES]; /* "" is the harness's own */
	bool persistent;
	uint64_t start_ns;
};

/* What a body has been given; lives as long as the state. */
struct kt_state_payload_result {
	struct kt_payload_judgement judgement;
	struct ktstr_metric *metrics;
};

struct kt_state_payloads {
	KT_VEC(struct kt_state_payload) running; /* in the order of their starts */
	KT_VEC(struct kt_state_payload_result) results;
};

/* Start one in CGROUP ("": with the harness); it belongs to the lifetime of this moment. */
int kt_state_payload_start(struct kt_state *s, const struct ktstr_payload *payload,
	const char *const *args, const char *cgroup, struct kt_err *err);
/*
 * Wait until it ends by itself. One that does not within its own timeout, or until the scenario
 * would be ended from outside, is killed, told of, and an error.
 */
int kt_state_payload_wait(struct kt_state *s, const struct kt_payload_key *key, struct kt_err *err);
int kt_state_payload_kill(struct kt_state *s, const struct kt_payload_key *key, struct kt_err *err);
/* Kill and tell of those in CGROUP, or, when it is NULL, of a lifetime: the newest first. */
void kt_state_payload_end_all(
	struct kt_state *s, const char *cgroup, bool persistent, const char *ended);
/* A whole run of a body: its checks decide about the test. */
int kt_state_payload_run(struct kt_state *s, const struct ktstr_payload *payload,
	const struct ktstr_payload_call *call, struct ktstr_payload_result *ret,
	struct kt_err *err);

/* Those that are left are killed and not told of. */
void kt_state_payloads_done(struct kt_state *s);
