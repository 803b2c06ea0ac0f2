// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work that read and write a file of 4 KiB blocks. It is made in /tmp without a name, so
 * that it goes with its worker; each worker has its own. In a guest /tmp is a tmpfs: no device
 * is slow there, and what is measured are the calls and their locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "work/kind.h"
#include "work/step.h"

#define FOLDER	    "/tmp"
#define BLOCK	    4096u
#define STRIPE	    16u	  /* blocks of one io_sync_write */
#define FILE_BLOCKS 1024u /* of the kinds that read: 4 MiB, one writev */
#define CONVOY	    16u	  /* iterations between two fdatasync */
#define IDLE_NS	    (20 * KT_NS_PER_MS)

struct io {
	int fd;		/* -1: there is no file */
	unsigned next;	/* block to write */
	unsigned since; /* iterations since the last fdatasync */
};

static size_t stripe_bytes(const struct ktstr_work *work)
{
	(void)work;
	return STRIPE * BLOCK;
}

static size_t block_bytes(const struct ktstr_work *work)
{
	(void)work;
	return BLOCK;
}

static void open_file(struct kt_worker *w, int flags)
{
	struct io *io = w->state;
	const int always = O_TMPFILE | O_RDWR | O_CLOEXEC;
	memset(w->memory, 'k', w->memory_bytes);
	io->fd = open(FOLDER, always | flags, 0600);
	if (io->fd < 0 && errno == EINVAL && flags & O_DIRECT) {
		kt_worker_note(
			w, "%s has no O_DIRECT on this kernel: through the page cache", FOLDER);
		io->fd = open(FOLDER, always | (flags & ~O_DIRECT), 0600);
	}
	if (io->fd < 0)
		kt_worker_note(w, "no file in %s: %s; it does nothing", FOLDER, strerror(errno));
}

static void open_sync(struct kt_worker *w)
{
	open_file(w, O_SYNC);
}

/* All blocks exist before the first is read, because a hole is read in another way. */
static int fill_file(struct kt_worker *w, int fd)
{
	struct iovec blocks[FILE_BLOCKS];
	for (unsigned i = 0; i < FILE_BLOCKS; i++)
		blocks[i] = (struct iovec){w->memory, BLOCK};
	for (unsigned done = 0; done < FILE_BLOCKS;) {
		ssize_t n = writev(fd, blocks, (int)(FILE_BLOCKS - done));
		if (n < (ssize_t)BLOCK)
			return n < 0 ? -errno : -ENOSPC;
		done += (unsigned)n / BLOCK;
	}
	return 0;
}

static void open_direct(struct kt_worker *w)
{
	struct io *io = w->state;
	open_file(w, O_DIRECT);
	int r = io->fd < 0 ? 0 : fill_file(w, io->fd);
	if (r == 0)
		return;
	kt_worker_note(w, "cannot fill a file in %s: %s; it does nothing", FOLDER, strerror(-r));
	close(io->fd);
	io->fd = -1;
}

static void close_file(struct kt_worker *w)
{
	struct io *io = w->state;
	if (io->fd >= 0)
		close(io->fd);
}

/* Account for a call that gave DONE where WANTED was right. */
static bool did(struct kt_worker *w, ssize_t done, ssize_t wanted, const char *call)
{
	if (done == wanted) {
		kt_meter_unit_yielded(&w->meter);
		return !kt_worker_stopped(w);
	}
	if (done < 0 && errno == EINTR)
		return false;
	kt_worker_note(w, "%s: %s", call, done < 0 ? strerror(errno) : "not all of a block");
	kt_worker_sleep(w, IDLE_NS); /* a full disk may have room again */
	return false;
}

static bool write_block(struct kt_worker *w, off_t at, const uint8_t *data)
{
	const struct io *io = w->state;
	return did(w, pwrite(io->fd, data, BLOCK, at), BLOCK, "pwrite");
}

static bool read_random(struct kt_worker *w)
{
	const struct io *io = w->state;
	off_t at = (off_t)kt_worker_below(w, FILE_BLOCKS) * BLOCK;
	return did(w, pread(io->fd, w->memory, BLOCK, at), BLOCK, "pread");
}

static bool sync_data(struct kt_worker *w)
{
	const struct io *io = w->state;
	return did(w, fdatasync(io->fd), 0, "fdatasync");
}

/* False: the worker can only wait for its end. */
static bool has_file(struct kt_worker *w)
{
	const struct io *io = w->state;
	if (io->fd < 0)
		kt_worker_sleep(w, IDLE_NS);
	return io->fd >= 0;
}

static void step_io_sync_write(struct kt_worker *w)
{
	off_t stripe = (off_t)w->index * STRIPE * BLOCK;
	if (!has_file(w))
		return;
	for (unsigned i = 0; i < STRIPE; i++) {
		if (!write_block(w, stripe + (off_t)i * BLOCK, w->memory + i * BLOCK))
			return;
	}
	if (sync_data(w))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_io_sync_write = {
	.step = step_io_sync_write,
	.state_bytes = sizeof(struct io),
	.memory_bytes = stripe_bytes,
	.prepare = open_sync,
	.end = close_file,
};

static void step_io_rand_read(struct kt_worker *w)
{
	if (has_file(w) && read_random(w))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_io_rand_read = {
	.step = step_io_rand_read,
	.state_bytes = sizeof(struct io),
	.memory_bytes = block_bytes,
	.prepare = open_direct,
	.end = close_file,
};

static void step_io_convoy(struct kt_worker *w)
{
	struct io *io = w->state;
	if (!has_file(w) || !write_block(w, (off_t)io->next * BLOCK, w->memory))
		return;
	io->next = (io->next + 1) % FILE_BLOCKS;
	if (!read_random(w))
		return;
	if (++io->since == CONVOY) {
		if (!sync_data(w))
			return;
		io->since = 0;
	}
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_io_convoy = {
	.step = step_io_convoy,
	.state_bytes = sizeof(struct io),
	.memory_bytes = block_bytes,
	.prepare = open_direct,
	.end = close_file,
};
