/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What probably ails a kernel that did not come as far as running the test program, by what it
 * said on its console. Where nothing is known of its .config, the boot itself must tell.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct kt_ksymptom {
	const char *cause; /* a clause: "the kernel did not take the initramfs" */
	const char *fix;
};

/*
 * CONSOLE is all that the kernel said, "" when it said nothing. Always names something; of a
 * console without a known symptom what is left to suspect.
 */
struct kt_ksymptom kt_ksymptom_of(const char *console);
