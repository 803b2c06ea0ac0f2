// SPDX-License-Identifier: GPL-2.0-only
/* Messages reach the sink whole, filtered by level. */
#include "base/log.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"

static void collect(void *arg, enum kt_log_level level, const char *text)
{
	kt_str_addf(arg, "%d:%s\n", (int)level, text);
}

Test(log, without_a_sink_nothing_happens)
{
	kt_log(KT_LOG_WARN, "to nobody %d", 1);
}

Test(log, levels_above_the_limit_are_dropped)
{
	struct kt_str s = {0};
	kt_log_set(collect, &s, KT_LOG_INFO);
	kt_log(KT_LOG_WARN, "a %d", 1);
	kt_log(KT_LOG_INFO, "b");
	kt_log(KT_LOG_DEBUG, "c");
	cr_assert_str_eq(kt_str_get(&s), "0:a 1\n1:b\n");
	kt_str_done(&s);
}

Test(log, a_long_message_arrives_whole)
{
	struct kt_str s = {0};
	char text[20000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kt_log_set(collect, &s, KT_LOG_DEBUG);
	kt_log(KT_LOG_DEBUG, "%s", text);
	cr_assert_eq(s.len, strlen("2:") + strlen(text) + 1);
	kt_str_done(&s);
}

Test(log, null_sink_turns_it_off_again)
{
	struct kt_str s = {0};
	kt_log_set(collect, &s, KT_LOG_DEBUG);
	kt_log_set(NULL, NULL, KT_LOG_DEBUG);
	kt_log(KT_LOG_WARN, "gone");
	cr_assert_eq(s.len, 0);
}
