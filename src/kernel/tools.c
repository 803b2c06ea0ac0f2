// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel build needs, as a table of program or header and Debian package. */
#include "kernel/tools.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/proc.h"

#define TOOL_LIMIT_MS 30000

struct tool {
	const char *name;    /* program, or header when it ends in .h */
	const char *package; /* of Debian */
	const char *suffix;  /* needed only for a tarball with this ending; NULL: always */
};

static const struct tool tools[] = {
	{"make", "make", NULL},
	{"gcc", "gcc", NULL},
	{"ld", "binutils", NULL},
	{"objcopy", "binutils", NULL},
	{"flex", "flex", NULL},
	{"bison", "bison", NULL},
	{"bc", "bc", NULL},
	{"awk", "mawk", NULL},
	{"pahole", "pahole", NULL},
	{"zstd", "zstd", NULL},		/* KERNEL_ZSTD */
	{"gelf.h", "libelf-dev", NULL}, /* objtool */
	{"openssl/opensslv.h", "libssl-dev", NULL},
	{"tar", "tar", NULL},
	{"xz", "xz-utils", ".xz"},
	{"gzip", "gzip", ".gz"},
	{"gzip", "gzip", ".tgz"},
	{"bzip2", "bzip2", ".bz2"},
};

static bool have_header(const char *name)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	const char *const argv[] = {
		"gcc", "-fsyntax-only", "-x", "c", "-include", name, "/dev/null", NULL};
	return kt_proc_capture(argv, true, kt_deadline_ms(TOOL_LIMIT_MS), &out, NULL) == 0;
}

static bool have_tool(const struct tool *t)
{
	if (kt_ends_with(t->name, ".h"))
		return have_header(t->name);
	KT_AUTOFREE char *path = kt_proc_which(t->name);
	return path != NULL;
}

int kt_ktools_check(const char *source_path, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str names = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str packages = {0};
	for (size_t i = 0; i < KT_ARRAY_LEN(tools); i++) {
		const struct tool *t = &tools[i];
		if ((t->suffix && !kt_ends_with(source_path, t->suffix)) || have_tool(t))
			continue;
		kt_str_addf(&names, "%s%s", names.len ? ", " : "", t->name);
		if (!strstr(kt_str_get(&packages), t->package))
			kt_str_addf(&packages, " %s", t->package);
	}
	if (!names.len)
		return 0;
	kt_fail(err, ENOENT, "install them", "building a kernel needs what is not here: %s",
		kt_str_get(&names));
	kt_fix(err, "run as root: apt-get install -y%s", kt_str_get(&packages));
	return -ENOENT;
}

int kt_ktools_versions(char **ret, struct kt_err *err)
{
	static const char *const deciding[] = {"gcc", "ld", "pahole"};
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0};
	for (size_t i = 0; i < KT_ARRAY_LEN(deciding); i++) {
		KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
		const char *const argv[] = {deciding[i], "--version", NULL};
		int r = kt_proc_capture(argv, false, kt_deadline_ms(TOOL_LIMIT_MS), &out, err);
		if (r < 0)
			return r;
		kt_str_addf(&all, "%s%.*s", i ? "; " : "", (int)strcspn(kt_str_get(&out), "\r\n"),
			kt_str_get(&out));
	}
	*ret = kt_str_take(&all);
	return *ret ? 0 : kt_fail(err, ENOMEM, "free some memory", "out of memory");
}
