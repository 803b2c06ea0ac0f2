// SPDX-License-Identifier: GPL-2.0-only
/* The program layer's sink of kt_log. */
#include "cli/logsink.h"

#include "base/log.h"
#include "cli/live.h"

static void print_line(void *arg, enum kt_log_level level, const char *text)
{
	static const char *const prefix[] = {[KT_LOG_WARN] = "ktstr: warning: ",
		[KT_LOG_INFO] = "ktstr: ",
		[KT_LOG_DEBUG] = "ktstr: "};
	kt_cli_live_hold();
	fprintf(arg, "%s%s\n", prefix[level], text);
	fflush(arg);
	kt_cli_live_release();
}

void kt_cli_log_to(FILE *log, bool verbose)
{
	kt_log_set(print_line, log, verbose ? KT_LOG_DEBUG : KT_LOG_INFO);
}
