// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values such as o->kernel point into one of the words of o->argv ("--kernel", "X";
 * "--kernel=X"; "-kX"), so the word is found by address: what the options mean is known to the
 * program layer only.
 */
#include "run/reenter.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

const char *kt_run_reenter_kernel(const struct kt_kernel *kernel, const char *cache)
{
	const char *image = kernel->vmlinux ? kernel->vmlinux : kernel->bzimage;
	KT_AUTOFREE char *entry = kt_strf("%s/kernels/%s/", cache, kernel->id);
	return entry && kt_starts_with(image, entry) ? kernel->id : kernel->path ?: image;
}

/* WORD, with everything from the value on replaced where one of SWAPS points into it. */
static char *swapped(const char *word, const struct kt_run_reenter_swap *swaps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (swaps[i].value >= word && swaps[i].value <= word + strlen(word))
			return kt_strf("%.*s%s", (int)(swaps[i].value - word), word, swaps[i].with);
	return strdup(word);
}

static int add(struct kt_run_reenter_argv *a, char *word)
{
	if (word && kt_vec_push(&a->words, word) == 0)
		return 0;
	free(word);
	return -ENOMEM;
}

int kt_run_reenter_argv(const struct kt_run_options *o, const char *self, const char *kernel,
	const struct kt_run_reenter_swap *swaps, size_t count, struct kt_run_reenter_argv *ret,
	struct kt_err *err)
{
	struct kt_run_reenter_argv a = {0};
	int r = add(&a, strdup(self));
	if (r == 0 && !o->kernel)
		r = add(&a, kt_strf("--kernel=%s", kernel));
	if (r == 0)
		r = add(&a, kt_strf("--seed=%llu", (unsigned long long)o->seed));
	for (int i = 1; r == 0 && i < o->argc; i++)
		r = add(&a, swapped(o->argv[i], swaps, count));
	if (r == 0)
		r = kt_vec_push(&a.words, (char *)NULL);
	if (r < 0) {
		kt_run_reenter_argv_done(&a);
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the command line");
	}
	*ret = a;
	return 0;
}

void kt_run_reenter_argv_done(struct kt_run_reenter_argv *a)
{
	kt_vec_each(word, &a->words)
		free(*word);
	kt_vec_done(&a->words);
}

int kt_run_reenter_check_status(int status, struct kt_err *err)
{
	static const int from_users[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	int sig = status - KT_EXIT_SIGNAL;
	char how[64];
	for (size_t i = 0; i < KT_ARRAY_LEN(from_users); i++)
		if (sig <= 0 || sig == from_users[i])
			return 0;
	const char *fix =
		sig == SIGKILL ? "if the machine's memory was full, a warning above says so; else "
				 "find out who killed it"
			       : "run it again, and report it as a fault of ktstr when it comes "
				 "again; where /dev/kvm works, --accel kvm needs no machine";
	return kt_fail(err, EIO, fix, "the test program in the softkvm machine was %s",
		kt_proc_status_text(sig, how, sizeof(how)));
}
