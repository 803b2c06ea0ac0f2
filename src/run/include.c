// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each file is added once; a program brings its loader and libraries with it, a script its
 * interpreter. Asking the loader (--list) gives what it would really load: RUNPATH, the
 * loader's cache and LD_LIBRARY_PATH included. It does not start the program.
 */
#include "run/include.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/elf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

#define LOADER_MS    60000
#define SCRIPT_BYTES 256
#define LOADER_CACHE "/etc/ld.so.cache"

struct walk {
	struct kt_run_includes *list;
	const char *host, *guest; /* the folder at work */
	unsigned depth;
	struct kt_err *err;
};

static int add_needs(struct kt_run_includes *list, size_t index, struct kt_err *err);

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory for the files of the guest");
}

/* How messages begin. */
static const char *asker(const struct kt_run_includes *list)
{
	return list->asker ? list->asker : "--include";
}

static void file_done(struct kt_run_include_file *f)
{
	free(f->host);
	free(f->guest);
	free(f->why);
}

/* Where guests mount something of their own, or the harness has its files. */
bool kt_run_include_is_hidden(const char *guest)
{
	static const char *const taken[] = {"init", "ktstr", "proc", "sys", "dev", "tmp", "run"};
	size_t bytes = strcspn(guest, "/");
	for (size_t i = 0; i < KT_ARRAY_LEN(taken); i++)
		if (strlen(taken[i]) == bytes && !memcmp(taken[i], guest, bytes))
			return true;
	return false;
}

/*
 * The place without leading slash, empty and '.' parts; '..' takes the part before it away,
 * as in what a shell shows. In place.
 */
static void make_plain(char *path)
{
	char *end = path;
	for (const char *at = path; *at; at += strspn(at, "/")) {
		size_t bytes = strcspn(at, "/");
		if (bytes == 2 && kt_starts_with(at, "..")) {
			while (end > path && *--end != '/')
				;
		} else if (bytes && (bytes > 1 || *at != '.')) {
			if (end > path)
				*end++ = '/';
			memmove(end, at, bytes); /* never in front of what is read */
			end += bytes;
		}
		at += bytes;
	}
	*end = '\0';
}

/* However the two are written. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;
	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* 0: take it; 1: it is there already. */
static int check_place(
	const struct kt_run_includes *list, const char *host, const char *guest, struct kt_err *err)
{
	if (!*guest || kt_run_include_is_hidden(guest)) {
		kt_fail(err, EINVAL, "install it in another folder, such as /opt or /usr/local",
			"%s '%s': guests hide /%s", asker(list), host, guest);
		return list->asker ? -EINVAL
				   : kt_fix(err, "name another place: --include '%s=/opt/%s'", host,
					     strrchr(host, '/') + 1);
	}
	kt_vec_each(f, &list->files) {
		if (strcmp(f->guest, guest) != 0)
			continue;
		if (is_same_file(f->host, host))
			return 1;
		return kt_fail(err, EEXIST,
			list->asker ? "rename one of the two"
				    : "give one of them another place with FILE=PATH",
			"%s: '%s' and '%s' are both to be /%s", asker(list), f->host, host, guest);
	}
	if (list->files.count >= KT_RUN_INCLUDE_FILES_MAX)
		return kt_fail(err, E2BIG, "include fewer files, or an archive of them",
			"%s: more than %u files", asker(list), KT_RUN_INCLUDE_FILES_MAX);
	return 0;
}

static int add_file(struct kt_run_includes *list, const char *host, const char *guest,
	const char *why, uint64_t bytes, struct kt_err *err)
{
	int r = check_place(list, host, guest, err);
	if (r)
		return r < 0 ? r : 0;
	struct kt_run_include_file f = {
		.host = strdup(host), .guest = strdup(guest), .why = strdup(why), .bytes = bytes};
	if (!f.host || !f.guest || !f.why || kt_vec_push(&list->files, f) < 0) {
		file_done(&f);
		return out_of_memory(err);
	}
	return add_needs(list, list->files.count - 1, err);
}

