// SPDX-License-Identifier: GPL-2.0-only
/*
 * Teams from the owner's side. Only one team's descriptors are open in the owner at a time, so
 * that large groups need no more of them than their largest team.
 */
#include "work/team.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "work/kind.h"

#define PAGE 4096u /* teams do not share pages: they may be on different nodes */

static unsigned ask(unsigned (*of)(const struct ktstr_work *), const struct ktstr_work *work)
{
	return of ? of(work) : 0;
}

static int init_memory(struct kt_teams *t, size_t bytes)
{
	size_t stride = (bytes + PAGE - 1) / PAGE * PAGE;
	if (!bytes)
		return 0;
	t->memory_bytes = stride * t->count;
	void *p = mmap(
		NULL, t->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	t->memory = p;
	for (unsigned i = 0; i < t->count; i++)
		t->items[i].memory = (char *)p + i * stride;
	return 0;
}

static int init_fds(struct kt_team *team)
{
	unsigned count = kt_team_fd_count(team);
	team->fds = calloc(count + 1, sizeof(*team->fds));
	if (!team->fds)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		team->fds[i] = -1;
	return 0;
}

int kt_teams_init(struct kt_teams *t, const struct ktstr_work *work, struct kt_work_shared *shared,
	struct kt_err *err)
{
	const struct kt_work_kind *k = kt_work_kind_get(work->kind);
	t->size = k->team(work);
	t->count = work->workers / t->size;
	t->items = calloc(t->count, sizeof(*t->items));
	int r = t->items ? 0 : -ENOMEM;
	for (unsigned i = 0; i < t->count && !r; i++) {
		t->items[i] = (struct kt_team){
			.size = t->size,
			.slots = &shared->slots[i * t->size],
			.pipes = ask(k->ops->pipes, work),
			.events = ask(k->ops->events, work),
		};
		r = init_fds(&t->items[i]);
	}
	if (!r)
		r = init_memory(t, k->ops->team_bytes ? k->ops->team_bytes(work) : 0);
	if (r < 0)
		return kt_fail(err, -r, "give the machine more memory or use fewer workers",
			"work %s: no memory for %u teams of %u workers", k->name, t->count,
			t->size);
	return 0;
}

const struct kt_team *kt_teams_of(const struct kt_teams *t, size_t i)
{
	return &t->items[i / t->size];
}

int kt_teams_open(struct kt_teams *t, size_t i, struct kt_err *err)
{
	struct kt_team *team = &t->items[i / t->size];
	if (i % t->size)
		return 0;
	int r = 0;
	for (unsigned p = 0; p < team->pipes && !r; p++)
		r = kt_fd_pipe(&team->fds[2 * p]);
	for (unsigned e = 0; e < team->events && !r; e++) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		r = fd < 0 ? -errno : 0;
		team->fds[2 * team->pipes + e] = fd;
	}
	if (r < 0)
		return kt_fail(err, -r, "use smaller teams, or raise 'ulimit -n'",
			"cannot make the %u pipes and %u event counters of a team: %s", team->pipes,
			team->events, strerror(-r));
	return 0;
}

static void close_fds(struct kt_team *team)
{
	for (unsigned i = 0; team->fds && i < kt_team_fd_count(team); i++)
		kt_fd_close(&team->fds[i]);
}

void kt_teams_close(struct kt_teams *t, size_t i)
{
	if ((i + 1) % t->size == 0)
		close_fds(&t->items[i / t->size]);
}

void kt_teams_done(struct kt_teams *t)
{
	for (unsigned i = 0; t->items && i < t->count; i++) {
		close_fds(&t->items[i]);
		free(t->items[i].fds);
	}
	free(t->items);
	if (t->memory)
		munmap(t->memory, t->memory_bytes);
	*t = (struct kt_teams){0};
}

/* The least descriptor of the teams from FIRST on, ~0u: none. No sorted copy, because a forked
 * child should not allocate. */
static unsigned next_fd(const struct kt_team *teams, unsigned count, unsigned first)
{
	unsigned next = ~0u;
	for (unsigned t = 0; t < count; t++) {
		for (unsigned i = 0; i < kt_team_fd_count(&teams[t]); i++) {
			unsigned fd = (unsigned)teams[t].fds[i];
			if (teams[t].fds[i] >= 0 && fd >= first)
				next = KT_MIN(next, fd);
		}
	}
	return next;
}

void kt_team_close_others(const struct kt_team *teams, unsigned count, unsigned first)
{
	for (;;) {
		unsigned next = next_fd(teams, count, first);
		if (next == ~0u)
			break;
		if (next > first)
			close_range(first, next - 1, 0);
		first = next + 1;
	}
	close_range(first, ~0u, 0);
}
