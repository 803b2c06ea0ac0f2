// SPDX-License-Identifier: GPL-2.0-only
/* Kill, wait, remove, take back; every walk and every wait has an end. */
#include "run/host_left.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "run/host_place.h"

#define FILE_BYTES  (1u << 20)
#define DEPTH_MAX   64u
#define END_MS	    5000u
#define LOOK_MS	    10u
#define START_FIELD 22 /* of /proc/PID/stat */
#define PREFIX	    "run-"
#define FIX_PROCS   "end the processes in its cgroup.procs; those in state D wait for the kernel"

void kt_run_host_ended_done(struct kt_run_host_ended *e)
{
	kt_str_done(&e->notes);
}

/* When the process started, in clock ticks since boot; 0: there is none. */
static unsigned long long start_of(const char *proc, int pid)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%d/stat", proc, pid);
	if (!path || kt_fs_read(path, FILE_BYTES, &text, NULL) < 0)
		return 0;
	/* The name may hold anything, parentheses and blanks too. */
	const char *p = strrchr(kt_str_get(&text), ')');
	for (unsigned field = 2; p && field < START_FIELD; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p, NULL, 10) : 0;
}

char *kt_run_host_left_name(const char *proc, int pid)
{
	return kt_strf(PREFIX "%d-%llu", pid, start_of(proc, pid));
}

static bool is_locked(const char *dir)
{
	KT_AUTOFD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool kt_run_host_left_is_owned(const char *proc, const char *parent, const char *name)
{
	int pid;
	unsigned long long start;
	KT_AUTOFREE char *dir = kt_strf("%s/%s", parent, name);
	if (sscanf(name, PREFIX "%d-%llu", &pid, &start) == 2 && start_of(proc, pid) == start &&
		start)
		return true;
	return !dir || is_locked(dir); /* its owner may be in another pid namespace */
}

/* Calls FN for DIR and each cgroup below it, the innermost first. 0, or what FN returned. */
struct walk {
	int (*fn)(void *arg, const char *dir);
	void *arg;
	const char *dir;
	unsigned depth;
};

static int walk_dir(const struct walk *w);

static int walk_entry(void *arg, const char *name)
{
	const struct walk *w = arg;
	struct stat st;
	KT_AUTOFREE char *path = kt_strf("%s/%s", w->dir, name);
	if (!path)
		return -ENOMEM;
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (w->depth >= DEPTH_MAX)
		return -ELOOP;
	struct walk below = {.fn = w->fn, .arg = w->arg, .dir = path, .depth = w->depth + 1};
	return walk_dir(&below);
}

static int walk_dir(const struct walk *w)
{
	int r = kt_fs_each(w->dir, walk_entry, (void *)w, NULL);
	return r ? r : w->fn(w->arg, w->dir);
}

static int walk(const char *dir, int (*fn)(void *arg, const char *dir), void *arg)
{
	struct walk w = {.fn = fn, .arg = arg, .dir = dir};
	return walk_dir(&w);
}

struct procs {
	unsigned count;
	int signal; /* 0: only count */
	char some[128];
};

static int each_proc(void *arg, const char *dir)
{
	struct procs *p = arg;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/cgroup.procs", dir);
	if (!path || kt_fs_read(path, FILE_BYTES, &text, NULL) < 0)
		return 0; /* a threaded cgroup has none of its own, or it has gone */
	char *rest = text.text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		int pid = atoi(line);
		if (pid <= 1 || pid == getpid())
			continue;
		size_t n = strlen(p->some);
		snprintf(p->some + n, sizeof(p->some) - n, "%s%d", n ? " " : "", pid);
		p->count++;
		if (p->signal)
			kill(pid, p->signal);
	}
	return 0;
}

static void look_at_procs(const char *dir, int signal, struct procs *ret)
{
	*ret = (struct procs){.signal = signal};
	(void)walk(dir, each_proc, ret); /* what cannot be read has nobody in it */
}

/* cgroup.kill (Linux 5.14) leaves no time to fork; before, it takes as many rounds as needed. */
static int kill_all(
	const struct kt_run_host_io *io, const char *dir, unsigned *ret_killed, struct kt_err *err)
{
	KT_AUTOFREE char *file = kt_strf("%s/cgroup.kill", dir);
	uint64_t deadline_ns = kt_deadline_ms(END_MS);
	struct procs left;
	look_at_procs(dir, 0, &left);
	*ret_killed = left.count;
	while (left.count) {
		if (kt_deadline_passed(deadline_ns))
			return kt_fail(err, EBUSY, FIX_PROCS,
				"cgroup '%s': processes do not end, not even after SIGKILL: %s",
				dir, left.some);
		bool at_once = file && io->write(io->arg, file, "1") == 0;
		look_at_procs(dir, at_once ? 0 : SIGKILL, &left);
		if (left.count)
			kt_sleep_until(kt_deadline_ms(LOOK_MS));
	}
	return 0;
}

struct removal {
	const struct kt_run_host_io *io;
	const char *top;
	uint64_t deadline_ns;
	struct kt_err *err;
};

