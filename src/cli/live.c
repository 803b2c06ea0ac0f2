// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block of lines is drawn below everything else and taken away before anything is
 * written. While somebody holds it nothing is drawn; the next update brings it back.
 */
#include "cli/live.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define MACHINES_SHOWN 8u
#define COLUMNS	       80u
#define LINE_BYTES     512u

static struct {
	pthread_mutex_t lock;
	unsigned holds;
	unsigned lines; /* that stand on the terminal */
} live = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void erase(void)
{
	for (; live.lines; live.lines--)
		fputs(live.lines > 1 ? "\r\033[K\033[A" : "\r\033[K", stderr);
	fflush(stderr);
}

void kt_cli_live_hold(void)
{
	pthread_mutex_lock(&live.lock);
	live.holds++;
	erase();
	pthread_mutex_unlock(&live.lock);
}

void kt_cli_live_release(void)
{
	pthread_mutex_lock(&live.lock);
	live.holds--;
	pthread_mutex_unlock(&live.lock);
}

static unsigned columns(void)
{
	struct winsize w;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : COLUMNS;
}

/* A line that wraps could not be taken away again. */
static void draw_line(const char *text, unsigned width)
{
	fprintf(stderr, "%s%.*s", live.lines ? "\n" : "", (int)width - 1, text);
	live.lines++;
}

static const char *since(uint64_t at_ns, char buf[24])
{
	unsigned long long s = (kt_now_ns() - at_ns) / KT_NS_PER_S;
	snprintf(buf, 24, "%llu:%02llu", s / 60, s % 60);
	return buf;
}

static void name_of(const struct kt_run_view_machine *m, char buf[LINE_BYTES])
{
	if (m->repeats > 1)
		snprintf(buf, LINE_BYTES, "%s (repeat %u of %u)", m->test, m->repeat, m->repeats);
	else
		snprintf(buf, LINE_BYTES, "%s", m->test);
}

static void draw(const struct kt_run_view_state *s)
{
	char line[2 * LINE_BYTES], name[LINE_BYTES], time[24];
	unsigned width = columns();
	snprintf(line, sizeof(line), "%zu of %zu tests done, %zu not passed, %s", s->done, s->total,
		s->not_passed, since(s->since_ns, time));
	draw_line(line, width);
	for (size_t i = 0; i < s->machine_count && i < MACHINES_SHOWN; i++) {
		name_of(&s->machines[i], name);
		snprintf(line, sizeof(line), "  %s: %s, %s", name, s->machines[i].stage,
			since(s->machines[i].since_ns, time));
		draw_line(line, width);
	}
	if (s->machine_count > MACHINES_SHOWN) {
		snprintf(line, sizeof(line), "  and %zu more", s->machine_count - MACHINES_SHOWN);
		draw_line(line, width);
	}
	fflush(stderr);
}

static void on_update(void *unused, const struct kt_run_view_state *s)
{
	(void)unused;
	if (!isatty(STDERR_FILENO))
		return;
	pthread_mutex_lock(&live.lock);
	if (!live.holds) {
		erase();
		draw(s);
	}
	pthread_mutex_unlock(&live.lock);
}

static void on_begin(void *unused, const struct kt_run_view_state *s,
	const struct kt_run_view_machine *m, size_t number)
{
	char name[LINE_BYTES];
	(void)unused;
	if (isatty(STDERR_FILENO))
		return;
	name_of(m, name);
	fprintf(stderr, "ktstr: [%zu/%zu] %s: %s\n", number, s->total, name,
		m->on_host ? "runs on this machine" : "boots");
}

static void on_hold(void *unused)
{
	(void)unused;
	kt_cli_live_hold();
}

static void on_release(void *unused)
{
	(void)unused;
	kt_cli_live_release();
}

const struct kt_run_view *kt_cli_live_view(void)
{
	static const struct kt_run_view view = {
		.begin = on_begin, .update = on_update, .hold = on_hold, .release = on_release};
	return &view;
}
