/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything known about one run of one test, before anybody judged it: the run layer fills
 * it while the machine runs, judge, text and sidecar read it. Plain data that a unit test can
 * fill by hand; the add functions keep the bounds that guest data needs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktstr/test.h>

#include "base/err.h"
#include "base/loss.h"
#include "base/str.h"
#include "base/vec.h"
#include "report/complaint.h"
#include "scenario/claim.h"
#include "scenario/env.h"
#include "topo/model.h"
#include "work/work.h"

#define KT_OUTCOME_CONSOLE_BYTES (4u << 20)
#define KT_OUTCOME_DMESG_BYTES	 (2u << 20) /* twice what an honest guest sends */
#define KT_OUTCOME_TERM_BYTES                                                                      \
	(64u << 10) /* of the terminal that wait for a line of COM1 to end                         \
		     */
/* Beyond these, counted as lost: a guest may send what it likes, and all of it is judged. */
#define KT_OUTCOME_PHASES_MAX	4096u  /* phases, and stimuli: more than a plan has steps */
#define KT_OUTCOME_MARKERS_MAX	8194u  /* two of each phase, and start and end */
#define KT_OUTCOME_CAPTURES_MAX 1024u  /* as many as a scenario keeps */
#define KT_OUTCOME_WORKERS_MAX	16384u /* four steps of as many as a plan allows at once */
#define KT_OUTCOME_DELAYS_MAX	65536u
#define KT_OUTCOME_DETAILS_MAX	256u
#define KT_OUTCOME_METRICS_MAX	16384u
#define KT_OUTCOME_PAYLOADS_MAX 1024u
#define KT_OUTCOME_TEXT_BYTES	1024
#define KT_OUTCOME_NAME_BYTES	128
#define KT_OUTCOME_CLAIMS_MAX	8192u /* an honest guest sends fewer */

/* The parts of a run in their order. A run that ends early ended in one of them. */
enum kt_outcome_stage {
	KT_STAGE_PLAN,
	KT_STAGE_KERNEL,
	KT_STAGE_INITRAMFS,
	KT_STAGE_VM,	   /* the machine is set up */
	KT_STAGE_BOOT,	   /* to the hello frame */
	KT_STAGE_READY,	   /* to the ready frame */
	KT_STAGE_SCENARIO, /* to the finish frame */
	KT_STAGE_SHUTDOWN, /* to the reset */
	KT_STAGE_COUNT
};

/* How the run ended. RESET is the normal end if, and only if, the finish frame was seen. */
enum kt_outcome_end {
	KT_END_NOT_RUN,	    /* zero bytes: nobody ran it; judged as a harness error */
	KT_END_SKIPPED,	    /* end_text is the reason */
	KT_END_DONE,	    /* host_only: the scenario's process is over, and all is cleaned up */
	KT_END_RESET,	    /* the guest restarted or switched off the machine */
	KT_END_PANIC,	    /* the kernel's panic was seen on the console */
	KT_END_SHUTDOWN,    /* triple fault, or another door that no healthy guest takes */
	KT_END_DEADLINE,    /* in end_stage */
	KT_END_INTERRUPTED, /* the user ended the run */
	KT_END_ERROR,	    /* the harness could not go on: end_text and end_fix */
};

struct kt_outcome_phase {
	uint16_t phase; /* 0: before the first step; k + 1: step k */
	uint64_t at_ms; /* since the scenario's start */
};

struct kt_outcome_marker {
	enum kt_marker kind;
	uint16_t phase;
	uint64_t at_ms; /* since the scenario's start */
};

/* The processes of a cgroup, as an op noted them. */
struct kt_outcome_capture {
	uint16_t phase;
	char *tag, *cgroup;
	uint32_t count;
	char *pids; /* joined by ',' */
};

/* The kind of failing details that mean the harness's own failure in the guest: an ERROR. */
#define KT_DETAIL_HARNESS "guest"

struct kt_outcome_detail {
	uint16_t phase;
	bool fails;
	char kind[32]; /* a short word: "step", "op", "cgroup", "test", "guest" */
	char *text;
};

/* With texts of its own. */
struct kt_outcome_metric {
	uint16_t phase;
	char *source, *cgroup, *name, *unit; /* as of struct kt_metric */
	enum ktstr_polarity polarity;
	double value, target;
};

