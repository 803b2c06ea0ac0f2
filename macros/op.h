/* SPDX-License-Identifier: GPL-2.0-only */
/* From the rows of op.def: the kinds of op, their fields, and the literal KTSTR_OP. */
#ifndef KTSTR_MACROS_OP_H
#define KTSTR_MACROS_OP_H

enum ktstr_op_kind {
	KTSTR_OP_END,
#define OP(name, sentence, unknown, needs, rule, ...) KTSTR_OP_##name,
#include <macros/op.def>
#undef OP
	KTSTR_OP_COUNT
};

/* KTSTR_OP goes through these names, so that a misspelt op is reported in words. */
enum ktstr_op_spelling {
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	ktstr_no_such_op__run_ktstr_help_op__##name = KTSTR_OP_##name,
#include <macros/op.def>
#undef OP
};

#define KTSTR_OP_TYPE_str     const char *
#define KTSTR_OP_TYPE_cpus    struct ktstr_cpus
#define KTSTR_OP_TYPE_work    const struct ktstr_work *
#define KTSTR_OP_TYPE_def     const struct ktstr_cgroup *
#define KTSTR_OP_TYPE_flag    bool
#define KTSTR_OP_TYPE_target  struct ktstr_kernel_target
#define KTSTR_OP_TYPE_width   struct ktstr_kernel_value
#define KTSTR_OP_TYPE_writes  const struct ktstr_kernel_write *
#define KTSTR_OP_TYPE_sched   const struct ktstr_sched *
#define KTSTR_OP_TYPE_payload const struct ktstr_payload *
#define KTSTR_OP_TYPE_args    const char *const *

#define KTSTR_OP_TYPE_affinity struct ktstr_affinity

#define F(type, name, says) KTSTR_OP_TYPE_##type name;
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	struct ktstr_op_##name {                                                                   \
		__VA_ARGS__                                                                        \
		char unused_; /* an op without fields has this one */                              \
	};
#include <macros/op.def>
#undef OP
#undef F

/* KTSTR_OP(set_cpuset, .cgroup = "a", .cpus = KTSTR_CPUS_LLC(0)) */
#define KTSTR_OP(name_, ...)                                                                       \
	{                                                                                          \
		.kind = (enum ktstr_op_kind)ktstr_no_such_op__run_ktstr_help_op__##name_,          \
		.name_ = {                                                                         \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* In a body: KTSTR_DO(ctx, add_cgroup, .name = "a") applies one op now. */
#define KTSTR_DO(ctx, name_, ...)                                                                  \
	ktstr_run_op(ctx, &(const struct ktstr_op)KTSTR_OP(name_, __VA_ARGS__))

#endif
