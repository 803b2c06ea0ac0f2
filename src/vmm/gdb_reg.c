// SPDX-License-Identifier: GPL-2.0-only
/* gdb numbers registers in the order of the description, so both come from the same rows. */
#include "vmm/gdb_reg.h"

#include "base/mem.h"

const char kt_gdb_target_xml[] =
	"<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
	"<target><architecture>i386:x86-64</architecture>"
#define FEATURE(name)		     "<feature name=\"" name "\">"
#define END()			     "</feature>"
#define REG(name, bits, type, value) LOST(name, bits, type)
#define LOST(name, bits, type)	     "<reg name=\"" #name "\" bitsize=\"" #bits "\" type=\"" type "\"/>"
#include "vmm/gdb_reg.def"
#undef FEATURE
#undef END
#undef REG
#undef LOST
	"</target>";

enum {
#define FEATURE(name)
#define END()
#define REG(name, bits, type, value) REG_##name,
#define LOST(name, bits, type)	     REG_##name,
#include "vmm/gdb_reg.def"
#undef REG
#undef LOST
	REG_COUNT
};

struct reg {
	unsigned bits;
	bool known;
	uint64_t value;
};

static struct reg reg_of(const struct kt_x86_state *state, unsigned number)
{
	const struct reg regs[REG_COUNT] = {
#define REG(name, bits, type, value) {bits, true, value},
#define LOST(name, bits, type)	     {bits, false, 0},
#include "vmm/gdb_reg.def"
	};
	return regs[number];
}

bool kt_gdb_reg_add(const struct kt_x86_state *state, uint64_t number, struct kt_str *out)
{
	if (number >= REG_COUNT)
		return false;
	struct reg reg = reg_of(state, (unsigned)number);
	for (unsigned i = 0; i < reg.bits / 8; i++)
		if (reg.known)
			kt_str_addf(out, "%02x", (unsigned)(reg.value >> 8 * i & 0xff));
		else
			kt_str_add(out, "xx");
	return true;
}

void kt_gdb_regs_add(const struct kt_x86_state *state, struct kt_str *out)
{
	for (unsigned number = 0; number < REG_COUNT; number++)
		kt_gdb_reg_add(state, number, out);
}
