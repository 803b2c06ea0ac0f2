// SPDX-License-Identifier: GPL-2.0-only
/* The rows of loss.def as a table, and saturating counters. */
#include "base/loss.h"

enum effect { EFFECT_note, EFFECT_inconclusive };

static const struct {
	const char *name, *sentence, *fix;
	enum effect effect;
} rows[KT_LOSS_COUNT] = {
#define LOSS(name, sentence, fix, effect) {#name, sentence, fix, EFFECT_##effect},
#include "macros/loss.def"
#undef LOSS
};

bool kt_loss_add(struct kt_loss *loss, unsigned reason, uint64_t n)
{
	if (reason >= KT_LOSS_COUNT)
		return false;
	if (loss && __builtin_add_overflow(loss->count[reason], n, &loss->count[reason]))
		loss->count[reason] = UINT64_MAX;
	return true;
}

const char *kt_loss_name(enum kt_loss_reason reason)
{
	return rows[reason].name;
}

const char *kt_loss_sentence(enum kt_loss_reason reason)
{
	return rows[reason].sentence;
}

const char *kt_loss_fix(enum kt_loss_reason reason)
{
	return rows[reason].fix;
}

bool kt_loss_is_grave(enum kt_loss_reason reason)
{
	return rows[reason].effect == EFFECT_inconclusive;
}
