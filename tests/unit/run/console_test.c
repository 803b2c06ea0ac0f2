// SPDX-License-Identifier: GPL-2.0-only
/* Lines of guests on one stream. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/console.h"

static char *text;
static size_t bytes;
static FILE *out;
static struct kt_run_board *board;
static struct kt_run_console *console;

static void begin(FILE *to, bool named)
{
	cr_assert_eq(kt_run_board_new(NULL, 1, 2, &board, NULL), 0);
	cr_assert_eq(kt_run_console_new(to, named, 2, board, &console, NULL), 0);
}

static void end(void)
{
	kt_run_console_free(console);
	kt_run_board_free(board);
}

static void put(unsigned slot, const char *test, const char *said)
{
	kt_run_console_put(console, slot, test, said, strlen(said));
}

Test(console, lines_of_several_machines_are_named_and_whole)
{
	out = open_memstream(&text, &bytes);
	begin(out, true);
	put(0, "one", "a be");
	put(1, "two", "other\n");
	put(0, "one", "ginning\r\nrest");
	kt_run_console_flush(console, 0, "one");
	end();
	fclose(out);
	cr_assert_str_eq(text, "two | other\none | a beginning\none | rest\n");
	free(text);
}

Test(console, one_machine_needs_no_name)
{
	out = open_memstream(&text, &bytes);
	begin(out, false);
	put(0, "one", "plain\n");
	end();
	fclose(out);
	cr_assert_str_eq(text, "plain\n");
	free(text);
}

Test(console, control_characters_of_a_guest_do_not_reach_the_terminal)
{
	out = open_memstream(&text, &bytes);
	begin(out, false);
	put(0, "one", "\033[2Jgone\ttab\n");
	end();
	fclose(out);
	cr_assert_str_eq(text, "?[2Jgone\ttab\n");
	free(text);
}

static void *drain(void *arg)
{
	char chunk[4096];
	size_t all = 0;
	for (ssize_t n; (n = read(*(int *)arg, chunk, sizeof(chunk))) > 0;)
		all += (size_t)n;
	return (void *)all;
}

/* Nobody reads while 4 MiB come in: the guest must not wait, and the user is told. */
Test(console, a_reader_that_is_slow_costs_lines_not_time, .timeout = 60)
{
	static char flood[4 << 20];
	int fds[2];
	pthread_t reader;
	void *read_bytes;
	memset(flood, 'x', sizeof(flood));
	for (size_t i = 99; i < sizeof(flood); i += 100)
		flood[i] = '\n';
	cr_assert_eq(pipe(fds), 0);
	out = fdopen(fds[1], "w");
	begin(out, false);
	kt_run_console_put(console, 0, "one", flood, sizeof(flood));
	cr_assert_eq(pthread_create(&reader, NULL, drain, &fds[0]), 0);
	end();
	fclose(out);
	pthread_join(reader, &read_bytes);
	cr_assert_lt((size_t)read_bytes, sizeof(flood));
	cr_assert_gt((size_t)read_bytes, 500000);
	close(fds[0]);
}
