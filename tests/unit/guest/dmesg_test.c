// SPDX-License-Identifier: GPL-2.0-only
/* Records of the kernel's log as lines: nothing is lost without being counted. */
#include "guest/dmesg.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

static struct kt_guest_dmesg d;

static void done(void)
{
	kt_guest_dmesg_done(&d);
}

static void add(const char *record)
{
	kt_guest_dmesg_add(&d, record, strlen(record));
}

TestSuite(dmesg, .fini = done);

Test(dmesg, a_record_is_a_line_with_its_time)
{
	add("6,0,12345678,-;hello: world; again\n");
	add("4,1,3600000000,-;an hour\n");
	cr_assert_str_eq(kt_str_get(&d.text), "[   12.345678] hello: world; again\n"
					      "[ 3600.000000] an hour\n");
	cr_assert_eq(d.lost_records, 0);
}

Test(dmesg, properties_and_further_fields_of_the_head_are_left_out)
{
	add("6,0,5,-,caller=T1,new=field;text\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n");
	cr_assert_str_eq(kt_str_get(&d.text), "[    0.000005] text\n");
}

Test(dmesg, each_line_of_a_record_has_the_time)
{
	add("6,0,1000001,-;one\\x0atwo\\x09tab \\x5cx0a\n");
	cr_assert_str_eq(
		kt_str_get(&d.text), "[    1.000001] one\n[    1.000001] two\ttab \\x0a\n");
}

Test(dmesg, a_fragment_stands_alone)
{
	add("6,0,1,c;first\n");
	add("6,1,2,c;second\n");
	cr_assert_str_eq(kt_str_get(&d.text), "[    0.000001] first\n[    0.000002] second\n");
}

Test(dmesg, control_characters_stay_escaped_and_utf8_becomes_text)
{
	add("6,0,1,-;\\x1b[31m\\x7f \\xc3\\xa4 \\xzz \\x7\n");
	cr_assert_str_eq(
		kt_str_get(&d.text), "[    0.000001] \\x1b[31m\\x7f \xc3\xa4 \\xzz \\x7\n");
}

Test(dmesg, missing_records_are_counted)
{
	add("6,10,1,-;the oldest there is\n");
	add("6,11,2,-;next\n");
	add("6,20,3,-;after a gap\n");
	cr_assert_eq(d.lost_records, 10 + 8);
}

Test(dmesg, what_is_no_record_is_kept_as_it_is)
{
	add("no head at all");
	add("");
	add("6,x,1,-;text\n");
	cr_assert_str_eq(kt_str_get(&d.text), "no head at all\n\n6,x,1,-;text\n");
}

Test(dmesg, only_the_newest_whole_lines_are_kept)
{
	add("6,0,1,-;aaaa\n");
	add("6,1,2,-;bbbb\n");
	size_t line = d.text.len / 2;
	kt_guest_dmesg_trim(&d, line + 3);
	cr_assert_str_eq(kt_str_get(&d.text), "[    0.000002] bbbb\n");
	cr_assert_eq(d.cut_bytes, line);
	kt_guest_dmesg_trim(&d, line);
	cr_assert_eq(d.text.len, line, "a line that just fits was cut");
	kt_guest_dmesg_trim(&d, line - 1);
	cr_assert_eq(d.text.len, 0);
	cr_assert_eq(d.cut_bytes, 2 * line);
}

Test(dmesg, a_log_without_end_stays_within_its_bound)
{
	char record[1100];
	size_t total = 0;
	for (unsigned i = 0; i < 4000; i++) {
		int n = snprintf(record, sizeof(record), "6,%u,1,-;%01000u\n", i, i);
		total += strlen("[    0.000001] \n") + 1000;
		kt_guest_dmesg_add(&d, record, (size_t)n);
		cr_assert_leq(d.text.len, 2 * KT_GUEST_DMESG_BYTES);
	}
	kt_guest_dmesg_trim(&d, KT_GUEST_DMESG_BYTES);
	cr_assert_leq(d.text.len, KT_GUEST_DMESG_BYTES);
	cr_assert_eq(d.text.len + d.cut_bytes, total);
	cr_assert(kt_ends_with(kt_str_get(&d.text), "3999\n"));
}

Test(dmesg, all_that_is_there_is_read_record_by_record)
{
	static const char *const records[] = {"6,0,1,-;one\n", "6,1,2,-;two\n"};
	int fds[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	kt_fd_set_nonblock(fds[0], true);
	for (size_t i = 0; i < KT_ARRAY_LEN(records); i++)
		cr_assert_gt(write(fds[1], records[i], strlen(records[i])), 0);
	cr_assert_eq(kt_guest_dmesg_read(&d, fds[0], kt_deadline_ms(60000)), 0);
	cr_assert_str_eq(kt_str_get(&d.text), "[    0.000001] one\n[    0.000002] two\n");
	close(fds[0]);
	close(fds[1]);
}

Test(dmesg, reading_ends_at_the_deadline_and_says_so)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	cr_assert_eq(kt_guest_dmesg_read(&d, fds[0], kt_now_ns()), -ETIMEDOUT);
	close(fds[0]);
	close(fds[1]);
	cr_assert_eq(kt_guest_dmesg_read(&d, -1, kt_deadline_ms(60000)), -EBADF);
}
