// SPDX-License-Identifier: GPL-2.0-only
/* Planned twice: for the machine the test asks for, then for the one there is. */
#include "run/host_plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "payload/find.h"
#include "results/results.h"
#include "softkvm/inside.h"

static int not_here(struct kt_err *err, const char *text, const char *fix)
{
	return kt_fail(err, ENOTSUP, fix, "%s", text);
}

/* This program runs again in a machine that only the other tests needed. */
static bool is_reentered(void)
{
	const char *run = getenv(KT_RESULTS_ENV);
	return kt_softkvm_inside() && run && *run;
}

/* A machine that has fewer CPUs than the test's default is not to blame the test for. */
static int check_machine(
	const struct kt_run_host_topo *host, const struct ktstr_test *test, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str missing = {0};
	if (is_reentered())
		return not_here(err,
			"it is host_only, and the other tests took this run into a softkvm machine",
			"run it by itself: --exact with its name");
	if (kt_run_host_topo_covers(&host->topo, &test->topology, &missing))
		return 0;
	KT_AUTOFREE char *text = kt_strf(
		"this machine is too small: %s (it is %s)", kt_str_get(&missing), host->text);
	return not_here(err, text ? text : kt_str_get(&missing),
		"run it on a machine that has them, or let .topology ask for less");
}

/* Here programs are run from where they are. */
static int check_payload(void *arg, const struct ktstr_payload *payload)
{
	struct kt_err *err = arg;
	KT_AUTOFREE char *path = NULL;
	if (payload->includes && payload->includes[0])
		return kt_fail(err, EINVAL,
			"name the files in its arguments, by their paths on this machine",
			"payload '%s' has .includes, which are put into a guest: a host_only test "
			"has none",
			payload->name ? payload->name : payload->program);
	return kt_payload_find(payload->program, &path, err);
}

int kt_run_host_plan(const struct kt_run_options *o, const struct kt_run_host_topo *host,
	const struct ktstr_test *test, unsigned repeat, struct kt_plan **ret, struct kt_err *err)
{
	KT_AUTO(kt_plan_free) struct kt_plan *asked = NULL;
	struct kt_err here = {0};
	struct kt_plan_options options = {
		.duration_ms = o->duration_ms, .seed = o->seed + repeat - 1, .work = o->work};
	int r = kt_plan_make(test, &options, &asked, err);
	if (r == 0)
		r = check_machine(host, test, err);
	if (r < 0)
		return r == -ENOTSUP && !asked ? -EINVAL : r;
	struct kt_err missing = {0};
	if (kt_plan_each_payload(asked, check_payload, &missing) < 0) {
		if (err)
			*err = missing;
		return -EINVAL; /* no reason to skip */
	}
	options.topo = host->topo;
	options.quiet = true;
	r = kt_plan_make(test, &options, ret, &here);
	if (r == 0)
		return 0;
	KT_AUTOFREE char *text =
		kt_strf("this machine is another than the test is written for: %s", here.text);
	return not_here(err, text ? text : here.text, here.fix);
}
