/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text into XML 1.0, whatever its bytes: markup is escaped, bytes that are not UTF-8 become
 * U+FFFD, and characters that XML cannot hold, escaped or not, are left out.
 */
#pragma once

#include <stddef.h>

#include "base/str.h"

/* Between tags. */
void kt_xml_text(struct kt_str *out, const char *text, size_t bytes);
/* A blank, NAME="TEXT", with the line ends and tabs of TEXT kept. NULL is the empty text. */
void kt_xml_attr(struct kt_str *out, const char *name, const char *text);
