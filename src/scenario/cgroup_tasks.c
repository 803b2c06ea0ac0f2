// SPDX-License-Identifier: GPL-2.0-only
/* Which tasks are where: moves of processes and threads, lists, and stopping them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/vec.h"
#include "scenario/cgroup_files.h"

#define DRAIN_ROUNDS	8 /* tasks may fork while they are moved */
#define FREEZE_TRIES	5000
#define FREEZE_PAUSE_MS 1 /* most of what the op costs beyond the kernel */
#define STATUS_LIMIT	(64u << 10)

struct pids {
	pid_t *items;
	size_t count, room;
};

static void pids_done(struct pids *p)
{
	kt_vec_done(p);
}

static bool pids_have(const struct pids *p, pid_t pid)
{
	kt_vec_each(item, p)
		if (*item == pid)
			return true;
	return false;
}

/* A read of cgroup.procs fails with EOPNOTSUPP in a threaded cgroup. */
static int read_list(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	struct pids *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	int r = kt_scenario_read_file(g, name, file, &text, err);
	if (r < 0)
		return r;
	for (const char *p = kt_str_get(&text); *p;) {
		char *end;
		long pid = strtol(p, &end, 10);
		if (end == p)
			break;
		if (pid > 0 && kt_vec_push(ret, (pid_t)pid) < 0)
			return kt_scenario_fail_memory(err);
		p = end + strspn(end, "\n");
	}
	return 0;
}

/* The process of a thread, 0 when it is gone. */
static pid_t process_of(pid_t tid)
{
	char path[48];
	struct kt_err ignored;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (kt_fs_read(path, STATUS_LIMIT, &text, &ignored) < 0)
		return 0;
	const char *line = strstr(kt_str_get(&text), "\nTgid:");
	return line ? (pid_t)strtol(line + strlen("\nTgid:"), NULL, 10) : 0;
}

static int read_processes_of_threads(
	const struct kt_scenario_cgroups *g, const char *name, struct pids *ret, struct kt_err *err)
{
	KT_AUTO_DONE(pids_done) struct pids threads = {0};
	int r = read_list(g, name, "cgroup.threads", &threads, err);
	if (r < 0)
		return r;
	kt_vec_each(tid, &threads) {
		pid_t pid = process_of(*tid);
		if (pid && !pids_have(ret, pid) && kt_vec_push(ret, pid) < 0)
			return kt_scenario_fail_memory(err);
	}
	return 0;
}

static int read_procs(
	const struct kt_scenario_cgroups *g, const char *name, struct pids *ret, struct kt_err *err)
{
	bool threaded = false;
	struct kt_err ignored;
	if (kt_scenario_file_has(g, name, "cgroup.type", "threaded", &threaded, &ignored) < 0)
		threaded = false; /* the root has no such file, and no other cause matters here */
	bool domain = false;
	if (threaded &&
		kt_scenario_file_has(g, name, "cgroup.type", "domain", &domain, &ignored) < 0)
		domain = false;
	if (threaded && !domain)
		return read_processes_of_threads(g, name, ret, err);
	return read_list(g, name, "cgroup.procs", ret, err);
}

int kt_scenario_cgroup_read_procs(const struct kt_scenario_cgroups *g, const char *name,
	pid_t **ret_pids, size_t *ret_count, struct kt_err *err)
{
	struct pids found = {0};
	int r = read_procs(g, name, &found, err);
	if (r < 0) {
		pids_done(&found);
		return kt_wrap(err, r, "cgroup '%s': list its processes", name);
	}
	*ret_pids = found.items;
	*ret_count = found.count;
	return 0;
}

/* The file that takes tasks left behind. */
static int spill_path(const struct kt_scenario_cgroups *g, char ret[PATH_MAX], struct kt_err *err)
{
	if (!g->spill)
		return kt_scenario_path_of(g, NULL, "cgroup.procs", ret, err);
	int n = snprintf(ret, PATH_MAX, "%s/%s/cgroup.procs", g->mount, g->spill);
	if (n >= 0 && n < PATH_MAX)
		return 0;
	return kt_fail(err, ENAMETOOLONG, "use a shorter path", "cgroup '%s': its path is too long",
		g->spill);
}

/* Move what is in cgroup NAME there. *RET says how many tasks there were. */
static int drain_once(
	const struct kt_scenario_cgroups *g, const char *name, size_t *ret, struct kt_err *err)
{
	char to[PATH_MAX];
	KT_AUTO_DONE(pids_done) struct pids found = {0};
	int r = spill_path(g, to, err);
	if (!r)
		r = read_procs(g, name, &found, err);
	if (r < 0)
		return r;
	kt_vec_each(pid, &found) {
		char text[24];
		snprintf(text, sizeof(text), "%d", (int)*pid);
		r = kt_scenario_try_write(g, to, text);
		if (r < 0 && r != -ESRCH)
			return kt_scenario_fail_write(g, NULL, to, text, -r, err);
	}
	*ret = found.count;
	return 0;
}

