/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frequency of the host's time stamp counter. Emulated CPUs read that counter, and a starved
 * machine would measure it wrongly while it boots; so the launcher tells it.
 */
#pragma once

#include <stdint.h>

/* Measured over 10 ms; 0 on architectures without such a counter. */
uint64_t kt_softkvm_tsc_khz(void);
