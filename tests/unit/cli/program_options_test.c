// SPDX-License-Identifier: GPL-2.0-only
/* The command line of test programs: every row of program.def, and what is refused. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/mem.h"
#include "cli/program_options.h"

static struct kt_cli_program p;
static struct kt_err err;

static int parse(int argc, char **argv)
{
	kt_cli_program_done(&p);
	p = (struct kt_cli_program){0};
	kt_err_clear(&err);
	return kt_cli_program_parse(&p, argc, argv, &err);
}

#define PARSE(...)                                                                                 \
	parse((int)KT_ARRAY_LEN(((char *[]){"prog", __VA_ARGS__})), (char *[]){"prog", __VA_ARGS__})

static void done(void)
{
	kt_cli_program_done(&p);
}

TestSuite(program_options, .fini = done);

Test(program_options, without_options_every_test_runs_once)
{
	cr_assert_eq(parse(1, (char *[]){"prog"}), 0);
	cr_assert_eq(p.action, KT_CLI_RUN);
	cr_assert_eq(p.run.jobs, 1);
	cr_assert_eq(p.run.repeat, 1);
	cr_assert_eq(p.run.format, KT_REPORT_text);
	cr_assert_str_eq(p.run.output_dir, "ktstr-results");
}

Test(program_options, each_run_has_a_seed_of_its_own_unless_told)
{
	cr_assert_eq(parse(1, (char *[]){"prog"}), 0);
	uint64_t first = p.run.seed;
	cr_assert_eq(parse(1, (char *[]){"prog"}), 0);
	cr_assert_neq(p.run.seed, first);
	cr_assert_eq(PARSE("--seed", "18446744073709551615"), 0);
	cr_assert_eq(p.run.seed, UINT64_MAX);
}

Test(program_options, a_kind_of_work_is_found_by_its_name)
{
	cr_assert_eq(parse(1, (char *[]){"prog"}), 0);
	cr_assert_eq(p.run.work, KTSTR_WORK_END);
	cr_assert_eq(PARSE("--work", "bursty"), 0, "%s", err.text);
	cr_assert_eq(p.run.work, KTSTR_WORK_bursty);
	cr_assert_eq(PARSE("-w", "brusty"), -EINVAL);
	cr_assert_not_null(strstr(err.text, "--work: "), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "bursty"), "%s", err.fix);
}

Test(program_options, globs_and_exact_names_are_told_apart)
{
	cr_assert_eq(PARSE("-f", "a*", "--exact=a*"), 0, "%s", err.text);
	cr_assert_eq(p.run.pattern_count, 2);
	cr_assert_not(p.run.patterns[0].exact);
	cr_assert(p.run.patterns[1].exact);
	cr_assert_eq(PARSE("--filter", "!"), -EINVAL);
	cr_assert_eq(PARSE("--exact", ""), -EINVAL);
}

Test(program_options, lists_keep_their_order)
{
	cr_assert_eq(PARSE("--append", "a=1", "--append", "b c", "--sysctl", "kernel.x=1",
			     "--include", "/bin/ls", "--include=/bin/cat=/opt/cat"),
		0, "%s", err.text);
	cr_assert_eq(p.run.append_count, 2);
	cr_assert_str_eq(p.run.appends[1], "b c");
	cr_assert_str_eq(p.run.sysctls[0], "kernel.x=1");
	cr_assert_str_eq(p.run.includes[1], "/bin/cat=/opt/cat");
}

Test(program_options, sizes_and_counts_have_units_and_ranges)
{
	cr_assert_eq(PARSE("--memory", "2G", "--jobs=3", "-r", "4"), 0, "%s", err.text);
	cr_assert_eq(p.run.memory_mib, 2048);
	cr_assert_eq(p.run.jobs, 3);
	cr_assert_eq(p.run.repeat, 4);
	cr_assert_eq(PARSE("--memory", "2T"), -EINVAL);
	cr_assert_eq(PARSE("--memory", "1M"), -ERANGE);
	cr_assert_eq(PARSE("--jobs", "0"), -ERANGE);
	cr_assert_eq(PARSE("--repeat", "many"), -EINVAL);
}

Test(program_options, the_harness_keeps_its_own_words_to_itself)
{
	cr_assert_eq(PARSE("--append", "quiet ktstr.test=other"), -EINVAL);
	cr_assert_not_null(strstr(err.text, "harness's own"), "%s", err.text);
	cr_assert_eq(PARSE("--append", "myktstr.x=1"), 0);
	cr_assert_eq(PARSE("--append", "a\nb"), -EINVAL);
}

Test(program_options, a_sysctl_is_a_key_and_a_value)
{
	cr_assert_eq(PARSE("--sysctl", "kernel.x"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "=1"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "kernel.x y=1"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "../../etc/x=1"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "kernel..x=1"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "kernel.x.=1"), -EINVAL);
	cr_assert_eq(PARSE("--sysctl", "net/ipv4/conf/eth0.1/x=a b"), 0);
}

Test(program_options, several_reports_go_to_several_files)
{
	cr_assert_eq(PARSE("--report", "ktap:out.ktap", "--report=junit:a:b", "--format=json"), 0,
		"%s", err.text);
	cr_assert_eq(p.run.report_count, 2);
	cr_assert_eq(p.run.reports[0].format, KT_REPORT_ktap);
	cr_assert_str_eq(p.run.reports[1].path, "a:b");
	cr_assert_eq(p.run.format, KT_REPORT_json);
}

Test(program_options, a_misspelt_format_names_the_near_one)
{
	cr_assert_eq(PARSE("--format", "kap"), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "ktap"), "%s", err.fix);
	cr_assert_eq(PARSE("--report", "junti:x"), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "junit"), "%s", err.fix);
	cr_assert_eq(PARSE("--report", "junit"), -EINVAL);
}

Test(program_options, a_misspelt_option_names_the_near_one)
{
	cr_assert_eq(PARSE("--repeet", "3"), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "--repeat"), "%s", err.fix);
	cr_assert_eq(PARSE("--accel", "sotf"), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "soft"), "%s", err.fix);
}

Test(program_options, gdb_needs_the_machine_to_be_kept)
{
	cr_assert_eq(PARSE("--gdb"), 0);
	cr_assert(p.run.keep_vm);
}

Test(program_options, an_operand_is_no_test)
{
	cr_assert_eq(PARSE("first"), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "--exact"), "%s", err.fix);
}

Test(program_options, show_thresholds_names_one_test)
{
	cr_assert_eq(PARSE("--show-thresholds", "first", "--format", "json"), 0, "%s", err.text);
	cr_assert_eq(p.action, KT_CLI_THRESHOLDS);
	cr_assert_str_eq(p.thresholds_of, "first");
	cr_assert_eq(PARSE("--show-thresholds", ""), -EINVAL);
}
