// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that prints must not wait until somebody asks for its output, or the measurement
 * would be of that wait. The thread has the caller's priority only while it is being stopped:
 * before, it competes with the program like any other reader would.
 */
#include "payload/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "payload/run.h"

#define PIECE_BYTES 65536
#define LAST_BYTES  (16u << 20) /* of each stream once it is to stop: it may go on for ever */
#define FIX_MEMORY  "give the machine more memory"

struct kt_payload_reader {
	struct kt_payload_stream streams[2];
	int stop_fd;
	int pidfd;	 /* -1 once it has ended */
	uint64_t end_ns; /* when that was */
	pthread_t thread;
};

static void keep(struct kt_payload_stream *s, const char *data, size_t bytes)
{
	size_t room = s->limit - KT_MIN(s->limit, s->text.len);
	s->bytes += bytes;
	kt_str_add_bytes(&s->text, data, KT_MIN(bytes, room));
}

/* At most LIMIT bytes; closes the descriptor at its end. */
static void take(struct kt_payload_stream *s, char *piece, size_t limit)
{
	for (size_t taken = 0; s->fd >= 0 && taken < limit;) {
		ssize_t n = read(s->fd, piece, PIECE_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			kt_fd_close(&s->fd);
			return;
		}
		keep(s, piece, (size_t)n);
		taken += (size_t)n;
	}
}

/* Whoever waits may come much later. */
static void note_end(struct kt_payload_reader *r)
{
	r->end_ns = kt_now_ns();
	kt_fd_close(&r->pidfd);
}

static void *read_all(void *arg)
{
	struct kt_payload_reader *r = arg;
	char piece[PIECE_BYTES];
	struct kt_payload_stream *s = r->streams;
	bool stopping = false;
	while (!stopping) {
		struct pollfd fds[] = {
			{.fd = r->stop_fd, .events = POLLIN},
			{.fd = s[0].fd, .events = POLLIN},
			{.fd = s[1].fd, .events = POLLIN},
			{.fd = r->pidfd, .events = POLLIN},
		};
		if (poll(fds, KT_ARRAY_LEN(fds), -1) < 0)
			continue;
		if (fds[3].revents)
			note_end(r);
		stopping = fds[0].revents != 0;
		take(&s[0], piece, stopping ? LAST_BYTES : PIECE_BYTES);
		take(&s[1], piece, stopping ? LAST_BYTES : PIECE_BYTES);
	}
	return NULL;
}

/* Signals are for the threads that were there before. */
static int start_thread(struct kt_payload_reader *r)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int errnum = pthread_create(&r->thread, NULL, read_all, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return errnum;
}

static void release(struct kt_payload_reader *r)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(r->streams); i++) {
		kt_fd_close(&r->streams[i].fd);
		kt_str_done(&r->streams[i].text);
	}
	kt_fd_close(&r->stop_fd);
	kt_fd_close(&r->pidfd);
	free(r);
}

int kt_payload_reader_start(
	int out_fd, int err_fd, int pidfd, struct kt_payload_reader **ret, struct kt_err *err)
{
	struct kt_payload_reader *r = calloc(1, sizeof(*r));
	if (!r) {
		close(out_fd);
		close(err_fd);
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
	}
	r->streams[0] = (struct kt_payload_stream){.fd = out_fd, .limit = KT_PAYLOAD_OUT_BYTES};
	r->streams[1] = (struct kt_payload_stream){.fd = err_fd, .limit = KT_PAYLOAD_ERR_BYTES};
	(void)kt_fd_set_nonblock(out_fd, true);	     /* fails for no pipe */
	(void)kt_fd_set_nonblock(err_fd, true);	     /* as above */
	r->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3); /* -1: then nobody notes when it ends */
	r->stop_fd = eventfd(0, EFD_CLOEXEC);
	int errnum = r->stop_fd < 0 ? errno : start_thread(r);
	if (errnum) {
		release(r);
		return kt_fail(err, errnum, FIX_MEMORY, "a thread to read its output: %s",
			strerror(errnum));
	}
	*ret = r;
	return 0;
}

/* Refused where priorities are: then it ends when it comes to its turn. */
static void hurry(pthread_t thread)
{
	int policy;
	struct sched_param param;
	if (pthread_getschedparam(pthread_self(), &policy, &param) == 0)
		(void)pthread_setschedparam(thread, policy, &param);
}

static void end_thread(struct kt_payload_reader *r)
{
	uint64_t one = 1;
	hurry(r->thread);
	(void)kt_fd_write_all(r->stop_fd, &one, sizeof(one)); /* an eventfd takes it */
	pthread_join(r->thread, NULL);
}

uint64_t kt_payload_reader_stop(struct kt_payload_reader *r, struct kt_payload_stream ret[2])
{
	end_thread(r);
	uint64_t end_ns = r->end_ns;
	for (size_t i = 0; i < KT_ARRAY_LEN(r->streams); i++) {
		ret[i] = r->streams[i];
		ret[i].fd = -1;
		r->streams[i].text = (struct kt_str){0};
	}
	release(r);
	return end_ns;
}

void kt_payload_reader_free(struct kt_payload_reader *r)
{
	if (!r)
		return;
	end_thread(r);
	release(r);
}
