// SPDX-License-Identifier: GPL-2.0-only
/* The control protocol: what goes in comes out, and what does not belong is refused. */
#include "softkvm/msg.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct kt_softkvm_inbox inbox(enum kt_softkvm_side side, const struct kt_softkvm_outbox *o)
{
	struct kt_softkvm_inbox in = {.side = side};
	kt_str_add_bytes(&in.buf, o->buf.text, o->buf.len);
	return in;
}

static const char *const argv[] = {"prog", "", "a b\n", NULL};
static const char *const env[] = {"A=1", NULL};
static const char *const rw[] = {"/x", "/y", NULL};
static const uint32_t groups[] = {4, 27};
static const uint32_t out_fds[] = {7, 1023, 3};

static struct kt_softkvm_start a_start(void)
{
	return (struct kt_softkvm_start){
		.uid = 7,
		.gid = 8,
		.umask = 027,
		.tty = KT_SOFTKVM_TTY_OUT,
		.winsize = {24, 80},
		.realtime_ns = 1234567890123456789ull,
		.groups = groups,
		.group_count = 2,
		.out_fds = out_fds,
		.out_fd_count = 3,
		.cwd = "/work dir",
		.argv = argv,
		.env = env,
		.rw_dirs = rw,
	};
}

/* The payload of an encoded START in fresh memory of exactly its size. */
static char *start_payload(size_t *ret_bytes)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_start s = a_start();
	struct kt_softkvm_msg m;

	cr_assert_eq(kt_softkvm_put_start(&o, &s), 0);
	struct kt_softkvm_inbox in = inbox(KT_SOFTKVM_MACHINE, &o);
	cr_assert_eq(kt_softkvm_next(&in, &m), 1);
	cr_assert_eq(m.type, KT_SOFTKVM_MSG_START);
	char *copy = malloc(m.bytes);
	memcpy(copy, m.payload, m.bytes);
	*ret_bytes = m.bytes;
	kt_softkvm_inbox_done(&in);
	kt_softkvm_outbox_done(&o);
	return copy;
}

Test(softkvm_msg, start_survives_the_way)
{
	size_t bytes;
	char *payload = start_payload(&bytes);
	struct kt_softkvm_start s;
	void *mem;

	cr_assert_eq(kt_softkvm_start_decode(payload, bytes, &s, &mem), 0);
	cr_expect_eq(s.uid, 7u);
	cr_expect_eq(s.gid, 8u);
	cr_expect_eq(s.umask, 027u);
	cr_expect_eq(s.tty, (uint32_t)KT_SOFTKVM_TTY_OUT);
	cr_expect_eq(s.winsize.rows, 24);
	cr_expect_eq(s.winsize.cols, 80);
	cr_expect_eq(s.realtime_ns, 1234567890123456789ull);
	cr_expect_eq(s.group_count, 2u);
	cr_expect_eq(s.groups[1], 27u);
	cr_expect_eq(s.out_fd_count, 3u);
	cr_expect_eq(s.out_fds[0], 7u);
	cr_expect_eq(s.out_fds[2], 3u);
	cr_expect_str_eq(s.cwd, "/work dir");
	cr_expect_str_eq(s.argv[1], "");
	cr_expect_str_eq(s.argv[2], "a b\n");
	cr_expect_null(s.argv[3]);
	cr_expect_str_eq(s.env[0], "A=1");
	cr_expect_null(s.env[1]);
	cr_expect_str_eq(s.rw_dirs[1], "/y");
	cr_expect_null(s.rw_dirs[2]);
	free(mem);
	free(payload);
}

Test(softkvm_msg, every_truncated_start_is_refused)
{
	size_t bytes;
	char *payload = start_payload(&bytes);

	for (size_t n = 0; n < bytes; n++) {
		struct kt_softkvm_start s;
		void *mem = NULL;
		char *cut =
			malloc(n ? n : 1); /* its own block: the sanitizer sees a byte too far */
		memcpy(cut, payload, n);
		cr_expect_eq(kt_softkvm_start_decode(cut, n, &s, &mem), -EPROTO, "%zu bytes", n);
		free(cut);
	}
	free(payload);
}

