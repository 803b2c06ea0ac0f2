// SPDX-License-Identifier: GPL-2.0-only
/* The words of the command line, one function per word. */
#include "guest/request.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "topo/spec.h"
#include "work/kind.h"

#define PREFIX	"ktstr."
#define MAX_MS	(48ull * 3600 * 1000) /* a day of work and its grace */
#define FIX_RUN "start the test with its own program, which writes these words"

static int set_test(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	size_t len = strlen(value);
	if (!len || len >= sizeof(q->test))
		return kt_fail(err, EINVAL, FIX_RUN, "%zu bytes are no test's name", len);
	memcpy(q->test, value, len + 1);
	return 0;
}

static int set_topology(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	return kt_topo_parse(value, &q->topo, err);
}

static int set_duration(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	return kt_parse_u64(value, 1, MAX_MS, "milliseconds", &q->duration_ms, err);
}

static int set_timeout(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	return kt_parse_u64(value, 1, MAX_MS, "milliseconds", &q->timeout_ms, err);
}

static int set_seed(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	return kt_parse_u64(value, 0, UINT64_MAX, "seed", &q->seed, err);
}

static int set_work(struct kt_guest_request *q, const char *value, struct kt_err *err)
{
	return kt_work_kind_find(value, &q->work, err);
}

static const struct word {
	const char *name;
	int (*set)(struct kt_guest_request *q, const char *value, struct kt_err *err);
} words[] = {
	{PREFIX "test=", set_test},
	{PREFIX "topology=", set_topology},
	{PREFIX "duration_ms=", set_duration},
	{PREFIX "timeout_ms=", set_timeout},
	{PREFIX "seed=", set_seed},
	{PREFIX "work=", set_work},
};

bool kt_guest_request_is_there(const char *cmdline)
{
	for (const char *p = strstr(cmdline, words[0].name); p; p = strstr(p + 1, words[0].name))
		if (p == cmdline || p[-1] == ' ')
			return true;
	return false;
}

static int take_word(struct kt_guest_request *q, const char *text, struct kt_err *err)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(words); i++)
		if (kt_starts_with(text, words[i].name)) {
			int r = words[i].set(q, text + strlen(words[i].name), err);
			return kt_wrap(err, r, "kernel command line, word '%s'", text);
		}
	return kt_fail(err, EINVAL, FIX_RUN, "kernel command line: unknown word '%s'", text);
}

int kt_guest_request_parse(const char *cmdline, struct kt_guest_request *ret, struct kt_err *err)
{
	struct kt_guest_request q = {0};
	KT_AUTOFREE char *copy = strdup(cmdline);
	char *rest = copy;
	if (!copy)
		return kt_fail(err, ENOMEM, "give the machine more memory", "out of memory");
	for (char *text; (text = strsep(&rest, " \n"));) {
		int r = kt_starts_with(text, PREFIX) ? take_word(&q, text, err) : 0;
		if (r < 0)
			return r;
	}
	if (!q.test[0] || !q.topo.nodes)
		return kt_fail(err, EINVAL, FIX_RUN, "kernel command line: no word " PREFIX "%s=",
			q.test[0] ? "topology" : "test");
	*ret = q;
	return 0;
}
