/* SPDX-License-Identifier: GPL-2.0-only */
/* Members of the result object that are lists; only sidecar.c calls them. */
#pragma once

#include "base/json_write.h"
#include "report/outcome.h"

/* duration, timings of the stages, phases and stimuli */
void kt_sidecar_times(const struct kt_outcome *o, struct kt_json_out *j);
void kt_sidecar_workers(const struct kt_outcome *o, struct kt_json_out *j);
/* what the host let the vCPUs wait */
void kt_sidecar_host(const struct kt_outcome *o, struct kt_json_out *j);
/* notes, losses, complaints of the kernel */
void kt_sidecar_findings(const struct kt_outcome *o, struct kt_json_out *j);
