// SPDX-License-Identifier: GPL-2.0-only
/* Two files of /proc/PID, read whole and taken apart. */
#include "scenario/task_stat.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define FILE_BYTES     4096u
#define CPU_FIELD      39 /* "processor", the fields counted from 1 */
#define FIELD_OF_STATE 3  /* the first behind the name */

static int read_file(pid_t pid, const char *file, struct kt_str *ret)
{
	char path[64];
	struct kt_err ignored; /* a task that is gone is not known, which is all there is to say */
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return pid > 0 ? kt_fs_read(path, FILE_BYTES, ret, &ignored) : -ESRCH;
}

uint64_t kt_task_run_ns(pid_t pid)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	return read_file(pid, "schedstat", &text) < 0 ? 0 : strtoull(kt_str_get(&text), NULL, 10);
}

int kt_task_cpu_of_stat(const char *line)
{
	const char *p = strrchr(line, ')');
	for (int field = FIELD_OF_STATE - 1; p && field < CPU_FIELD; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	char *end = NULL;
	long cpu = p ? strtol(p, &end, 10) : -1;
	return p && end != p && cpu >= 0 && cpu <= INT_MAX ? (int)cpu : -1;
}

int kt_task_last_cpu(pid_t pid)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	return read_file(pid, "stat", &text) < 0 ? -1 : kt_task_cpu_of_stat(kt_str_get(&text));
}
