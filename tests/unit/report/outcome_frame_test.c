// SPDX-License-Identifier: GPL-2.0-only
/* Frames of honest and other guests. */
#include "report/outcome_frame.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct ktstr_test test = {.name = "t", .description = "d"};

/* An outcome whose scenario runs. */
static void init_running(struct kt_outcome *o)
{
	kt_outcome_init(o, &test);
	o->hello = o->ready = true;
}

Test(outcome_frame, hello_topology_ready_and_finish_leave_their_marks)
{
	struct kt_outcome o;
	struct kt_frame hello = {.type = KT_FRAME_hello,
		.hello = {.protocol = KT_WIRE_PROTOCOL,
			.version = "0.1",
			.release = "6.12.1",
			.boot_id = "b00t"}};
	struct kt_frame topology = {.type = KT_FRAME_topology,
		.topology = {.asked = "1n1l2c1t", .seen = "1n1l1c1t", .difference = "cores: 1"}};
	struct kt_frame ready = {.type = KT_FRAME_ready, .ready = {.uptime_ms = 9}};
	struct kt_frame finish = {.type = KT_FRAME_finish, .finish = {.elapsed_ms = 3001}};

	kt_outcome_init(&o, &test);
	kt_outcome_take_frame(&o, &hello);
	cr_assert(o.hello && !o.ready && !o.finished);
	kt_outcome_take_frame(&o, &topology);
	kt_outcome_take_frame(&o, &ready);
	cr_assert(o.ready && !o.finished);
	kt_outcome_take_frame(&o, &finish);
	cr_assert(o.finished);
	cr_assert_str_eq(o.release, "6.12.1");
	cr_assert_str_eq(o.boot_id, "b00t");
	cr_assert_str_eq(o.topo_difference, "cores: 1");
	cr_assert_eq(o.scenario_ms, 3001);
	cr_assert_eq(o.details.count, 0);
	kt_outcome_done(&o);
}

Test(outcome_frame, a_worker_arrives_field_by_field)
{
	struct kt_outcome o;
	struct kt_frame f = {.type = KT_FRAME_worker,
		.worker = {.phase = 1,
			.group = 2,
			.index = 3,
			.kind = KTSTR_WORK_bursty,
			.cgroup = "left",
			.completed = 1,
			.exit_text = "",
			.work_units = 4,
			.iterations = 5,
			.wall_ns = 6,
			.cpu_ns = 7,
			.run_delay_ns = 8,
			.gap_ns = 9,
			.gap_cpu = 10,
			.gap_at_ns = 11,
			.migrations = 12,
			.confined = 1,
			.outside = 13,
			.wakes = 14,
			.wake_p50_ns = 15,
			.wake_p99_ns = 16,
			.wake_max_ns = 17,
			.wake_mean_ns = 18,
			.wake_sd_ns = 19,
			.costs = 20,
			.cost_p50_ns = 21,
			.cost_p99_ns = 22,
			.cost_max_ns = 23,
			.timers = 24,
			.timer_p50_ns = 25,
			.timer_p99_ns = 26,
			.timer_max_ns = 27,
			.measured = 28,
			.picks = 29,
			.pages_total = 30,
			.pages_expected = 31,
			.pages_slow = 32,
			.pages_migrated = 33,
			.pages_by_node = "0:30 1:4",
			.migrations_text = "0>1@12ms",
			.affinity_error = 40,
			.policy_error = 41,
			.other_error = 42}};

	f.worker.cpus_used = kt_cpus_range(0, 3);
	f.worker.cpus_allowed = kt_cpus_range(0, 1);
	f.worker.cpus_outside = kt_cpus_range(2, 3);
	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.workers.count, 1);
	const struct kt_work_result *r = &o.workers.items[0];
	cr_assert_str_eq(r->cgroup, "left");
	cr_assert(r->phase == 1 && r->group == 2 && r->index == 3);
	cr_assert_eq(r->kind, KTSTR_WORK_bursty);
	cr_assert(r->completed && r->confined);
	cr_assert(r->work_units == 4 && r->iterations == 5 && r->wall_ns == 6 && r->cpu_ns == 7);
	cr_assert(r->run_delay_ns == 8 && r->gap_ns == 9 && r->gap_cpu == 10);
	cr_assert(r->gap_at_ns == 11 && r->migrations == 12 && r->outside == 13);
	cr_assert(r->wakes == 14 && r->wake_p50_ns == 15 && r->wake_p99_ns == 16);
	cr_assert_eq(r->wake_max_ns, 17);
	const uint64_t rest[] = {r->wake_mean_ns, r->wake_sd_ns, r->costs, r->cost_p50_ns,
		r->cost_p99_ns, r->cost_max_ns, r->timers, r->timer_p50_ns, r->timer_p99_ns,
		r->timer_max_ns, r->measured, r->picks, r->pages_total, r->pages_expected,
		r->pages_slow, r->pages_migrated};
	for (unsigned i = 0; i < KT_ARRAY_LEN(rest); i++)
		cr_assert_eq(rest[i], 18 + i, "number %u", i);
	cr_assert_str_eq(r->pages_by_node, "0:30 1:4");
	cr_assert_str_eq(r->migrations_text, "0>1@12ms");
	cr_assert(r->affinity_error == 40 && r->policy_error == 41 && r->other_error == 42);
	cr_assert(kt_cpus_equal(&r->cpus_used, &f.worker.cpus_used));
	cr_assert(kt_cpus_equal(&r->cpus_allowed, &f.worker.cpus_allowed));
	cr_assert(kt_cpus_equal(&r->cpus_outside, &f.worker.cpus_outside));
	kt_outcome_done(&o);
}