struct kt_outcome_payload {
	uint16_t phase;
	char *name, *cgroup, *how, *failures, *tail; /* as of struct kt_payload_end */
	int exit_code;
	bool stopped;
	uint64_t wall_ns, out_bytes, err_bytes;
	uint16_t metrics;
};

/* With texts of its own; as of struct kt_claim. */
struct kt_outcome_claim {
	uint16_t phase;
	enum ktstr_verdict verdict;
	bool counts, has_value;
	double value, bound;
	char *label, *text;
};

struct kt_outcome_crash {
	bool seen;
	uint16_t phase;
	int signal; /* 0: it exited by itself, with exit_status */
	int exit_status;
	char text[KT_OUTCOME_TEXT_BYTES];
};

/*
 * Time in which threads wanted to run and the host let them wait (run delay of schedstat),
 * over the scenario, or over the machine's life if the scenario never began.
 */
struct kt_outcome_delay {
	bool known;
	unsigned threads;
	uint64_t total_ns; /* of all threads; 0 beside a max_ns: not known */
	uint64_t max_ns;   /* of the thread with the most */
};

/*
 * The same in short intervals, oldest first and without gaps between them: the largest delay
 * of any one thread in the interval that ends at at_ms since the scenario's start. May be
 * empty: then a gap is compared with the delay of the whole scenario.
 */
struct kt_outcome_delay_sample {
	uint64_t at_ms;
	uint64_t vcpu_max_ns, outer_max_ns;
	uint64_t sum_ns; /* lost so far, this interval included; kt_outcome_add_delay() fills it */
};

/* When the machine reached a point, of kt_now_ns(), for benchmarks; 0: it did not. */
struct kt_outcome_clock {
	uint64_t kvm_run_ns; /* the vCPUs start */
	uint64_t hello_ns, ready_ns, finish_ns;
	uint64_t end_ns;
};

struct kt_outcome {
	const struct ktstr_test *test; /* borrowed */
	struct kt_topo topo;	       /* of the plan */
	uint64_t duration_ms;	       /* of the plan */
	char *command;		       /* the host's command line, for repeating it */
	char *kernel_cmdline;

	/* How the run was asked for, filled by the run layer; lists end with NULL, or are NULL. */
	uint64_t seed;
	unsigned repeat, repeats;   /* this is number REPEAT, from 1, of REPEATS; 0: the only one */
	unsigned memory_mib;	    /* of the guest; 0: not known */
	const char *append;	    /* --append; borrowed, like the lists */
	const char *const *sysctls; /* "kernel.x=1" */
	const char *const *includes; /* "FILE=PATH" */

	char accel_name[32]; /* "kvm", "soft" */
	char accel_reason[KT_OUTCOME_TEXT_BYTES];
	double accel_mips; /* measured, million instructions/s; 0: unknown */

	char kernel_id[KT_OUTCOME_NAME_BYTES]; /* of the cache, or "" */
	char kernel_path[KT_OUTCOME_TEXT_BYTES];
	char kernel_kind[32];		     /* "default", "kasan", ...; "": not known */
	double kernel_slowness;		     /* against the default kind; 0: not known */
	char release[KT_OUTCOME_NAME_BYTES]; /* as the guest saw it, like boot_id */
	char boot_id[64];

	char topo_asked[KT_OUTCOME_TEXT_BYTES];
	char topo_seen[KT_OUTCOME_TEXT_BYTES];
	char topo_difference[KT_OUTCOME_TEXT_BYTES]; /* "" when it is as asked */

	bool hello, ready, finished; /* frames seen */
	uint64_t scenario_ms;	     /* as the finish frame says */

	KT_VEC(struct kt_outcome_phase) phases;
	KT_VEC(struct kt_stimulus) stimuli;
	KT_VEC(struct kt_outcome_marker) markers;
	KT_VEC(struct kt_outcome_capture) captures;
	struct kt_work_results workers;
	KT_VEC(struct kt_outcome_metric) metrics;
	KT_VEC(struct kt_outcome_payload) payloads; /* in the order of their ends */
	KT_VEC(struct kt_outcome_detail) details;
	KT_VEC(struct kt_outcome_claim) claims;
	struct kt_outcome_crash crash;
	struct kt_loss loss; /* of guest and host together */

	enum kt_outcome_end end;
	enum kt_outcome_stage end_stage;
	char end_text[KT_OUTCOME_TEXT_BYTES];
	char end_fix[KT_ERR_FIX_BYTES];

