// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel has words of its own for this (sysctl.KEY=VALUE), but only warns on the console
 * of what it cannot set; a test that runs with other settings than asked for answers another
 * question.
 */
#include "guest/sysctl.h"

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define FILE_BYTES_MAX (1u << 20)

static int apply_line(const char *proc_sys, char *line, struct kt_err *err)
{
	char *value = strchr(line, '=');
	if (!value)
		return kt_fail(err, EINVAL, "write KEY=VALUE", "sysctl '%s' has no value", line);
	*value++ = '\0';
	/* As sysctl(8): a key written with slashes may have dots in its names. */
	for (char *p = strchr(line, '/') ? NULL : line; p && *p; p++)
		if (*p == '.')
			*p = '/';
	KT_AUTOFREE char *path = kt_strf("%s/%s", proc_sys, line);
	if (!path)
		return kt_fail(err, ENOMEM, "give the machine more memory", "out of memory");
	int r = kt_fs_write_existing(path, value, NULL);
	if (r == -ENOENT)
		return kt_fail(err, ENOENT, "check its name, and that this kernel has it",
			"sysctl '%s': there is no %s", line, path);
	if (r < 0)
		return kt_fail(err, -r,
			"check the value; 'sysctl' on a machine shows what it takes",
			"sysctl '%s': the kernel refuses '%s': %s", line, value, strerror(-r));
	return 0;
}

int kt_guest_sysctl_apply(const char *path, const char *proc_sys, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (!kt_fs_exists(path))
		return 0;
	int r = kt_fs_read(path, FILE_BYTES_MAX, &text, err);
	char *rest = text.text;
	for (char *line; r == 0 && (line = strsep(&rest, "\n"));)
		if (*line)
			r = apply_line(proc_sys, line, err);
	return r;
}