Test(softkvm_msg, start_with_any_corrupt_count_does_not_crash)
{
	size_t bytes;
	char *payload = start_payload(&bytes);

	for (size_t at = 0; at < 48; at++) {
		struct kt_softkvm_start s;
		void *mem = NULL;
		char old = payload[at];
		payload[at] = (char)0xff;
		if (kt_softkvm_start_decode(payload, bytes, &s, &mem) == 0)
			free(mem);
		payload[at] = old;
	}
	free(payload);
}

Test(softkvm_msg, a_start_with_a_number_no_output_can_have_is_refused)
{
	static const uint32_t bad[] = {0, 2, 1024, 0xffffffff};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kt_softkvm_outbox o = {0};
		struct kt_softkvm_start s = a_start();
		struct kt_softkvm_msg m;
		void *mem = NULL;
		s.out_fds = &bad[i];
		s.out_fd_count = 1;
		cr_assert_eq(kt_softkvm_put_start(&o, &s), 0);
		struct kt_softkvm_inbox in = inbox(KT_SOFTKVM_MACHINE, &o);
		cr_assert_eq(kt_softkvm_next(&in, &m), 1);
		cr_expect_eq(kt_softkvm_start_decode(m.payload, m.bytes, &s, &mem), -EPROTO);
		kt_softkvm_inbox_done(&in);
		kt_softkvm_outbox_done(&o);
	}
}

Test(softkvm_msg, trailing_bytes_of_a_start_are_refused)
{
	size_t bytes;
	char *payload = start_payload(&bytes);
	struct kt_softkvm_start s;
	void *mem;

	payload = realloc(payload, bytes + 1);
	payload[bytes] = '\0';
	cr_assert_eq(kt_softkvm_start_decode(payload, bytes + 1, &s, &mem), -EPROTO);
	free(payload);
}

Test(softkvm_msg, failure_keeps_text_and_fix)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_err err = {0};
	struct kt_softkvm_failed f;
	struct kt_softkvm_msg m;

	kt_fail(&err, ENODEV, "do this", "mount x: %s", "no");
	cr_assert_eq(kt_softkvm_put_failed(&o, &err), 0);
	struct kt_softkvm_inbox in = inbox(KT_SOFTKVM_HOST, &o);
	cr_assert_eq(kt_softkvm_next(&in, &m), 1);
	cr_assert_eq(kt_softkvm_failed_decode(m.payload, m.bytes, &f), 0);
	cr_expect_eq(f.code, ENODEV);
	cr_expect_str_eq(f.text, "mount x: no");
	cr_expect_str_eq(f.fix, "do this");
	for (size_t n = 0; n < m.bytes; n++)
		cr_expect_eq(kt_softkvm_failed_decode(m.payload, n, &f), -EPROTO);
	kt_softkvm_inbox_done(&in);
	kt_softkvm_outbox_done(&o);
}

Test(softkvm_msg, a_message_arrives_only_when_complete)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_inbox in = {.side = KT_SOFTKVM_MACHINE};
	struct kt_softkvm_msg m;
	uint32_t sig = 15;

	cr_assert_eq(kt_softkvm_put(&o, KT_SOFTKVM_MSG_SIGNAL, &sig, sizeof(sig)), 0);
	for (size_t i = 0; i < o.buf.len; i++) {
		cr_assert_eq(kt_softkvm_next(&in, &m), 0);
		kt_str_add_bytes(&in.buf, o.buf.text + i, 1);
	}
	cr_assert_eq(kt_softkvm_next(&in, &m), 1);
	cr_expect_eq(m.type, KT_SOFTKVM_MSG_SIGNAL);
	cr_assert_eq(kt_softkvm_next(&in, &m), 0);
	kt_softkvm_inbox_done(&in);
	kt_softkvm_outbox_done(&o);
}

