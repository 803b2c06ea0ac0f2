// SPDX-License-Identifier: GPL-2.0-only
/* A .config against the table of what a test's machine needs. */
#include "kernel/need.h"

#include <string.h>

#include "base/mem.h"
#include "kernel/config.h"

#define VALUE_BYTES 64

enum level { LEVEL_REQUIRED, LEVEL_USEFUL };

static const struct need {
	enum level level;
	const char *option, *purpose;
} needs[] = {
#define NEED(level, option, purpose) {LEVEL_##level, "CONFIG_" option, purpose},
#include "kernel/need.def"
#undef NEED
};

static void add_missing(const char *config, enum level level, struct kt_str *out)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(needs); i++) {
		char value[VALUE_BYTES];
		bool is_set = kt_kconfig_get(config, needs[i].option, value, sizeof(value));
		if (needs[i].level != level || (is_set && !strcmp(value, "y")))
			continue;
		kt_str_addf(out, "%s%s (%s): %s", out->len ? "; " : "", needs[i].option,
			is_set ? value : "not set", needs[i].purpose);
	}
}

int kt_kneed_check(const char *config, const char *name, struct kt_str *lacks, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str missing = {0};
	add_missing(config, LEVEL_REQUIRED, &missing);
	if (missing.len)
		return kt_fail(err, ENOTSUP,
			"build it with these as =y, since a test's machine loads no modules: "
			"'ktstr "
			"kernel build --source FOLDER' adds them to any source",
			"kernel '%s' lacks what its .config should have built in: %s", name,
			kt_str_get(&missing));
	add_missing(config, LEVEL_USEFUL, lacks);
	return 0;
}
