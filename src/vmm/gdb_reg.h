/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of gdb_reg.def as gdb wants them: a description once, values in hex. */
#pragma once

#include "base/str.h"
#include "vmm/x86_64/state.h"

/* XML, for qXfer:features:read:target.xml. */
extern const char kt_gdb_target_xml[];

/* Append one register, or all; "xx" for each byte that is not known. false: no such one. */
bool kt_gdb_reg_add(const struct kt_x86_state *state, uint64_t number, struct kt_str *out);
void kt_gdb_regs_add(const struct kt_x86_state *state, struct kt_str *out);