Test(softkvm_msg, a_message_of_the_own_side_is_refused)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_msg m;
	uint32_t sig = 9;

	cr_assert_eq(kt_softkvm_put(&o, KT_SOFTKVM_MSG_SIGNAL, &sig, sizeof(sig)), 0);
	struct kt_softkvm_inbox in = inbox(KT_SOFTKVM_HOST, &o);
	cr_assert_eq(kt_softkvm_next(&in, &m), -EPROTO);
	kt_softkvm_inbox_done(&in);
	kt_softkvm_outbox_done(&o);
}

Test(softkvm_msg, a_wrong_length_is_refused_on_both_ends)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_msg m;
	uint32_t words[3] = {0x6d73746b, KT_SOFTKVM_MSG_SIGNAL, 5};

	cr_expect_eq(kt_softkvm_put(&o, KT_SOFTKVM_MSG_SIGNAL, words, 5), -E2BIG);
	struct kt_softkvm_inbox in = {.side = KT_SOFTKVM_MACHINE};
	kt_str_add_bytes(&in.buf, words, sizeof(words));
	cr_expect_eq(kt_softkvm_next(&in, &m), -EPROTO);
	kt_softkvm_inbox_done(&in);
}

Test(softkvm_msg, bytes_that_are_no_message_are_refused)
{
	static const uint32_t bad[][3] = {
		{0, KT_SOFTKVM_MSG_SIGNAL, 4},
		{0x6d73746b, 0, 0},
		{0x6d73746b, KT_SOFTKVM_MSG_COUNT, 0},
		{0x6d73746b, 0xffffffff, 0},
		{0x6d73746b, KT_SOFTKVM_MSG_START, 0xffffffff},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kt_softkvm_inbox in = {.side = KT_SOFTKVM_MACHINE};
		struct kt_softkvm_msg m;
		kt_str_add_bytes(&in.buf, bad[i], sizeof(bad[i]));
		cr_expect_eq(kt_softkvm_next(&in, &m), -EPROTO, "row %zu", i);
		kt_softkvm_inbox_done(&in);
	}
}

Test(softkvm_msg, messages_cross_a_socket_and_its_end_is_seen)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_inbox in = {.side = KT_SOFTKVM_MACHINE};
	struct kt_softkvm_msg m;
	uint64_t total = 42;
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	cr_expect_eq(kt_softkvm_fill(&in, fds[1]), 0);
	kt_softkvm_put(&o, KT_SOFTKVM_MSG_STDIN_END, &total, sizeof(total));
	cr_assert_eq(kt_softkvm_flush(&o, fds[0]), 0);
	cr_expect(kt_softkvm_outbox_empty(&o));
	cr_assert_eq(kt_softkvm_fill(&in, fds[1]), 0);
	cr_assert_eq(kt_softkvm_next(&in, &m), 1);
	memcpy(&total, m.payload, sizeof(total));
	cr_expect_eq(total, 42u);
	close(fds[0]);
	cr_expect_eq(kt_softkvm_fill(&in, fds[1]), -EPIPE);
	close(fds[1]);
	kt_softkvm_inbox_done(&in);
	kt_softkvm_outbox_done(&o);
}

Test(softkvm_msg, a_full_socket_keeps_the_rest_queued)
{
	struct kt_softkvm_outbox o = {0};
	struct kt_softkvm_start s = a_start();
	char *big = malloc(3u << 20);
	int fds[2];

	memset(big, 'x', 3u << 20);
	big[(3u << 20) - 1] = '\0';
	s.cwd = big;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	cr_assert_eq(kt_softkvm_put_start(&o, &s), 0);
	cr_expect_eq(kt_softkvm_flush(&o, fds[0]), 0);
	cr_expect_not(kt_softkvm_outbox_empty(&o));
	close(fds[1]);
	cr_expect_lt(kt_softkvm_flush(&o, fds[0]), 0);
	close(fds[0]);
	kt_softkvm_outbox_done(&o);
	free(big);
}