	struct kt_outcome_delay vcpu_delay;  /* vCPU threads on the kernel that runs the monitor */
	struct kt_outcome_delay outer_delay; /* softkvm: its vCPU threads on the outer host */
	KT_VEC(struct kt_outcome_delay_sample) delay_samples;
	uint64_t scenario_wall_ns; /* host time from ready to finish, or to the end */

	uint64_t stage_ms[KT_STAGE_COUNT];
	struct kt_outcome_clock clock;
	uint64_t host_memory_bytes; /* most this process used beyond all guest RAM; 0: unknown */

	/*
	 * COM1, and between its lines those of the virtio terminal. Beyond KT_OUTCOME_CONSOLE_BYTES
	 * the middle is cut out and counted as lost.
	 */
	struct kt_str console;
	struct kt_str term; /* of the terminal, not yet there */
	uint64_t console_cut_bytes;
	/* The kernel's whole log, at every level, as PID 1 read it after the scenario. */
	struct kt_str dmesg;
	bool dmesg_ended;	       /* the guest said that this is all of it */
	uint64_t dmesg_cut_bytes;      /* left out, by the guest or here */
	uint64_t dmesg_lost_records;   /* which the kernel's own buffer had no room for */
	struct kt_complaint_scan scan; /* of COM1 while it came in, so that no cut hides one */
};

void kt_outcome_init(struct kt_outcome *o, const struct ktstr_test *test);
void kt_outcome_done(struct kt_outcome *o);

/* Whether a kernel came up for this test, instead of the host's being there. */
bool kt_outcome_booted(const struct kt_outcome *o);
/* The test's name, with " (repeat 2 of 3)" when it is one of several. */
void kt_outcome_title(const struct kt_outcome *o, struct kt_str *out);
/* Host time from the machine's set-up to its end: what is shared by all tests does not count. */
uint64_t kt_outcome_total_ms(const struct kt_outcome *o);
const char *kt_outcome_stage_name(enum kt_outcome_stage stage); /* "boot" */
const char *kt_outcome_end_name(enum kt_outcome_end end);	/* "deadline" */
const char *kt_outcome_marker_name(enum kt_marker kind);	/* "resume" */

/* Each adds one item, or counts it as lost when there are too many or memory ran out. */
void kt_outcome_add_phase(struct kt_outcome *o, uint16_t phase, uint64_t at_ms);
void kt_outcome_add_stimulus(struct kt_outcome *o, const struct kt_stimulus *s);
void kt_outcome_add_marker(struct kt_outcome *o, const struct kt_outcome_marker *m);
void kt_outcome_add_capture(struct kt_outcome *o, uint16_t phase, const char *tag,
	const char *cgroup, uint32_t count, const char *pids);
void kt_outcome_add_worker(struct kt_outcome *o, const struct kt_work_result *r);
void kt_outcome_add_metric(struct kt_outcome *o, const struct kt_metric *m);
void kt_outcome_add_payload(struct kt_outcome *o, const struct kt_payload_end *p);
void kt_outcome_add_detail(
	struct kt_outcome *o, uint16_t phase, bool fails, const char *kind, const char *text);
/* The last places are kept for those that make the verdict worse. */
void kt_outcome_add_claim(struct kt_outcome *o, const struct kt_claim *c);
void kt_outcome_add_delay(struct kt_outcome *o, const struct kt_outcome_delay_sample *s);
/* Nothing is taken any more once dmesg_ended is set. */
void kt_outcome_add_dmesg(struct kt_outcome *o, const char *text);
void kt_outcome_add_console(struct kt_outcome *o, const void *data, size_t bytes);
/*
 * What programs print on the virtio terminal. No complaint is looked for in it, and it never
 * stands inside a line of COM1: a program must not take apart what the kernel says.
 */
void kt_outcome_add_term(struct kt_outcome *o, const void *data, size_t bytes);

/* The run ends here: how, in which stage, with a formatted text. */
void kt_outcome_set_end(struct kt_outcome *o, enum kt_outcome_end end, enum kt_outcome_stage stage,
	const char *fix, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* KT_END_ERROR with the text and the remedy of ERR. */
void kt_outcome_set_error(
	struct kt_outcome *o, enum kt_outcome_stage stage, const struct kt_err *err);
