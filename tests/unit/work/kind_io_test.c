// SPDX-License-Identifier: GPL-2.0-only
/* File kinds: which calls in which proportion, of which file. */
#include <fcntl.h>
#include <sys/stat.h>

#include "unit/work/solo.h"
#include "unit/work/trace.h"

#define BLOCK 4096

/* The calls of one worker of KIND in so many iterations; false when tracing is not permitted. */
static bool trace_kind(
	enum ktstr_work_kind kind, uint64_t iterations, struct trace *t, struct kt_work_result *ret)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = kind});
	if (!trace_attach(w)) {
		kt_work_free(w);
		return false;
	}
	trace_run(w, t, iterations, PATIENCE_MS);
	trace_detach(w);
	*ret = end_one(w);
	return true;
}

static void expect_ratio(uint64_t a, uint64_t b, uint64_t ratio)
{
	cr_expect(a <= (b + 1) * ratio && (a + ratio) >= b * ratio, "%lu to %lu, not %lu",
		(unsigned long)a, (unsigned long)b, (unsigned long)ratio);
}

Test(kind_io, sync_write_is_sixteen_blocks_and_one_fdatasync)
{
	static struct trace t;
	struct kt_work_result r;
	/* More would take a slow disk too long, of fewer 15 or 17 blocks would look the same. */
	if (!trace_kind(KTSTR_WORK_io_sync_write, 40, &t, &r))
		cr_skip("ptrace is not permitted here");
	cr_expect_geq(t.calls[0][SYS_fdatasync], 40);
	expect_ratio(t.calls[0][SYS_pwrite64], t.calls[0][SYS_fdatasync], 16);
	cr_expect_lt(t.calls[0][SYS_pread64], 8, "only the meter's");
	expect_ratio(r.work_units, r.iterations, 17);
}

Test(kind_io, rand_read_only_reads)
{
	static struct trace t;
	struct kt_work_result r;
	if (!trace_kind(KTSTR_WORK_io_rand_read, 64, &t, &r))
		cr_skip("ptrace is not permitted here");
	cr_expect_geq(t.calls[0][SYS_pread64], 64);
	cr_expect_eq(t.calls[0][SYS_pwrite64] + t.calls[0][SYS_fdatasync], 0);
}

Test(kind_io, convoy_writes_and_reads_in_turn_and_syncs_every_sixteenth)
{
	static struct trace t;
	struct kt_work_result r;
	if (!trace_kind(KTSTR_WORK_io_convoy, 64, &t, &r))
		cr_skip("ptrace is not permitted here");
	expect_ratio(t.calls[0][SYS_pwrite64], t.calls[0][SYS_pread64], 1);
	expect_ratio(t.calls[0][SYS_pread64], t.calls[0][SYS_fdatasync], 16);
}

/* The flags of descriptor FD, as /proc says them; -1: not open. */
static long flags_of(pid_t pid, int fd)
{
	char path[64], line[128];
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "flags:", 6))
			return strtol(line + 6, NULL, 8);
	return -1;
}

/* The one file in /tmp that PID has open. */
static int file_of(pid_t pid)
{
	for (int fd = 3; fd < 64; fd++) {
		char path[64], target[128];
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		if (n > 0 && (target[n] = '\0', !strncmp(target, "/tmp/", 5)))
			return fd;
	}
	return -1;
}

static void expect_file(enum ktstr_work_kind kind, long flag, const char *note)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = kind, .workers = 2});
	for (int i = 0; i < 2; i++)
		until(atomic_load(&w->shared->slots[i].iterations) > 0);
	for (int i = 0; i < 2; i++) {
		int fd = file_of(w->pids[i]);
		cr_assert_geq(fd, 0, "no file in /tmp");
		bool set = (flags_of(w->pids[i], fd) & flag) == flag;
		const char *said = w->shared->slots[i].note;
		cr_expect(set || (note && !strncmp(said, note, strlen(note))), "%s", said);
	}
	struct stat a, b;
	char path[2][64];
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "/proc/%d/fd/%d", (int)w->pids[i],
			file_of(w->pids[i]));
	cr_assert(!stat(path[0], &a) && !stat(path[1], &b));
	cr_expect_neq(a.st_ino, b.st_ino, "they share a file");
	cr_expect_eq(a.st_nlink, 0, "the file has a name, which somebody would have to remove");
	kt_work_free(w);
}

Test(kind_io, writes_are_synchronous_and_files_are_their_own)
{
	expect_file(KTSTR_WORK_io_sync_write, O_SYNC, NULL);
}

Test(kind_io, reads_are_direct_or_a_note_says_why_not)
{
	expect_file(KTSTR_WORK_io_rand_read, O_DIRECT, "/tmp has no O_DIRECT");
	expect_file(KTSTR_WORK_io_convoy, O_DIRECT, "/tmp has no O_DIRECT");
}

Test(kind_io, each_sync_writer_has_its_stripe)
{
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_io_sync_write});
	struct stat st;
	s->w.index = 3;
	s->ops->step(&s->w);
	cr_assert_eq(s->w.meter.r.iterations, 1, "%s", s->w.slot->note);
	cr_assert_eq(fstat(*(int *)s->w.state, &st), 0); /* the descriptor is its first member */
	cr_expect_eq(st.st_size, 4 * 16 * BLOCK);
	solo_stop(s);
	solo_free(s);
}
