// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that attack the harness from inside: its frames, its console, its memory, PID 1 and
 * the workers. tests/guest_cases.py says what each must be reported as.
 */
#include <ktstr/ktstr.h>

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/reap.h"
#include "vm/inside.h"
#include "wire/stream.h"
#include "work/worker.h"

/* As in work/step.h, whose headers have a macro of the same name as the language of tests. */
bool kt_worker_spin(struct kt_worker *w, unsigned pauses);

#define FAMILY 200u

#define SMALL .topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1)

KTSTR_TEST_BODY(init_exits, "PID 1 is made to exit", SMALL)
{
	static const uint8_t exit_7[] = {0xbf, 7, 0, 0, 0, /* mov edi, 7 */
		0xb8, 231, 0, 0, 0,			   /* mov eax, exit_group */
		0x0f, 0x05};				   /* syscall */
	(void)ctx;
	inside_patch(1, kt_guest_reap_orphans, exit_7, sizeof(exit_7));
	for (;;)
		pause();
}

/* PID 1's own descriptor of the frame port, which nobody else can open. */
static int steal_port(void)
{
	int init = pidfd_open(1, 0);
	inside_must(init >= 0, "pidfd of PID 1");
	for (int fd = 0; fd < 64; fd++) {
		char path[32], target[64] = "";
		snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "vport"))
			return pidfd_getfd(init, fd, 0);
	}
	return -1;
}

