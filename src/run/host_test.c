// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stages of a guest, where they have a meaning: machine (its cgroups are made), scenario,
 * shutdown. The frames that PID 1 would send are made here.
 */
#include "run/host_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ktstr/version.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "guest/child.h"
#include "guest/dmesg.h"
#include "report/outcome_frame.h"
#include "run/host_cgroup.h"
#include "run/host_env.h"
#include "run/interrupt.h"
#include "softkvm/inside.h"
#include "topo/spec.h"

#define KIND	     "host" /* of notes about this machine */
#define TURN_WAIT_MS 600000
#define LOG_READ_MS  2000
#define END_MS	     5000 /* of the scenario's limit, for its teardown */

struct host_test {
	const struct kt_run_host_test_config *config;
	struct kt_outcome *o;
	struct kt_run_host_cgroup cgroup;
	enum kt_outcome_stage stage;
	uint64_t stage_start_ns;
	int kmsg_fd;	  /* -1: the log cannot be read */
	uint64_t lost_ns; /* by the machine below, when the scenario began */
};

static int interrupt_fd = -1;

int kt_run_host_interrupt_prepare(struct kt_err *err)
{
	if (interrupt_fd < 0)
		interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return interrupt_fd < 0 ? kt_fail(err, errno, "raise the limit of open files (ulimit -n)",
					  "eventfd: %s", strerror(errno))
				: 0;
}

void kt_run_host_interrupt(void)
{
	uint64_t one = 1;
	if (interrupt_fd >= 0)
		(void)!write(interrupt_fd, &one, sizeof(one)); /* full is as good */
}

static bool is_interrupted(void)
{
	return kt_run_interrupted() != 0;
}

static void enter_stage(struct host_test *t, enum kt_outcome_stage stage)
{
	uint64_t now = kt_now_ns();
	t->o->stage_ms[t->stage] += (now - t->stage_start_ns) / KT_NS_PER_MS;
	t->stage = stage;
	t->stage_start_ns = now;
	if (t->config->on_stage)
		t->config->on_stage(t->config->arg, stage);
}

static void note(struct host_test *t, const char *text)
{
	kt_outcome_add_detail(t->o, 0, false, KIND, text);
}

/* What PID 1 says of a machine before its scenario. */
static void say_hello(struct host_test *t)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str boot_id = {0};
	char asked[KT_TOPO_TEXT_BYTES];
	struct kt_topo topo = kt_plan_topo_of(t->o->test);
	struct utsname uts;
	uname(&uts);
	(void)kt_fs_read("/proc/sys/kernel/random/boot_id", 256, &boot_id, NULL); /* "": unknown */
	kt_str_cut(&boot_id, strcspn(kt_str_get(&boot_id), "\n"));
	const struct kt_frame frames[] = {
		{.type = KT_FRAME_hello,
			.hello = {.protocol = KT_WIRE_PROTOCOL,
				.version = KTSTR_VERSION,
				.release = uts.release,
				.boot_id = kt_str_get(&boot_id)}},
		{.type = KT_FRAME_topology,
			.topology = {.asked = kt_topo_text(&topo, asked),
				.seen = t->config->host->text,
				.difference = ""}},
		{.type = KT_FRAME_ready},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(frames); i++)
		kt_outcome_take_frame(t->o, &frames[i]);
}

static void say_end(struct host_test *t, const struct kt_guest_child_end *end, uint64_t elapsed_ms)
{
	struct kt_frame crash = {.type = KT_FRAME_crash,
		.crash = {.phase = end->phase,
			.signal = end->signal,
			.exit_status = end->exit_status,
			.text = end->text}};
	struct kt_frame finish = {.type = KT_FRAME_finish, .finish = {.elapsed_ms = elapsed_ms}};
	if (!end->finished)
		kt_outcome_take_frame(t->o, &crash);
	kt_outcome_take_frame(t->o, &finish);
}

