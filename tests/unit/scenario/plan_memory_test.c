// SPDX-License-Identifier: GPL-2.0-only
/* What the ops on the kernel's memory and on schedulers may be given, and cold writes as one. */
#include "scenario/plan_memory.h"

#include "scenario/op_info.h"
#include "scenario/plan_list.h"

#include "unit/scenario/scenario.h"

#define ONE_OP(...)    TEST_OF(.steps = STEPS(STEP(HOLD_MS(1), .ops = OPS(__VA_ARGS__))))
#define WRITES_OF(...) KERNEL_WRITES(KERNEL_WRITE(__VA_ARGS__))
#define REFUSED(text, fix, ...)                                                                    \
	do {                                                                                       \
		const struct ktstr_test t_ = ONE_OP(__VA_ARGS__);                                  \
		expect_refused(&t_, text, fix);                                                    \
	} while (0)
#define READ(...) OP(read_kernel_hot, .tag = "t", .width = KTSTR_WIDTH_U64, .target = __VA_ARGS__)

static void expect_needs(const struct ktstr_test *test, const char *text, const char *fix)
{
	struct kt_err err = {0};
	struct kt_plan *plan = NULL;
	cr_assert_eq(kt_plan_make(test, NULL, &plan, &err), -ENOSYS);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

#define NEEDS_MEMORY(...)                                                                          \
	do {                                                                                       \
		const struct ktstr_test t_ = ONE_OP(__VA_ARGS__);                                  \
		expect_needs(&t_, "needs the host's view of the memory", "leave the op out");      \
	} while (0)
#define NEEDS_SCHEDULER(...)                                                                       \
	do {                                                                                       \
		const struct ktstr_test t_ = ONE_OP(__VA_ARGS__);                                  \
		expect_needs(&t_, "needs a scheduler that the harness has started",                \
			"leave the op out");                                                       \
	} while (0)

Test(plan_memory, ops_that_are_well_formed_say_what_they_need)
{
	static const struct ktstr_sched sched = {.name = "mine", .program = "scx_mine"};
	NEEDS_MEMORY(OP(capture_snapshot, .tag = "t"));
	NEEDS_MEMORY(OP(watch_snapshot, .symbol = "jiffies_64"));
	NEEDS_MEMORY(OP(write_kernel_hot,
		.writes = WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = KTSTR_U32(1))));
	NEEDS_MEMORY(OP(write_kernel_cold,
		.writes = WRITES_OF(.target = KERNEL_PER_CPU("runqueues", "clock", 7),
			.value = KTSTR_OR_U32(1))));
	NEEDS_MEMORY(READ(KERNEL_TASK(4, 99, "scx.weight")));
	NEEDS_MEMORY(OP(read_kernel_cold, .tag = "t", .width = KTSTR_WIDTH_BYTES(16),
		.target = KERNEL_VIRTUAL(0xffffc90000000000)));
	NEEDS_SCHEDULER(OP(attach_scheduler, .scheduler = &sched));
	NEEDS_SCHEDULER(OP(detach_scheduler));
	NEEDS_SCHEDULER(OP(restart_scheduler));
	NEEDS_SCHEDULER(OP(replace_scheduler, .scheduler = &sched));
	NEEDS_SCHEDULER(OP(pin_bpf_map, .map = "fifteen_bytes_x"));
}

static void ask(struct ktstr_ctx *ctx)
{
	cr_assert_eq(DO(ctx, capture_snapshot, .tag = "t"), -ENOSYS);
}

Test(plan_memory, a_body_is_told_the_same)
{
	const struct ktstr_test t = TEST_OF(.body = ask);
	struct fake_env f;
	fake_env_init(&f);
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"),
		"op capture_snapshot of the body failed: capture_snapshot needs the host's view"));
	fake_env_done(&f);
}

Test(plan_memory, tags_must_be_there_and_not_too_long)
{
	static char longer[200];
	memset(longer, 'x', sizeof(longer) - 1);
	REFUSED("op 0 (capture_snapshot): its tag is empty", "write .tag", OP(capture_snapshot));
	REFUSED("its tag is empty", "write .tag", OP(read_kernel_hot, .tag = ""));
	REFUSED("has 199 bytes", "at most 127", OP(capture_snapshot, .tag = longer));
}

