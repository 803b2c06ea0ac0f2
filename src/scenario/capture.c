// SPDX-License-Identifier: GPL-2.0-only
/* The list of captures. */
#include "scenario/capture.h"

#include "base/mem.h"
#include "base/str.h"

char *kt_capture_text(const struct kt_capture *c)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	for (size_t i = 0; i < c->count && i < KT_CAPTURE_SHOWN; i++)
		kt_str_addf(&text, "%s%d", i ? "," : "", (int)c->pids[i]);
	if (c->count > KT_CAPTURE_SHOWN)
		kt_str_addf(&text, " and %zu more", c->count - KT_CAPTURE_SHOWN);
	return kt_str_take(&text);
}

void kt_captures_done(struct kt_captures *c)
{
	kt_vec_each(item, &c->list) {
		free(item->pids);
		free(item->tag);
		free(item->cgroup);
	}
	kt_vec_done(&c->list);
}

const struct kt_capture *kt_captures_find(const struct kt_captures *c, const char *tag)
{
	kt_vec_each(item, &c->list)
		if (!strcmp(item->tag, tag))
			return item;
	return NULL;
}

int kt_captures_add(struct kt_captures *c, struct kt_capture *item, struct kt_err *err)
{
	struct kt_capture kept = *item;
	kept.tag = strdup(item->tag);
	kept.cgroup = strdup(item->cgroup);
	if (kept.tag && kept.cgroup && !kt_vec_push(&c->list, kept)) {
		item->pids = NULL;
		return 0;
	}
	free(kept.tag);
	free(kept.cgroup);
	return kt_fail(err, ENOMEM, "give the guest more memory", "out of memory for capture '%s'",
		item->tag);
}
