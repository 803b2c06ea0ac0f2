// SPDX-License-Identifier: GPL-2.0-only
/* Whole lines only: the guest prints the reason behind the colon in the same line. */
#include "vmm/console.h"

#include <stdio.h>
#include <string.h>

#define PANIC	   "Kernel panic - not syncing"
#define PANIC_OVER "---[ end Kernel panic"

static void judge(struct kt_vmm_console *c)
{
	c->line[c->len] = '\0';
	if (strstr(c->line, PANIC_OVER)) {
		c->panic = true;
		c->panic_over = true;
	} else if (!c->panic_line[0]) {
		const char *at = strstr(c->line, PANIC);
		if (at) {
			c->panic = true;
			snprintf(c->panic_line, sizeof(c->panic_line), "%s", at);
		}
	}
	c->len = 0;
}

void kt_vmm_console_feed(struct kt_vmm_console *c, const void *data, size_t bytes)
{
	const char *p = data;
	for (size_t i = 0; i < bytes; i++) {
		if (p[i] == '\n')
			judge(c);
		else if (p[i] != '\r' && p[i] && c->len < sizeof(c->line) - 1)
			c->line[c->len++] = p[i];
	}
}
