/* SPDX-License-Identifier: GPL-2.0-only */
/* The file systems of the machine, from one table. Called by init.c. */
#pragma once

#include "base/err.h"

/*
 * Mount all rows. A required one that fails is the error, with the kernel's option; for an
 * optional one NOTE is called with a sentence.
 */
int kt_guest_mount_all(void (*note)(void *arg, const char *text), void *arg, struct kt_err *err);
