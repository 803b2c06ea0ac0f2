// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made has a mark from the start, and what is changed stands in the memo of the folder
 * before it is done, so that who comes after a SIGKILL can take it back.
 */
#include "run/host_cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/mem.h"

#define TURN_LOOK_MS 100u
#define ROUNDS_MAX   16u /* in which others may remove the parent while it is being locked */
#define FIX_RIGHTS                                                                                 \
	"run it as root, or in a cgroup that is yours: systemd-run --user --scope -p "             \
	"Delegate=yes PROGRAM"

struct making {
	const struct kt_run_host_cgroup_config *c;
	struct kt_run_host_cgroup *h;
	struct kt_err *err;
};

static int fail_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "no memory for the host's cgroups");
}

static const char *fix_of(int r)
{
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return FIX_RIGHTS;
	return "look at cgroup.max.descendants and cgroup.type of the cgroups above";
}

/* Remember LINE before it is done. */
static int note_in_memo(struct making *m, const char *line)
{
	struct kt_run_host_cgroup *h = m->h;
	if (!line)
		return fail_memory(m->err);
	kt_str_addf(&h->memo, "%s\n", line);
	if (h->memo.failed)
		return fail_memory(m->err);
	if (h->io->set_memo(h->io->arg, h->dir, kt_str_get(&h->memo)) < 0)
		kt_str_addf(&h->ended.notes,
			"this kernel keeps no memo with a cgroup: after a SIGKILL nobody takes "
			"back: %s\n",
			line);
	return 0;
}

/* The parent and what is missing above it, up to the mount. */
static int make_parent(struct making *m)
{
	const struct kt_run_host_place *place = m->c->place;
	char path[PATH_MAX];
	for (size_t i = strlen(place->mount) + 1; place->parent[i - 1]; i++) {
		if (place->parent[i] && place->parent[i] != '/')
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)i, place->parent);
		if (kt_fs_exists(path))
			continue;
		int r = m->h->io->make_dir(m->h->io->arg, path);
		if (r < 0 && r != -EEXIST)
			return kt_fail(m->err, -r, fix_of(r), "cgroup '%s' cannot be made: %s",
				path, strerror(-r));
	}
	return 0;
}

/* Who keeps the turn from us: the first folder with a living owner. */
struct holder {
	const struct making *m;
	char name[64];
};

static int find_holder(void *arg, const char *name)
{
	struct holder *h = arg;
	const struct kt_run_host_cgroup_config *c = h->m->c;
	if (!kt_starts_with(name, "run-") ||
		!kt_run_host_left_is_owned(c->proc ? c->proc : "/proc", c->place->parent, name))
		return 0;
	snprintf(h->name, sizeof(h->name), "%s", name);
	return 1;
}

static int fail_turn(const struct making *m, bool stopped)
{
	struct holder h = {.m = m};
	(void)kt_fs_each(m->c->place->parent, find_holder, &h, NULL);
	return kt_fail(m->err, EBUSY,
		"wait for it to end, or give this one a machine of its own: ktstr softkvm exec",
		"another host_only test runs on this machine (%s/%s), and they take turns%s",
		m->c->place->parent, *h.name ? h.name : "?",
		stopped ? "; the wait was interrupted" : "");
}

/* 0: locked; 1: the folder that was locked is not the parent any more. */
static int lock_parent(struct making *m)
{
	struct stat mine, there;
	const char *path = m->c->place->parent;
	KT_AUTOFD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return kt_fail(m->err, errno, FIX_RIGHTS, "cgroup '%s': %s", path, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		bool stopped = m->c->stopped && m->c->stopped();
		if (errno != EWOULDBLOCK && errno != EINTR)
			return kt_fail(m->err, errno, "build the kernel with CONFIG_FILE_LOCKING=y",
				"cgroup '%s' cannot be locked: %s", path, strerror(errno));
		if (stopped || kt_deadline_passed(m->c->deadline_ns))
			return fail_turn(m, stopped);
		kt_sleep_until(kt_deadline_ms(TURN_LOOK_MS));
	}
	if (fstat(fd, &mine) < 0 || stat(path, &there) < 0 || mine.st_ino != there.st_ino)
		return 1;
	m->h->parent_fd = kt_take_fd(&fd);
	return 0;
}

