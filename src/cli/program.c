// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of a test program: options into kt_run_options, then the one thing that
 * was asked for. Roles inside a machine are entered before anything is parsed.
 */
#include <ktstr/main.h>
#include <ktstr/version.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/logsink.h"
#include "cli/progress.h"
#include "run/run.h"
#include "topo/spec.h"

struct program {
	struct kt_run_options run;
	KT_VEC(const char *) filters;
	enum { RUN, LIST, HELP, VERSION } action;
};

static int set_list(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct program *)target)->action = LIST;
	return 0;
}

static int set_filter(void *target, const char *value, struct kt_err *err)
{
	struct program *p = target;
	if (!*value || strcmp(value, "!") == 0)
		return kt_fail(err, EINVAL, "write a glob such as 'first*' or '!slow*'",
			"--filter: the glob is empty");
	if (kt_vec_push(&p->filters, value) < 0)
		return kt_fail(err, ENOMEM, "free some memory", "--filter: out of memory");
	return 0;
}

static int set_kernel(void *target, const char *value, struct kt_err *err)
{
	if (!*value)
		return kt_fail(err, EINVAL, "name one of 'ktstr kernel list', or a path",
			"--kernel: the kernel's name is empty");
	((struct program *)target)->run.kernel = value;
	return 0;
}

static int set_build_kernel(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct program *)target)->run.build_kernel = true;
	return 0;
}

/* The index of VALUE among COUNT words, or -EINVAL with the nearest of them. */
static int choose(const char *option, const char *value, const char *const *words, size_t count,
	struct kt_err *err)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], value) == 0)
			return (int)i;
	KT_AUTO_DONE(kt_str_done) struct kt_str all = {0};
	for (size_t i = 0; i < count; i++)
		kt_str_addf(&all, "%s%s", i ? ", " : "", words[i]);
	const char *near = kt_nearest(value, words, count);
	kt_fail(err, EINVAL, "see --help", "%s: '%s' is none of %s", option, value,
		kt_str_get(&all));
	if (near)
		kt_fix(err, "did you mean '%s'?", near);
	return -EINVAL;
}

static int set_accel(void *target, const char *value, struct kt_err *err)
{
	return kt_accel_mode_parse(value, &((struct program *)target)->run.accel, err);
}

static int set_topology(void *target, const char *value, struct kt_err *err)
{
	int r = kt_topo_parse(value, &((struct program *)target)->run.topo, err);
	return r < 0 ? kt_wrap(err, r, "--topology") : 0;
}

static int set_duration(void *target, const char *value, struct kt_err *err)
{
	struct program *p = target;
	return kt_parse_duration_ms(value, "--duration", &p->run.duration_ms, err);
}

static int set_timeout(void *target, const char *value, struct kt_err *err)
{
	struct program *p = target;
	return kt_parse_duration_ms(value, "--timeout", &p->run.timeout_ms, err);
}

static int set_output(void *target, const char *value, struct kt_err *err)
{
	if (!*value)
		return kt_fail(
			err, EINVAL, "name a folder", "--output: the folder's name is empty");
	((struct program *)target)->run.output_dir = value;
	return 0;
}

static int set_format(void *target, const char *value, struct kt_err *err)
{
	static const char *const words[] = {"text", "json"};
	int i = choose("--format", value, words, KT_ARRAY_LEN(words), err);
	if (i < 0)
		return i;
	((struct program *)target)->run.format = (enum kt_run_format)i;
	return 0;
}

static int set_verbose(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct program *)target)->run.verbose = true;
	return 0;
}

static int set_help(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct program *)target)->action = HELP;
	return 0;
}

static int set_version(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct program *)target)->action = VERSION;
	return 0;
}

static const struct kt_cli_option options[] = {
#define OPTION(name, c_name, letter, value, says) {name, letter, value, says, set_##c_name},
#include "cli/program.def"
#undef OPTION
};

static void print_help(const char *program)
{
	printf("usage: %s [OPTION]...\n\n"
	       "Run the tests of this program, each in a kernel of its own.\n\n",
		program);
	kt_cli_print_options(stdout, options, KT_ARRAY_LEN(options));
	printf("\nexit status: 0 passed or skipped, 1 failed, 2 inconclusive, 3 could not run, "
	       "64 wrong usage\n"
	       "kernels: 'ktstr kernel build' makes the default one; KTSTR_KERNEL names another\n");
}

static int parse(struct program *p, int argc, char **argv, struct kt_err *err)
{
	int rest;
	int r = kt_cli_parse(options, KT_ARRAY_LEN(options), p, argc, argv, &rest, err);
	if (r < 0)
		return r;
	if (rest < argc)
		return kt_fail(err, EINVAL, "name tests with --filter GLOB",
			"'%s' is no option, and there is nothing else to give", argv[rest]);
	p->run.filters = p->filters.items;
	p->run.filter_count = p->filters.count;
	return 0;
}

static int act(struct program *p, struct kt_err *err)
{
	int status = KT_CLI_HARNESS;
	int r = 0;
	switch (p->action) {
	case HELP:
		print_help(p->run.argv[0]);
		return KT_CLI_OK;
	case VERSION:
		printf("ktstr %s\n", KTSTR_VERSION);
		return KT_CLI_OK;
	case LIST:
		r = kt_run_list(&p->run, &status, err);
		break;
	case RUN:
		r = kt_run_tests(&p->run, &status, err);
		break;
	}
	if (r < 0)
		kt_cli_print_error(p->run.log, err);
	return status;
}

__attribute__((visibility("default"))) int ktstr_main(int argc, char **argv)
{
	kt_run_enter_role();

	struct program p = {.run = {.argc = argc,
				    .argv = argv,
				    .output_dir = "ktstr-results",
				    .progress = kt_cli_progress_kernel,
				    .progress_end = kt_cli_progress_end,
				    .out = stdout,
				    .log = stderr}};
	struct kt_err err = {0};
	int status = KT_CLI_USAGE;
	if (parse(&p, argc, argv, &err) < 0) {
		kt_cli_print_error(stderr, &err);
	} else {
		kt_cli_log_to(stderr, p.run.verbose);
		status = act(&p, &err);
	}
	kt_vec_done(&p.filters);
	return kt_cli_finish_output(status);
}
