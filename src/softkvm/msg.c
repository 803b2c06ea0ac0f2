// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encoding, decoding and queues of the control port's messages. A row per type says who
 * receives it and how long it may be; nothing is handed out that does not fit its row.
 */
#include "softkvm/msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define MAGIC	    0x6d73746bu /* "ktsm" */
#define STRINGS_MAX 65536u
#define GROUPS_MAX  65536u

struct header {
	uint32_t magic;
	uint32_t type;
	uint32_t bytes;
};

struct start_header {
	uint32_t uid, gid, umask, tty;
	uint16_t rows, cols;
	uint32_t group_count, out_fd_count, argc, envc, rwc;
	uint64_t realtime_ns;
};

static const struct {
	enum kt_softkvm_side receiver;
	uint32_t min, max; /* payload bytes */
} rows[KT_SOFTKVM_MSG_COUNT] = {
	[KT_SOFTKVM_MSG_READY] = {KT_SOFTKVM_HOST, 4, 4},
	[KT_SOFTKVM_MSG_START] = {KT_SOFTKVM_MACHINE, sizeof(struct start_header),
		KT_SOFTKVM_START_BYTES_MAX},
	[KT_SOFTKVM_MSG_STARTED] = {KT_SOFTKVM_HOST, 0, 0},
	[KT_SOFTKVM_MSG_FAILED] = {KT_SOFTKVM_HOST, 6, KT_SOFTKVM_TEXT_BYTES_MAX},
	[KT_SOFTKVM_MSG_EXIT] = {KT_SOFTKVM_HOST, sizeof(struct kt_softkvm_exit),
		sizeof(struct kt_softkvm_exit)},
	[KT_SOFTKVM_MSG_ALIVE] = {KT_SOFTKVM_HOST, 4, 4},
	[KT_SOFTKVM_MSG_SIGNAL] = {KT_SOFTKVM_MACHINE, 4, 4},
	[KT_SOFTKVM_MSG_WINSIZE] = {KT_SOFTKVM_MACHINE, sizeof(struct kt_softkvm_winsize),
		sizeof(struct kt_softkvm_winsize)},
	[KT_SOFTKVM_MSG_STDIN_END] = {KT_SOFTKVM_MACHINE, 8, 8},
	[KT_SOFTKVM_MSG_HOST_DELAY] = {KT_SOFTKVM_MACHINE, sizeof(struct kt_softkvm_host_delay),
		sizeof(struct kt_softkvm_host_delay)},
	[KT_SOFTKVM_MSG_STOPPED] = {KT_SOFTKVM_HOST, sizeof(struct kt_softkvm_stopped),
		sizeof(struct kt_softkvm_stopped)},
	[KT_SOFTKVM_MSG_CONTINUE] = {KT_SOFTKVM_MACHINE, 8, 8},
};

static bool fits(uint32_t type, size_t bytes)
{
	if (type < KT_SOFTKVM_MSG_READY || type >= KT_SOFTKVM_MSG_COUNT)
		return false;
	return bytes >= rows[type].min && bytes <= rows[type].max;
}

int kt_softkvm_put(struct kt_softkvm_outbox *o, enum kt_softkvm_msg_type type, const void *payload,
	size_t bytes)
{
	if (!fits(type, bytes))
		return -E2BIG;

	struct header h = {.magic = MAGIC, .type = type, .bytes = (uint32_t)bytes};
	kt_str_add_bytes(&o->buf, &h, sizeof(h));
	kt_str_add_bytes(&o->buf, payload, bytes);
	return o->buf.failed ? -ENOMEM : 0;
}

static uint32_t add_strings(struct kt_str *s, const char *const *list)
{
	uint32_t n = 0;
	for (; list && list[n]; n++)
		kt_str_add_bytes(s, list[n], strlen(list[n]) + 1);
	return n;
}

