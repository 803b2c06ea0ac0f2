/* SPDX-License-Identifier: GPL-2.0-only */
/* Payloads and metrics of a run: their part of the text report and of the result file. */
#pragma once

#include <stdbool.h>

#include "base/json_write.h"
#include "base/str.h"
#include "report/outcome.h"

/* One line per payload; unless ALL, nothing when there are too many to be read at a glance. */
void kt_text_payloads(const struct kt_outcome *o, bool all, struct kt_str *out);
/* One line per metric. */
void kt_text_metrics(const struct kt_outcome *o, struct kt_str *out);
/* The members "payloads" and "metrics". */
void kt_sidecar_payloads(const struct kt_outcome *o, struct kt_json_out *j);
/* "higher", "lower", "target" or "unknown". */
const char *kt_polarity_name(enum ktstr_polarity polarity);