static int sweep(struct making *m)
{
	unsigned count = 0;
	struct kt_run_host_ended *e = &m->h->ended;
	unsigned killed = e->killed;
	int r = kt_run_host_left_sweep(m->h->io, m->c->proc ? m->c->proc : "/proc",
		m->c->place->parent, &count, e, m->err);
	if (count)
		kt_str_addf(&e->notes,
			"%u %s of a run that was killed %s removed, with %u processes\n", count,
			count == 1 ? "folder" : "folders", count == 1 ? "was" : "were",
			e->killed - killed);
	e->killed = killed; /* they are not this test's */
	return r < 0 ? kt_wrap(m->err, r, "what a run that was killed has left") : 0;
}

/* The parent made, locked and clean; others who end there may take it away meanwhile. */
static int take_turn(struct making *m)
{
	struct stat mine, there;
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		kt_fd_close(&m->h->parent_fd);
		int r = make_parent(m);
		if (r == 0)
			r = lock_parent(m);
		if (r > 0)
			continue;
		if (r == 0)
			r = sweep(m);
		if (r < 0)
			return r;
		if (fstat(m->h->parent_fd, &mine) == 0 && stat(m->c->place->parent, &there) == 0 &&
			mine.st_ino == there.st_ino)
			return 0;
	}
	return kt_fail(m->err, EBUSY, "set " KT_RUN_HOST_ENV " to a folder that only ktstr uses",
		"cgroup '%s' is removed again and again", m->c->place->parent);
}

static int make_folder(struct making *m)
{
	struct kt_run_host_cgroup *h = m->h;
	char path[PATH_MAX];
	KT_AUTOFREE char *name = kt_run_host_left_name(m->c->proc ? m->c->proc : "/proc", getpid());
	if (!name)
		return fail_memory(m->err);
	int n = snprintf(path, sizeof(path), "%s/%s", m->c->place->parent, name);
	if (n < 0 || n >= PATH_MAX - 16)
		return kt_fail(m->err, ENAMETOOLONG, "set " KT_RUN_HOST_ENV " to a shorter path",
			"cgroup '%s': its path is too long", m->c->place->parent);
	int r = h->io->make_dir(h->io->arg, path);
	if (r < 0)
		return kt_fail(m->err, -r, fix_of(r), "cgroup '%s' cannot be made: %s", path,
			strerror(-r));
	snprintf(h->dir, sizeof(h->dir), "%s", path);
	h->dir_fd = open(h->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->dir_fd < 0 || flock(h->dir_fd, LOCK_EX | LOCK_NB) < 0)
		return kt_fail(m->err, errno, "build the kernel with CONFIG_FILE_LOCKING=y",
			"cgroup '%s' cannot be locked: %s", h->dir, strerror(errno));
	return 0;
}

static int make_part(struct making *m, const char *name)
{
	const struct kt_run_host_io *io = m->h->io;
	KT_AUTOFREE char *path = kt_strf("%s/%s", m->h->dir, name);
	int r = path ? io->make_dir(io->arg, path) : -ENOMEM;
	return r < 0 ? kt_fail(m->err, -r, fix_of(r), "cgroup '%s/%s' cannot be made: %s",
			       m->h->dir, name, strerror(-r))
		     : 0;
}

/* A cgroup with processes of its own gives no controllers on: this one can at least leave. */
static int step_aside(struct making *m, const char *level)
{
	const struct kt_run_host_io *io = m->h->io;
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	KT_AUTOFREE char *line = kt_strf("left %s %s", pid, level);
	KT_AUTOFREE char *dir = kt_strf("%s/" KT_RUN_HOST_ASIDE, level);
	KT_AUTOFREE char *procs = kt_strf("%s/" KT_RUN_HOST_ASIDE "/cgroup.procs", level);
	int r = note_in_memo(m, line);
	if (r < 0)
		return r;
	if (!dir || !procs)
		return fail_memory(m->err);
	r = io->make_dir(io->arg, dir);
	if (r == 0 || r == -EEXIST)
		r = io->write(io->arg, procs, pid);
	return r < 0 ? kt_fail(m->err, -r, fix_of(r), "cgroup '%s' cannot be entered: %s", dir,
			       strerror(-r))
		     : 0;
}

