// SPDX-License-Identifier: GPL-2.0-only
/* A command's pumps together: slots, and when all outputs have ended. */
#include "softkvm/streams.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static void turn(struct kt_softkvm_streams *s)
{
	struct pollfd fds[KT_SOFTKVM_STREAM_SLOTS];

	kt_softkvm_streams_poll(s, fds);
	for (unsigned i = 2 * s->count; i < KT_SOFTKVM_STREAM_SLOTS; i++)
		cr_assert_eq(fds[i].fd, -1);
	poll(fds, KT_SOFTKVM_STREAM_SLOTS, 0);
	kt_softkvm_streams_run(s, fds);
}

Test(softkvm_streams, each_stream_has_its_own_way_and_all_must_end)
{
	struct kt_softkvm_streams s = {.count = 5};
	int from[5][2], to[5][2];
	char text[16];

	for (unsigned i = 0; i < s.count; i++) {
		cr_assert_eq(pipe(from[i]), 0);
		cr_assert_eq(pipe(to[i]), 0);
		cr_assert_eq(kt_softkvm_pump_init(&s.pumps[i], from[i][0], to[i][1], 0), 0);
		cr_assert_eq(write(from[i][1], "abcdef", i + 1), (ssize_t)i + 1);
	}
	for (int i = 0; i < 3; i++)
		turn(&s);
	for (unsigned i = 0; i < s.count; i++)
		cr_expect_eq(read(to[i][0], text, sizeof(text)), (ssize_t)i + 1);
	for (unsigned i = 1; i < s.count; i++) {
		cr_expect_not(kt_softkvm_streams_outputs_ended(&s));
		close(from[i][1]);
		turn(&s);
	}
	cr_expect(kt_softkvm_streams_outputs_ended(&s), "standard input does not count");
	kt_softkvm_streams_done(&s);
	cr_expect_eq(s.count, 0u);
}
