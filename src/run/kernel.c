// SPDX-License-Identifier: GPL-2.0-only
/* The find functions of the kernel layer never build; here the two meet. */
#include "run/kernel.h"

#include <stdlib.h>

#include "base/log.h"
#include "run/interrupt.h"

static volatile sig_atomic_t cancelled;

static void cancel(void *unused)
{
	(void)unused;
	cancelled = 1;
}

int kt_run_kernel_build(const struct kt_kernel_build_spec *spec, struct kt_kernel **ret,
	bool *ret_built, struct kt_err *err)
{
	struct kt_kernel_build_spec mine = *spec;
	mine.cancel = &cancelled;
	int r = kt_run_interrupt_begin(cancel, NULL, err);
	if (r < 0)
		return r;
	r = kt_kernel_build(&mine, ret, ret_built, err);
	kt_run_interrupt_end();
	return r;
}

static int find(const struct kt_run_kernel_want *want, struct kt_kernel **ret, struct kt_err *err)
{
	return want->for_softkvm ? kt_kernel_find_softkvm(ret, err)
				 : kt_kernel_find(want->which, ret, err);
}

/* Another kernel than the named one would answer another question. */
static bool is_named(const struct kt_run_kernel_want *want)
{
	const char *env = getenv("KTSTR_KERNEL");
	return !want->for_softkvm && (want->which || (env && *env));
}

int kt_run_kernel_get(
	const struct kt_run_kernel_want *want, struct kt_kernel **ret, struct kt_err *err)
{
	int r = find(want, ret, err);
	if (r != -ENOENT || !want->build || is_named(want))
		return r;
	kt_log(KT_LOG_INFO,
		"there is no kernel yet: building the default one, which takes some minutes");
	kt_err_clear(err);
	struct kt_kernel_build_spec spec = {.progress = want->progress};
	struct kt_kernel *built = NULL;
	r = kt_run_kernel_build(&spec, &built, NULL, err);
	kt_kernel_free(built);
	if (want->progress_end)
		want->progress_end();
	/* An entry that was there already may still not be one that fits. */
	return r < 0 ? r : find(want, ret, err);
}