/* From here on: what the kernel says while the test runs is about the test, or may be. */
static void open_log(struct host_test *t)
{
	t->kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (t->kmsg_fd >= 0 && lseek(t->kmsg_fd, 0, SEEK_END) >= 0)
		return;
	KT_AUTOFREE char *text = kt_strf("the kernel's log cannot be read, so its complaints do "
					 "not count (/dev/kmsg: %s)",
		strerror(errno));
	note(t, text ? text : "the kernel's log cannot be read");
	if (t->kmsg_fd >= 0)
		close(t->kmsg_fd);
	t->kmsg_fd = -1;
}

static void take_log(struct host_test *t)
{
	/* No record is missed before the first that is read. */
	KT_AUTO_DONE(kt_guest_dmesg_done) struct kt_guest_dmesg log = {.next_seq = UINT64_MAX};
	if (t->kmsg_fd < 0)
		return;
	int r = kt_guest_dmesg_read(&log, t->kmsg_fd, kt_deadline_ms(LOG_READ_MS));
	close(t->kmsg_fd);
	t->kmsg_fd = -1;
	kt_outcome_add_dmesg(t->o, kt_str_get(&log.text));
	kt_outcome_add_console(t->o, kt_str_get(&log.text), log.text.len);
	t->o->dmesg_ended = r == 0;
	t->o->dmesg_lost_records = log.lost_records;
	t->o->dmesg_cut_bytes += log.cut_bytes;
	if (log.lost_records || log.cut_bytes)
		kt_loss_add(&t->o->loss, KT_LOSS_dmesg_cut, 1);
}

static void on_frame(void *arg, const struct kt_frame *f)
{
	kt_outcome_take_frame(((struct host_test *)arg)->o, f);
}

static void on_output(void *arg, const void *data, size_t bytes)
{
	struct host_test *t = arg;
	kt_outcome_add_term(t->o, data, bytes);
	if (t->config->on_console)
		t->config->on_console(t->config->arg, data, bytes);
}

/* In the scenario's own process. */
static void run_scenario(void *arg, struct kt_guest_shared *shared, int fd)
{
	struct host_test *t = arg;
	uint64_t ms = t->config->timeout_ms;
	uint64_t limit_ns = kt_deadline_ms(ms - KT_MIN(ms / 5, (uint64_t)END_MS));
	kt_run_host_env_run(t->config->plan, &t->cgroup, limit_ns, shared, fd);
}

/* The controllers of the plan, by name. A body, of which little is known, gets cpuset. */
static void list_controllers(const struct kt_plan *plan, const char *ret[KT_CONTROLLER_COUNT])
{
	unsigned mask = plan->controllers;
	size_t n = 0;
	if (plan->test->body)
		mask |= KT_CONTROLLER_BIT(KT_CONTROLLER_cpuset);
	for (unsigned c = KT_CONTROLLER_none + 1; c < KT_CONTROLLER_COUNT; c++)
		if (mask & KT_CONTROLLER_BIT(c))
			ret[n++] = kt_controller_info(c)->name;
	ret[n] = NULL;
}

static int make_cgroups(struct host_test *t, struct kt_err *err)
{
	struct kt_run_host_place place;
	const char *controllers[KT_CONTROLLER_COUNT];
	struct kt_run_host_cgroup_config config = {
		.place = &place,
		.controllers = controllers,
		.deadline_ns = kt_deadline_ms(TURN_WAIT_MS),
		.stopped = is_interrupted,
	};
	list_controllers(t->config->plan, controllers);
	int r = kt_run_host_place_find("/proc", getenv(KT_RUN_HOST_ENV), &place, err);
	if (r == 0)
		r = kt_run_host_place_check("/proc", &place, controllers, err);
	if (r == 0)
		r = kt_run_host_cgroup_make(&config, &t->cgroup, err);
	return r < 0 ? kt_wrap(err, r, "host_only") : 0;
}

/* In a softkvm machine its CPUs are threads of another one, as those of a guest are. */
static void mark_delay(struct host_test *t)
{
	unsigned threads;
	if (kt_softkvm_host_delay_ns(&t->lost_ns, &threads) < 0)
		t->lost_ns = UINT64_MAX;
}

