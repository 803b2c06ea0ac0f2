// SPDX-License-Identifier: GPL-2.0-only
/* Tables of cgroups, workers, machine and times, in columns that line up. */
#include "report/text_parts.h"

#include <string.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/workers.h"

#define CGROUPS_SHOWN 8u
#define WORKERS_SHOWN 16u

const char *kt_text_place(
	const struct kt_outcome *o, int phase, char ret[static KT_TEXT_PLACE_BYTES])
{
	*ret = '\0';
	if (phase > 0 && !o->test->body)
		snprintf(ret, KT_TEXT_PLACE_BYTES, "step %d", phase - 1);
	else if (phase == 1)
		snprintf(ret, KT_TEXT_PLACE_BYTES, "body");
	else if (phase > 1)
		snprintf(ret, KT_TEXT_PLACE_BYTES, "phase %d", phase);
	return ret;
}

/* The same for a column, whose head has the word. */
static const char *number_of_place(const char *place)
{
	const char *number = strchr(place, ' ');
	return number ? number + 1 : *place ? place : "-";
}

static int widest_cgroup(const struct kt_outcome *o)
{
	size_t width = 0;

	kt_vec_each(r, &o->workers)
		width = KT_MAX(width, strlen(kt_workers_cgroup(r)));
	return (int)width;
}

void kt_text_cgroups(const struct kt_outcome *o, struct kt_str *out)
{
	struct kt_workers_sum sums[CGROUPS_SHOWN];
	size_t count = kt_workers_sums(o, sums, CGROUPS_SHOWN);
	int width = widest_cgroup(o);
	char cpu[KT_FORMAT_BYTES], gap[KT_FORMAT_BYTES];

	if (count > CGROUPS_SHOWN)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct kt_workers_sum *s = &sums[i];

		kt_str_addf(out,
			"  %-*s  %u worker%s, %ju iterations, %s CPU, longest gap %s, %ju "
			"migration%s\n",
			width, kt_workers_cgroup(s->first), s->workers, s->workers == 1 ? "" : "s",
			(uintmax_t)s->iterations, kt_format_seconds(s->cpu_ns, cpu),
			kt_format_ns(s->gap_ns, gap), (uintmax_t)s->migrations,
			s->migrations == 1 ? "" : "s");
	}
}

static void write_worker(const struct kt_outcome *o, const struct kt_work_result *r, int width,
	bool has_wakes, struct kt_str *out)
{
	KT_AUTOFREE char *cpus = kt_cpus_text(&r->cpus_used);
	char wall[KT_FORMAT_BYTES], cpu[KT_FORMAT_BYTES], gap[KT_FORMAT_BYTES],
		wake[KT_FORMAT_BYTES], place[KT_TEXT_PLACE_BYTES];

	kt_str_addf(out, "  %-*s %5s %4u %6u  %-11s", width, kt_workers_cgroup(r),
		number_of_place(kt_text_place(o, r->phase, place)), r->group, r->index,
		kt_work_kind_name(r->kind));
	if (!r->completed) {
		kt_str_addf(out, "  %s\n", r->exit_text[0] ? r->exit_text : "no report");
		return;
	}
	kt_str_addf(out, " %12ju %9s %9s %9s", (uintmax_t)r->iterations,
		kt_format_seconds(r->wall_ns, wall), kt_format_seconds(r->cpu_ns, cpu),
		kt_format_ns(r->gap_ns, gap));
	if (has_wakes)
		kt_str_addf(out, " %9s", r->wakes ? kt_format_ns(r->wake_p99_ns, wake) : "-");
	kt_str_addf(out, " %10ju  %s\n", (uintmax_t)r->migrations, cpus ? cpus : "?");
}

void kt_text_workers(const struct kt_outcome *o, bool all, struct kt_str *out)
{
	int width = KT_MAX(widest_cgroup(o), (int)strlen("cgroup"));
	bool has_wakes = false;

	if (!o->workers.count || (!all && o->workers.count > WORKERS_SHOWN))
		return;
	kt_vec_each(r, &o->workers)
		has_wakes |= r->wakes > 0;
	kt_str_addf(out, "  %-*s %5s %4s %6s  %-11s %12s %9s %9s %9s%s %10s  %s\n", width, "cgroup",
		o->test->body ? "phase" : "step", "work", "worker", "kind", "iterations", "time",
		"CPU", "gap", has_wakes ? "  p99 wake" : "", "migrations", "CPUs");
	kt_vec_each(r, &o->workers)
		write_worker(o, r, width, has_wakes, out);
}

