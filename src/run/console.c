// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines are put together per machine, queued whole, and written by a thread of their own.
 * Control characters of a guest do not reach the user's terminal.
 */
#include "run/console.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

#define LINE_BYTES  1024u
#define QUEUE_BYTES (1u << 20)

struct line {
	char text[LINE_BYTES];
	size_t len;
};

struct kt_run_console {
	FILE *out;
	bool named;
	struct kt_run_board *board;
	struct line *lines; /* per slot */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t writer;
	bool writing, over;
	struct kt_str queue;
	size_t left_out; /* lines, since the queue was last taken */
};

static void write_out(struct kt_run_console *c, const struct kt_str *text, size_t left_out)
{
	kt_run_board_hold(c->board);
	fputs(kt_str_get(text), c->out);
	if (left_out || text->failed)
		fprintf(c->out,
			"ktstr: warning: %zu lines of the console are not shown here: they came "
			"too fast\n",
			left_out);
	fflush(c->out);
	kt_run_board_release(c->board);
}

static void *serve(void *arg)
{
	struct kt_run_console *c = arg;
	pthread_mutex_lock(&c->lock);
	while (!c->over || c->queue.len || c->left_out) {
		if (!c->queue.len && !c->left_out) {
			pthread_cond_wait(&c->changed, &c->lock);
			continue;
		}
		struct kt_str text = c->queue;
		size_t left_out = c->left_out;
		c->queue = (struct kt_str){0};
		c->left_out = 0;
		pthread_mutex_unlock(&c->lock);
		write_out(c, &text, left_out);
		kt_str_done(&text);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int kt_run_console_new(FILE *out, bool named, unsigned slots, struct kt_run_board *board,
	struct kt_run_console **ret, struct kt_err *err)
{
	struct kt_run_console *c = calloc(1, sizeof(*c));
	if (!c)
		return kt_fail(err, ENOMEM, "free some memory", "--console: out of memory");
	*c = (struct kt_run_console){.out = out,
		.named = named,
		.board = board,
		.lines = calloc(slots, sizeof(*c->lines))};
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	int r = c->lines ? pthread_create(&c->writer, NULL, serve, c) : ENOMEM;
	c->writing = r == 0;
	if (r) {
		kt_run_console_free(c);
		return kt_fail(err, r, "raise the limit of threads (ulimit -u)",
			"--console: no thread to write it");
	}
	*ret = c;
	return 0;
}

void kt_run_console_free(struct kt_run_console *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (c->writing)
		pthread_join(c->writer, NULL);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	kt_str_done(&c->queue);
	free(c->lines);
	free(c);
}

static void queue_line(struct kt_run_console *c, struct line *line, const char *test)
{
	pthread_mutex_lock(&c->lock);
	if (c->queue.len + line->len >= QUEUE_BYTES) {
		c->left_out++;
	} else {
		if (c->named)
			kt_str_addf(&c->queue, "%s | ", test);
		kt_str_add_bytes(&c->queue, line->text, line->len);
		kt_str_add(&c->queue, "\n");
	}
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	line->len = 0;
}

void kt_run_console_put(
	struct kt_run_console *c, unsigned slot, const char *test, const void *data, size_t bytes)
{
	struct line *line = &c->lines[slot];
	const unsigned char *p = data;
	for (size_t i = 0; i < bytes; i++) {
		if (p[i] == '\n' || line->len == sizeof(line->text))
			queue_line(c, line, test);
		if (p[i] == '\n' || p[i] == '\r')
			continue;
		bool plain = p[i] == '\t' || (p[i] >= ' ' && p[i] != 0x7f);
		line->text[line->len++] = plain ? (char)p[i] : '?';
	}
}

void kt_run_console_flush(struct kt_run_console *c, unsigned slot, const char *test)
{
	if (c->lines[slot].len)
		queue_line(c, &c->lines[slot], test);
}
