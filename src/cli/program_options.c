// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function per row of program.def. Values are checked here, so that nothing is prepared
 * for a run that cannot be; what needs the tests or a kernel is judged later.
 */
#include "cli/program_options.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/progress.h"
#include "topo/spec.h"
#include "work/kind.h"

#define JOBS_MAX       256u
#define REPEAT_MAX     100000u
#define MEMORY_MIN_MIB 32u
#define MEMORY_MAX_MIB (1u << 20)

#define SETTER(name) static int set_##name(void *target, const char *value, struct kt_err *err)
/* An option without a value: ACTION on P. */
#define FLAG(name, action)                                                                         \
	SETTER(name)                                                                               \
	{                                                                                          \
		struct kt_cli_program *p = target;                                                 \
		(void)value, (void)err;                                                            \
		action;                                                                            \
		return 0;                                                                          \
	}

FLAG(list, p->action = KT_CLI_LIST)
FLAG(dry_run, p->action = KT_CLI_DRY_RUN)
FLAG(help, p->action = KT_CLI_HELP)
FLAG(version, p->action = KT_CLI_VERSION)
FLAG(allow_empty, p->run.allow_empty = true)
FLAG(fail_fast, p->run.fail_fast = true)
FLAG(no_skip, p->run.no_skip = true)
FLAG(build_kernel, p->run.build_kernel = true)
FLAG(console, p->run.console = true)
FLAG(keep_vm, p->run.keep_vm = true)
FLAG(gdb, p->run.keep_vm = p->run.gdb = true)
FLAG(verbose, p->run.verbose = true)

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory");
}

static int add_pattern(struct kt_cli_program *p, const char *text, bool exact, struct kt_err *err)
{
	struct kt_registry_pattern pattern = {.text = text, .exact = exact};
	return kt_vec_push(&p->patterns, pattern) < 0 ? out_of_memory(err) : 0;
}

SETTER(filter)
{
	if (!*value || strcmp(value, "!") == 0)
		return kt_fail(err, EINVAL, "write a glob such as 'first*' or '!slow*'",
			"--filter: the glob is empty");
	return add_pattern(target, value, false, err);
}

SETTER(exact)
{
	if (!*value)
		return kt_fail(err, EINVAL, "--list shows the names", "--exact: the name is empty");
	return add_pattern(target, value, true, err);
}

SETTER(show_thresholds)
{
	struct kt_cli_program *p = target;
	if (!*value)
		return kt_fail(err, EINVAL, "--list shows the names",
			"--show-thresholds: the name is empty");
	p->action = KT_CLI_THRESHOLDS;
	p->thresholds_of = value;
	return 0;
}

SETTER(repeat)
{
	struct kt_cli_program *p = target;
	uint64_t n;
	int r = kt_parse_u64(value, 1, REPEAT_MAX, "--repeat", &n, err);
	if (r == 0)
		p->run.repeat = (unsigned)n;
	return r;
}

SETTER(jobs)
{
	struct kt_cli_program *p = target;
	uint64_t n;
	int r = kt_parse_u64(value, 1, JOBS_MAX, "--jobs", &n, err);
	if (r == 0)
		p->run.jobs = (unsigned)n;
	return r;
}

SETTER(seed)
{
	struct kt_cli_program *p = target;
	return kt_parse_u64(value, 0, UINT64_MAX, "--seed", &p->run.seed, err);
}

SETTER(work)
{
	struct kt_cli_program *p = target;
	int r = kt_work_kind_find(value, &p->run.work, err);
	return r < 0 ? kt_wrap(err, r, "--work") : 0;
}

SETTER(kernel)
{
	struct kt_cli_program *p = target;
	if (!*value)
		return kt_fail(err, EINVAL, "name one of 'ktstr kernel list', or a path",
			"--kernel: the kernel's name is empty");
	p->run.kernel = value;
	return 0;
}

SETTER(accel)
{
	return kt_accel_mode_parse(value, &((struct kt_cli_program *)target)->run.accel, err);
}

SETTER(topology)
{
	int r = kt_topo_parse(value, &((struct kt_cli_program *)target)->run.topo, err);
	return r < 0 ? kt_wrap(err, r, "--topology") : 0;
}

SETTER(memory)
{
	struct kt_cli_program *p = target;
	return kt_parse_mib(
		value, MEMORY_MIN_MIB, MEMORY_MAX_MIB, "--memory", &p->run.memory_mib, err);
}

SETTER(append)
{
	struct kt_cli_program *p = target;
	for (const char *at = strstr(value, "ktstr."); at; at = strstr(at + 1, "ktstr."))
		if (at == value || isspace((unsigned char)at[-1]))
			return kt_fail(err, EINVAL, "leave it out; ktstr sets these words itself",
				"--append '%s': words that begin with 'ktstr.' are the harness's "
				"own",
				value);
	for (const char *at = value; *at; at++)
		if (iscntrl((unsigned char)*at))
			return kt_fail(err, EINVAL, "write the words on one line",
				"--append: a control character at byte %zu", (size_t)(at - value));
	return kt_vec_push(&p->appends, value) < 0 ? out_of_memory(err) : 0;
}