Test(outcome_frame, a_kind_of_work_nobody_knows_is_not_taken_over)
{
	struct kt_outcome o;
	struct kt_frame f = {
		.type = KT_FRAME_worker, .worker = {.kind = 999, .cgroup = "", .exit_text = ""}};

	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.workers.items[0].kind, KTSTR_WORK_END);
	kt_outcome_done(&o);
}

Test(outcome_frame, losses_add_up_and_unknown_reasons_are_not_lost)
{
	struct kt_outcome o;
	struct kt_frame known = {
		.type = KT_FRAME_loss, .loss = {.reason = KT_LOSS_text_cut, .count = 2}};
	struct kt_frame unknown = {.type = KT_FRAME_loss, .loss = {.reason = 60000, .count = 2}};

	init_running(&o);
	kt_outcome_take_frame(&o, &known);
	kt_outcome_take_frame(&o, &known);
	kt_outcome_take_frame(&o, &unknown);
	cr_assert_eq(o.loss.count[KT_LOSS_text_cut], 4);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_bad], 1);
	kt_outcome_done(&o);
}

Test(outcome_frame, texts_that_do_not_fit_are_counted_as_cut)
{
	struct kt_outcome o;
	char longer[2 * KT_OUTCOME_TEXT_BYTES];
	struct kt_frame f = {.type = KT_FRAME_crash, .crash = {.phase = 2, .signal = 11}};

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	f.crash.text = longer;
	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	cr_assert(o.crash.seen);
	cr_assert_eq(o.crash.signal, 11);
	cr_assert_eq(strlen(o.crash.text), KT_OUTCOME_TEXT_BYTES - 1);
	cr_assert_eq(o.loss.count[KT_LOSS_text_cut], 1);
	kt_outcome_done(&o);
}

Test(outcome_frame, phases_stimuli_and_details_are_kept_in_order)
{
	struct kt_outcome o;
	struct kt_frame phase = {.type = KT_FRAME_phase, .phase = {.phase = 1, .at_ms = 7}};
	struct kt_frame stimulus = {.type = KT_FRAME_stimulus,
		.stimulus = {.phase = 1,
			.at_ms = 9,
			.ops = 2,
			.op_mask = 6,
			.iterations = 5,
			.knob_mask = 9}};
	struct kt_frame detail = {.type = KT_FRAME_detail,
		.detail = {.phase = 1, .fails = 1, .kind = "op", .text = "no such cgroup"}};

	init_running(&o);
	kt_outcome_take_frame(&o, &phase);
	kt_outcome_take_frame(&o, &stimulus);
	kt_outcome_take_frame(&o, &detail);
	cr_assert_eq(o.phases.items[0].at_ms, 7);
	cr_assert_eq(o.stimuli.items[0].op_mask, 6);
	cr_assert_eq(o.stimuli.items[0].knob_mask, 9);
	cr_assert_eq(o.stimuli.items[0].iterations, 5);
	cr_assert(o.details.items[0].fails);
	cr_assert_str_eq(o.details.items[0].text, "no such cgroup");
	kt_outcome_done(&o);
}

