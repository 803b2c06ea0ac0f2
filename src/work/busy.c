// SPDX-License-Identifier: GPL-2.0-only
/* The first lines of /proc/stat are of the CPUs; they are read through one fixed buffer. */
#include "work/busy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "work/step.h"

#define FIELDS	   8u /* user nice system idle iowait irq softirq steal */
#define FIELD_IDLE 3u
#define FIELD_WAIT 4u
#define READ_BYTES 32768u /* of about 300 CPUs; the others are left out */

bool kt_busy_line(const char *line, unsigned *ret_cpu, struct kt_busy *ret)
{
	char *at;
	if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9')
		return false;
	unsigned long cpu = strtoul(line + 3, &at, 10);
	struct kt_busy sum = {0};
	for (unsigned i = 0; i < FIELDS; i++) {
		if (*at != ' ')
			return false;
		uint64_t ticks = strtoull(at, &at, 10);
		sum.all += ticks;
		sum.busy += i == FIELD_IDLE || i == FIELD_WAIT ? 0 : ticks;
	}
	*ret_cpu = (unsigned)KT_MIN(cpu, KT_CPUS_MAX);
	*ret = sum;
	return true;
}

void kt_busy_read(struct kt_busy *ret)
{
	static const char stat[] = "/proc/stat";
	char text[READ_BYTES];
	struct kt_cpus mine = {0};
	*ret = (struct kt_busy){0};
	KT_AUTOFD int fd = open(stat, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 || !kt_worker_cpus(&mine) ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n")) && rest;) {
		struct kt_busy of;
		unsigned cpu;
		if (!kt_busy_line(line, &cpu, &of) || cpu >= KT_CPUS_MAX ||
			!kt_cpus_has(&mine, cpu))
			continue;
		ret->busy += of.busy;
		ret->all += of.all;
	}
}

double kt_busy_pct(const struct kt_busy *from, const struct kt_busy *to)
{
	if (to->all <= from->all || to->busy < from->busy)
		return 0;
	return 100.0 * (double)(to->busy - from->busy) / (double)(to->all - from->all);
}
