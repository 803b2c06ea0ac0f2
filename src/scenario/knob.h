/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The knobs of a cgroup and the controllers they need, as tables made of the rows of
 * macros/knob.def and controller.def: for the plan, the cgroup files, messages and help.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kt_knob_kind {
#define KNOB(name, ...) KT_KNOB_##name,
#include "macros/knob.def"
#undef KNOB
	KT_KNOB_COUNT
};

/* The bit of a knob in a knob mask. */
#define KT_KNOB_BIT(kind) (UINT64_C(1) << (kind))

enum kt_controller {
	KT_CONTROLLER_none, /* of knobs that are no file */
#define CONTROLLER(name, threaded, option) KT_CONTROLLER_##name,
#include "scenario/controller.def"
#undef CONTROLLER
	KT_CONTROLLER_COUNT
};

/* The bit of a controller in a controller mask, 0 of none. */
#define KT_CONTROLLER_BIT(c) ((c) ? 1u << (c) : 0u)
/* In a controller mask: some workers are threads, which only threaded cgroups can tell apart. */
#define KT_CONTROLLERS_THREADED (1u << 31)

struct kt_knob_info {
	const char *name;
	enum kt_controller controller;
	const char *file;
	const char *unit;
	uint64_t least, most; /* 0: no such limit */
	const char *says, *rule, *example;
};

struct kt_controller_info {
	const char *name;
	enum kt_controller controller;
	bool threaded;	    /* a threaded cgroup may have it */
	const char *option; /* of the kernel's configuration */
};

const struct kt_knob_info *kt_knob_info(enum kt_knob_kind kind);
/* NULL: no knob has that name. */
const struct kt_knob_info *kt_knob_info_find(const char *name);

/* NULL for none. */
const struct kt_controller_info *kt_controller_info(enum kt_controller controller);
/* Of a file such as "memory.swap.max"; NULL for those that every cgroup has ("cgroup.freeze"). */
const struct kt_controller_info *kt_controller_of_file(const char *file);
/* "cpuset cpu" of a mask, "" of 0; malloced, NULL when out of memory. */
char *kt_controllers_text(unsigned mask);