int kt_softkvm_put_start(struct kt_softkvm_outbox *o, const struct kt_softkvm_start *s)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str p = {0};
	struct start_header h = {
		.uid = s->uid,
		.gid = s->gid,
		.umask = s->umask,
		.tty = s->tty,
		.rows = s->winsize.rows,
		.cols = s->winsize.cols,
		.group_count = s->group_count,
		.out_fd_count = s->out_fd_count,
		.realtime_ns = s->realtime_ns,
	};
	kt_str_add_bytes(&p, &h, sizeof(h));
	kt_str_add_bytes(&p, s->groups, s->group_count * sizeof(*s->groups));
	kt_str_add_bytes(&p, s->out_fds, s->out_fd_count * sizeof(*s->out_fds));
	kt_str_add_bytes(&p, s->cwd, strlen(s->cwd) + 1);
	h.argc = add_strings(&p, s->argv);
	h.envc = add_strings(&p, s->env);
	h.rwc = add_strings(&p, s->rw_dirs);
	if (p.failed)
		return -ENOMEM;
	memcpy(p.text, &h, sizeof(h));
	return kt_softkvm_put(o, KT_SOFTKVM_MSG_START, p.text, p.len);
}

int kt_softkvm_put_failed(struct kt_softkvm_outbox *o, const struct kt_err *why)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str p = {0};
	int32_t code = why->code;
	kt_str_add_bytes(&p, &code, sizeof(code));
	kt_str_add_bytes(&p, why->text, strlen(why->text) + 1);
	kt_str_add_bytes(&p, why->fix, strlen(why->fix) + 1);
	return p.failed ? -ENOMEM : kt_softkvm_put(o, KT_SOFTKVM_MSG_FAILED, p.text, p.len);
}

bool kt_softkvm_outbox_empty(const struct kt_softkvm_outbox *o)
{
	return o->sent == o->buf.len;
}

/* Sockets are written without SIGPIPE; ports are no sockets. */
static ssize_t write_some(int fd, const void *data, size_t bytes)
{
	ssize_t n = send(fd, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, data, bytes);
	return n;
}