static int enable(struct making *m, const char *level, const char *controller)
{
	const struct kt_run_host_io *io = m->h->io;
	char pid[16];
	bool inside = false;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	KT_AUTOFREE char *line = kt_strf("on %s %s", controller, level);
	KT_AUTOFREE char *file = kt_strf("%s/cgroup.subtree_control", level);
	KT_AUTOFREE char *word = kt_strf("+%s", controller);
	if (!file || !word)
		return fail_memory(m->err);
	int r = kt_run_host_file_has(level, "cgroup.procs", pid, &inside, m->err);
	if (r == 0 && inside && strcmp(level, m->c->place->mount) != 0)
		r = step_aside(m, level);
	if (r == 0)
		r = note_in_memo(m, line);
	if (r < 0)
		return r;
	r = io->write(io->arg, file, word);
	if (r == 0)
		return 0;
	const char *fix = r == -EBUSY ? "start it in a cgroup without other processes: "
					"systemd-run --user --scope -p Delegate=yes PROGRAM"
				      : fix_of(r);
	return kt_fail(m->err, -r, fix, "controller %s cannot be enabled in %s: %s", controller,
		file, strerror(-r));
}

/* CONTROLLER for the children of LEVEL, if it is off. */
static int enable_at(struct making *m, const char *level, const char *controller)
{
	bool on = false, offered = false;
	int r = kt_run_host_file_has(level, "cgroup.subtree_control", controller, &on, m->err);
	if (r < 0 || on)
		return r;
	r = kt_run_host_file_has(level, "cgroup.controllers", controller, &offered, m->err);
	if (r < 0)
		return r;
	if (offered)
		return enable(m, level, controller);
	r = kt_fail(m->err, ENOTSUP, FIX_RIGHTS, "cgroup '%s' was not given the controller %s",
		level, controller);
	kt_fix(m->err, "as root, or where systemd delegates it (Delegate=%s of user@.service)",
		controller);
	return r;
}

static int enable_level(struct making *m, const char *level)
{
	int r = 0;
	for (const char *const *c = m->c->controllers; r == 0 && *c; c++)
		r = enable_at(m, level, *c);
	return r;
}

/* From the mount down to the parent, both included. */
static int enable_all(struct making *m)
{
	const struct kt_run_host_place *place = m->c->place;
	char level[PATH_MAX];
	for (size_t i = strlen(place->mount);; i++) {
		if (place->parent[i] && place->parent[i] != '/')
			continue;
		snprintf(level, sizeof(level), "%.*s", (int)i, place->parent);
		int r = enable_level(m, level);
		if (r < 0 || !place->parent[i])
			return r;
	}
}

int kt_run_host_cgroup_make(const struct kt_run_host_cgroup_config *config,
	struct kt_run_host_cgroup *ret, struct kt_err *err)
{
	*ret = (struct kt_run_host_cgroup){.io = config->io ? config->io : &kt_run_host_io_real,
		.parent_fd = -1,
		.dir_fd = -1};
	struct making m = {.c = config, .h = ret, .err = err};
	snprintf(ret->mount, sizeof(ret->mount), "%s", config->place->mount);
	snprintf(ret->parent, sizeof(ret->parent), "%s", config->place->parent);
	int r = take_turn(&m);
	if (r == 0)
		r = make_folder(&m);
	if (r == 0)
		r = make_part(&m, KT_RUN_HOST_OWN);
	if (r == 0)
		r = make_part(&m, KT_RUN_HOST_TEST);
	if (r == 0)
		r = enable_all(&m);
	return r < 0 ? r : enable_level(&m, ret->dir);
}

int kt_run_host_cgroup_enter(const struct kt_run_host_cgroup *h, struct kt_err *err)
{
	KT_AUTOFREE char *file = kt_strf("%s/" KT_RUN_HOST_OWN "/cgroup.procs", h->dir);
	int r = file ? h->io->write(h->io->arg, file, "0") : -ENOMEM;
	return r < 0 ? kt_fail(err, -r, fix_of(r),
			       "the scenario's process cannot enter %s/" KT_RUN_HOST_OWN ": %s",
			       h->dir, strerror(-r))
		     : 0;
}

int kt_run_host_cgroup_end(struct kt_run_host_cgroup *h, struct kt_err *err)
{
	int r = 0;
	if (*h->dir)
		r = kt_run_host_left_end(h->io, h->dir, &h->ended, err);
	if (r == 0) {
		*h->dir = '\0';
		/* Without the lock it is another's, who removes it. */
		if (h->parent_fd >= 0 || !kt_fs_exists(h->parent))
			kt_run_host_left_remove_made(h->io, h->parent);
	}
	kt_fd_close(&h->dir_fd);
	kt_fd_close(&h->parent_fd);
	return r;
}

void kt_run_host_cgroup_done(struct kt_run_host_cgroup *h)
{
	kt_fd_close(&h->dir_fd);
	kt_fd_close(&h->parent_fd);
	kt_str_done(&h->memo);
	kt_run_host_ended_done(&h->ended);
}