static void take_delay(struct host_test *t)
{
	uint64_t now_ns;
	struct kt_outcome_delay *d = &t->o->outer_delay;
	if (t->lost_ns == UINT64_MAX || kt_softkvm_host_delay_ns(&now_ns, &d->threads) < 0)
		return;
	d->known = true;
	d->max_ns = now_ns > t->lost_ns ? now_ns - t->lost_ns : 0;
}

static int run_child(struct host_test *t, struct kt_err *err)
{
	struct kt_guest_child child = {
		.run = run_scenario,
		.arg = t,
		.on_frame = on_frame,
		.frame_arg = t,
		.loss = &t->o->loss,
		.signal_fd = -1,
		.stop_fd = interrupt_fd > 0 ? interrupt_fd : 0,
		.timeout_ms = t->config->timeout_ms,
		.on_output = on_output,
		.output_arg = t,
	};
	struct kt_guest_child_end end;
	uint64_t start_ns = kt_now_ns();
	t->o->clock.ready_ns = start_ns;
	mark_delay(t);
	int r = kt_guest_child_run(&child, &end, err);
	if (r < 0)
		return r;
	take_delay(t);
	t->o->clock.finish_ns = kt_now_ns();
	t->o->scenario_wall_ns = t->o->clock.finish_ns - start_ns;
	say_end(t, &end, t->o->scenario_wall_ns / KT_NS_PER_MS);
	if (!end.finished && is_interrupted())
		return -EINTR;
	return 0;
}

static void note_lines(struct host_test *t, const char *lines)
{
	KT_AUTOFREE char *copy = strdup(lines);
	char *rest = copy;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			note(t, line);
}

/* Whatever happened: no process and no cgroup of the test stays. */
static void clean_up(struct host_test *t)
{
	struct kt_err err = {0};
	if (kt_run_host_cgroup_end(&t->cgroup, &err) < 0) {
		KT_AUTOFREE char *text = kt_strf("%s (fix: %s)", err.text, err.fix);
		kt_outcome_add_detail(t->o, 0, true, KT_DETAIL_HARNESS, text ? text : err.text);
	}
	if (t->cgroup.ended.killed && !t->o->crash.seen) {
		KT_AUTOFREE char *text =
			kt_strf("%u processes of the test were still there and were killed",
				t->cgroup.ended.killed);
		note(t, text ? text : "processes of the test were still there and were killed");
	}
	note_lines(t, kt_str_get(&t->cgroup.ended.notes));
	kt_run_host_cgroup_done(&t->cgroup);
}

static int run(struct host_test *t, struct kt_err *err)
{
	enter_stage(t, KT_STAGE_VM);
	int r = make_cgroups(t, err);
	if (r < 0)
		return r;
	open_log(t);
	say_hello(t);
	enter_stage(t, KT_STAGE_SCENARIO);
	kt_log(KT_LOG_DEBUG, "%s: the scenario runs", t->o->test->name);
	return run_child(t, err);
}

void kt_run_host_test(const struct kt_run_host_test_config *config, struct kt_outcome *outcome)
{
	struct host_test t = {
		.config = config,
		.o = outcome,
		.cgroup = {.parent_fd = -1, .dir_fd = -1},
		.stage = KT_STAGE_VM,
		.stage_start_ns = kt_now_ns(),
		.kmsg_fd = -1,
	};
	struct kt_err err = {0};
	int r = is_interrupted() ? -EINTR : run(&t, &err);
	enum kt_outcome_stage ended_in = t.stage;
	enter_stage(&t, KT_STAGE_SHUTDOWN);
	clean_up(&t);
	take_log(&t);
	if (r < 0 && is_interrupted())
		kt_outcome_set_end(outcome, KT_END_INTERRUPTED, ended_in, "", "%s", "");
	else if (r < 0)
		kt_outcome_set_error(outcome, ended_in, &err);
	else
		kt_outcome_set_end(outcome, KT_END_DONE, KT_STAGE_SHUTDOWN, "", "%s", "");
	outcome->stage_ms[t.stage] += (kt_now_ns() - t.stage_start_ns) / KT_NS_PER_MS;
	outcome->clock.end_ns = kt_now_ns();
}
