// SPDX-License-Identifier: GPL-2.0-only
/* What the engine says to its environment arrives as frames, field by field. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "guest/env.h"
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
		w->wake_max_ns};
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

static void is_the_stimulus(const struct kt_frame *f)
{
	const struct kt_frame_stimulus *s = &f->stimulus;
	cr_assert_eq(f->type, KT_FRAME_stimulus);
	cr_assert(s->phase == 1 && s->at_ms == 2 && s->ops == 3 && s->op_mask == 4 &&
		  s->cgroups == 5 && s->groups == 6 && s->iterations == 7);
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
						 .iterations = 7});
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

Test(env, every_call_of_the_engine_has_a_function)
{
	struct port p;
	void *functions[(sizeof(struct kt_env) - sizeof(void *)) / sizeof(void *)];
	port_open(&p, is_phase_3);
	memcpy(functions, (const char *)&p.e.env + sizeof(void *), sizeof(functions));
	for (unsigned i = 0; i < KT_ARRAY_LEN(functions); i++)
		cr_assert_not_null(functions[i], "function %u of struct kt_env is missing", i);
	cr_assert_eq(port_close(&p), 0);
}
