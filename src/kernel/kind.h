/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kind of build a kernel is, by its .config: a variant needs more time and memory, every
 * result names it, and what a configuration lacks is said before anything boots. find.c calls it.
 */
#pragma once

#include "kernel/find.h"

/*
 * Find the .config of K and fill kind, slowness, memory and config_text; config too when it is
 * a file beside the image. Of an entry it is the entry's; of an image the one inside it, which
 * cannot be outdated, then DIR/config-RELEASE, DIR/.config, DIR/config. -ENOMEM only.
 */
int kt_kernel_learn(struct kt_kernel *k, struct kt_err *err);
