// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 as a list of stages. Whichever fails, its name and the error go to the console and to
 * the host, and the machine restarts. Everything that waits has a deadline, so that the
 * machine always ends by itself.
 */
#include "guest/init.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "guest/agent.h"
#include "guest/console.h"
#include "guest/crash.h"
#include "guest/dmesg.h"
#include "guest/mounts.h"
#include "guest/poweroff.h"

#define CMDLINE_BYTES 65536
#define EARLY_FIND_MS 500
#define FIFO_PRIORITY 2 /* above the test's process, which is above the workers */

static void send_detail(struct kt_guest *g, bool fails, const char *text)
{
	struct kt_err err = {0};
	struct kt_frame f = {
		.type = KT_FRAME_detail, .detail = {.fails = fails, .kind = "guest", .text = text}};
	if (kt_guest_send(g, &f, &err) < 0)
		kt_guest_say("not sent: %s", err.text);
}

void kt_guest_note(struct kt_guest *g, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kt_guest_say("%s", text);
	if (g->port)
		send_detail(g, false, text);
	else
		kt_str_addf(&g->notes, "%s\n", text);
}

/* Losses counted here since the last call, as frames of their own. */
static int send_losses(struct kt_guest *g, struct kt_err *err)
{
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++) {
		struct kt_frame f = {.type = KT_FRAME_loss,
			.loss = {.reason = (uint16_t)i, .count = g->loss.count[i]}};
		if (!f.loss.count)
			continue;
		g->loss.count[i] = 0;
		int r = kt_port_send(g->port, &f, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kt_guest_send(struct kt_guest *g, const struct kt_frame *f, struct kt_err *err)
{
	int r = kt_port_send(g->port, f, err);
	r = r < 0 ? r : send_losses(g, err);
	if (r == 0 && !g->fallback_told && *kt_port_fallback_reason(g->port)) {
		g->fallback_told = true;
		kt_guest_note(g, "frames go to %s: %s", kt_port_path(g->port),
			kt_port_fallback_reason(g->port));
	}
	return r;
}

static void note_line(void *arg, const char *text)
{
	kt_guest_note(arg, "%s", text);
}

static int stage_mounts(struct kt_guest *g, struct kt_err *err)
{
	return kt_guest_mount_all(note_line, g, err);
}

static int stage_console(struct kt_guest *g, struct kt_err *err)
{
	(void)g; /* descriptors are the process's */
	return kt_guest_console_open(err);
}

/* Signals come through a descriptor; ^Alt^Del becomes SIGINT instead of a restart. */
static int stage_signals(struct kt_guest *g, struct kt_err *err)
{
	static const int taken[] = {SIGCHLD, SIGINT, SIGTERM, SIGPWR};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < KT_ARRAY_LEN(taken); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	reboot(RB_DISABLE_CAD);
	g->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g->signal_fd < 0)
		return kt_fail(err, errno, "build the kernel with CONFIG_SIGNALFD=y",
			"signalfd: %s", strerror(errno));
	return 0;
}

/* Above everything that is measured; see child.c. */
static int stage_priority(struct kt_guest *g, struct kt_err *err)
{
	struct sched_param param = {.sched_priority = FIFO_PRIORITY};
	(void)err; /* the next best is good enough */
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0) {
		kt_guest_note(g, "SCHED_FIFO for PID 1: %s; using nice -20", strerror(errno));
		setpriority(PRIO_PROCESS, 0, -20);
	}
	return 0;
}

/* What was noted before there was a port. */
static void send_notes(struct kt_guest *g)
{
	char *rest = g->notes.text;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			send_detail(g, false, line);
	kt_str_done(&g->notes);
}

static int stage_port(struct kt_guest *g, struct kt_err *err)
{
	int r = kt_port_open(NULL, &g->loss, &g->port, err);
	if (r == 0)
		send_notes(g);
	return r;
}

static const struct stage {
	const char *name;
	int (*run)(struct kt_guest *g, struct kt_err *err);
} stages[] = {
	{"mounts", stage_mounts},
	{"console", stage_console},
	{"signals", stage_signals},
	{"priority", stage_priority},
	{"port", stage_port},
	{"hello", kt_guest_hello},
	{"request", kt_guest_request},
	{"sysctl", kt_guest_sysctls},
	{"topology", kt_guest_topology},
	{"plan", kt_guest_plan},
	{"scenario", kt_guest_scenario},
};

/*
 * What fails before the stage of the port is most often an option the kernel lacks, and the host
 * should hear which: by the virtio port, or by a serial line that needs no devtmpfs.
 */
static void open_port_early(struct kt_guest *g)
{
	static const struct kt_port_config hurried = {.find_ms = EARLY_FIND_MS};
	struct kt_err err = {0};
	(void)mknod("/dev/ttyS1", S_IFCHR | 0600, makedev(4, 65)); /* the next call says whether */
	if (kt_port_open(&hurried, &g->loss, &g->port, &err) < 0)
		kt_guest_say("not sent: %s", err.text);
}

static void report_failure(struct kt_guest *g, const struct kt_err *err)
{
	char text[KT_ERR_TEXT_BYTES + KT_ERR_FIX_BYTES + 64];
	snprintf(text, sizeof(text), "guest stage '%s': %s (fix: %s)", g->stage, err->text,
		err->fix);
	kt_guest_say("%s", text);
	if (!g->port)
		open_port_early(g);
	if (g->port)
		send_detail(g, true, text);
}

bool kt_guest_is_init(void)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str cmdline = {0};
	if (getpid() != 1)
		return false;
	if (!kt_fs_exists("/proc/cmdline")) {
		(void)mkdir("/proc", 0555); /* what mount() says next counts */
		if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			return false;
	}
	return kt_fs_read("/proc/cmdline", CMDLINE_BYTES, &cmdline, NULL) == 0 &&
	       kt_guest_request_is_there(kt_str_get(&cmdline));
}

_Noreturn void kt_guest_main(void)
{
	static struct kt_guest guest = {.stage = "start", .signal_fd = -1};
	static struct kt_guest_crash crash;
	struct kt_err err = {0};
	kt_guest_crash_catch(&crash, &guest.stage);
	for (size_t i = 0; i < KT_ARRAY_LEN(stages); i++) {
		guest.stage = stages[i].name;
		if (stages[i].run(&guest, &err) < 0) {
			report_failure(&guest, &err);
			break;
		}
	}
	guest.stage = "log";
	if (guest.port)
		kt_guest_dmesg_send(&guest);
	guest.stage = "restart";
	kt_port_free(guest.port);
	kt_guest_restart();
}