static int add_path(struct kt_run_includes *list, const char *host, const char *guest,
	const char *why, unsigned depth, struct kt_err *err);

static int add_entry(void *arg, const char *name)
{
	struct walk *w = arg;
	KT_AUTOFREE char *host = kt_strf("%s/%s", strcmp(w->host, "/") ? w->host : "", name);
	KT_AUTOFREE char *guest = kt_strf("%s%s%s", w->guest, *w->guest ? "/" : "", name);
	if (!host || !guest)
		return out_of_memory(w->err);
	return add_path(w->list, host, guest, asker(w->list), w->depth + 1, w->err);
}

/* A link to a folder above would never end: hence the limit of depth. */
static int add_path(struct kt_run_includes *list, const char *host, const char *guest,
	const char *why, unsigned depth, struct kt_err *err)
{
	struct stat st;
	if (stat(host, &st) < 0)
		return kt_fail(err, errno,
			strchr(host, '=') ? "check the path; in FILE=PATH, PATH begins with '/'"
					  : "check the path; it is relative to where you are",
			"%s '%s': %s", asker(list), host, strerror(errno));
	if (S_ISREG(st.st_mode))
		return add_file(list, host, guest, why, (uint64_t)st.st_size, err);
	if (!S_ISDIR(st.st_mode) && list->asker && depth)
		return 0; /* a socket or a device has no contents to take along */
	if (!S_ISDIR(st.st_mode))
		return kt_fail(err, EINVAL, "include files and folders only",
			"%s '%s' is neither a file nor a folder", asker(list), host);
	if (depth > KT_RUN_INCLUDE_DEPTH_MAX)
		return kt_fail(err, ELOOP, "include the folders inside one by one",
			"%s '%s': folders more than %u deep", asker(list), host,
			KT_RUN_INCLUDE_DEPTH_MAX);
	struct walk w = {.list = list, .host = host, .guest = guest, .depth = depth, .err = err};
	return kt_fs_each(host, add_entry, &w, err);
}

/* A library or interpreter keeps its own path: that is where it is looked for. */
static int add_need(struct kt_run_includes *list, const char *path, const char *what,
	const char *of, struct kt_err *err)
{
	KT_AUTOFREE char *why = kt_strf("%s of %s", what, of);
	if (!why)
		return out_of_memory(err);
	int r = add_path(list, path, path + 1, why, 0, err);
	if (r == -ENOENT)
		kt_fix(err, "install '%s', or include another file than '%s', which needs it", path,
			of);
	return r < 0 ? kt_wrap(err, r, "%s", why) : 0;
}

/* One line of the loader: "libc.so.6 => /lib/libc.so.6 (0x7f...)", "/lib/ld.so (0x...)". */
static int add_line(
	struct kt_run_includes *list, char *line, const char *program, struct kt_err *err)
{
	char *arrow = strstr(line, " => ");
	char *path = arrow ? arrow + 4 : line + strspn(line, " \t");
	char *end = strstr(path, " (0x");
	if (arrow && kt_starts_with(path, "not found")) {
		*arrow = '\0';
		return kt_fail(err, ENOENT,
			"install the library, or set LD_LIBRARY_PATH to where it is",
			"%s: library '%s' of '%s' is not found", asker(list),
			line + strspn(line, " \t"), program);
	}
	if (!end || *path != '/')
		return 0; /* the kernel's own, or an empty line */
	*end = '\0';
	return add_need(list, path, "library", program, err);
}

static int add_libraries(
	struct kt_run_includes *list, const char *host, const char *interp, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	const char *argv[] = {interp, "--list", host, NULL};
	int r = add_need(list, interp, "loader", host, err);
	if (r == 0 && kt_fs_exists(LOADER_CACHE))
		r = add_need(list, LOADER_CACHE, "loader's cache", host, err);
	if (r == 0)
		r = kt_proc_capture(argv, false, kt_deadline_ms(LOADER_MS), &text, err);
	if (r < 0)
		return kt_wrap(err, r, "%s: libraries of '%s'", asker(list), host);
	char *rest = text.text;
	for (char *line; r == 0 && (line = strsep(&rest, "\n"));)
		r = add_line(list, line, host, err);
	return r;
}

