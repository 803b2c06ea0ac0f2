/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run as a person who waits sees it. The run layer tells what happens; the program layer,
 * which knows whether there is a terminal, decides what to show of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A machine at work. */
struct kt_run_view_machine {
	const char *test;
	unsigned repeat, repeats;
	bool on_host;	   /* the test is host_only: nothing boots */
	const char *stage; /* "boot", "scenario", ... */
	uint64_t since_ns; /* kt_now_ns() when its test began */
};

struct kt_run_view_state {
	size_t done, total; /* tests, each repeat counted */
	size_t not_passed;  /* of those done */
	uint64_t since_ns;  /* kt_now_ns() when the run began */
	const struct kt_run_view_machine *machines;
	size_t machine_count;
};

struct kt_run_view {
	void *arg;
	/* MACHINE begins the test that is number NUMBER, from 1. */
	void (*begin)(void *arg, const struct kt_run_view_state *state,
		const struct kt_run_view_machine *machine, size_t number);
	/* Something changed, or a quarter of a second has passed. */
	void (*update)(void *arg, const struct kt_run_view_state *state);
	/*
	 * Take away what stands on the terminal and leave it alone until release, because a
	 * report is written there. Calls may nest and come from several threads; those of the
	 * two above come one at a time.
	 */
	void (*hold)(void *arg);
	void (*release)(void *arg);
};
