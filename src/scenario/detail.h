/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of detail.def: the words that the details of a result are sorted by. */
#pragma once

#include <stdbool.h>

enum kt_detail_kind {
#define DETAIL(name, says, remedy) KT_DETAIL_##name,
#include "macros/detail.def"
#undef DETAIL
	KT_DETAIL_COUNT
};

struct kt_detail_info {
	const char *name;   /* "stall" */
	const char *says;   /* one sentence */
	const char *remedy; /* "": each detail has its own, or there is none */
};

/* KIND is a row. */
const struct kt_detail_info *kt_detail_info(enum kt_detail_kind kind);
/* What is no row's name is KT_DETAIL_other. */
enum kt_detail_kind kt_detail_find(const char *name);
