/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running tests: from what the user asked for to an exit status. The program layer parses
 * options and prints through the sinks given here; everything else happens below.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "kernel/make.h"
#include "registry/registry.h"
#include "report/exit_status.h"
#include "report/writer.h"
#include "run/view.h"
#include "softkvm/accel.h"
#include "topo/model.h"

#define KT_RUN_REPORTS_MAX 8u

/* A report beside the one on OUT. The path is a place inside argv, like that of a kernel. */
struct kt_run_report {
	enum kt_report_format format;
	const char *path;
};

struct kt_run_options {
	const struct kt_registry_pattern *patterns;
	size_t pattern_count;
	bool allow_empty; /* an empty selection is a success */
	bool no_skip;	  /* a skip is a failure */
	bool fail_fast;
	unsigned jobs, repeat; /* at least 1 */
	uint64_t seed;

	const char *kernel;		       /* id or path, a place inside argv; NULL: find one */
	bool build_kernel;		       /* build the default kernel when there is none */
	kt_kernel_progress_fn *build_progress; /* of that build; NULL: kt_log() */
	void (*build_progress_end)(void);      /* NULL: nothing to do */
	enum kt_accel_mode accel;
	struct kt_topo topo;	    /* nodes 0: each test's own */
	uint64_t memory_mib;	    /* 0: each test's own */
	const char *const *appends; /* words for the kernel, behind all others */
	size_t append_count;
	const char *const *sysctls; /* KEY=VALUE; NULL-terminated, like includes; or NULL */
	size_t sysctl_count;
	const char *const *includes; /* FILE or FILE=PATH */
	size_t include_count;
	enum ktstr_work_kind work; /* of swappable cgroups; KTSTR_WORK_END: their own */
	uint64_t duration_ms;	   /* 0: each test's own */
	uint64_t timeout_ms;  /* of one test, from boot to shutdown together; 0: computed */

	enum kt_report_format format; /* on OUT */
	const struct kt_run_report *reports;
	size_t report_count;
	const char *output_dir;
	bool console; /* show the guests' consoles on LOG */
	bool keep_vm; /* keep the machines of tests that did not pass */
	bool gdb;     /* start gdb on the first of them */
	bool verbose;
	const struct kt_run_view *view; /* NULL: only kt_log() */

	/* The whole command line, for running it again inside a softkvm machine. */
	int argc;
	char **argv;
	FILE *out; /* reports */
	FILE *log; /* progress and diagnostics */
};

/*
 * What this process is. PID 1 of a test guest or of a softkvm machine never returns; every
 * other process returns at once.
 */
void kt_run_enter_role(void);

enum {
	KT_RUN_STATUS_HARNESS = KT_EXIT_HARNESS, /* could not run */
	KT_RUN_STATUS_USAGE = KT_EXIT_USAGE,	 /* the selection is empty */
};

/* Print the selected tests: name, topology, duration, description. As kt_run_tests(). */
int kt_run_list(const struct kt_run_options *o, int *ret_status, struct kt_err *err);
/* Print the machine that each selected test would get; needs no KVM. As kt_run_tests(). */
int kt_run_dry(const struct kt_run_options *o, int *ret_status, struct kt_err *err);

/*
 * Run the selected tests. *ret_status, set in every case, is the exit status of the verdicts
 * (0, 1, 2, 3), 128 + N when signal N ended the run, or one of the above with -errno.
 */
int kt_run_tests(const struct kt_run_options *o, int *ret_status, struct kt_err *err);
