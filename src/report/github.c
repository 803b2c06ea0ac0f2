// SPDX-License-Identifier: GPL-2.0-only
/*
 * "::error file=F,line=N,title=T::MESSAGE". GitHub splits such lines at the first "::", and
 * the part before at ',' and '=': only %, CR and LF are special in the message, ':' and ','
 * in the properties too.
 */
#include "report/github.h"

#include <string.h>

#define MESSAGE_BYTES 4000u /* GitHub cuts longer ones, and takes ten of a kind per step */

static const char *const commands[KT_VERDICT_COUNT] = {
	[KT_VERDICT_SKIP] = "notice",
	[KT_VERDICT_INCONCLUSIVE] = "warning",
	[KT_VERDICT_FAIL] = "error",
	[KT_VERDICT_ERROR] = "error",
};

static void escape(struct kt_str *out, const char *text, const char *special)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(special, c))
			kt_str_addf(out, "%%%02X", c);
		else if (c >= ' ' || c == '\t')
			kt_str_add_bytes(out, text, 1);
	}
}

static void add_property(struct kt_str *out, const char *name, const char *text)
{
	kt_str_addf(out, "%s=", name);
	escape(out, text, "%\r\n:,");
}

/* The findings that made the verdict, each with its remedy, while there is room. */
static void list_reasons(const struct kt_verdict *v, struct kt_str *out)
{
	unsigned more = 0;

	kt_vec_each(d, &v->details) {
		if (d->kind != v->kind)
			continue;
		if (out->len + strlen(d->text) + strlen(d->fix) > MESSAGE_BYTES && out->len) {
			more++;
			continue;
		}
		kt_str_addf(out, "%s%s: %s", out->len ? "\n" : "", d->name, d->text);
		if (d->fix[0])
			kt_str_addf(out, "\nremedy: %s", d->fix);
	}
	if (more)
		kt_str_addf(out, "\nand %u more", more);
}

void kt_github_annotation(
	const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str title = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str message = {0};
	const char *file = o->test->file;

	if (v->kind >= KT_VERDICT_COUNT || !commands[v->kind])
		return;
	while (kt_starts_with(file, "./"))
		file += 2; /* the repository's own form */
	kt_str_addf(&title, "%s ", kt_verdict_name(v->kind));
	kt_outcome_title(o, &title);
	kt_str_addf(&message, "%s\n", o->test->description);
	list_reasons(v, &message);

	kt_str_addf(out, "::%s ", commands[v->kind]);
	add_property(out, "file", file);
	kt_str_addf(out, ",line=%d,", o->test->line);
	add_property(out, "title", kt_str_get(&title));
	kt_str_add(out, "::");
	escape(out, kt_str_get(&message), "%\r\n");
	kt_str_add(out, "\n");
	out->failed |= title.failed | message.failed;
}
