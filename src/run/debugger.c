// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs where the user is, outside of a softkvm machine. Ctrl-C belongs to gdb while it runs:
 * both are in the terminal's foreground group.
 */
#include "run/debugger.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "vmm/vm.h"

#define GDB "gdb"

int kt_run_debugger_check(struct kt_err *err)
{
	KT_AUTOFREE char *gdb = kt_proc_which(GDB);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return kt_fail(err, ENOTTY,
			"use --keep-vm, and start gdb yourself on the .vmcore it leaves",
			"--gdb needs a terminal as standard input and output");
	if (!gdb)
		return kt_fail(err, ENOENT, "apt-get install gdb, or use --keep-vm",
			"--gdb: gdb is not in PATH");
	return 0;
}

struct search {
	const char *dir;
	char *oldest;
	struct timespec when;
};

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static int look_at(void *arg, const char *name)
{
	struct search *s = arg;
	struct stat st;
	if (!kt_ends_with(name, ".vmcore"))
		return 0;
	char *path = kt_strf("%s/%s", s->dir, name);
	if (!path || stat(path, &st) < 0 || (s->oldest && !is_older(&st.st_mtim, &s->when))) {
		free(path);
		return 0;
	}
	free(s->oldest);
	s->oldest = path;
	s->when = st.st_mtim;
	return 0;
}

static int run_gdb(const char *vmlinux, const char *core, struct kt_err *err)
{
	uint64_t offset = 0;
	(void)kt_vm_core_offset(core, &offset, NULL); /* gdb says what is wrong with the file */
	KT_AUTOFREE char *symbols =
		kt_strf("symbol-file -o %#llx \"%s\"", (unsigned long long)offset, vmlinux ?: "");
	KT_AUTOFREE char *memory = kt_strf("core-file \"%s\"", core);
	const char *argv[] = {GDB, "-q", vmlinux ? vmlinux : core, vmlinux ? core : NULL, NULL};
	const char *moved[] = {GDB, "-q", "-ex", symbols, "-ex", memory, NULL};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	KT_AUTOFD int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	KT_AUTO_DONE(kt_proc_done) struct kt_proc gdb = {0};
	struct kt_proc_spec spec = {.argv = vmlinux && offset ? moved : argv, .stdin_fd = in};
	int status;
	int r = kt_proc_spawn(&spec, &gdb, err);
	if (r < 0)
		return kt_wrap(err, r, "--gdb");
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	(void)kt_proc_wait(&gdb, 0, &status); /* how gdb ends is the user's business */
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return 0;
}

int kt_run_debugger_start(const char *run_dir, const char *vmlinux, struct kt_err *err)
{
	struct search s = {.dir = run_dir};
	int r = kt_fs_each(run_dir, look_at, &s, err);
	KT_AUTOFREE char *core = s.oldest;
	if (r < 0 || !core)
		return r;
	kt_log(KT_LOG_INFO, "gdb on %s; its 'quit' ends the run", core);
	return run_gdb(vmlinux, core, err);
}
