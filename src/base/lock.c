// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks of the cache and the output folder. The file stays when the lock is released:
 * removing it would let two holders lock two files of the same name.
 */
#include "base/lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#define RETRY_MS	 50u
#define HOLDER_MAX_BYTES 200u
#define REPLACED_MAX	 16u /* tries at once while others remove the file */

struct kt_lock {
	int fd;
};

static int fail_lock(struct kt_err *err, int errnum, const char *path)
{
	const char *fix = errnum == ENOSYS || errnum == EOPNOTSUPP
				  ? "put the folder on a local file system (the kernel needs "
				    "CONFIG_FILE_LOCKING)"
			  : errnum == ENOSPC || errnum == EDQUOT
				  ? "free space on that file system"
				  : "check that the folder exists and that you may write to it";
	return kt_fail(err, errnum, fix, "cannot lock '%s': %s", path, strerror(errnum));
}

/* What the holder wrote about itself, printable and on one line. */
static void read_holder(int fd, char out[HOLDER_MAX_BYTES])
{
	ssize_t n = pread(fd, out, HOLDER_MAX_BYTES - 1, 0);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

static int fail_busy(struct kt_err *err, int fd, const char *path)
{
	char holder[HOLDER_MAX_BYTES];
	read_holder(fd, holder);
	if (!*holder)
		return kt_fail(err, EBUSY, "wait for its holder to end",
			"'%s' is locked by a process that has not said who it is", path);
	return kt_fail(err, EBUSY, "wait for that process, or end it",
		"'%s' is locked by process %s", path, holder);
}

/* The file may have been removed, or replaced, between open and flock. */
static bool is_still_at(int fd, const char *path)
{
	struct stat mine, there;
	return !fstat(fd, &mine) && !stat(path, &there) && mine.st_dev == there.st_dev &&
	       mine.st_ino == there.st_ino;
}

static int write_holder(int fd, const char *purpose)
{
	KT_AUTOFREE char *text = kt_strf("%d %.150s\n", (int)getpid(), purpose);
	if (!text)
		return -ENOMEM;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	return kt_fd_write_all(fd, text, strlen(text));
}

/* What one try came to, besides -errno. */
enum outcome { OUTCOME_LOCKED, OUTCOME_BUSY, OUTCOME_REPLACED };

/* OUTCOME_LOCKED gives *RET_FD; of the others ERR says why. */
static int try_lock(const char *path, int *ret_fd, struct kt_err *err)
{
	KT_AUTOFD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return fail_lock(err, errno, path);
	int r;
	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno != EWOULDBLOCK)
		return fail_lock(err, errno, path);
	if (r < 0) {
		fail_busy(err, fd, path);
		return OUTCOME_BUSY;
	}
	if (!is_still_at(fd, path)) {
		kt_fail(err, EBUSY, "end what keeps removing the file",
			"'%s' was removed while it was being locked", path);
		return OUTCOME_REPLACED;
	}
	*ret_fd = kt_take_fd(&fd);
	return OUTCOME_LOCKED;
}

/* Try until locked or the deadline has passed. */
static int await_lock(const char *path, uint64_t deadline_ns, int *ret_fd, struct kt_err *err)
{
	unsigned replaced = 0;
	for (;;) {
		int r = try_lock(path, ret_fd, err);
		if (r < 0 || r == OUTCOME_LOCKED)
			return r;
		if (r == OUTCOME_REPLACED && ++replaced < REPLACED_MAX)
			continue;
		if (kt_deadline_passed(deadline_ns))
			return -EBUSY;
		uint64_t again_ns = kt_deadline_ms(RETRY_MS);
		kt_sleep_until(KT_MIN(again_ns, deadline_ns));
	}
}

int kt_lock_take(const char *path, const char *purpose, uint64_t deadline_ns, struct kt_lock **ret,
	struct kt_err *err)
{
	KT_AUTOFD int fd = -1;
	int r = await_lock(path, deadline_ns, &fd, err);
	if (r < 0)
		return r;
	kt_err_clear(err);
	r = write_holder(fd, purpose);
	if (r < 0)
		return fail_lock(err, -r, path);
	struct kt_lock *lock = malloc(sizeof(*lock));
	if (!lock)
		return fail_lock(err, ENOMEM, path);
	lock->fd = kt_take_fd(&fd);
	*ret = lock;
	return 0;
}

int kt_lock_fd(const struct kt_lock *lock)
{
	return lock->fd;
}

void kt_lock_free(struct kt_lock *lock)
{
	if (!lock)
		return;
	/* Said aloud: a forked child that shares the descriptor would keep it locked. */
	if (!ftruncate(lock->fd, 0))
		flock(lock->fd, LOCK_UN);
	close(lock->fd);
	free(lock);
}
