// SPDX-License-Identifier: GPL-2.0-only
/*
 * o->kernel points into one of the words of o->argv ("--kernel", "X"; "--kernel=X"; "-kX"), so
 * the word is found by address: what the options mean is known to the program layer only.
 */
#include "run/reenter.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const char *kt_run_reenter_kernel(const struct kt_kernel *kernel, const char *cache)
{
	const char *image = kernel->vmlinux ? kernel->vmlinux : kernel->bzimage;
	KT_AUTOFREE char *entry = kt_strf("%s/kernels/%s/", cache, kernel->id);
	return entry && kt_starts_with(image, entry) ? kernel->id : image;
}

/* WORD with everything from VALUE, a place inside it, replaced by KERNEL. */
static char *replaced(const char *word, const char *value, const char *kernel)
{
	return kt_strf("%.*s%s", (int)(value - word), word, kernel);
}

static int add(struct kt_run_reenter_argv *a, char *word)
{
	if (word && kt_vec_push(&a->words, word) == 0)
		return 0;
	free(word);
	return -ENOMEM;
}

static int add_all(struct kt_run_reenter_argv *a, const struct kt_run_options *o, const char *self,
	const char *kernel)
{
	int r = add(a, strdup(self));
	if (r == 0 && !o->kernel)
		r = add(a, kt_strf("--kernel=%s", kernel));
	for (int i = 1; r == 0 && i < o->argc; i++) {
		const char *word = o->argv[i];
		bool here = o->kernel && o->kernel >= word && o->kernel <= word + strlen(word);
		r = add(a, here ? replaced(word, o->kernel, kernel) : strdup(word));
	}
	return r < 0 ? r : kt_vec_push(&a->words, (char *)NULL);
}

int kt_run_reenter_argv(const struct kt_run_options *o, const char *self, const char *kernel,
	struct kt_run_reenter_argv *ret, struct kt_err *err)
{
	struct kt_run_reenter_argv a = {0};
	if (add_all(&a, o, self, kernel) < 0) {
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
