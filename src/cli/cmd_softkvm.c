// SPDX-License-Identifier: GPL-2.0-only
/* `ktstr softkvm exec`: any command in the machine that offers KVM. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/logsink.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "kernel/cache.h"
#include "run/interrupt.h"
#include "run/kernel.h"
#include "softkvm/launch.h"

struct exec {
	KT_VEC(const char *) rw_dirs;
	KT_VEC(int) fds;
	uint64_t cpus, ram_mib, boot_ms;
	bool build_kernel, verbose, help;
};

static int set_rw(void *target, const char *value, struct kt_err *err)
{
	struct exec *e = target;
	if (kt_vec_push(&e->rw_dirs, value) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "--rw: out of memory");
	return 0;
}

/* Checked at once: later the number could be that of a file which ktstr opened itself. */
static int set_fd(void *target, const char *value, struct kt_err *err)
{
	struct exec *e = target;
	uint64_t fd;
	int r = kt_parse_u64(value, 3, KT_SOFTKVM_OUT_FD_MAX, "--fd", &fd, err);
	r = r < 0 ? r : kt_softkvm_out_fd_check((int)fd, err);
	if (r < 0)
		return r;
	kt_vec_each(it, &e->fds)
		if (*it == (int)fd)
			return kt_fail(err, EINVAL, "name each descriptor once",
				"--fd %d is given twice", *it);
	if (e->fds.count == KT_SOFTKVM_OUT_FDS_MAX)
		return kt_fail(err, E2BIG, "write to files in a folder shared with --rw",
			"--fd: a machine takes %u descriptors", KT_SOFTKVM_OUT_FDS_MAX);
	if (kt_vec_push(&e->fds, (int)fd) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "--fd: out of memory");
	return 0;
}

static int set_cpus(void *target, const char *value, struct kt_err *err)
{
	return kt_parse_u64(value, 1, 255, "--cpus", &((struct exec *)target)->cpus, err);
}

static int set_memory(void *target, const char *value, struct kt_err *err)
{
	return kt_parse_u64(
		value, 256, 1u << 20, "--memory", &((struct exec *)target)->ram_mib, err);
}

static int set_boot(void *target, const char *value, struct kt_err *err)
{
	return kt_parse_duration_ms(
		value, "--boot-timeout", &((struct exec *)target)->boot_ms, err);
}

static int set_build_kernel(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct exec *)target)->build_kernel = true;
	return 0;
}

static int set_verbose(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct exec *)target)->verbose = true;
	return 0;
}

static int set_help(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct exec *)target)->help = true;
	return 0;
}

static const struct kt_cli_option options[] = {
	{"rw", 0, "DIR", "a folder the command may write to, at its own path; may be repeated",
		set_rw},
	{"fd", 0, "N",
		"an open descriptor the command may write to, by the same number; may be repeated",
		set_fd},
	{"cpus", 0, "N", "CPUs of the machine (those of this process, at most 16)", set_cpus},
	{"memory", 0, "MIB", "its memory (half of what is available, within bounds)", set_memory},
	{"boot-timeout", 0, "TIME", "how long it may take until the command runs (120s)", set_boot},
	{"build-kernel", 0, NULL, "build the default kernel when there is none yet",
		set_build_kernel},
	{"verbose", 'v', NULL, "say what is done", set_verbose},
	{"help", 'h', NULL, "this text", set_help},
};

static int find_kernel(const struct exec *e, struct kt_kernel **ret, struct kt_err *err)
{
	struct kt_run_kernel_want want = {
		.for_softkvm = true,
		.build = e->build_kernel,
		.progress = kt_cli_progress_kernel,
		.progress_end = kt_cli_progress_end,
	};
	return kt_run_kernel_get(&want, ret, err);
}

static int exec_command(struct exec *e, char **argv, int *ret_status, struct kt_err *err)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *kernel = NULL;
	KT_AUTOFREE char *cache = NULL;
	int r = find_kernel(e, &kernel, err);
	if (r == 0)
		r = kt_kcache_dir(&cache, err);
	if (r < 0)
		return r;
	if (kt_vec_push(&e->rw_dirs, (const char *)cache) < 0 ||
		kt_vec_push(&e->rw_dirs, (const char *)NULL) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	KT_AUTOFREE char *env = kt_strf("KTSTR_CACHE_DIR=%s", cache);
	struct kt_softkvm_opts opts = {
		.argv = (const char *const *)argv,
		.kernel_path = kernel->bzimage,
		.rw_dirs = e->rw_dirs.items,
		.env = (const char *const[]){env, NULL},
		.out_fds = e->fds.items,
		.out_fd_count = (unsigned)e->fds.count,
		.cpus = (unsigned)e->cpus,
		.ram_mib = e->ram_mib,
		.boot_ms = (unsigned)e->boot_ms,
	};
	return kt_softkvm_run(&opts, ret_status, err);
}

static void print_help(void)
{
	printf("usage: ktstr softkvm exec [OPTION]... -- CMD [ARG]...\n\n"
	       "Run CMD in a machine under QEMU whose /dev/kvm is real KVM on an emulated CPU. It\n"
	       "sees this machine's files; what it changes is forgotten, but in the cache folder\n"
	       "and where --rw says otherwise. Signals, the terminal, its size and Ctrl-Z reach "
	       "CMD\n"
	       "as they would here. The exit status is that of CMD, 128 + N when signal N killed "
	       "it,\n"
	       "3 when the machine failed.\n\n");
	kt_cli_print_options(stdout, options, KT_ARRAY_LEN(options));
}

int kt_cli_softkvm(int argc, char **argv)
{
	struct exec e = {0};
	struct kt_err err = {0};
	bool is_exec = argc > 1 && strcmp(argv[1], "exec") == 0;
	int rest = argc;
	int r = 0;
	if (!is_exec && argc > 1 && argv[1][0] != '-')
		r = kt_fail(&err, EINVAL, "write 'ktstr softkvm exec -- CMD'",
			"softkvm knows only 'exec', not '%s'", argv[1]);
	int skip = is_exec;
	if (r == 0)
		r = kt_cli_parse(
			options, KT_ARRAY_LEN(options), &e, argc - skip, argv + skip, &rest, &err);
	if (r == 0 && !e.help && rest >= argc - skip)
		r = kt_fail(&err, EINVAL, "write 'ktstr softkvm exec -- CMD'", "no command given");
	int status = KT_CLI_USAGE;
	if (r == 0 && e.help) {
		print_help();
		status = KT_CLI_OK;
	} else if (r == 0) {
		kt_cli_log_to(stderr, e.verbose);
		r = exec_command(&e, argv + skip + rest, &status, &err);
		if (r < 0)
			status = kt_run_interrupt_status(KT_CLI_HARNESS);
	}
	if (r < 0)
		kt_cli_print_error(stderr, &err);
	kt_vec_done(&e.rw_dirs);
	kt_vec_done(&e.fds);
	return status;
}
