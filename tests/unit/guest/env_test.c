// SPDX-License-Identifier: GPL-2.0-only
/* What the engine says to its environment arrives as frames, field by field. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "guest/env.h"
#include "scenario/claim.h"
#include "wire/stream.h"

struct port {
	int fds[2];
	struct kt_guest_shared shared;
	struct kt_guest_env e;
	struct kt_stream_seq seq;
	struct kt_loss loss;
	struct kt_stream_reader *reader;
	void (*check)(const struct kt_frame *f);
	unsigned frames;
};

static void take(void *arg, const struct kt_frame *f)
{
	struct port *p = arg;
	p->frames++;
	p->check(f);
}

static void port_open(struct port *p, void (*check)(const struct kt_frame *f))
{
	*p = (struct port){.check = check};
	cr_assert_eq(kt_fd_pipe(p->fds), 0);
	cr_assert_eq(kt_fd_set_nonblock(p->fds[0], true), 0);
	p->reader = kt_stream_reader_new(take, p, &p->seq, &p->loss);
	kt_guest_env_init(&p->e, &p->shared, p->fds[1]);
}

/* The frames that came; all were whole and in sequence. */
static unsigned port_close(struct port *p)
{
	uint8_t data[65536];
	ssize_t n = read(p->fds[0], data, sizeof(data));
	if (n > 0)
		kt_stream_push(p->reader, data, (size_t)n);
	kt_stream_finish(p->reader);
	kt_stream_reader_free(p->reader);
	close(p->fds[0]);
	close(p->fds[1]);
	cr_assert_eq(p->loss.count[KT_LOSS_frame_bad] + p->loss.count[KT_LOSS_frame_gap], 0);
	return p->frames;
}

static const struct kt_work_result result = {
	.cgroup = "left",
	.phase = 1,
	.group = 2,
	.index = 3,
	.kind = KTSTR_WORK_bursty,
	.completed = true,
	.exit_text = "timed out",
	.work_units = 5,
	.iterations = 6,
	.wall_ns = 7,
	.cpu_ns = 8,
	.run_delay_ns = 9,
	.gap_ns = 10,
	.gap_cpu = 11,
	.gap_at_ns = 12,
	.migrations = 13,
	.cpus_used = {{1}},
	.confined = true,
	.cpus_allowed = {{2}},
	.cpus_outside = {{4}},
	.outside = 14,
	.wakes = 15,
	.wake_p50_ns = 16,
	.wake_p99_ns = 17,
	.wake_max_ns = 18,
	.wake_mean_ns = 19,
	.wake_sd_ns = 20,
	.costs = 21,
	.cost_p50_ns = 22,
	.cost_p99_ns = 23,
	.cost_max_ns = 24,
	.timers = 25,
	.timer_p50_ns = 26,
	.timer_p99_ns = 27,
	.timer_max_ns = 28,
	.measured = 29,
	.picks = 30,
	.pages_total = 31,
	.pages_expected = 32,
	.pages_slow = 33,
	.pages_migrated = 34,
	.affinity_error = 35,
	.policy_error = 36,
	.other_error = 37,
	.pages_by_node = "0:30 1:4",
	.migrations_text = "0>1@12ms",
};

static void is_the_result(const struct kt_frame *f)
{
	const struct kt_frame_worker *w = &f->worker;
	cr_assert_eq(f->type, KT_FRAME_worker);
	cr_assert_str_eq(w->cgroup, "left");
	cr_assert_str_eq(w->exit_text, "timed out");
	const uint64_t numbers[] = {w->phase, w->group, w->index, w->kind, w->work_units,
		w->iterations, w->wall_ns, w->cpu_ns, w->run_delay_ns, w->gap_ns, w->gap_cpu,
		w->gap_at_ns, w->migrations, w->outside, w->wakes, w->wake_p50_ns, w->wake_p99_ns,
		w->wake_max_ns, w->wake_mean_ns, w->wake_sd_ns, w->costs, w->cost_p50_ns,
		w->cost_p99_ns, w->cost_max_ns, w->timers, w->timer_p50_ns, w->timer_p99_ns,
		w->timer_max_ns, w->measured, w->picks, w->pages_total, w->pages_expected,
		w->pages_slow, w->pages_migrated, (uint64_t)w->affinity_error,
		(uint64_t)w->policy_error, (uint64_t)w->other_error};
	cr_assert_str_eq(w->pages_by_node, "0:30 1:4");
	cr_assert_str_eq(w->migrations_text, "0>1@12ms");
	cr_assert_eq(w->kind, (uint16_t)KTSTR_WORK_bursty);
	for (unsigned i = 0; i < KT_ARRAY_LEN(numbers); i++)
		if (i != 3)
			cr_assert_eq(numbers[i], i + 1, "number %u is %llu", i,
				(unsigned long long)numbers[i]);
	cr_assert(w->completed == 1 && w->confined == 1);
	cr_assert(w->cpus_used.bits[0] == 1 && w->cpus_allowed.bits[0] == 2 &&
		  w->cpus_outside.bits[0] == 4);
}

