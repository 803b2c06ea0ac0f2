/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and times as the sentences of a report write them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KT_FORMAT_BYTES 40

/* "51234", "44.9", "0.25", "0.00031": whole from 100 on, two digits below 1. Returns BUF. */
const char *kt_format_number(double v, char buf[KT_FORMAT_BYTES]);
/* "731 ms" up to 10 s, then "12.3 s"; "0.4 ms" below 10 ms. Returns BUF. */
const char *kt_format_ns(uint64_t ns, char buf[KT_FORMAT_BYTES]);
/* "3.0 s", for durations of tests and sums of CPU time. Returns BUF. */
const char *kt_format_seconds(uint64_t ns, char buf[KT_FORMAT_BYTES]);