/* The next word at *AT, cut out of it; "" at its end. */
static char *next_word(char **at)
{
	*at += strspn(*at, " \t");
	char *word = *at;
	*at += strcspn(*at, " \t\n");
	if (**at)
		*(*at)++ = '\0';
	return word;
}

/* LINE: "#!/bin/sh -e", or "#!/usr/bin/env NAME", where env looks for the interpreter. */
static int add_interpreter(
	struct kt_run_includes *list, const char *host, char *line, struct kt_err *err)
{
	line[strcspn(line, "\n")] = '\0';
	char *at = line + 2;
	const char *path = next_word(&at);
	if (*path != '/')
		return 0;
	int r = add_need(list, path, "interpreter", host, err);
	if (r < 0 || !kt_ends_with(path, "/env"))
		return r;
	const char *name = next_word(&at);
	if (strcmp(name, "-S") == 0)
		name = next_word(&at);
	KT_AUTOFREE char *found = *name && *name != '-' ? kt_proc_which(name) : NULL;
	return found ? add_need(list, found, "interpreter", host, err) : 0;
}

/* What file INDEX cannot start without. Files that are no programs need nothing. */
static int add_needs(struct kt_run_includes *list, size_t index, struct kt_err *err)
{
	KT_AUTOFREE char *host = strdup(list->files.items[index].host);
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	char head[SCRIPT_BYTES] = "";
	KT_AUTOFILE FILE *f = host ? fopen(host, "re") : NULL;
	if (!f)
		return kt_fail(err, host ? errno : ENOMEM, "make it readable", "%s '%s': %s",
			asker(list), host ? host : "", strerror(errno));
	size_t n = fread(head, 1, sizeof(head) - 1, f);
	if (n > 2 && kt_starts_with(head, "#!"))
		return add_interpreter(list, host, head, err);
	if (n < 4 || memcmp(head, "\177ELF", 4) || kt_elf_open(host, &elf, NULL) < 0)
		return 0;
	const char *interp = kt_elf_interp(elf);
	return interp ? add_libraries(list, host, interp, err) : 0;
}

/* FILE=PATH apart; PATH that ends with '/' is a folder for it. */
static int add_spec(struct kt_run_includes *list, const char *spec, struct kt_err *err)
{
	const char *equals = strrchr(spec, '=');
	if (equals && equals[1] != '/')
		equals = NULL; /* part of the file's name */
	KT_AUTOFREE char *file = equals ? strndup(spec, (size_t)(equals - spec)) : strdup(spec);
	KT_AUTOFREE char *host = file ? kt_fs_absolute(file) : NULL;
	if (!host)
		return out_of_memory(err);
	for (size_t bytes = strlen(host); bytes > 1 && host[bytes - 1] == '/'; bytes--)
		host[bytes - 1] = '\0'; /* "FOLDER/", as a shell completes it */
	const char *path = equals ? equals + 1 : host;
	const char *base = strrchr(host, '/') + 1;
	KT_AUTOFREE char *guest = kt_strf("%s%s", path, kt_ends_with(path, "/") ? base : "");
	if (!guest)
		return out_of_memory(err);
	make_plain(guest);
	return add_path(list, host, guest, asker(list), 0, err);
}

int kt_run_includes_resolve(
	const char *const *specs, size_t count, struct kt_run_includes *ret, struct kt_err *err)
{
	struct kt_run_includes list = {0};
	int r = 0;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_spec(&list, specs[i], err);
	if (r < 0)
		kt_run_includes_done(&list);
	else
		*ret = list;
	return r;
}

int kt_run_includes_add(
	struct kt_run_includes *list, const char *host, const char *guest, struct kt_err *err)
{
	return add_path(list, host, guest, asker(list), 0, err);
}

void kt_run_includes_done(struct kt_run_includes *list)
{
	kt_vec_each(f, &list->files)
		file_done(f);
	kt_vec_done(&list->files);
	kt_vec_each(p, &list->programs) {
		free(p->program);
		free(p->guest);
	}
	kt_vec_done(&list->programs);
}
