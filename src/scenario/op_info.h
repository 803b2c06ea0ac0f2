/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What macros/op.def says about each op, as tables: for the plan's checks, the engine's
 * messages and the help text. Constant data.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <ktstr/scenario.h>

/* What a target that names no known cgroup means to an op. */
enum kt_op_unknown {
	KT_OP_UNKNOWN_none, /* the op names no target */
	KT_OP_UNKNOWN_error,
	KT_OP_UNKNOWN_warn,
	KT_OP_UNKNOWN_ignore,
};

/* What an op needs beyond a machine. */
enum kt_op_needs {
	KT_OP_NEEDS_nothing,
	KT_OP_NEEDS_memory,    /* the host's view of the memory of the test's kernel */
	KT_OP_NEEDS_scheduler, /* a scheduler's own process */
};

struct kt_op_field {
	const char *type; /* the word of op.def: "str", "cpus", ... */
	const char *name;
	const char *says;
};

struct kt_op_info {
	const char *name;
	const char *sentence;
	const char *rule;
	enum kt_op_unknown unknown;
	enum kt_op_needs needs;
	const struct kt_op_field *fields;
	size_t field_count;
};

/* NULL when KIND is no op. */
const struct kt_op_info *kt_op_info(enum ktstr_op_kind kind);
/* NULL when no op has that name. */
const struct kt_op_info *kt_op_info_find(const char *name);
/* The name of an op, "(unknown op)" for what is none. */
const char *kt_op_name(enum ktstr_op_kind kind);
/* The bit of KIND in the op_mask of a stimulus: rows count from 0. */
uint32_t kt_op_bit(enum ktstr_op_kind kind);
/* "error", "warn", "ignore" or "none". */
const char *kt_op_unknown_name(enum kt_op_unknown unknown);
