/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The work `custom`: a function of the test itself, which runs in each worker until it is asked
 * to stop; when it returns before that it is called again. It is not measured from outside: it
 * counts its own units and iterations, and has no gaps.
 *
 *	static void churn(struct ktstr_custom *c)
 *	{
 *		while (!ktstr_custom_stopped(c)) {
 *			...
 *			ktstr_custom_progress(c, 1, 1);
 *		}
 *	}
 *	... WORK(custom, .workers = 2, .custom = {.run = churn})
 */
#ifndef KTSTR_CUSTOM_H
#define KTSTR_CUSTOM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#include <macros/work.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Plain numbers, so that every worker has them whether it is a process or a thread. */
struct ktstr_custom_config {
	uint64_t u64[4];
	size_t size[4];
	int32_t i32[4];
	bool flag[4];
	unsigned char blob[32];
};

/* What the function may know. Nothing of it changes while it runs. */
struct ktstr_custom {
	const struct ktstr_custom_config *config; /* never NULL */
	unsigned index, workers;		  /* which worker of its group, from 0 */
	const unsigned *cpus;			  /* where it may run */
	size_t cpu_count;
	const pid_t *peers; /* thread ids of the other workers of its group */
	size_t peer_count;
	const char *cgroup_dir; /* its folder in cgroupfs; "" when there is none */
	void *private_;
};

/* Look at it every few milliseconds, and return soon when it is true. */
bool ktstr_custom_stopped(const struct ktstr_custom *c);
/* So much more was done: units feed the check of progress, iterations feed rates. */
void ktstr_custom_progress(struct ktstr_custom *c, uint64_t work_units, uint64_t iterations);
/* A number for the results; the same name again replaces it. At most 32 of them. */
void ktstr_custom_metric(struct ktstr_custom *c, const char *name, const char *unit, double value);

/*
 * Memory whose pages are to be counted by node when the worker ends, for the checks of where
 * memory is: mapped until then. The same address again replaces; at most 8 pieces.
 */
void ktstr_custom_memory(struct ktstr_custom *c, void *at, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