Test(outcome_frame, another_protocol_is_a_failure_of_the_harness)
{
	struct kt_outcome o;
	struct kt_frame f = {.type = KT_FRAME_hello,
		.hello = {.protocol = KT_WIRE_PROTOCOL + 1, .release = "", .boot_id = ""}};

	kt_outcome_init(&o, &test);
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.details.count, 1);
	cr_assert(o.details.items[0].fails);
	cr_assert_str_eq(o.details.items[0].kind, KT_DETAIL_HARNESS);
	kt_outcome_done(&o);
}

Test(outcome_frame, the_first_crash_is_the_cause_and_stays)
{
	struct kt_outcome o;
	struct kt_frame f = {.type = KT_FRAME_crash, .crash = {.signal = 11, .text = "first"}};

	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	f.crash.signal = 6;
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.crash.signal, 11);
	kt_outcome_done(&o);
}

static void take(struct kt_outcome *o, enum kt_frame_type type)
{
	struct kt_frame f = {.type = type};

	if (type == KT_FRAME_hello)
		f.hello = (struct kt_frame_hello){
			.protocol = KT_WIRE_PROTOCOL, .release = "6.12", .boot_id = "id"};
	else if (type == KT_FRAME_topology)
		f.topology = (struct kt_frame_topology){
			.asked = "1n1l1c1t", .seen = "1n1l1c1t", .difference = ""};
	else if (type == KT_FRAME_worker)
		f.worker = (struct kt_frame_worker){.cgroup = "", .exit_text = ""};
	else if (type == KT_FRAME_crash)
		f.crash = (struct kt_frame_crash){.text = ""};
	else if (type == KT_FRAME_detail)
		f.detail = (struct kt_frame_detail){.kind = "", .text = ""};
	kt_outcome_take_frame(o, &f);
}

Test(outcome_frame, a_finish_without_a_start_is_not_believed)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	take(&o, KT_FRAME_topology);
	take(&o, KT_FRAME_finish);
	cr_assert(!o.finished && !o.topo_seen[0]);
	take(&o, KT_FRAME_hello);
	take(&o, KT_FRAME_finish);
	cr_assert_not(o.finished);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 3);
	kt_outcome_done(&o);
}

Test(outcome_frame, each_stage_is_believed_once)
{
	static const enum kt_frame_type once[] = {
		KT_FRAME_hello, KT_FRAME_topology, KT_FRAME_ready, KT_FRAME_finish};
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	for (size_t i = 0; i < 4; i++)
		take(&o, once[i]);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 0);
	for (size_t i = 0; i < 4; i++)
		take(&o, once[i]);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 4);
	kt_outcome_done(&o);
}

Test(outcome_frame, what_a_scenario_says_counts_only_while_it_runs)
{
	static const enum kt_frame_type said[] = {
		KT_FRAME_phase, KT_FRAME_stimulus, KT_FRAME_worker, KT_FRAME_crash};
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	for (size_t i = 0; i < 4; i++)
		take(&o, said[i]);
	init_running(&o);
	o.finished = true;
	for (size_t i = 0; i < 4; i++)
		take(&o, said[i]);
	cr_assert(!o.phases.count && !o.stimuli.count && !o.workers.count && !o.crash.seen);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 4);
	take(&o, KT_FRAME_detail);
	take(&o, KT_FRAME_loss);
	cr_assert_eq(o.details.count, 1);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_order], 4);
	kt_outcome_done(&o);
}

