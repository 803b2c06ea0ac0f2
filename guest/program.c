// SPDX-License-Identifier: GPL-2.0-only
/* Reads the table anew each time: programs are started rarely. */
#include "guest/program.h"

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "payload/find.h"

#define FILE_BYTES_MAX (4u << 20)
#define FIX_MEMORY     "give the machine more memory"

static int fail_missing(const char *program, struct kt_err *err)
{
	return kt_fail(err, ENOENT,
		"name its payload in the test: .payloads = KTSTR_PAYLOADS(&it), so that the "
		"program is put into the machine",
		"program '%s' is not in this machine", program);
}

int kt_guest_program_find(const char *table, const char *program, char **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (!table)
		return kt_payload_find(program, ret, err);
	int r = kt_fs_exists(table) ? kt_fs_read(table, FILE_BYTES_MAX, &text, err) : 0;
	if (r < 0)
		return r;
	char *rest = text.text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *path = strchr(line, '\t');
		if (!path)
			continue;
		*path++ = '\0';
		if (strcmp(line, program))
			continue;
		char *found = strdup(path);
		if (!found)
			return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
		*ret = found;
		return 0;
	}
	return fail_missing(program, err);
}
