/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches the kernel's console for a panic, so that a dead guest ends its run at once.
 * Judging what else is said there is the report's work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KT_VMM_LINE_BYTES 256u

/* Zero bytes are a watcher that saw nothing. */
struct kt_vmm_console {
	char line[KT_VMM_LINE_BYTES]; /* current line, cut where it is longer */
	size_t len;
	bool panic;			    /* the panic line was seen */
	bool panic_over;		    /* the kernel said all it will say */
	char panic_line[KT_VMM_LINE_BYTES]; /* from "Kernel panic" on */
};

void kt_vmm_console_feed(struct kt_vmm_console *c, const void *data, size_t bytes);
