// SPDX-License-Identifier: GPL-2.0-only
/* The builder calls several times a second; in a pipe every PIPE_INTERVAL_MS is enough. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIPE_INTERVAL_MS 10000u

static struct {
	bool on_line;
	bool said;
	uint64_t said_ms;
	char phase[32];
} state;

static void format(char *buf, size_t bytes, const struct kt_kernel_progress *p)
{
	unsigned long long s = p->elapsed_ms / 1000;
	if (p->expected)
		snprintf(buf, bytes, "kernel: %s %llu/%llu (%llu%%), %llu:%02llu", p->phase,
			(unsigned long long)p->steps, (unsigned long long)p->expected,
			(unsigned long long)(p->steps * 100 / p->expected), s / 60, s % 60);
	else
		snprintf(buf, bytes, "kernel: %s, %llu:%02llu", p->phase, s / 60, s % 60);
}

void kt_cli_progress_kernel(void *unused, const struct kt_kernel_progress *p)
{
	(void)unused;
	char text[128];
	format(text, sizeof(text), p);
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "\r\033[K%s", text);
		state.on_line = true;
		return;
	}
	if (state.said && strcmp(state.phase, p->phase) == 0 &&
		p->elapsed_ms < state.said_ms + PIPE_INTERVAL_MS)
		return;
	fprintf(stderr, "ktstr: %s\n", text);
	state.said = true;
	state.said_ms = p->elapsed_ms;
	snprintf(state.phase, sizeof(state.phase), "%s", p->phase);
}

void kt_cli_progress_end(void)
{
	if (state.on_line)
		fputc('\n', stderr);
	state.on_line = false;
}
