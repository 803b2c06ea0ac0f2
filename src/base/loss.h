/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of what was dropped, cut or skipped, one per row of macros/loss.def. Whoever
 * loses something counts it; the report shows each counter that is not zero.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum kt_loss_reason {
#define LOSS(name, sentence, fix, effect) KT_LOSS_##name,
#include "macros/loss.def"
#undef LOSS
	KT_LOSS_COUNT
};

struct kt_loss {
	uint64_t count[KT_LOSS_COUNT];
};

/* LOSS may be NULL. Saturates. An unknown REASON (from a guest) is ignored: returns false. */
bool kt_loss_add(struct kt_loss *loss, unsigned reason, uint64_t n);
const char *kt_loss_name(enum kt_loss_reason reason);
const char *kt_loss_sentence(enum kt_loss_reason reason);
const char *kt_loss_fix(enum kt_loss_reason reason);
/* Whether a verdict that depends on what was lost becomes INCONCLUSIVE. */
bool kt_loss_is_grave(enum kt_loss_reason reason);
