// SPDX-License-Identifier: GPL-2.0-only
/* Ops that are refused for what they need, each well-formed otherwise. */
#include <ktstr/ktstr.h>

#define REFUSED(op_, ...)                                                                          \
	KTSTR_TEST(op_, "this op needs what is not there",                                         \
		.steps = STEPS(STEP(HOLD_MS(0), .ops = OPS(OP(op_, __VA_ARGS__)))))

static const struct ktstr_sched other = {.name = "other", .program = "/bin/true"};

#define JIFFIES                                                                                    \
	{                                                                                          \
		.place = KTSTR_KERNEL_PLACE_SYMBOL, .symbol = "jiffies_64"                         \
	}
#define U64                                                                                        \
	{                                                                                          \
		.format = KTSTR_KERNEL_FORMAT_U64                                                  \
	}
static const struct ktstr_kernel_write writes[] = {
	{.target = JIFFIES, .value = U64}, {.target = {.place = KTSTR_KERNEL_PLACE_UNSET}}};

REFUSED(capture_snapshot, .tag = "now");
REFUSED(watch_snapshot, .symbol = "jiffies_64");
REFUSED(write_kernel_hot, .writes = writes);
REFUSED(write_kernel_cold, .writes = writes);
REFUSED(read_kernel_hot, .tag = "now", .target = JIFFIES, .width = U64);
REFUSED(read_kernel_cold, .tag = "now", .target = JIFFIES, .width = U64);
REFUSED(attach_scheduler, .scheduler = &other);
REFUSED(detach_scheduler);
REFUSED(restart_scheduler);
REFUSED(replace_scheduler, .scheduler = &other);
REFUSED(pin_bpf_map, .map = "bss");
