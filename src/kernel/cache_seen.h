/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bytes of an entry were compared with their hashes already. Reading 30 MB anew costs
 * more than all else before a machine starts; a file whose size and times are those of the
 * comparison is what it was then, because nobody can set a file's change time.
 */
#pragma once

#include <stdbool.h>

#include "kernel/cache_meta.h"

/* Are the files below DIR those that were compared with the hashes of M? */
bool kt_kseen_is_known(const struct kt_kmeta *m, const char *dir);
/*
 * They were compared just now. NOW_NS is CLOCK_REALTIME: files younger than two seconds are
 * not noted, since the next write to them could have the same time. What cannot be noted is
 * compared again.
 */
void kt_kseen_note(const struct kt_kmeta *m, const char *dir, uint64_t now_ns);
