// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/gdb_reg.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static const char *reg(const struct kt_x86_state *state, unsigned number)
{
	static struct kt_str text;
	kt_str_cut(&text, 0);
	return kt_gdb_reg_add(state, number, &text) ? kt_str_get(&text) : "none";
}

/* The number gdb gives a register of the description, and its size. */
static unsigned number_of(const char *name, unsigned *ret_bits)
{
	char with_quotes[32];
	unsigned number = 0;
	snprintf(with_quotes, sizeof(with_quotes), "\"%s\"", name);
	for (const char *at = kt_gdb_target_xml; (at = strstr(at, "<reg name=")); number++) {
		at += strlen("<reg name=");
		if (!strncmp(at, with_quotes, strlen(with_quotes))) {
			cr_assert_eq(sscanf(strstr(at, "bitsize="), "bitsize=\"%u\"", ret_bits), 1);
			return number;
		}
	}
	cr_assert(false, "%s is not described", name);
	return 0;
}

Test(gdb_reg, numbers_are_those_of_the_description)
{
	const struct kt_x86_state state = {
		.regs = {.rax = 0x1122334455667788, .rip = 0xffffffff81000000, .rflags = 0x246},
		.sregs = {.cs.selector = 0x10,
			.gs.base = 0xffff888000000000,
			.cr2 = 0xdead,
			.efer = 0xd01},
		.kernel_gs_base = 7,
		.lstar = 9,
	};
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"rax", "8877665544332211"},
		{"rip", "00000081ffffffff"},
		{"eflags", "46020000"},
		{"cs", "10000000"},
		{"st7", "xxxxxxxxxxxxxxxxxxxx"},
		{"gs_base", "000000008088ffff"},
		{"k_gs_base", "0700000000000000"},
		{"cr2", "adde000000000000"},
		{"efer", "010d000000000000"},
		{"lstar", "0900000000000000"},
	};
	unsigned bits = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned number = number_of(rows[i].name, &bits);
		cr_assert_str_eq(reg(&state, number), rows[i].value, "%s", rows[i].name);
		cr_assert_eq(strlen(rows[i].value), bits / 4, "%s", rows[i].name);
	}
	cr_assert_eq(number_of("rip", &bits), 16, "as gdb has it without a description");
	cr_assert_eq(number_of("xmm0", &bits), 40);
}

Test(gdb_reg, all_are_given_in_their_order)
{
	const struct kt_x86_state state = {.regs = {.rax = 1, .rbx = 2}, .lstar = 3};
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0}, one_by_one = {0};
	kt_gdb_regs_add(&state, &all);
	uint64_t number = 0;
	while (kt_gdb_reg_add(&state, number, &one_by_one))
		number++;
	cr_assert_gt(number, 60);
	cr_assert_str_eq(kt_str_get(&all), kt_str_get(&one_by_one));
	cr_assert(!kt_gdb_reg_add(&state, UINT64_MAX, &all));
}
