// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's monitor: what is an answer, what is none, and lines that nobody should send. */
#include "softkvm/qmp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum kt_softkvm_qmp_kind kind_of(const char *line, char *text, size_t bytes)
{
	/* Its own block of exactly its size: the sanitizer sees a byte too far. */
	size_t n = strlen(line);
	char *copy = malloc(n ? n : 1);
	memcpy(copy, line, n);
	enum kt_softkvm_qmp_kind kind = kt_softkvm_qmp_line(copy, n, text, bytes);
	free(copy);
	return kind;
}

Test(softkvm_qmp, answers_are_told_from_events_and_greeting)
{
	static const struct {
		const char *line;
		enum kt_softkvm_qmp_kind kind;
	} rows[] = {
		{"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22}}, \"capabilities\": "
		 "[\"oob\"]}}",
			KT_SOFTKVM_QMP_OTHER},
		{"{\"return\": {}}\r", KT_SOFTKVM_QMP_DONE},
		{"{\"id\": 3, \"return\":{\"a\": [1, {\"error\": 2}]}}", KT_SOFTKVM_QMP_DONE},
		{"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}",
			KT_SOFTKVM_QMP_REFUSED},
		{"{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}", KT_SOFTKVM_QMP_OTHER},
		{"{\"event\": \"X\", \"data\": {\"return\": 1}}", KT_SOFTKVM_QMP_OTHER},
		{"{\"event\": \"return\"}", KT_SOFTKVM_QMP_OTHER},
		{"{\"a\\\"return\": 1}", KT_SOFTKVM_QMP_OTHER},
		{"\"return\": 1", KT_SOFTKVM_QMP_OTHER},
		{"{\"return\": ", KT_SOFTKVM_QMP_OTHER},
		{"{\"return", KT_SOFTKVM_QMP_OTHER},
		{"{\"return\\", KT_SOFTKVM_QMP_OTHER},
		{"}}}}{\"return\": {}}", KT_SOFTKVM_QMP_DONE},
		{"", KT_SOFTKVM_QMP_OTHER},
	};
	char text[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(kind_of(rows[i].line, text, sizeof(text)), rows[i].kind, "%s",
			rows[i].line);
}

Test(softkvm_qmp, a_refusals_words_are_kept_as_far_as_they_fit)
{
	char text[8] = "";

	cr_expect_eq(kind_of("{\"error\": {\"desc\": \"0123456789\", \"class\": \"x\"}}", text,
			     sizeof(text)),
		KT_SOFTKVM_QMP_REFUSED);
	cr_expect_str_eq(text, "0123456");
}

static void qemu_says(int fd, const char *text)
{
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

Test(softkvm_qmp, a_command_is_answered_when_all_before_it_are)
{
	struct kt_softkvm_qmp q = {0};
	char sent[128] = "";
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	cr_assert_eq(kt_softkvm_qmp_send(&q, fds[0], "qmp_capabilities"), 0);
	cr_assert_eq(kt_softkvm_qmp_send(&q, fds[0], "stop"), 0);
	cr_assert_gt(read(fds[1], sent, sizeof(sent) - 1), 0);
	cr_expect_str_eq(sent, "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"stop\"}\n");
	cr_expect_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	qemu_says(fds[1], "{\"QMP\": {}}\r\n{\"return\": {}}\r\n{\"retu");
	cr_expect_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	cr_expect_not(kt_softkvm_qmp_idle(&q));
	qemu_says(fds[1], "rn\": {}}\r\n");
	cr_expect_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	cr_expect(kt_softkvm_qmp_idle(&q));
	cr_expect_str_eq(q.refusal, "");
	close(fds[1]);
	cr_expect_eq(kt_softkvm_qmp_fill(&q, fds[0]), -EPIPE);
	cr_expect_lt(kt_softkvm_qmp_send(&q, fds[0], "cont"), 0);
	close(fds[0]);
}

Test(softkvm_qmp, an_endless_line_means_nothing_and_harms_nothing)
{
	struct kt_softkvm_qmp q = {.sent = 1};
	char big[1024];
	int fds[2];

	memset(big, ' ', sizeof(big));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	qemu_says(fds[1], "{\"return\": {}");
	for (int i = 0; i < 6; i++) {
		cr_assert_eq(write(fds[1], big, sizeof(big)), (ssize_t)sizeof(big));
		cr_assert_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	}
	qemu_says(fds[1], "}\n");
	for (int i = 0; i < 3; i++)
		cr_assert_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	cr_expect_not(kt_softkvm_qmp_idle(&q));
	qemu_says(fds[1], "{\"error\": {}}\n");
	cr_assert_eq(kt_softkvm_qmp_fill(&q, fds[0]), 0);
	cr_expect(kt_softkvm_qmp_idle(&q));
	cr_expect_str_eq(q.refusal, "no reason given");
	close(fds[0]);
	close(fds[1]);
}
