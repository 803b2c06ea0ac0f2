/* SPDX-License-Identifier: GPL-2.0-only */
/* One number that somebody measured: a payload's, or one of a worker whose kind has its own. */
#pragma once

#include <stdint.h>

#include <ktstr/payload.h>

struct kt_metric {
	uint16_t phase;
	const char *source; /* the payload's name, or that of the kind of work */
	const char *cgroup; /* "": the harness's own */
	const char *name;
	const char *unit; /* "": none */
	enum ktstr_polarity polarity;
	double value;
	double target; /* of KTSTR_POLARITY_TARGET */
};

/* A payload that is over, told with its metrics. */
struct kt_payload_end {
	uint16_t phase;
	const char *name, *cgroup; /* as above */
	const char *how;	   /* "exited with 1", "killed by SIGKILL" */
	int exit_code;		   /* -1: killed by a signal */
	bool stopped;		   /* by the scenario, before it ended by itself */
	uint64_t wall_ns;
	uint64_t out_bytes, err_bytes; /* that it printed */
	uint16_t metrics;	       /* told of it */
	const char *failures;	       /* checks that it failed, one a line; "": none */
	const char *tail;	       /* the last it said, when it failed one; else "" */
};
