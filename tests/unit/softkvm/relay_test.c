// SPDX-License-Identifier: GPL-2.0-only
/* The pump: whole streams, backpressure, ends by count and by end of file, lost readers. */
#include "softkvm/relay.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct pipes {
	int source[2], sink[2];
	struct kt_softkvm_pump pump;
};

static void open_pipes(struct pipes *p, size_t write_max)
{
	cr_assert_eq(pipe2(p->source, O_NONBLOCK), 0);
	cr_assert_eq(pipe2(p->sink, O_NONBLOCK), 0);
	cr_assert_eq(kt_softkvm_pump_init(&p->pump, p->source[0], p->sink[1], write_max), 0);
}

static void turn(struct kt_softkvm_pump *p)
{
	struct pollfd fds[2];
	kt_softkvm_pump_poll(p, fds);
	poll(fds, 2, 0);
	kt_softkvm_pump_run(p, fds);
}

Test(softkvm_relay, a_megabyte_arrives_unchanged)
{
	enum { TOTAL = 1 << 20 };
	struct pipes p;
	uint8_t *in = malloc(TOTAL), *out = malloc(TOTAL);
	size_t sent = 0, got = 0;

	open_pipes(&p, 4096);
	for (size_t i = 0; i < TOTAL; i++)
		in[i] = (uint8_t)(i * 31 + i / 251);
	while (!kt_softkvm_pump_ended(&p.pump) || got < TOTAL) {
		ssize_t n = sent < TOTAL
				    ? write(p.source[1], in + sent, KT_MIN(TOTAL - sent, 7777u))
				    : 0;
		sent += n > 0 ? (size_t)n : 0;
		if (sent == TOTAL && p.source[1] >= 0) {
			close(p.source[1]);
			p.source[1] = -1;
		}
		turn(&p.pump);
		n = read(p.sink[0], out + got, TOTAL - got);
		got += n > 0 ? (size_t)n : 0;
	}
	cr_expect_eq(memcmp(in, out, TOTAL), 0);
	cr_expect_eq(p.pump.written_bytes, (uint64_t)TOTAL);
	kt_softkvm_pump_done(&p.pump);
	free(in);
	free(out);
}

Test(softkvm_relay, a_full_buffer_is_not_polled_for_input)
{
	struct pipes p;
	struct pollfd fds[2];
	char block[4096] = {0};

	open_pipes(&p, 0);
	while (write(p.sink[1], block, sizeof(block)) > 0)
		; /* nobody takes anything any more */
	for (int i = 0; i < 1000 && p.pump.len < KT_SOFTKVM_PUMP_BYTES; i++) {
		(void)!write(p.source[1], block, sizeof(block));
		turn(&p.pump);
	}
	cr_assert_eq(p.pump.len, KT_SOFTKVM_PUMP_BYTES);
	kt_softkvm_pump_poll(&p.pump, fds);
	cr_expect_eq(fds[0].fd, -1);
	cr_expect_eq(fds[1].fd, p.sink[1]);
	kt_softkvm_pump_done(&p.pump);
}

Test(softkvm_relay, an_empty_buffer_is_not_polled_for_output)
{
	struct pipes p;
	struct pollfd fds[2];

	open_pipes(&p, 0);
	kt_softkvm_pump_poll(&p.pump, fds);
	cr_expect_eq(fds[0].fd, p.source[0]);
	cr_expect_eq(fds[1].fd, -1);
	kt_softkvm_pump_done(&p.pump);
}

Test(softkvm_relay, the_limit_ends_the_stream_without_end_of_file)
{
	struct pipes p;
	char text[16] = "";

	open_pipes(&p, 0);
	cr_assert_eq(write(p.source[1], "0123456789", 10), 10);
	kt_softkvm_pump_limit(&p.pump, 6);
	while (!kt_softkvm_pump_ended(&p.pump))
		turn(&p.pump);
	cr_expect_eq(read(p.sink[0], text, sizeof(text)), 6);
	cr_expect_str_eq(text, "012345");
	kt_softkvm_pump_done(&p.pump);
}

Test(softkvm_relay, a_limit_already_reached_ends_the_stream_at_once)
{
	struct pipes p;

	open_pipes(&p, 0);
	kt_softkvm_pump_limit(&p.pump, 0);
	cr_expect(kt_softkvm_pump_ended(&p.pump));
	kt_softkvm_pump_done(&p.pump);
}

Test(softkvm_relay, a_reader_that_left_breaks_the_pump)
{
	struct pipes p;

	signal(SIGPIPE, SIG_IGN);
	open_pipes(&p, 0);
	close(p.sink[0]);
	cr_assert_eq(write(p.source[1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		turn(&p.pump);
	cr_expect(p.pump.broken);
	cr_expect(kt_softkvm_pump_ended(&p.pump));
	kt_softkvm_pump_done(&p.pump);
}

Test(softkvm_relay, a_missing_source_is_a_stream_that_ended)
{
	struct kt_softkvm_pump p;

	cr_assert_eq(kt_softkvm_pump_init(&p, -1, 1, 0), 0);
	cr_expect(kt_softkvm_pump_ended(&p));
	kt_softkvm_pump_done(&p);
}

Test(softkvm_relay, a_full_target_is_told_from_a_reader_that_left)
{
	struct pipes p;
	int full = open("/dev/full", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	open_pipes(&p, 0);
	p.pump.to = full;
	cr_assert_eq(write(p.source[1], "x", 1), 1);
	turn(&p.pump);
	turn(&p.pump);
	cr_expect(p.pump.broken);
	cr_expect_eq(p.pump.errnum, ENOSPC);
	kt_softkvm_pump_done(&p.pump);

	open_pipes(&p, 0);
	close(p.sink[0]);
	cr_assert_eq(write(p.source[1], "x", 1), 1);
	turn(&p.pump);
	turn(&p.pump);
	cr_expect(p.pump.broken);
	cr_expect(p.pump.errnum == 0 || p.pump.errnum == EPIPE);
	kt_softkvm_pump_done(&p.pump);
}
