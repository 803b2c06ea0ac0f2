/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One running program: started inside its cgroup, with what it prints caught within bounds by
 * a thread of its own, so that it never waits for its reader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktstr/payload.h>

#include "base/err.h"
#include "base/str.h"

#define KT_PAYLOAD_OUT_BYTES (1u << 20) /* kept of standard output; a metric needs no more */
#define KT_PAYLOAD_ERR_BYTES (256u << 10)

/* What a scenario asks for. */
struct kt_payload_spec {
	const struct ktstr_payload *payload;
	const char *const *args; /* after those of the payload; NULL: none */
	const char *cgroup;	 /* relative to the scenario's root; "": the harness's own */
};

/* How it ended, and what it printed. Zero bytes are none. */
struct kt_payload_output {
	int status;	  /* as of waitpid */
	bool stopped;	  /* killed before it ended by itself */
	uint64_t wall_ns; /* from its start to its own end, whenever that was asked for */
	struct kt_str out, err;
	uint64_t out_bytes, err_bytes; /* printed; what is more than kept is lost */
};

void kt_payload_output_done(struct kt_payload_output *o);

struct kt_payload_run;

/*
 * Run the file PROGRAM with the arguments of SPEC. CGROUP_FD is its cgroup's folder, 0: the
 * caller's own cgroup. 0 or -errno.
 */
int kt_payload_start(const struct kt_payload_spec *spec, const char *program, int cgroup_fd,
	struct kt_payload_run **ret, struct kt_err *err);
/*
 * Until it ends by itself: 0 with *ret (to be given to kt_payload_output_done()), which ends
 * the run. -ETIMEDOUT at DEADLINE_NS: it goes on.
 */
int kt_payload_wait(struct kt_payload_run *p, uint64_t deadline_ns, struct kt_payload_output *ret,
	struct kt_err *err);
/* Kill it, unless it ended before, with all of its process group. Ends the run too. */
int kt_payload_kill(struct kt_payload_run *p, struct kt_payload_output *ret, struct kt_err *err);
/* Kills what still runs; nothing of it is told. */
void kt_payload_free(struct kt_payload_run *p);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_payload_run, kt_payload_free);
