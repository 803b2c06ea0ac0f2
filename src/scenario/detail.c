// SPDX-License-Identifier: GPL-2.0-only
/* macros/detail.def as a table. */
#include "scenario/detail.h"

#include <string.h>

static const struct kt_detail_info rows[KT_DETAIL_COUNT] = {
#define DETAIL(name, says, remedy) [KT_DETAIL_##name] = {#name, says, remedy},
#include "macros/detail.def"
#undef DETAIL
};

const struct kt_detail_info *kt_detail_info(enum kt_detail_kind kind)
{
	return &rows[kind];
}

enum kt_detail_kind kt_detail_find(const char *name)
{
	for (unsigned i = 0; i < KT_DETAIL_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return (enum kt_detail_kind)i;
	return KT_DETAIL_other;
}
