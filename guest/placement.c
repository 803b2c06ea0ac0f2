// SPDX-License-Identifier: GPL-2.0-only
/*
 * One write per line, so that a reader never sees half of one. The file is opened for each: a
 * body may close or reuse any descriptor of its process.
 */
#include "guest/placement.h"

#include <fcntl.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

bool kt_guest_placement_add(struct kt_guest_placement *p, const char *line)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str whole = {0};
	kt_str_addf(&whole, "%s\n", line);
	if (p->bytes + whole.len > KT_GUEST_PLACEMENT_BYTES)
		return false;
	KT_AUTOFD int fd =
		open(p->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write(fd, kt_str_get(&whole), whole.len) != (ssize_t)whole.len)
		return false;
	p->bytes += whole.len;
	return true;
}
