/* SPDX-License-Identifier: GPL-2.0-only */
/* The text form of a topology: "2n4l4c2t" = 2 nodes, 4 LLCs in all, 4 cores per LLC, 2 threads. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "topo/model.h"

#define KT_TOPO_TEXT_BYTES 48

/* All four parts, in this order; also checked with kt_topo_check(). 0 or -EINVAL. */
int kt_topo_parse(const char *text, struct kt_topo *ret, struct kt_err *err);
/* Writes at most KT_TOPO_TEXT_BYTES into BUF and returns it. */
const char *kt_topo_text(const struct kt_topo *t, char buf[KT_TOPO_TEXT_BYTES]);