/* Busy for a moment after its last task has ended. */
static int remove_one(const struct removal *x, const char *dir)
{
	int r = x->io->remove_dir(x->io->arg, dir);
	while (r == -EBUSY && !kt_deadline_passed(x->deadline_ns)) {
		kt_sleep_until(kt_deadline_ms(LOOK_MS));
		r = x->io->remove_dir(x->io->arg, dir);
	}
	if (r == 0 || r == -ENOENT)
		return 0;
	return kt_fail(
		x->err, -r, FIX_PROCS, "cgroup '%s' cannot be removed: %s", dir, strerror(-r));
}

static int remove_below(void *arg, const char *dir)
{
	const struct removal *x = arg;
	return strcmp(dir, x->top) ? remove_one(x, dir) : 0;
}

static void undo_on(
	const struct kt_run_host_io *io, const char *words, struct kt_run_host_ended *ended)
{
	const char *path = strchr(words, ' ');
	if (!path)
		return;
	KT_AUTOFREE char *file = kt_strf("%s/cgroup.subtree_control", path + 1);
	KT_AUTOFREE char *off = kt_strf("-%.*s", (int)(path - words), words);
	int r = file && off ? io->write(io->arg, file, off) : -ENOMEM;
	if (r < 0 && r != -ENOENT)
		kt_str_addf(&ended->notes,
			"controller %s stays enabled in %s, which was without it: %s\n", off + 1,
			path + 1, strerror(-r));
}

static void undo_left(const struct kt_run_host_io *io, const char *words)
{
	const char *path = strchr(words, ' ');
	if (!path)
		return;
	KT_AUTOFREE char *pid = strndup(words, (size_t)(path - words));
	KT_AUTOFREE char *file = kt_strf("%s/cgroup.procs", path + 1);
	KT_AUTOFREE char *aside = kt_strf("%s/" KT_RUN_HOST_ASIDE, path + 1);
	if (!pid || !file || !aside)
		return;
	if (atoi(pid) == getpid())
		(void)io->write(io->arg, file, pid); /* else it stays aside, as good a place */
	(void)io->remove_dir(io->arg, aside);	     /* not while somebody is in it */
}

static void undo(const struct kt_run_host_io *io, const char *line, struct kt_run_host_ended *ended)
{
	if (kt_starts_with(line, "on "))
		undo_on(io, line + 3, ended);
	else if (kt_starts_with(line, "left "))
		undo_left(io, line + 5);
}

/* Newest line first; MEMO is changed. */
static void undo_all(const struct kt_run_host_io *io, char *memo, struct kt_run_host_ended *ended)
{
	while (memo && *memo) {
		char *end = strrchr(memo, '\n');
		const char *line = end ? end + 1 : memo;
		if (*line)
			undo(io, line, ended);
		if (!end)
			return;
		*end = '\0';
	}
}

int kt_run_host_left_end(const struct kt_run_host_io *io, const char *dir,
	struct kt_run_host_ended *ended, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str memo = {0};
	unsigned killed = 0;
	(void)io->get_memo(io->arg, dir, &memo); /* without one nothing was changed */
	int r = kill_all(io, dir, &killed, err);
	ended->killed += killed;
	struct removal x = {
		.io = io, .top = dir, .deadline_ns = kt_deadline_ms(END_MS), .err = err};
	if (r == 0)
		r = walk(dir, remove_below, &x);
	if (r < 0)
		return r;
	undo_all(io, memo.text, ended);
	return remove_one(&x, dir);
}

void kt_run_host_left_remove_made(const struct kt_run_host_io *io, const char *parent)
{
	KT_AUTOFREE char *path = strdup(parent);
	for (; path && *path; *strrchr(path, '/') = '\0')
		if (kt_fs_exists(path) &&
			(!kt_run_host_io_is_made(path) || io->remove_dir(io->arg, path) < 0))
			return;
}

struct sweep {
	const struct kt_run_host_io *io;
	const char *proc, *parent;
	unsigned count;
	struct kt_run_host_ended *ended;
	int first; /* -errno */
	struct kt_err *err;
};

static int sweep_one(void *arg, const char *name)
{
	struct sweep *s = arg;
	struct kt_err mine = {0};
	if (!kt_starts_with(name, PREFIX) || kt_run_host_left_is_owned(s->proc, s->parent, name))
		return 0;
	KT_AUTOFREE char *dir = kt_strf("%s/%s", s->parent, name);
	if (!dir)
		return -ENOMEM;
	int r = kt_run_host_left_end(s->io, dir, s->ended, &mine);
	s->count += r == 0;
	if (r < 0 && !s->first) {
		s->first = r;
		if (s->err)
			*s->err = mine;
	}
	return 0;
}

int kt_run_host_left_sweep(const struct kt_run_host_io *io, const char *proc, const char *parent,
	unsigned *ret, struct kt_run_host_ended *ended, struct kt_err *err)
{
	struct sweep s = {.io = io, .proc = proc, .parent = parent, .ended = ended, .err = err};
	int r = kt_fs_each(parent, sweep_one, &s, err);
	*ret = s.count;
	return r < 0 ? r : s.first;
}
