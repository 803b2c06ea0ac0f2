// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program keeps its own path in the guest, so that what it looks for beside itself is found;
 * one in a folder that guests hide goes where include files are. A table tells the guest.
 */
#include "run/payload.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "payload/find.h"
#include "payload/rules.h"

struct collect {
	struct kt_run_payloads *all;
	struct kt_run_includes *list;
	struct kt_err *err;
};

void kt_run_payloads_done(struct kt_run_payloads *p)
{
	kt_vec_done(&p->list);
}

static int out_of_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory for payloads");
}

static const struct kt_run_payload *find(
	const struct kt_run_payloads *p, const struct ktstr_payload *payload)
{
	kt_vec_each(item, &p->list)
		if (item->payload == payload)
			return item;
	return NULL;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Several payloads may share a program: one line of the table serves them. */
static int add_to_table(
	struct kt_run_includes *list, const char *program, const char *guest, struct kt_err *err)
{
	kt_vec_each(p, &list->programs)
		if (!strcmp(p->program, program))
			return 0;
	struct kt_run_include_program item = {
		.program = strdup(program), .guest = kt_strf("/%s", guest)};
	if (item.program && item.guest && kt_vec_push(&list->programs, item) == 0)
		return 0;
	free(item.program);
	free(item.guest);
	return out_of_memory(err);
}

static int add_program(
	struct kt_run_includes *list, const char *program, const char *host, struct kt_err *err)
{
	KT_AUTOFREE char *guest = kt_run_include_is_hidden(host + 1)
					  ? kt_strf(KT_RUN_PAYLOAD_FOLDER "/%s", base_of(host))
					  : strdup(host + 1);
	if (!guest)
		return out_of_memory(err);
	int r = kt_run_includes_add(list, host, guest, err);
	return r < 0 ? r : add_to_table(list, program, guest, err);
}

/* A folder with all that is in it, under its own name. */
static int add_include(struct kt_run_includes *list, const char *spec, struct kt_err *err)
{
	KT_AUTOFREE char *host = NULL;
	int r = kt_payload_find_include(spec, &host, err);
	if (r < 0)
		return r;
	for (size_t n = strlen(host); n > 1 && host[n - 1] == '/'; n--)
		host[n - 1] = '\0';
	if (!list)
		return 0;
	KT_AUTOFREE char *guest = kt_strf(KT_RUN_PAYLOAD_FOLDER "/%s", base_of(host));
	return guest ? kt_run_includes_add(list, host, guest, err) : out_of_memory(err);
}

static int add_files(
	struct kt_run_includes *list, const struct ktstr_payload *payload, struct kt_err *err)
{
	KT_AUTOFREE char *host = NULL;
	int r = kt_payload_find(payload->program, &host, err);
	if (!r && list)
		r = add_program(list, payload->program, host, err);
	for (const char *const *spec = payload->includes; !r && spec && *spec; spec++)
		r = add_include(list, *spec, err);
	return r;
}

static int collect_one(void *arg, const struct ktstr_payload *payload)
{
	struct collect *c = arg;
	struct kt_run_payload item = {.payload = payload};
	if (find(c->all, payload))
		return 0;
	if (c->list)
		c->list->asker = "file";
	int r = add_files(c->list, payload, &item.err);
	if (c->list)
		c->list->asker = NULL;
	if (r == -ENOMEM)
		return out_of_memory(c->err);
	if (r < 0)
		kt_wrap(&item.err, r, "payload '%s'", kt_payload_name(payload));
	return kt_vec_push(&c->all->list, item) < 0 ? out_of_memory(c->err) : 0;
}

int kt_run_payloads_collect(struct kt_run_payloads *p, const struct kt_plan *plan,
	struct kt_run_includes *list, struct kt_err *err)
{
	struct collect c = {.all = p, .list = list, .err = err};
	return kt_plan_each_payload(plan, collect_one, &c);
}

struct check {
	const struct kt_run_payloads *all;
	struct kt_err *err;
};

static int check_one(void *arg, const struct ktstr_payload *payload)
{
	const struct check *c = arg;
	const struct kt_run_payload *item = find(c->all, payload);
	if (!item || !item->err.code)
		return 0;
	return kt_fail(c->err, item->err.code, item->err.fix, "%s", item->err.text);
}

int kt_run_payloads_check(
	const struct kt_run_payloads *p, const struct kt_plan *plan, struct kt_err *err)
{
	struct check c = {.all = p, .err = err};
	return kt_plan_each_payload(plan, check_one, &c);
}
