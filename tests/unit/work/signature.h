/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is seen of a kind from outside, as one text per role: the system calls it makes, how many
 * units an iteration has, whether wake-ups were measured, the pages it has, its metrics and its
 * note.
 */
#pragma once

#include <linux/capability.h>

#include "unit/work/trace.h"

#define SIGNATURE_BYTES 512u

/* Without the right to real-time policies and better nice values, on every machine alike. */
static inline void drop_precedence(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	cr_assert_eq(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1u << CAP_SYS_NICE);
	data[0].permitted &= ~(1u << CAP_SYS_NICE);
	cr_assert_eq(syscall(SYS_capset, &header, data), 0);
	struct rlimit none = {0};
	cr_assert_eq(setrlimit(RLIMIT_RTPRIO, &none), 0);
	cr_assert_eq(setrlimit(RLIMIT_NICE, &none), 0);
}

static inline void add_text(char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void add_text(char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text + len, SIGNATURE_BYTES - len, fmt, ap);
	va_end(ap);
}

static inline void signature_of(const struct kt_work *w, const struct trace *t,
	const struct kt_work_result *r, size_t i, char *ret)
{
	const struct kt_work_slot *slot = &w->shared->slots[i];
	trace_text(t, i, 5, ret, SIGNATURE_BYTES);
	uint64_t units = r->iterations ? (r->work_units + r->iterations / 2) / r->iterations : 0;
	add_text(ret, "|%lu", (unsigned long)units);
	add_text(ret, "|%s|", r->wakes ? "wakes" : "");
	if (r->measured & KT_WORK_HAS_PAGES)
		add_text(ret, "%lu", (unsigned long)r->pages_total);
	add_text(ret, "|");
	for (uint32_t m = 0; m < atomic_load(&slot->metric_count); m++)
		add_text(ret, "%s%s", m ? " " : "", slot->metrics[m].name);
	add_text(ret, "|%s", slot->note);
}
