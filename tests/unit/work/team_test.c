// SPDX-License-Identifier: GPL-2.0-only
/* What the workers of a team share, and that they keep nothing of another team. */
#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "unit/work/groups.h"
#include "work/step.h"

/* The inodes behind the descriptors of PID from 3 on; 0 for those that are closed. */
static size_t pipes_of(pid_t pid, ino_t *ret, size_t max)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	cr_assert_not_null(dir);
	size_t count = 0;
	for (struct dirent *e; (e = readdir(dir));) {
		char link[300];
		struct stat st;
		snprintf(link, sizeof(link), "/proc/%d/fd/%s", (int)pid, e->d_name);
		if (atoi(e->d_name) > 2 && stat(link, &st) == 0 && S_ISFIFO(st.st_mode) &&
			count < max)
			ret[count++] = st.st_ino;
	}
	closedir(dir);
	return count;
}

static bool has(const ino_t *list, size_t count, ino_t one)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == one)
			return true;
	return false;
}

Test(team, workers_keep_the_pipes_of_their_team_and_no_others)
{
	struct kt_work *w = spawn((struct ktstr_work){.kind = KTSTR_WORK_pipe_io, .workers = 4});
	for (size_t i = 0; i < 4; i++)
		until(is_set_up(w->pids[i]));
	ino_t pipes[4][16];
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pipes_of(w->pids[i], pipes[i], 16), 4, "two ends of two pipes");
	for (size_t i = 0; i < 4; i++) {
		cr_expect(has(pipes[0], 4, pipes[1][i]), "partners share both");
		cr_expect(!has(pipes[0], 4, pipes[2][i]), "teams share none");
	}
	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(w->teams.items[i / 2].fds[i], -1, "the owner keeps none");
	kt_work_free(w);
}

Test(team, each_team_has_zeroed_memory_of_its_own)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_futex_ping_pong, .workers = 6};
	struct kt_work *w = spawn(work);
	cr_assert_eq(w->teams.count, 3);
	cr_assert_eq(w->teams.size, 2);
	const char *first = w->teams.items[0].memory, *second = w->teams.items[1].memory;
	cr_expect_geq(second - first, 4096);
	cr_expect_eq(first[0], 0);
	cr_expect_eq(kt_teams_of(&w->teams, 3), &w->teams.items[1]);
	kt_work_free(w);
}

Test(team, workers_know_each_other_by_thread_id)
{
	struct kt_work *w = spawn((struct ktstr_work){.kind = KTSTR_WORK_pipe_io, .workers = 4});
	for (size_t i = 0; i < 4; i++) {
		until(is_set_up(w->pids[i]));
		until(atomic_load(&w->shared->slots[i].tid) == w->pids[i]);
	}
	struct kt_worker seen = {.team = kt_teams_of(&w->teams, 2)};
	cr_expect_eq(kt_worker_peer(&seen, 1), w->pids[3]);
	kt_work_free(w);
}

Test(team, too_many_descriptors_are_an_error_with_the_remedy)
{
	struct rlimit few = {.rlim_cur = 12, .rlim_max = 12};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (dup(0) >= 0)
		;
	struct ktstr_work work = {.kind = KTSTR_WORK_pipe_io, .workers = 2};
	struct kt_work_spec spec = {.work = &work, .cgroup = "left"};
	struct kt_work *w = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_work_spawn(&spec, &w, &err), -EMFILE);
	cr_expect_not_null(strstr(err.fix, "ulimit -n"), "%s", err.fix);
	cr_expect(no_child_left());
}