void kt_text_captures(const struct kt_outcome *o, struct kt_str *out)
{
	char place[KT_TEXT_PLACE_BYTES];

	kt_vec_each(c, &o->captures) {
		kt_str_addf(out, "  capture '%s'", c->tag);
		if (c->phase)
			kt_str_addf(out, " (%s)", kt_text_place(o, c->phase, place));
		kt_str_addf(out, ": cgroup '%s' held %u process%s%s%s\n", c->cgroup, c->count,
			c->count == 1 ? "" : "es", c->count ? ": " : "", c->pids);
	}
}

static void write_delay(const struct kt_outcome_delay *d, const char *whose, struct kt_str *out)
{
	char total[KT_FORMAT_BYTES], most[KT_FORMAT_BYTES];

	if (!d->known)
		return;
	kt_str_addf(out, "  host        %s: %u threads waited for a CPU, ", whose, d->threads);
	if (d->total_ns >= d->max_ns)
		kt_str_addf(out, "%s in all, ", kt_format_ns(d->total_ns, total));
	kt_str_addf(out, "%s at most\n", kt_format_ns(d->max_ns, most));
}

void kt_text_machine(const struct kt_outcome *o, struct kt_str *out)
{
	if (o->accel_name[0]) {
		kt_str_addf(out, "  accelerator %s: %s", o->accel_name, o->accel_reason);
		if (o->accel_mips > 0)
			kt_str_addf(out, " (%.0f million instructions/s)", o->accel_mips);
		kt_str_add(out, "\n");
	}
	if (o->kernel_path[0])
		kt_str_addf(out, "  kernel      %s%s%s\n", o->kernel_id,
			o->kernel_id[0] ? ", " : "", o->kernel_path);
	if (o->release[0])
		kt_str_addf(out, "  %s      %s, boot id %s\n",
			o->test->host_only ? "kernel" : "booted", o->release, o->boot_id);
	if (o->topo_seen[0])
		kt_str_addf(out, "  topology    %s\n", o->topo_seen);
	write_delay(&o->vcpu_delay, "vCPUs", out);
	write_delay(&o->outer_delay, "vCPUs of the machine below", out);
	if (o->command)
		kt_str_addf(out, "  command     %s\n", o->command);
}

void kt_text_times(const struct kt_outcome *o, struct kt_str *out)
{
	const char *between = "";

	kt_str_add(out, "  times       ");
	for (unsigned i = 0; i < KT_STAGE_COUNT; i++) {
		if (!o->stage_ms[i])
			continue;
		kt_str_addf(out, "%s%s %ju ms", between, kt_outcome_stage_name(i),
			(uintmax_t)o->stage_ms[i]);
		between = ", ";
	}
	kt_str_add(out, between[0] ? "\n" : "none was measured\n");
	if (!o->phases.count)
		return;
	between = "";
	kt_str_add(out, "  phases      ");
	kt_vec_each(p, &o->phases) {
		kt_str_addf(out, "%s%u at %ju ms", between, p->phase, (uintmax_t)p->at_ms);
		between = ", ";
	}
	kt_str_add(out, "\n");
}

/* Of a well-formed character of N bytes; those of two bytes up to U+009F count, for xterm's sake.
 */
static bool is_control(const unsigned char *c, size_t n)
{
	if (n == 1)
		return (c[0] < ' ' && c[0] != '\n' && c[0] != '\t') || c[0] == 0x7f;
	return c[0] == 0xc2 && c[1] < 0xa0;
}

void kt_text_clean(struct kt_str *out, size_t from)
{
	for (size_t i = from; i < out->len;) {
		char *at = out->text + i;
		size_t n = kt_utf8_len(at, out->len - i);

		if (!n || is_control((unsigned char *)at, n))
			memset(at, '?', n ? n : 1);
		i += n ? n : 1;
	}
}