Test(plan_memory, a_loop_may_not_hold_a_snapshot)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(10),
						    .ops = OPS(OP(capture_snapshot, .tag = "t")))));
	expect_refused(&t, "snapshot 't' would stop all CPUs in every round of the loop",
		"in a step without a loop");
}

Test(plan_memory, symbols_look_like_symbols)
{
	static char longer[600];
	memset(longer, 'x', sizeof(longer) - 1);
	REFUSED("its symbol is empty", "nm vmlinux", OP(watch_snapshot));
	REFUSED("'a b' is no symbol: it has the byte ' '", "nm vmlinux",
		OP(watch_snapshot, .symbol = "a b"));
	REFUSED("has 599 bytes", "nm vmlinux", OP(watch_snapshot, .symbol = longer));
}

Test(plan_memory, map_names_end_where_the_kernel_ends_them)
{
	REFUSED("the map's name is empty", "write .map", OP(pin_bpf_map));
	REFUSED("has 16 bytes, but the kernel keeps only 15", "\"sixteen_bytes_x\"",
		OP(pin_bpf_map, .map = "sixteen_bytes_xx"));
}

Test(plan_memory, schedulers_have_a_plain_name_and_a_program)
{
	static char longer[130];
	memset(longer, 'x', sizeof(longer) - 1);
	static const struct ktstr_sched unnamed = {.program = "p"}, hidden = {".x", "p", NULL},
					path = {"a/b", "p", NULL}, back = {"a\\b", "p", NULL},
					idle = {"x", NULL, NULL}, too_long = {longer, "p", NULL};
	REFUSED("no scheduler is given", ".scheduler = &NAME", OP(attach_scheduler));
	REFUSED("has no name", "plain name", OP(attach_scheduler, .scheduler = &unnamed));
	REFUSED("begins with '.'", "plain name", OP(replace_scheduler, .scheduler = &hidden));
	REFUSED("has a separator", "plain name", OP(attach_scheduler, .scheduler = &path));
	REFUSED("has a separator", "plain name", OP(attach_scheduler, .scheduler = &back));
	REFUSED("scheduler 'x' has no program", ".program",
		OP(attach_scheduler, .scheduler = &idle));
	REFUSED("has 129 bytes", "at most 128 bytes", OP(attach_scheduler, .scheduler = &too_long));
	longer[128] = '\0';
	NEEDS_SCHEDULER(OP(attach_scheduler, .scheduler = &too_long));
}

Test(plan_memory, places_are_complete)
{
	REFUSED("no place in the kernel is given", "KTSTR_KERNEL_SYMBOL", READ({0}));
	REFUSED("its symbol is empty", "nm vmlinux", READ(KERNEL_SYMBOL(NULL)));
	REFUSED("has no field", "name a member", READ(KERNEL_PER_CPU("runqueues", "", 0)));
	REFUSED("the type of per-CPU symbol 'x' is not known", "runqueues",
		READ(KERNEL_PER_CPU("x", "f", 0)));
	REFUSED("CPU 8 does not exist: the machine has 8", "topology",
		READ(KERNEL_PER_CPU("runqueues", "clock", 8)));
	REFUSED("0x1000 is no address of the kernel", "0xffff", READ(KERNEL_DIRECT(0x1000)));
	REFUSED("0x0 is no address of the kernel", "0xffff", READ(KERNEL_VIRTUAL(0)));
	REFUSED("0 is no task", "pid", READ(KERNEL_TASK(0, 1, "f")));
	REFUSED("task 4 has no start time", "field 22", READ(KERNEL_TASK(4, 0, "f")));
	REFUSED("has no field", "name a member", READ(KERNEL_TASK(4, 1, NULL)));
}

