/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of their own that kinds of work put into their worker's slot. Plain data. */
#pragma once

#define KT_WORK_METRICS_MAX 32u /* of one worker */

/* No padding, because reports have a checksum. */
struct kt_work_metric {
	char name[32];
	char unit[16]; /* "" is a plain number */
	double value;
};
