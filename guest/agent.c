// SPDX-License-Identifier: GPL-2.0-only
/* From hello to finish. Frames are the only result; a failed stage is reported by init.c. */
#include "guest/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <ktstr/version.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "guest/child.h"
#include "guest/console.h"
#include "guest/env.h"
#include "guest/reap.h"
#include "guest/sysctl.h"
#include "guest/topology.h"
#include "scenario/engine.h"
#include "topo/spec.h"

#define CMDLINE_BYTES 65536
/* Without a word of the host: so much longer than its duration may the test's process take. */
#define TIMEOUT_FACTOR	2
#define TIMEOUT_MORE_MS 60000
/* Of payloads, which are to find each other and what they include. */
#define GUEST_PATH  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/include-files"
#define LEFTOVER_MS 5000

int kt_guest_hello(struct kt_guest *g, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str boot_id = {0};
	struct utsname uts;
	int r = kt_fs_read("/proc/sys/kernel/random/boot_id", 256, &boot_id, err);
	if (r < 0)
		return r;
	if (boot_id.len && boot_id.text[boot_id.len - 1] == '\n')
		kt_str_cut(&boot_id, boot_id.len - 1);
	uname(&uts);
	struct kt_frame f = {.type = KT_FRAME_hello,
		.hello = {.protocol = KT_WIRE_PROTOCOL,
			.version = KTSTR_VERSION,
			.release = uts.release,
			.boot_id = kt_str_get(&boot_id)}};
	return kt_guest_send(g, &f, err);
}

int kt_guest_request(struct kt_guest *g, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str cmdline = {0};
	int r = kt_fs_read("/proc/cmdline", CMDLINE_BYTES, &cmdline, err);
	return r < 0 ? r : kt_guest_request_parse(kt_str_get(&cmdline), &g->request, err);
}

int kt_guest_sysctls(struct kt_guest *g, struct kt_err *err)
{
	(void)g; /* what is to be set stands in a file */
	return kt_guest_sysctl_apply(KT_GUEST_SYSCTL_PATH, "/proc/sys", err);
}

int kt_guest_topology(struct kt_guest *g, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str difference = {0};
	KT_AUTOFREE struct kt_guest_topology *seen = NULL;
	char asked[KT_TOPO_TEXT_BYTES];
	int r = kt_guest_topology_read("/sys", &seen, err);
	if (r < 0)
		return r;
	kt_guest_topology_text(seen, &text);
	kt_guest_topology_compare(seen, &g->request.topo, &difference);
	struct kt_frame f = {.type = KT_FRAME_topology,
		.topology = {.asked = kt_topo_text(&g->request.topo, asked),
			.seen = kt_str_get(&text),
			.difference = kt_str_get(&difference)}};
	r = kt_guest_send(g, &f, err);
	if (r < 0 || !difference.len)
		return r;
	return kt_fail(err, ENODEV,
		"ask for a topology this monitor and kernel can show, or report a bug of ktstr",
		"the machine is not as asked: %s", kt_str_get(&difference));
}

int kt_guest_plan(struct kt_guest *g, struct kt_err *err)
{
	struct kt_plan_options options = {.topo = g->request.topo,
		.duration_ms = g->request.duration_ms,
		.seed = g->request.seed,
		.work = g->request.work,
		.quiet = true}; /* the engine notes it in the result */
	int r = kt_registry_freeze(&g->registry, err);
	if (r < 0)
		return r;
	g->test = kt_registry_find(&g->registry, g->request.test);
	if (!g->test)
		return kt_fail(err, ENOENT,
			"boot the machine with the program that contains the test",
			"this program has no test '%s'", g->request.test);
	return kt_plan_make(g->test, &options, &g->plan, err);
}

static uint64_t timeout_ms(const struct kt_guest *g)
{
	return g->request.timeout_ms ?: g->plan->duration_ms * TIMEOUT_FACTOR + TIMEOUT_MORE_MS;
}

/* In the test's own process. */
static void run_engine(void *arg, struct kt_guest_shared *shared, int fd)
{
	struct kt_guest *g = arg;
	struct kt_guest_env e;
	struct kt_err err = {0};
	kt_guest_env_init(&e, shared, fd);
	e.limit_ns = kt_guest_env_limit_ns(timeout_ms(g));
	(void)setenv("PATH", GUEST_PATH, 1); /* short of memory it has the kernel's */
	kt_guest_env_log_placement(&e, KT_GUEST_PLACEMENT_PATH);
	if (kt_engine_run(g->plan, &e.env, &err) < 0)
		kt_guest_env_fail(&e, &err);
	kt_guest_env_done(&e);
}

/* What the host does not hear is at least on the console. */
static void relay(void *arg, const struct kt_frame *f)
{
	struct kt_err err = {0};
	if (kt_guest_send(arg, f, &err) < 0)
		kt_guest_say("a %s frame was not sent: %s", kt_frame_name(f->type), err.text);
}

static int send_ready(struct kt_guest *g, struct kt_err *err)
{
	struct timespec up;
	clock_gettime(CLOCK_BOOTTIME, &up);
	struct kt_frame f = {.type = KT_FRAME_ready,
		.ready = {.uptime_ms = (uint64_t)up.tv_sec * 1000 +
				       (uint64_t)up.tv_nsec / KT_NS_PER_MS}};
	return kt_guest_send(g, &f, err);
}

static int send_end(struct kt_guest *g, const struct kt_guest_child_end *end, uint64_t elapsed_ms,
	struct kt_err *err)
{
	struct kt_frame crash = {.type = KT_FRAME_crash,
		.crash = {.phase = end->phase,
			.signal = end->signal,
			.exit_status = end->exit_status,
			.text = end->text}};
	struct kt_frame finish = {.type = KT_FRAME_finish, .finish = {.elapsed_ms = elapsed_ms}};
	int r = 0;
	if (!end->finished) {
		kt_guest_say("test '%s', phase %u: %s", g->test->name, end->phase, end->text);
		r = kt_guest_send(g, &crash, err);
	}
	return r < 0 ? r : kt_guest_send(g, &finish, err);
}

int kt_guest_scenario(struct kt_guest *g, struct kt_err *err)
{
	struct kt_guest_child child = {
		.run = run_engine,
		.arg = g,
		.on_frame = relay,
		.frame_arg = g,
		.loss = &g->loss,
		.reaps = true,
		.signal_fd = g->signal_fd,
		.timeout_ms = timeout_ms(g),
	};
	struct kt_guest_child_end end;
	int r = send_ready(g, err);
	if (r < 0)
		return r;
	uint64_t start = kt_now_ns();
	r = kt_guest_child_run(&child, &end, err);
	if (r < 0)
		return r;
	unsigned leftover = kt_guest_reap_all(LEFTOVER_MS);
	if (leftover && end.finished)
		kt_guest_note(
			g, "%u processes of the test were still there and were killed", leftover);
	return send_end(g, &end, (kt_now_ns() - start) / KT_NS_PER_MS, err);
}
