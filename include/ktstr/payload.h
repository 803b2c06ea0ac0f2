/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A foreign program as part of a scenario: a benchmark that runs beside the workers or instead
 * of them. The program with its shared libraries goes into the machine by itself. It runs in
 * its cgroup from its first instruction on; its exit code and, where it prints JSON, every
 * number of it become metrics of the result.
 */
#ifndef KTSTR_PAYLOAD_H
#define KTSTR_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

/* What is read from what the program prints. */
enum ktstr_output {
	KTSTR_OUTPUT_EXIT_CODE, /* nothing: its exit code says it all */
	/*
	 * JSON: each number becomes a metric, named by its path: "jobs.0.read.iops". Standard
	 * output is looked at first, standard error only where that has no JSON.
	 */
	KTSTR_OUTPUT_JSON,
};

enum ktstr_polarity {
	KTSTR_POLARITY_UNKNOWN, /* as of metrics without a hint */
	KTSTR_POLARITY_HIGHER,	/* is better */
	KTSTR_POLARITY_LOWER,
	KTSTR_POLARITY_TARGET, /* the nearer to target, the better */
};

/* What a metric means. A list ends with a NULL name; each name at most once. */
struct ktstr_metric_hint {
	const char *name;
	enum ktstr_polarity polarity;
	double target;	  /* of KTSTR_POLARITY_TARGET */
	const char *unit; /* NULL: none */
};

enum ktstr_payload_check_kind {
	KTSTR_PAYLOAD_CHECK_END, /* the end of a list */
	KTSTR_PAYLOAD_CHECK_MIN, /* metric >= min */
	KTSTR_PAYLOAD_CHECK_MAX, /* metric <= max */
	KTSTR_PAYLOAD_CHECK_RANGE,
	KTSTR_PAYLOAD_CHECK_EXISTS,
	KTSTR_PAYLOAD_CHECK_EXIT_CODE, /* the program exits with exit_code */
};

/* What a run must show. A metric that is not there fails each check of it. */
struct ktstr_payload_check {
	enum ktstr_payload_check_kind kind;
	const char *metric;
	double min, max;
	int exit_code;
};

enum ktstr_payload_kind {
	KTSTR_PAYLOAD_BINARY,
	KTSTR_PAYLOAD_SCHEDULER, /* a scheduler's program: no op and no cgroup can run it */
};

struct ktstr_payload {
	const char *name;    /* in ops and results; NULL: the program's name without folders */
	const char *program; /* a path, or a name found where the run starts or in PATH */
	enum ktstr_payload_kind kind;
	const char *const *args; /* what every run passes before its own; NULL at the end */
	enum ktstr_output output;
	/* Without a check of the exit code a program that does not exit with 0 has failed. */
	const struct ktstr_payload_check *checks;
	const struct ktstr_metric_hint *hints;
	/* Files and folders the program reads; they are below /include-files/ in the machine. */
	const char *const *includes;
	/* Where given, long options ("--x" and "--x=v") must be of this list: without the dashes.
	 */
	const char *const *known_flags;
	/*
	 * Stay in the harness's process group. Otherwise the program has its own, and what it
	 * started and left behind is killed with it.
	 */
	bool in_harness_group;
	uint64_t timeout_ms; /* from its start; whoever waits for longer kills it. 0: none */
};

/* How a body runs one. */
struct ktstr_payload_call {
	const char *const *args; /* after those of the payload; NULL at the end */
	const char *cgroup;	 /* NULL: the harness's own */
	uint64_t timeout_ms;	 /* 0: the payload's */
};

struct ktstr_metric {
	const char *name, *unit;
	enum ktstr_polarity polarity;
	double value;
};

/* Lives as long as the body. */
struct ktstr_payload_result {
	int exit_code; /* -1: it was killed */
	bool passed;   /* all its checks */
	const struct ktstr_metric *metrics;
	size_t metric_count;
};

#endif