static void take_dmesg(struct kt_outcome *o, const char *text, uint16_t last, uint64_t cut)
{
	struct kt_frame f = {.type = KT_FRAME_dmesg,
		.dmesg = {.last = last, .lost_records = 3, .cut_bytes = cut, .text = text}};

	kt_outcome_take_frame(o, &f);
}

Test(outcome_frame, pieces_of_the_log_become_one_and_the_last_ends_it)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	take_dmesg(&o, "[    0.000000] one\n", 0, 0);
	cr_assert_not(o.dmesg_ended);
	take_dmesg(&o, "[    0.000001] two\n", 1, 40);
	cr_assert(o.dmesg_ended);
	cr_assert_str_eq(kt_str_get(&o.dmesg), "[    0.000000] one\n[    0.000001] two\n");
	cr_assert_eq(o.dmesg_lost_records, 3);
	cr_assert_eq(o.dmesg_cut_bytes, 40);
	cr_assert_eq(o.loss.count[KT_LOSS_dmesg_cut], 1);
	take_dmesg(&o, "more\n", 1, UINT64_MAX);
	cr_assert_eq(o.dmesg.len, 38, "nothing comes behind the end");
	cr_assert_eq(o.dmesg_cut_bytes, 45);
	kt_outcome_done(&o);
}

Test(outcome_frame, a_guest_that_claims_absurd_cuts_does_not_wrap_the_counter)
{
	struct kt_outcome o;

	kt_outcome_init(&o, &test);
	o.dmesg_cut_bytes = 10;
	take_dmesg(&o, "", 1, UINT64_MAX - 1);
	cr_assert_eq(o.dmesg_cut_bytes, UINT64_MAX);
	kt_outcome_done(&o);
}

Test(outcome_frame, markers_are_kept_and_an_unknown_one_is_a_bad_frame)
{
	struct kt_outcome o;
	struct kt_frame f = {.type = KT_FRAME_marker,
		.marker = {.kind = KT_MARKER_resume, .phase = 2, .at_ms = 30}};
	kt_outcome_init(&o, &test);
	o.hello = o.ready = true;
	kt_outcome_take_frame(&o, &f);
	f.marker.kind = KT_MARKER_COUNT;
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.markers.count, 1);
	cr_assert_eq(o.markers.items[0].kind, KT_MARKER_resume);
	cr_assert_eq(o.markers.items[0].phase, 2);
	cr_assert_eq(o.markers.items[0].at_ms, 30);
	cr_assert_eq(o.loss.count[KT_LOSS_frame_bad], 1);
	cr_assert_str_eq(kt_outcome_marker_name(KT_MARKER_pause), "pause");
	kt_outcome_done(&o);
}

Test(outcome_frame, a_claim_arrives_with_its_values)
{
	struct kt_outcome o;
	double value = 2.5, bound = -1;
	struct kt_frame f = {.type = KT_FRAME_claim,
		.claim = {.phase = 2,
			.verdict = KTSTR_VERDICT_FAIL,
			.counts = 1,
			.has_value = 1,
			.label = "x",
			.text = "x is 2.5, not at most -1"}};

	memcpy(&f.claim.value_bits, &value, sizeof(value));
	memcpy(&f.claim.bound_bits, &bound, sizeof(bound));
	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.claims.count, 1);
	const struct kt_outcome_claim *c = &o.claims.items[0];
	cr_assert(c->phase == 2 && c->verdict == KTSTR_VERDICT_FAIL && c->counts && c->has_value);
	cr_assert(c->value == 2.5 && c->bound == -1);
	cr_assert_str_eq(c->label, "x");
	cr_assert_str_eq(c->text, "x is 2.5, not at most -1");
	kt_outcome_done(&o);
}

Test(outcome_frame, a_claim_of_a_verdict_nobody_knows_is_undecided)
{
	struct kt_outcome o;
	struct kt_frame f = {
		.type = KT_FRAME_claim, .claim = {.verdict = 77, .label = "x", .text = "t"}};

	init_running(&o);
	kt_outcome_take_frame(&o, &f);
	cr_assert_eq(o.claims.items[0].verdict, KTSTR_VERDICT_INCONCLUSIVE);
	kt_outcome_done(&o);
}
