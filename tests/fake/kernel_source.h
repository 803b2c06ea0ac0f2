/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder that looks like a kernel source and "builds" at once, and an empty cache. Files
 * in the source make it misbehave:
 *   drop      names of options olddefconfig drops, one per line
 *   fail      compiling ends with this file's text and status 2
 * The file HOLD of the playground makes compiling wait until it is gone; each compilation
 * adds a line to BUILDS.
 */
#pragma once

#include <stdbool.h>

/* Fresh folders; KTSTR_CACHE_DIR points to the cache. Paths live until kt_fake_ksource_done(). */
struct kt_fake_ksource {
	char *top;    /* holds all the others */
	char *source; /* top/linux */
	char *cache;  /* top/cache, not made */
	char *hold;   /* top/hold */
	char *builds; /* top/builds */
};

void kt_fake_ksource_init(struct kt_fake_ksource *f);
void kt_fake_ksource_done(struct kt_fake_ksource *f);

/* Write TEXT to DIR/NAME, making folders. */
void kt_fake_write(const char *dir, const char *name, const char *text);
/* Lines of a file, 0 when missing. */
unsigned kt_fake_lines(const char *path);
/* Run a shell command in DIR; a failure fails the test. */
void kt_fake_shell(const char *dir, const char *command);
/* Is there a path of this glob pattern, itself a format? */
bool kt_fake_exists(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Wait until there is; fails the test after a minute. */
void kt_fake_await(const char *pattern);