int kt_scenario_cgroup_drain(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	size_t most = 0;
	for (unsigned i = 0; i < DRAIN_ROUNDS; i++) {
		size_t tasks = 0;
		int r = drain_once(g, name, &tasks, err);
		if (r < 0)
			return r;
		if (!tasks)
			break;
		most = KT_MAX(most, tasks);
	}
	if (most)
		kt_scenario_note(g, "cgroup '%s': %zu tasks were still in it and went to %s", name,
			most, g->spill ? g->spill : "the root");
	return 0;
}

/*
 * A cgroup that gives controllers to nested ones takes no tasks. When none are nested in it any
 * more, what was given serves nobody.
 */
static int take_back_controllers(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str given = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str request = {0};
	struct kt_err ignored;
	if (kt_scenario_read_file(g, name, "cgroup.subtree_control", &given, &ignored) < 0)
		return 0; /* the move itself says what is wrong with the cgroup */
	char *save = NULL;
	KT_AUTOFREE char *copy = strdup(kt_str_get(&given));
	if (!copy)
		return kt_scenario_fail_memory(err);
	for (char *p = strtok_r(copy, " \n", &save); p; p = strtok_r(NULL, " \n", &save))
		kt_str_addf(&request, "%s-%s", request.len ? " " : "", p);
	if (!request.len || kt_scenario_has_nested(g, name))
		return 0;
	return kt_scenario_write_file(g, name, "cgroup.subtree_control", kt_str_get(&request), err);
}

static int move_one(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	pid_t id, struct kt_err *err)
{
	char path[PATH_MAX], text[24];
	/* The kernel takes 0 for the writer itself. */
	if (id <= 0)
		return kt_fail(err, EINVAL, "report this as a defect of ktstr",
			"cgroup '%s': %d is no process", name, (int)id);
	int r = kt_scenario_path_of(g, name, file, path, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%d", (int)id);
	r = kt_scenario_try_write(g, path, text);
	if (!r || r == -ESRCH)
		return r;
	return kt_scenario_fail_write(g, name, path, text, -r, err);
}

static void note_gone(
	const struct kt_scenario_cgroups *g, const char *name, size_t gone, size_t count)
{
	if (gone)
		kt_scenario_note(g,
			"cgroup '%s': %zu of %zu tasks had ended before they were moved into it",
			name, gone, count);
}

int kt_scenario_cgroup_move(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *pids, size_t count, struct kt_err *err)
{
	int r = count ? take_back_controllers(g, name, err) : 0;
	size_t gone = 0;
	for (size_t i = 0; i < count && !r; i++) {
		r = move_one(g, name, "cgroup.procs", pids[i], err);
		if (r == -ESRCH) {
			gone++;
			r = 0;
		}
	}
	if (!r)
		note_gone(g, name, gone, count);
	return r;
}

/*
 * A thread can only go where the rest of its process may go too. A process that is in a cgroup
 * of another kind goes to the scenario's folder first, with all its threads.
 */
static int move_thread(
	const struct kt_scenario_cgroups *g, const char *name, pid_t tid, struct kt_err *err)
{
	int r = move_one(g, name, "cgroup.threads", tid, err);
	if (r != -EOPNOTSUPP)
		return r;
	struct kt_err ignored;
	if (move_one(g, "", "cgroup.procs", tid, &ignored) < 0)
		return r;
	return move_one(g, name, "cgroup.threads", tid, err);
}

int kt_scenario_cgroup_move_threads(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *tids, size_t count, struct kt_err *err)
{
	int r = count ? kt_scenario_cgroup_make_threaded(g, name, err) : 0;
	size_t gone = 0;
	for (size_t i = 0; i < count && !r; i++) {
		r = move_thread(g, name, tids[i], err);
		if (r == -ESRCH) {
			gone++;
			r = 0;
		}
	}
	if (!r)
		note_gone(g, name, gone, count);
	return r;
}

/* The kernel freezes each task when it next returns to user space, and says when all are. */
static void await_frozen(const struct kt_scenario_cgroups *g, const char *name)
{
	for (unsigned i = 0; i < FREEZE_TRIES; i++) {
		KT_AUTO_DONE(kt_str_done) struct kt_str events = {0};
		struct kt_err ignored;
		if (kt_scenario_read_file(g, name, "cgroup.events", &events, &ignored) < 0 ||
			strstr(kt_str_get(&events), "frozen 1"))
			return;
		kt_scenario_io_of(g)->pause(g->arg, FREEZE_PAUSE_MS);
	}
	kt_scenario_note(g, "cgroup '%s': not all of its tasks are frozen after %u ms", name,
		FREEZE_TRIES * FREEZE_PAUSE_MS);
}

int kt_scenario_cgroup_freeze(
	const struct kt_scenario_cgroups *g, const char *name, bool on, struct kt_err *err)
{
	int r = kt_scenario_write_file(g, name, "cgroup.freeze", on ? "1" : "0", err);
	if (!r && on)
		await_frozen(g, name);
	return r;
}
