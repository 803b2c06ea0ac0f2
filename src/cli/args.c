// SPDX-License-Identifier: GPL-2.0-only
/* The option parser. getopt_long is not used because it prints, abbreviates and permutes. */
#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const struct kt_cli_option *find_long(
	const struct kt_cli_option *options, size_t count, const char *name, size_t bytes)
{
	for (size_t i = 0; i < count; i++)
		if (options[i].name && strlen(options[i].name) == bytes &&
			!memcmp(options[i].name, name, bytes))
			return &options[i];
	return NULL;
}

static const struct kt_cli_option *find_letter(
	const struct kt_cli_option *options, size_t count, char letter)
{
	for (size_t i = 0; i < count; i++)
		if (options[i].letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}

static int unknown(
	const struct kt_cli_option *options, size_t count, const char *word, struct kt_err *err)
{
	const char *start = word + (word[1] == '-' ? 2 : 1);
	KT_AUTOFREE char *name = strndup(start, strcspn(start, "="));
	KT_AUTOFREE const char **names = calloc(count + 1, sizeof(*names));
	size_t named = 0;
	for (size_t i = 0; names && i < count; i++)
		if (options[i].name)
			names[named++] = options[i].name;
	const char *near = names && name ? kt_nearest(name, names, named) : NULL;
	kt_fail(err, EINVAL, "see --help", "unknown option '%s'", word);
	if (near)
		kt_fix(err, "did you mean --%s? See --help", near);
	return -EINVAL;
}

/* One word that begins with a dash. *AT moves when the value is a word of its own. */
static int parse_word(const struct kt_cli_option *options, size_t count, void *target, int argc,
	char **argv, int *at, struct kt_err *err)
{
	const char *word = argv[*at];
	const struct kt_cli_option *o;
	const char *value = NULL;
	if (word[1] == '-') {
		const char *equals = strchr(word, '=');
		size_t bytes = equals ? (size_t)(equals - word - 2) : strlen(word + 2);
		o = find_long(options, count, word + 2, bytes);
		value = equals ? equals + 1 : NULL;
	} else {
		o = find_letter(options, count, word[1]);
		value = word[2] ? word + 2 : NULL;
	}
	if (!o)
		return unknown(options, count, word, err);
	if (!o->value && value)
		return kt_fail(err, EINVAL,
			word[1] == '-' ? "leave the value out"
				       : "leave it out; letters stand apart, such as -a -b",
			"option --%s takes no value: '%s'", o->name, word);
	if (o->value && !value && ++*at < argc)
		value = argv[*at];
	if (o->value && !value) {
		kt_fail(err, EINVAL, "see --help", "option --%s needs a value", o->name);
		kt_fix(err, "write --%s %s", o->name, o->value);
		return -EINVAL;
	}
	return o->set(target, value, err);
}

int kt_cli_parse(const struct kt_cli_option *options, size_t count, void *target, int argc,
	char **argv, int *ret_rest, struct kt_err *err)
{
	int at = 1;
	for (; at < argc; at++) {
		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		if (argv[at][0] != '-' || !argv[at][1])
			break;
		int r = parse_word(options, count, target, argc, argv, &at, err);
		if (r < 0)
			return r;
	}
	*ret_rest = at < argc ? at : argc;
	return 0;
}

/* SAYS behind COLUMN, broken between words before column 80. */
static void print_wrapped(FILE *out, const char *says, int column)
{
	int at = column;
	for (const char *word = says; *word;) {
		size_t bytes = strcspn(word, " ");
		if (at > column && at + 1 + (int)bytes > 80) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)bytes, word);
		at += (int)bytes;
		word += bytes + strspn(word + bytes, " ");
	}
	fputc('\n', out);
}

void kt_cli_print_options(FILE *out, const struct kt_cli_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct kt_cli_option *o = &options[i];
		char left[64];
		if (!o->name) {
			fprintf(out, "\n%s:\n", o->says);
			continue;
		}
		snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", o->letter ? '-' : ' ',
			o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
			o->value ? " " : "", o->value ? o->value : "");
		fprintf(out, "%-30s ", left);
		print_wrapped(out, o->says, 31);
	}
}

void kt_cli_print_exit_statuses(FILE *out)
{
#define EXIT_STATUS(name, number, shown, when) fprintf(out, "  %-8s %s\n", shown, when);
#include "report/exit_status.def"
#undef EXIT_STATUS
}

void kt_cli_print_error(FILE *log, const struct kt_err *err)
{
	fprintf(log, "ktstr: error: %s\n", err->text);
	if (err->fix[0])
		fprintf(log, "ktstr:   fix: %s\n", err->fix);
}

int kt_cli_unexpected(const char *word, const char *fix)
{
	struct kt_err err = {0};
	kt_fail(&err, EINVAL, fix, "unexpected argument '%s'", word);
	kt_cli_print_error(stderr, &err);
	return KT_CLI_USAGE;
}

int kt_cli_finish_output(int status)
{
	int why = fflush(stdout) < 0 ? errno : 0;
	if (!why && !ferror(stdout))
		return status;
	struct kt_err err = {0};
	/* The cause of an earlier failure is not known any more. */
	kt_fail(&err, why ? why : EIO, "free some space where it goes, or let it go elsewhere",
		"standard output could not be written%s%s", why ? ": " : "",
		why ? strerror(why) : "");
	kt_cli_print_error(stderr, &err);
	return status == KT_CLI_OK ? KT_CLI_HARNESS : status;
}