Test(env, a_worker_s_result_arrives_whole)
{
	struct port p;
	port_open(&p, is_the_result);
	p.e.env.on_result(p.e.env.arg, &result);
	cr_assert_eq(port_close(&p), 1);
}

static void is_the_metric(const struct kt_frame *f)
{
	const struct kt_frame_metric *m = &f->metric;
	double value, target;
	cr_assert_eq(f->type, KT_FRAME_metric);
	memcpy(&value, &m->value_bits, sizeof(value));
	memcpy(&target, &m->target_bits, sizeof(target));
	cr_assert(m->phase == 1 && m->polarity == KTSTR_POLARITY_TARGET);
	cr_assert(value == 2.5 && target == -3.5);
	cr_assert_str_eq(m->source, "bench");
	cr_assert_str_eq(m->cgroup, "a");
	cr_assert_str_eq(m->name, "x.0");
	cr_assert_str_eq(m->unit, "us");
}

Test(env, a_metric_arrives_whole)
{
	struct port p;
	port_open(&p, is_the_metric);
	p.e.env.on_metric(p.e.env.arg,
		&(struct kt_metric){.phase = 1,
			.source = "bench",
			.cgroup = "a",
			.name = "x.0",
			.unit = "us",
			.polarity = KTSTR_POLARITY_TARGET,
			.value = 2.5,
			.target = -3.5});
	cr_assert_eq(port_close(&p), 1);
}

static void is_the_payload(const struct kt_frame *f)
{
	const struct kt_frame_payload *p = &f->payload;
	cr_assert_eq(f->type, KT_FRAME_payload);
	cr_assert(p->phase == 1 && p->exit_code == -1 && p->stopped == 1 && p->wall_ns == 2);
	cr_assert(p->out_bytes == 3 && p->err_bytes == 4 && p->metrics == 5);
	cr_assert_str_eq(p->name, "bench");
	cr_assert_str_eq(p->cgroup, "a");
	cr_assert_str_eq(p->how, "killed by SIGKILL");
	cr_assert_str_eq(p->failures, "one\ntwo");
	cr_assert_str_eq(p->tail, "last");
}

Test(env, the_end_of_a_payload_arrives_whole)
{
	struct port p;
	port_open(&p, is_the_payload);
	p.e.env.on_payload(p.e.env.arg,
		&(struct kt_payload_end){.phase = 1,
			.name = "bench",
			.cgroup = "a",
			.how = "killed by SIGKILL",
			.exit_code = -1,
			.stopped = true,
			.wall_ns = 2,
			.out_bytes = 3,
			.err_bytes = 4,
			.metrics = 5,
			.failures = "one\ntwo",
			.tail = "last"});
	cr_assert_eq(port_close(&p), 1);
}

static void is_nothing(const struct kt_frame *f)
{
	cr_assert_fail("a %s frame", kt_frame_name(f->type));
}

/* Where there is no table and no cgroup, it is a program of this machine beside the test. */
Test(env, a_payload_runs_and_ends_through_the_env)
{
	struct port p;
	const char *const args[] = {"-c", "echo said; exit 3", NULL};
	const struct ktstr_payload payload = {.program = "/bin/sh", .args = args};
	const struct kt_payload_spec spec = {.payload = &payload, .cgroup = ""};
	struct kt_payload_run *run = NULL;
	struct kt_payload_output o = {0};
	struct kt_err err = {0};
	port_open(&p, is_nothing);
	p.e.programs = NULL;
	cr_assert_eq(p.e.env.payload_start(p.e.env.arg, &spec, &run, &err), 0, "%s", err.text);
	cr_assert_eq(p.e.env.payload_wait(p.e.env.arg, run, 0, &o, &err), 0, "%s", err.text);
	cr_assert_eq(o.status, 3 << 8);
	cr_assert_str_eq(kt_str_get(&o.out), "said\n");
	kt_payload_output_done(&o);
	p.e.env.payload_free(run);
	cr_assert_eq(port_close(&p), 0);
}