Test(plan_memory, a_read_says_how_much)
{
#define READ_OF(...) OP(read_kernel_cold, .tag = "t", .target = KERNEL_SYMBOL("x"), __VA_ARGS__)
	REFUSED("how much to read is not given", "KTSTR_WIDTH_U32", READ_OF(.width = {0}));
	REFUSED("how much to read is not given", "KTSTR_WIDTH_U32",
		READ_OF(.width = KTSTR_OR_U32(1)));
	REFUSED("0 bytes are not possible", "1 to 4096", READ_OF(.width = KTSTR_WIDTH_BYTES(0)));
	REFUSED("4097 bytes", "1 to 4096", READ_OF(.width = KTSTR_WIDTH_BYTES(4097)));
}

Test(plan_memory, writes_are_complete)
{
#define HOT(...) OP(write_kernel_hot, .writes = __VA_ARGS__)
	REFUSED("there is nothing to write", "KTSTR_KERNEL_WRITES", OP(write_kernel_hot));
	REFUSED("write 0: no value is given", "KTSTR_U32",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = {0})));
	REFUSED("write 1 has a value but no place", "KTSTR_KERNEL_WRITE",
		HOT(KERNEL_WRITES(KERNEL_WRITE(.target = KERNEL_SYMBOL("x"), .value = KTSTR_U32(1)),
			KERNEL_WRITE(.target = {0}, .value = KTSTR_U32(2)))));
	REFUSED("write 0: 4294967296 does not fit into 32 bits", "KTSTR_U64",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = KTSTR_U32(1ull << 32))));
	REFUSED("does not fit into 32 bits", "KTSTR_U64",
		OP(write_kernel_cold, .writes = WRITES_OF(.target = KERNEL_SYMBOL("x"),
					      .value = KTSTR_OR_U32(1ull << 32))));
	REFUSED("bits cannot be set in memory that the kernel changes meanwhile",
		"write_kernel_cold",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = KTSTR_OR_U32(1))));
	REFUSED("0 bytes are not possible", "1 to 4096",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = KTSTR_BYTES(""))));
	REFUSED("the bytes to write are not given", "KTSTR_BYTES",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL("x"),
			.value = {.format = KTSTR_KERNEL_FORMAT_BYTES, .byte_count = 2})));
	REFUSED("its symbol is empty", "nm vmlinux",
		HOT(WRITES_OF(.target = KERNEL_SYMBOL(""), .value = KTSTR_U32(1))));
}

#define COLD(n)                                                                                    \
	OP(write_kernel_cold,                                                                      \
		.writes = WRITES_OF(.target = KERNEL_SYMBOL("x"), .value = KTSTR_U32(n)))

/* The ops of LIST after merging: kind and, of cold writes, the numbers. */
static void expect_merged(const struct ktstr_op *list, const char *expected)
{
	const struct kt_topo topo = {1, 2, 4, 1};
	struct kt_plan_op *ops = NULL;
	size_t count = 0;
	struct kt_err err = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str got = {0};
	cr_assert_eq(kt_plan_take_ops(&topo, list, &ops, &count, &err), 0, "%s", err.text);
	cr_assert_eq(kt_plan_merge_cold_writes(ops, &count, &err), 0, "%s", err.text);
	for (size_t i = 0; i < count; i++) {
		kt_str_addf(&got, "%zu:%s", ops[i].index, kt_op_name(ops[i].kind));
		for (size_t j = 0; j < ops[i].writes.count; j++)
			kt_str_addf(&got, " %llu",
				(unsigned long long)ops[i].writes.items[j].value.number);
		kt_str_add(&got, "\n");
	}
	kt_plan_ops_free(ops, count);
	cr_assert_str_eq(kt_str_get(&got), expected);
}

Test(plan_memory, cold_writes_that_follow_each_other_become_one)
{
	expect_merged(OPS(COLD(1), COLD(2), COLD(3)), "0:write_kernel_cold 1 2 3\n");
}

Test(plan_memory, any_other_op_is_a_barrier_between_cold_writes)
{
	expect_merged(OPS(COLD(1), OP(add_cgroup, .name = "a"), COLD(2), COLD(3),
			      OP(write_kernel_hot, .writes = WRITES_OF(.target = KERNEL_SYMBOL("x"),
							   .value = KTSTR_U32(4))),
			      COLD(5)),
		"0:write_kernel_cold 1\n1:add_cgroup\n2:write_kernel_cold 2 3\n"
		"4:write_kernel_hot 4\n5:write_kernel_cold 5\n");
}
