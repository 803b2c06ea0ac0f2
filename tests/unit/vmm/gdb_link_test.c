// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/gdb_link.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

static int client;
static struct kt_gdb_link gdb;
static char data[KT_GDB_PACKET_MAX + 1];

static void setup(void)
{
	int pair[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	client = pair[0];
	gdb = (struct kt_gdb_link){.fd = pair[1]};
}

static void teardown(void)
{
	close(client);
	close(gdb.fd);
}

TestSuite(gdb_link, .init = setup, .fini = teardown, .timeout = 20);

static void put(const char *bytes)
{
	cr_assert_eq(kt_fd_write_all(client, bytes, strlen(bytes)), 0);
}

/* What the client got so far. */
static const char *got(void)
{
	static char text[2 * KT_GDB_PACKET_MAX];
	ssize_t n = recv(client, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int receive(void)
{
	return kt_gdb_link_receive(&gdb, data);
}

Test(gdb_link, a_packet_is_acknowledged)
{
	put("$m0,4#fd");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "m0,4");
	cr_assert_str_eq(got(), "+");
}

Test(gdb_link, packets_that_come_together_are_taken_one_by_one)
{
	put("+$g#67+$?#3F$#00");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "g");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "?");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "");
}

Test(gdb_link, a_wrong_checksum_asks_for_the_packet_again)
{
	put("$g#66$?#zz$?#3f");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "?");
	cr_assert_str_eq(got(), "--+");
}

Test(gdb_link, noise_and_packets_cut_short_are_skipped)
{
	put("\x03 noise #12 $m0,$?#3f");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "?");
}

Test(gdb_link, a_packet_that_is_too_long_is_taken_as_none)
{
	char *big = malloc(3 * KT_GDB_PACKET_MAX);
	unsigned sum = 0;
	for (unsigned i = 0; i < 2 * KT_GDB_PACKET_MAX; i++) {
		big[1 + i] = 'a' + (char)(i % 7);
		sum += (unsigned char)big[1 + i];
	}
	big[0] = '$';
	sprintf(big + 1 + 2 * KT_GDB_PACKET_MAX, "#%02x$?#3f", sum & 0xff);
	put(big);
	free(big);
	cr_assert_eq(receive(), 1);
	cr_assert_str_eq(data, "");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "?");
}

Test(gdb_link, the_longest_packet_fits)
{
	char all[KT_GDB_PACKET_MAX + 8];
	memset(all, 'a', sizeof(all));
	all[0] = '$';
	sprintf(all + 1 + KT_GDB_PACKET_MAX, "#%02x", 'a' * KT_GDB_PACKET_MAX & 0xff);
	put(all);
	cr_assert_eq(receive(), 0);
	cr_assert_eq(strlen(data), KT_GDB_PACKET_MAX);
	got();
	cr_assert_eq(kt_gdb_link_send(&gdb, data, KT_GDB_PACKET_MAX), 0);
	cr_assert_str_eq(got(), all);
	cr_assert_eq(kt_gdb_link_send(&gdb, data, KT_GDB_PACKET_MAX + 1), -EMSGSIZE);
}

Test(gdb_link, a_reply_is_sent_again_when_the_client_missed_it)
{
	cr_assert_eq(kt_gdb_link_send(&gdb, "OK", 2), 0);
	cr_assert_str_eq(got(), "$OK#9a");
	put("-$?#3f");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(got(), "$OK#9a+");
}

Test(gdb_link, without_acknowledgements_only_replies_are_sent)
{
	gdb.no_ack = true;
	put("$g#66-$?#3f");
	cr_assert_eq(receive(), 0);
	cr_assert_str_eq(data, "?");
	cr_assert_str_eq(got(), "");
}

Test(gdb_link, a_client_that_leaves_ends_the_wait)
{
	put("$m0,");
	shutdown(client, SHUT_RDWR);
	cr_assert_eq(receive(), -EPIPE);
}

static bool at_third(void *arg)
{
	return ++*(int *)arg == 3;
}

Test(gdb_link, the_caller_can_end_the_wait)
{
	int asked = 0;
	gdb.stop = at_third;
	gdb.arg = &asked;
	cr_assert_eq(receive(), -ECANCELED);
	cr_assert_eq(asked, 3);
}

Test(gdb_link, a_wait_with_a_limit_ends)
{
	cr_assert_eq(kt_gdb_wait(gdb.fd, POLLIN, 1, NULL, NULL), -ETIMEDOUT);
	cr_assert_eq(kt_gdb_wait(gdb.fd, POLLOUT, 1, NULL, NULL), 0);
}