Test(env, a_payload_that_was_not_packed_does_not_start)
{
	struct port p;
	const struct ktstr_payload payload = {.program = "/bin/sh"};
	const struct kt_payload_spec spec = {.payload = &payload, .cgroup = ""};
	struct kt_payload_run *run = NULL;
	struct kt_err err = {0};
	port_open(&p, is_nothing);
	p.e.programs = "/nowhere";
	cr_assert_eq(p.e.env.payload_start(p.e.env.arg, &spec, &run, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'/bin/sh' is not in this machine"));
	cr_assert_null(run);
	cr_assert_eq(port_close(&p), 0);
}

Test(env, a_wait_ends_before_the_process_is_killed)
{
	uint64_t before_ns = kt_now_ns();
	uint64_t long_ns = kt_guest_env_limit_ns(100000), short_ns = kt_guest_env_limit_ns(1000);
	uint64_t after_ns = kt_now_ns();
	cr_assert_geq(long_ns, before_ns + 90 * KT_NS_PER_S);
	cr_assert_leq(long_ns, after_ns + 90 * KT_NS_PER_S);
	cr_assert_geq(short_ns, before_ns + 500 * KT_NS_PER_MS);
	cr_assert_leq(short_ns, after_ns + 500 * KT_NS_PER_MS);
}

static void is_the_stimulus(const struct kt_frame *f)
{
	const struct kt_frame_stimulus *s = &f->stimulus;
	cr_assert_eq(f->type, KT_FRAME_stimulus);
	cr_assert(s->phase == 1 && s->at_ms == 2 && s->ops == 3 && s->op_mask == 4 &&
		  s->cgroups == 5 && s->groups == 6 && s->iterations == 7 && s->knob_mask == 8);
}

Test(env, a_stimulus_arrives_whole)
{
	struct port p;
	port_open(&p, is_the_stimulus);
	p.e.env.on_stimulus(p.e.env.arg, &(struct kt_stimulus){.phase = 1,
						 .at_ms = 2,
						 .ops = 3,
						 .op_mask = 4,
						 .cgroups = 5,
						 .groups = 6,
						 .iterations = 7,
						 .knob_mask = 8});
	cr_assert_eq(port_close(&p), 1);
}

static void is_phase_3(const struct kt_frame *f)
{
	cr_assert(f->type == KT_FRAME_phase && f->phase.phase == 3 && f->phase.at_ms == 40);
}

Test(env, a_phase_is_sent_and_kept_for_the_case_of_a_crash)
{
	struct port p;
	port_open(&p, is_phase_3);
	p.e.env.on_phase(p.e.env.arg, 3, 40);
	cr_assert_eq(atomic_load(&p.shared.phase), 3);
	cr_assert_eq(port_close(&p), 1);
}

static void is_cut_or_its_loss(const struct kt_frame *f)
{
	if (f->type == KT_FRAME_detail)
		cr_assert(f->detail.fails == 1 && strlen(f->detail.text) == KT_FRAME_TEXT_MAX);
	else
		cr_assert(f->type == KT_FRAME_loss && f->loss.reason == KT_LOSS_text_cut &&
			  f->loss.count == 1);
}

Test(env, a_text_that_was_cut_is_told_as_a_loss)
{
	static char text[KT_FRAME_TEXT_MAX + 100];
	struct port p;
	memset(text, 'x', sizeof(text) - 1);
	port_open(&p, is_cut_or_its_loss);
	p.e.env.on_detail(p.e.env.arg, 1, true, "test", text);
	cr_assert_eq(port_close(&p), 2);
}

static void is_the_claim(const struct kt_frame *f)
{
	const struct kt_frame_claim *c = &f->claim;
	double value, bound;
	cr_assert_eq(f->type, KT_FRAME_claim);
	memcpy(&value, &c->value_bits, sizeof(value));
	memcpy(&bound, &c->bound_bits, sizeof(bound));
	cr_assert(c->phase == 3 && c->verdict == KTSTR_VERDICT_FAIL && c->counts == 1 &&
		  c->has_value == 1 && value == 1.5 && bound == 2.25);
	cr_assert_str_eq(c->label, "x");
	cr_assert_str_eq(c->text, "x is 1.5, not above 2.25");
}

Test(env, a_claim_arrives_whole)
{
	struct port p;
	port_open(&p, is_the_claim);
	p.e.env.on_claim(p.e.env.arg, &(struct kt_claim){.phase = 3,
					      .verdict = KTSTR_VERDICT_FAIL,
					      .counts = true,
					      .has_value = true,
					      .value = 1.5,
					      .bound = 2.25,
					      .label = "x",
					      .text = "x is 1.5, not above 2.25"});
	cr_assert_eq(port_close(&p), 1);
}

static void is_the_loss(const struct kt_frame *f)
{
	cr_assert(f->type == KT_FRAME_loss && f->loss.reason == KT_LOSS_worker_report &&
		  f->loss.count == 4);
}

Test(env, a_loss_of_the_engine_is_passed_on)
{
	struct port p;
	port_open(&p, is_the_loss);
	p.e.env.on_loss(p.e.env.arg, KT_LOSS_worker_report, 4);
	cr_assert_eq(port_close(&p), 1);
}

static void is_the_failure(const struct kt_frame *f)
{
	cr_assert(f->type == KT_FRAME_detail && f->detail.fails == 1);
	cr_assert_str_eq(f->detail.kind, "guest");
	cr_assert_str_eq(f->detail.text, "no cgroups (fix: mount them)");
}

Test(env, a_failure_of_the_engine_comes_with_its_remedy)
{
	struct port p;
	struct kt_err err = {0};
	kt_fail(&err, ENOENT, "mount them", "no cgroups");
	port_open(&p, is_the_failure);
	kt_guest_env_fail(&p.e, &err);
	cr_assert_eq(port_close(&p), 1);
}

static void is_the_capture(const struct kt_frame *f)
{
	cr_assert_eq(f->type, KT_FRAME_capture);
	cr_assert_str_eq(f->capture.tag, "t");
	cr_assert_str_eq(f->capture.cgroup, "left");
	cr_assert_str_eq(f->capture.pids, "5,6");
	cr_assert_eq(f->capture.count, 2);
	cr_assert_eq(f->capture.phase, 3);
}

Test(env, a_capture_arrives_whole)
{
	struct port p;
	pid_t pids[] = {5, 6};
	const struct kt_capture c = {
		.phase = 3, .tag = "t", .cgroup = "left", .pids = pids, .count = 2};
	port_open(&p, is_the_capture);
	p.e.env.on_capture(p.e.env.arg, &c);
	cr_assert_eq(port_close(&p), 1);
}

static void is_a_lost_line(const struct kt_frame *f)
{
	cr_assert_eq(f->type, KT_FRAME_loss);
	cr_assert_eq(f->loss.reason, KT_LOSS_placement_cut);
}

Test(env, a_line_of_the_placement_log_that_cannot_be_written_is_counted)
{
	struct port p;
	port_open(&p, is_a_lost_line);
	cr_assert_null(p.e.env.log_placement);
	kt_guest_env_log_placement(&p.e, "/nowhere/log");
	p.e.env.log_placement(p.e.env.arg, "line");
	cr_assert_eq(port_close(&p), 1);
}

Test(env, every_call_of_the_engine_has_a_function)
{
	struct port p;
	void *functions[(sizeof(struct kt_env) - sizeof(void *)) / sizeof(void *)];
	port_open(&p, is_phase_3);
	kt_guest_env_log_placement(&p.e, "/nowhere/log");
	memcpy(functions, (const char *)&p.e.env + sizeof(void *), sizeof(functions));
	for (unsigned i = 0; i < KT_ARRAY_LEN(functions); i++)
		cr_assert_not_null(functions[i], "function %u of struct kt_env is missing", i);
	cr_assert_eq(port_close(&p), 0);
}
