/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small builder of AML, the bytecode of ACPI's DSDT: named objects, devices and the
 * resources of a memory-mapped device. Each call appends to a kt_str used as byte buffer.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

/* NAME is a segment of up to four characters, with a leading '\' for the root. */
void kt_aml_name(struct kt_str *out, const char *name); /* DefName; its value follows */
void kt_aml_integer(struct kt_str *out, uint64_t value);
void kt_aml_string(struct kt_str *out, const char *text);
/* Package of COUNT integers. */
void kt_aml_package(struct kt_str *out, const uint64_t *values, unsigned count);
/* Wrap BODY, AML itself. */
void kt_aml_scope(struct kt_str *out, const char *name, const struct kt_str *body);
void kt_aml_device(struct kt_str *out, const char *name, const struct kt_str *body);
/* _CRS value: a fixed memory range and one interrupt, level, active high. */
void kt_aml_resources(struct kt_str *out, uint32_t base, uint32_t bytes, uint32_t gsi);
