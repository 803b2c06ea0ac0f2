/* SPDX-License-Identifier: GPL-2.0-only */
/* The .config that a kernel built with CONFIG_IKCONFIG carries inside itself. */
#pragma once

#include "kernel/image.h"

/*
 * Its text, malloced. NULL when the image carries none or is packed in a way that is not known
 * here (zstd and gzip are); never an error, because a config only adds to what is known.
 */
char *kt_kikconfig_read(const char *path, enum kt_kimage_kind kind);