static void send_raw(int fd, const void *data, size_t bytes)
{
	const char *p = data;
	for (uint64_t deadline = kt_deadline_ms(5000); bytes;) {
		ssize_t n = write(fd, p, bytes);
		inside_must(n > 0 || errno == EAGAIN, "frame port");
		inside_must(!kt_deadline_passed(deadline), "frame port in time");
		p += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
}

/* Far from PID 1's own numbers, and never the same twice: a repeated one is skipped. */
static size_t pack(const struct kt_frame *f, uint8_t buf[KT_STREAM_FRAME_MAX])
{
	static struct kt_loss loss;
	static uint32_t seq = 1000;
	return kt_stream_pack(f, seq++, buf, &loss);
}

/* A frame with one byte of its header or payload changed. */
static void send_damaged(int fd, size_t at, uint8_t value)
{
	uint8_t buf[KT_STREAM_FRAME_MAX];
	struct kt_frame f = {.type = KT_FRAME_detail,
		.detail = {.fails = 1, .kind = "forged", .text = "this must not be believed"}};
	size_t bytes = pack(&f, buf);
	buf[at] = value;
	send_raw(fd, buf, bytes);
}

static void send_frame(int fd, const struct kt_frame *f)
{
	uint8_t buf[KT_STREAM_FRAME_MAX];
	send_raw(fd, buf, pack(f, buf));
}

KTSTR_TEST_BODY(bad_frames, "frames with bad length, type, checksum, text and order", SMALL)
{
	static char garbage[5000];
	static const uint8_t promise[] = {/* of 16000 bytes that never come */
		'K', 'T', 'F', '1', 0, 0, 0, 0, KT_FRAME_detail, 0, 0x80, 0x3e, 0, 0, 0, 0};
	int port = steal_port();
	inside_must(port >= 0, "PID 1's frame port");
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(i * 7 + i / 256);
	inside_write("/dev/ttyS1", garbage, 200);
	inside_write("/dev/ttyS1", "KTF1KTF1", 8);
	send_raw(port, garbage, sizeof(garbage));
	send_damaged(port, 4, 0);     /* checksum */
	send_damaged(port, 8, 99);    /* type */
	send_damaged(port, 11, 0xff); /* length */
	send_damaged(port, 33, 0);    /* a text with its end inside */
	send_frame(port, &(struct kt_frame){.type = KT_FRAME_hello,
				 .hello = {.version = "0", .release = "forged", .boot_id = "0"}});
	send_frame(port, &(struct kt_frame){.type = KT_FRAME_ready});
	send_frame(port, &(struct kt_frame){.type = KT_FRAME_topology,
				 .topology = {.asked = "forged", .seen = "forged"}});
	/* The last words of a test whose body goes on. */
	send_frame(port, &(struct kt_frame){.type = KT_FRAME_finish});
	ktstr_hold_ms(ctx, 300);
	send_raw(port, promise, sizeof(promise));
}

static void flood_frames(size_t bytes, uint64_t ms)
{
	static char garbage[32768];
	int port = steal_port();
	inside_must(port >= 0, "PID 1's frame port");
	memset(garbage, 'K', sizeof(garbage));
	uint64_t deadline = kt_deadline_ms(ms);
	for (size_t done = 0; done < bytes && !kt_deadline_passed(deadline);
		done += sizeof(garbage))
		send_raw(port, garbage, sizeof(garbage));
	close(port);
}

static void flood(const char *path, size_t bytes, uint64_t ms)
{
	static char text[65536];
	memset(text, 'x', sizeof(text));
	for (size_t i = 127; i < sizeof(text); i += 128)
		text[i] = '\n';
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	inside_must(fd >= 0, path);
	size_t step = strcmp(path, "/dev/kmsg") ? sizeof(text) : 512;
	uint64_t deadline = kt_deadline_ms(ms);
	for (size_t done = 0; done < bytes && !kt_deadline_passed(deadline);) {
		ssize_t n = write(fd, text, step);
		inside_must(n > 0, path);
		done += (size_t)n;
	}
	close(fd);
}

KTSTR_TEST_BODY(flood, "hundreds of MB for consoles and frames, and one warning in the middle",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(1))
{
	static const char warning[] =
		"<4>WARNING: CPU: 0 PID: 1 at kernel/sched/core.c:2 in the flood\n";
	pid_t other = fork();
	if (!other) {
		flood("/dev/hvc0", 400u << 20, 4000);
		_exit(0);
	}
	usleep(1000000);
	inside_write("/dev/kmsg", warning, sizeof(warning) - 1);
	flood("/dev/kmsg", 1u << 20, 500);
	flood("/dev/console", 64u << 20, 500);
	flood_frames(400u << 20, 1000);
	int status = -1;
	inside_must(waitpid(other, &status, 0) == other && status == 0, "the other flood");
	(void)ctx;
}

KTSTR_TEST_BODY(out_of_memory, "the body takes all memory there is", SMALL)
{
	(void)ctx;
	for (;;) {
		char *p = mmap(NULL, 1u << 20, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		inside_must(p != MAP_FAILED, "memory");
	}
}

/* A family that goes on forking until it is as large as asked. */
static void fork_bomb(_Atomic unsigned *born, unsigned most)
{
	while (atomic_fetch_add(born, 1) < most)
		if (fork() < 0)
			break;
	for (;;)
		pause();
}

KTSTR_TEST_BODY(reckless, "a fork bomb, and then every descriptor is closed", SMALL)
{
	_Atomic unsigned *born =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	inside_must(born != MAP_FAILED, "shared memory");
	pid_t bomb = fork();
	inside_must(bomb >= 0, "fork");
	if (!bomb)
		fork_bomb(born, FAMILY);
	for (uint64_t deadline = kt_deadline_ms(30000); atomic_load(born) < FAMILY;) {
		inside_must(!kt_deadline_passed(deadline), "the family in time");
		usleep(10000);
	}
	kill(1, SIGKILL); /* the kernel protects PID 1 */
	close_range(3, ~0u, 0);
	ktstr_fail(ctx, "nobody will hear this");
}

/* Four workers: one stopped, one deaf, one waiting for a child, one killed. */
KTSTR_TEST_BODY(bad_workers, "workers that ignore the stop, or are gone",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(2))
{
	static const uint8_t forever[] = {0xeb, 0xfe};		    /* jmp to itself */
	static const uint8_t vfork_in_child[] = {0xb8, 58, 0, 0, 0, /* mov eax, vfork */
		0x0f, 0x05,  /* syscall: the parent waits in the kernel, unkillable but */
		0xeb, 0xfe}; /* by SIGKILL, until the child, which is here, ends */
	pid_t pid[4];
	DO(ctx, add_cgroup, .name = "bad");
	DO(ctx, spawn, .cgroup = "bad", .work = WORKS(WORK(spin_wait, .workers = 4)));
	inside_must(inside_children("kt-spin_wait", pid, 4) == 4, "four workers");
	kill(pid[0], SIGSTOP);
	inside_patch(pid[1], kt_worker_spin, forever, sizeof(forever));
	inside_patch(pid[2], kt_worker_spin, vfork_in_child, sizeof(vfork_in_child));
	kill(pid[3], SIGKILL);
	ktstr_hold_ms(ctx, 1000);
}

KTSTR_TEST_BODY(calm, "nothing happens", SMALL)
{
	(void)ctx;
}