/* Such a key, of BYTES, is no name; with '..' it would lead out of /proc/sys. */
static bool has_empty_part(const char *key, size_t bytes)
{
	for (size_t at = 0; at <= bytes; at++) {
		size_t part = strcspn(key + at, "./=");
		if (!part)
			return true;
		at += part;
	}
	return false;
}

SETTER(sysctl)
{
	struct kt_cli_program *p = target;
	size_t key = strcspn(value, "=");
	if (!key || !value[key] || strchr(value, '\n'))
		return kt_fail(err, EINVAL, "write --sysctl kernel.sched_schedstats=1",
			"--sysctl '%s' is not KEY=VALUE", value);
	for (size_t i = 0; i < key; i++)
		if (!isalnum((unsigned char)value[i]) && !strchr("._-/", value[i]))
			return kt_fail(err, EINVAL, "write it as a path below /proc/sys, with dots",
				"--sysctl '%s': no key has a '%c'", value, value[i]);
	if (has_empty_part(value, key))
		return kt_fail(err, EINVAL, "write it as a path below /proc/sys, with dots",
			"--sysctl '%s': a part of the key is empty", value);
	return kt_vec_push(&p->sysctls, value) < 0 ? out_of_memory(err) : 0;
}

SETTER(include)
{
	struct kt_cli_program *p = target;
	if (!*value || *value == '=')
		return kt_fail(err, EINVAL, "write --include FILE or --include FILE=/PATH",
			"--include '%s' names no file", value);
	return kt_vec_push(&p->includes, value) < 0 ? out_of_memory(err) : 0;
}

SETTER(duration)
{
	struct kt_cli_program *p = target;
	return kt_parse_duration_ms(value, "--duration", &p->run.duration_ms, err);
}

SETTER(timeout)
{
	struct kt_cli_program *p = target;
	return kt_parse_duration_ms(value, "--timeout", &p->run.timeout_ms, err);
}

SETTER(format)
{
	struct kt_cli_program *p = target;
	int r = kt_report_format_parse(value, &p->run.format, err);
	return r < 0 ? kt_wrap(err, r, "--format") : 0;
}

SETTER(report)
{
	struct kt_cli_program *p = target;
	struct kt_run_report report;
	int r = kt_report_target_parse(value, &report.format, &report.path, err);
	if (r < 0)
		return kt_wrap(err, r, "--report");
	if (p->reports.count == KT_RUN_REPORTS_MAX)
		return kt_fail(err, E2BIG, "make one report and convert it",
			"--report: more than %u reports", KT_RUN_REPORTS_MAX);
	return kt_vec_push(&p->reports, report) < 0 ? out_of_memory(err) : 0;
}

SETTER(output)
{
	if (!*value)
		return kt_fail(
			err, EINVAL, "name a folder", "--output: the folder's name is empty");
	((struct kt_cli_program *)target)->run.output_dir = value;
	return 0;
}

const struct kt_cli_option kt_cli_program_options[] = {
#define GROUP(says)				  {NULL, 0, NULL, says, NULL},
#define OPTION(name, c_name, letter, value, says) {name, letter, value, says, set_##c_name},
#include "cli/program.def"
#undef OPTION
#undef GROUP
};
const size_t kt_cli_program_option_count = KT_ARRAY_LEN(kt_cli_program_options);

static void set_defaults(struct kt_cli_program *p, int argc, char **argv)
{
	p->run.argc = argc;
	p->run.argv = argv;
	p->run.output_dir = "ktstr-results";
	p->run.jobs = p->run.repeat = 1;
	p->run.out = stdout;
	p->run.log = stderr;
	if (getrandom(&p->run.seed, sizeof(p->run.seed), 0) < 0)
		p->run.seed = (uint64_t)getpid();
	p->run.seed >>= 32; /* short enough to be typed */
}

static int take_lists(struct kt_cli_program *p, struct kt_err *err)
{
	p->run.patterns = p->patterns.items;
	p->run.pattern_count = p->patterns.count;
	p->run.appends = p->appends.items;
	p->run.append_count = p->appends.count;
	p->run.sysctl_count = p->sysctls.count;
	p->run.include_count = p->includes.count;
	/* Results take them as lists with an end. */
	if (kt_vec_push(&p->sysctls, (const char *)NULL) < 0 ||
		kt_vec_push(&p->includes, (const char *)NULL) < 0)
		return out_of_memory(err);
	p->run.sysctls = p->sysctls.items;
	p->run.includes = p->includes.items;
	p->run.reports = p->reports.items;
	p->run.report_count = p->reports.count;
	return 0;
}

int kt_cli_program_parse(struct kt_cli_program *p, int argc, char **argv, struct kt_err *err)
{
	int rest;
	set_defaults(p, argc, argv);
	int r = kt_cli_parse(
		kt_cli_program_options, kt_cli_program_option_count, p, argc, argv, &rest, err);
	if (r < 0)
		return r;
	if (rest < argc)
		return kt_fail(err, EINVAL, "name tests with --filter GLOB or --exact NAME",
			"'%s' is no option, and there is nothing else to give", argv[rest]);
	return take_lists(p, err);
}

void kt_cli_program_done(struct kt_cli_program *p)
{
	kt_vec_done(&p->patterns);
	kt_vec_done(&p->appends);
	kt_vec_done(&p->sysctls);
	kt_vec_done(&p->includes);
	kt_vec_done(&p->reports);
}