int kt_softkvm_flush(struct kt_softkvm_outbox *o, int fd)
{
	while (!kt_softkvm_outbox_empty(o)) {
		ssize_t n = write_some(fd, o->buf.text + o->sent, o->buf.len - o->sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return -errno;
		o->sent += (size_t)n;
	}
	kt_str_cut(&o->buf, 0);
	o->sent = 0;
	return 0;
}

void kt_softkvm_outbox_done(struct kt_softkvm_outbox *o)
{
	kt_str_done(&o->buf);
	o->sent = 0;
}

int kt_softkvm_fill(struct kt_softkvm_inbox *in, int fd)
{
	char chunk[16384];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	kt_str_add_bytes(&in->buf, chunk, (size_t)n);
	return in->buf.failed ? -ENOMEM : 0;
}

/* Drop what was handed out, so that the buffer holds at most one message and a chunk. */
static void compact(struct kt_softkvm_inbox *in)
{
	if (!in->used)
		return;
	size_t rest = in->buf.len - in->used;
	memmove(in->buf.text, in->buf.text + in->used, rest);
	kt_str_cut(&in->buf, rest);
	in->used = 0;
}

int kt_softkvm_next(struct kt_softkvm_inbox *in, struct kt_softkvm_msg *ret)
{
	struct header h;

	compact(in);
	if (in->buf.len < sizeof(h))
		return 0;
	memcpy(&h, in->buf.text, sizeof(h));
	if (h.magic != MAGIC || !fits(h.type, h.bytes) || rows[h.type].receiver != in->side)
		return -EPROTO;
	if (in->buf.len - sizeof(h) < h.bytes)
		return 0;

	in->used = sizeof(h) + h.bytes;
	*ret = (struct kt_softkvm_msg){
		.type = (enum kt_softkvm_msg_type)h.type,
		.payload = in->buf.text + sizeof(h),
		.bytes = h.bytes,
	};
	return 1;
}

void kt_softkvm_inbox_done(struct kt_softkvm_inbox *in)
{
	kt_str_done(&in->buf);
	in->used = 0;
}

/* The string at *P, moving *P past it; NULL when it does not end before END. */
static const char *take_string(const char **p, const char *end)
{
	const char *s = *p;
	const char *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;
	if (nul)
		*p = nul + 1;
	return nul ? s : NULL;
}

static bool take_list(const char **p, const char *end, uint32_t count, const char **list)
{
	for (uint32_t i = 0; i < count; i++) {
		list[i] = take_string(p, end);
		if (!list[i])
			return false;
	}
	list[count] = NULL;
	return true;
}

static bool counts_fit(const struct start_header *h, size_t rest)
{
	if (!h->argc || h->argc > STRINGS_MAX || h->envc > STRINGS_MAX || h->rwc > STRINGS_MAX)
		return false;
	if (h->group_count > GROUPS_MAX || h->out_fd_count > KT_SOFTKVM_OUT_FDS_MAX)
		return false;
	return rest >= (h->group_count + h->out_fd_count) * sizeof(uint32_t);
}

static bool out_fds_fit(const uint32_t *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (fds[i] <= 2 || fds[i] > KT_SOFTKVM_OUT_FD_MAX)
			return false;
	return true;
}

int kt_softkvm_start_decode(
	const void *payload, size_t bytes, struct kt_softkvm_start *ret, void **ret_mem)
{
	const char *p = payload, *end = p + bytes;
	struct start_header h;

	if (bytes < sizeof(h))
		return -EPROTO;
	memcpy(&h, p, sizeof(h));
	p += sizeof(h);
	if (!counts_fit(&h, (size_t)(end - p)))
		return -EPROTO;

	size_t pointers = (size_t)h.argc + h.envc + h.rwc + 3;
	size_t number_bytes = (h.group_count + h.out_fd_count) * sizeof(uint32_t);
	KT_AUTOFREE char *mem = malloc(pointers * sizeof(char *) + number_bytes);
	if (!mem)
		return -ENOMEM;
	const char **lists = (const char **)(void *)mem;
	uint32_t *groups = (uint32_t *)(void *)(mem + pointers * sizeof(char *));
	uint32_t *out_fds = groups + h.group_count;
	memcpy(groups, p, number_bytes);
	p += number_bytes;

	const char **argv = lists, **env = argv + h.argc + 1, **rw = env + h.envc + 1;
	const char *cwd = take_string(&p, end);
	if (!cwd || !take_list(&p, end, h.argc, argv) || !take_list(&p, end, h.envc, env) ||
		!take_list(&p, end, h.rwc, rw) || p != end || !out_fds_fit(out_fds, h.out_fd_count))
		return -EPROTO;

	*ret = (struct kt_softkvm_start){
		.uid = h.uid,
		.gid = h.gid,
		.umask = h.umask,
		.tty = h.tty,
		.winsize = {h.rows, h.cols},
		.realtime_ns = h.realtime_ns,
		.groups = groups,
		.group_count = h.group_count,
		.out_fds = out_fds,
		.out_fd_count = h.out_fd_count,
		.cwd = cwd,
		.argv = argv,
		.env = env,
		.rw_dirs = rw,
	};
	*ret_mem = KT_TAKE(mem);
	return 0;
}

int kt_softkvm_failed_decode(const void *payload, size_t bytes, struct kt_softkvm_failed *ret)
{
	const char *p = payload, *end = p + bytes;
	struct kt_softkvm_failed f;

	if (bytes < sizeof(f.code))
		return -EPROTO;
	memcpy(&f.code, p, sizeof(f.code));
	p += sizeof(f.code);
	f.text = take_string(&p, end);
	f.fix = f.text ? take_string(&p, end) : NULL;
	if (!f.fix || p != end || f.code <= 0)
		return -EPROTO;
	*ret = f;
	return 0;
}
