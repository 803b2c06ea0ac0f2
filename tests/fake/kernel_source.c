// SPDX-License-Identifier: GPL-2.0-only
/* The smallest tree that goes through the whole build path: make, merge_config.sh, objcopy. */
#include "fake/kernel_source.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define AWAIT_MS 60000

static const char makefile[] =
	"OBJ := $(abspath $(O))\n"
	"tinyconfig:\n"
	"\t@echo '# tiny' > $(OBJ)/.config\n"
	"olddefconfig:\n"
	"\t@[ ! -f drop ] || { grep -v -w -F -f drop $(OBJ)/.config > $(OBJ)/new; "
	"mv $(OBJ)/new $(OBJ)/.config; }\n"
	"vmlinux:\n"
	"\t@echo built >> ../builds\n"
	"\t@while [ -f ../hold ]; do sleep 0.02; done\n"
	"\t@echo '  CC      kernel/sched/core.o'\n"
	"\t@[ ! -f fail ] || { cat fail; exit 2; }\n"
	"\t@mkdir -p $(OBJ)/include/config\n"
	"\t@echo 6.12.9-fake > $(OBJ)/include/config/kernel.release\n"
	"\t@echo 'int fake;' | gcc -g -c -x c -o $(OBJ)/vmlinux -\n"
	"\t@echo '  LD      vmlinux'\n"
	"bzImage:\n"
	"\t@mkdir -p $(OBJ)/arch/x86/boot\n"
	"\t@echo image > $(OBJ)/arch/x86/boot/bzImage\n"
	".PHONY: tinyconfig olddefconfig vmlinux bzImage\n";

/* Called as merge_config.sh -m .config FRAGMENT... */
static const char merge_config[] = "shift 2\ncat \"$@\" >> .config\n";

void kt_fake_write(const char *dir, const char *name, const char *text)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	cr_assert_not_null(path);
	*strrchr(path, '/') = '\0';
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_mkdirs(path, &err), 0, "%s", err.text);
	path[strlen(path)] = '/';
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), &err), 0, "%s", err.text);
}

void kt_fake_ksource_init(struct kt_fake_ksource *f)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-fake-", &f->top, &err), 0, "%s", err.text);
	f->source = kt_strf("%s/linux", f->top);
	f->cache = kt_strf("%s/cache", f->top);
	f->hold = kt_strf("%s/hold", f->top);
	f->builds = kt_strf("%s/builds", f->top);
	kt_fake_write(f->source, "Makefile", makefile);
	kt_fake_write(f->source, "Kconfig", "# none\n");
	kt_fake_write(f->source, "scripts/kconfig/merge_config.sh", merge_config);
	setenv("KTSTR_CACHE_DIR", f->cache, 1);
	unsetenv("KTSTR_KERNEL");
}

void kt_fake_ksource_done(struct kt_fake_ksource *f)
{
	kt_fs_remove_tree(f->top, NULL);
	free(f->top);
	free(f->source);
	free(f->cache);
	free(f->hold);
	free(f->builds);
}

unsigned kt_fake_lines(const char *path)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	unsigned lines = 0;
	if (kt_fs_read(path, 1 << 20, &text, NULL) < 0)
		return 0;
	for (const char *p = kt_str_get(&text); (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

void kt_fake_shell(const char *dir, const char *command)
{
	KT_AUTOFREE char *line = kt_strf("cd '%s' && %s", dir, command);
	cr_assert_not_null(line);
	cr_assert_eq(system(line), 0, "%s", line);
}

bool kt_fake_exists(const char *fmt, ...)
{
	char pattern[PATH_MAX];
	glob_t g = {0};
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, ap);
	va_end(ap);
	bool found = glob(pattern, 0, NULL, &g) == 0;
	globfree(&g);
	return found;
}

void kt_fake_await(const char *pattern)
{
	uint64_t deadline = kt_deadline_ms(AWAIT_MS);
	while (!kt_fake_exists("%s", pattern)) {
		cr_assert_not(kt_deadline_passed(deadline), "'%s' did not appear", pattern);
		kt_sleep_until(kt_deadline_ms(10));
	}
}
