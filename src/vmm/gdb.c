// SPDX-License-Identifier: GPL-2.0-only
/* The commands of gdb's remote protocol that reading a stopped machine needs. */
#include "vmm/gdb.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/mem.h"
#include "vmm/gdb_link.h"
#include "vmm/gdb_reg.h"
#include "vmm/machine.h"
#include "vmm/standing.h"
#include "vmm/x86_64/pages.h"

#define PAGE_BYTES	 4096u
#define MEMORY_MAX	 (KT_GDB_PACKET_MAX / 2) /* two digits per byte */
#define THREADS_PER_TURN 256u

struct session {
	const struct kt_vmm_remains *remains;
	struct kt_gdb_link link;
	unsigned cpu;	 /* that registers and memory are read of */
	unsigned listed; /* CPUs that the list of threads gave so far */
	bool no_ack_next, over;
};

/* ARGS: what follows the name in the packet. No reply at all: "not supported". */
typedef void command(struct session *s, const char *args, struct kt_str *reply);

/* Digits at *AT, which moves past them. false: none, or more than 64 bits. */
static bool take_hex(const char **at, uint64_t *ret)
{
	size_t digits = strspn(*at, "0123456789abcdefABCDEF");
	if (!digits || digits > 16)
		return false;
	*ret = strtoull(*at, NULL, 16);
	*at += digits;
	return true;
}

/* A thread id: -1 and 0 are any, which is the present one. */
static bool take_cpu(const struct session *s, const char *at, unsigned *ret)
{
	uint64_t thread = 0;
	if (!strcmp(at, "-1") || !strcmp(at, "0")) {
		*ret = s->cpu;
		return true;
	}
	if (!take_hex(&at, &thread) || *at || !thread || thread > s->remains->cpu_count)
		return false;
	*ret = (unsigned)thread - 1;
	return true;
}

/* "ADDRESS,LENGTH" and no more. */
static bool take_range(const char *at, uint64_t *ret_address, uint64_t *ret_bytes)
{
	return take_hex(&at, ret_address) && *at++ == ',' && take_hex(&at, ret_bytes) && !*at;
}

static void add_hex(struct kt_str *out, const void *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		kt_str_addf(out, "%02x", ((const uint8_t *)data)[i]);
}

static void do_refuse(struct session *s, const char *args, struct kt_str *reply)
{
	(void)s, (void)args;
	kt_str_add(reply, KT_GDB_E_READ_ONLY);
}

static void do_why(struct session *s, const char *args, struct kt_str *reply)
{
	(void)args;
	kt_str_addf(reply, "T05thread:%x;", s->cpu + 1);
}

static void do_regs(struct session *s, const char *args, struct kt_str *reply)
{
	(void)args;
	kt_gdb_regs_add(&s->remains->cpus[s->cpu], reply);
}

static void do_reg(struct session *s, const char *args, struct kt_str *reply)
{
	uint64_t number = 0;
	if (!take_hex(&args, &number) || *args ||
		!kt_gdb_reg_add(&s->remains->cpus[s->cpu], number, reply))
		kt_str_add(reply, KT_GDB_E_MALFORMED);
}

/* Page by page, up to the first that cannot be read. */
static void do_memory(struct session *s, const char *args, struct kt_str *reply)
{
	struct kt_x86_paging paging = kt_x86_paging_of(&s->remains->cpus[s->cpu].sregs);
	uint64_t at = 0, bytes = 0;
	if (!take_range(args, &at, &bytes)) {
		kt_str_add(reply, KT_GDB_E_MALFORMED);
		return;
	}
	bytes = KT_MIN(bytes, MEMORY_MAX);
	while (bytes) {
		uint64_t gpa = 0, part = KT_MIN(bytes, PAGE_BYTES - at % PAGE_BYTES);
		const void *data = kt_x86_translate(s->remains->mem, &paging, at, &gpa)
					   ? kt_vmm_mem_at(s->remains->mem, gpa, part)
					   : NULL;
		if (!data)
			break;
		add_hex(reply, data, part);
		at += part;
		bytes -= part;
	}
	if (bytes && !reply->len)
		kt_str_add(reply, KT_GDB_E_UNMAPPED);
}

/* "gID" chooses for reading, "cID" for running. */
static void do_choose(struct session *s, const char *args, struct kt_str *reply)
{
	unsigned cpu = 0;
	bool known = *args && take_cpu(s, args + 1, &cpu);
	if (known && *args == 'g')
		s->cpu = cpu;
	kt_str_add(reply, known ? "OK" : KT_GDB_E_MALFORMED);
}

static void do_alive(struct session *s, const char *args, struct kt_str *reply)
{
	unsigned cpu = 0;
	kt_str_add(reply, take_cpu(s, args, &cpu) ? "OK" : KT_GDB_E_MALFORMED);
}

static void do_more_threads(struct session *s, const char *args, struct kt_str *reply)
{
	unsigned end = KT_MIN(s->listed + THREADS_PER_TURN, s->remains->cpu_count);
	(void)args;
	if (s->listed == end)
		kt_str_add(reply, "l");
	for (unsigned first = s->listed; s->listed < end; s->listed++)
		kt_str_addf(reply, "%c%x", s->listed == first ? 'm' : ',', s->listed + 1);
}

static void do_threads(struct session *s, const char *args, struct kt_str *reply)
{
	s->listed = 0;
	do_more_threads(s, args, reply);
}

static void do_thread_text(struct session *s, const char *args, struct kt_str *reply)
{
	unsigned cpu = 0;
	char text[64];
	if (*args++ != ',' || !take_cpu(s, args, &cpu)) {
		kt_str_add(reply, KT_GDB_E_MALFORMED);
		return;
	}
	snprintf(text, sizeof(text), "CPU %u %s", cpu,
		kt_x86_mp_state_name(s->remains->cpus[cpu].mp_state));
	add_hex(reply, text, strlen(text));
}

static void do_current(struct session *s, const char *args, struct kt_str *reply)
{
	(void)args;
	kt_str_addf(reply, "QC%x", s->cpu + 1);
}

/* Attached: gdb leaves at its end and does not kill. */
static void do_attached(struct session *s, const char *args, struct kt_str *reply)
{
	(void)s, (void)args;
	kt_str_add(reply, "1");
}

static void do_supported(struct session *s, const char *args, struct kt_str *reply)
{
	(void)s, (void)args;
	kt_str_addf(
		reply, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+", KT_GDB_PACKET_MAX);
}

/* From the next packet on: the reply to this one is still acknowledged. */
static void do_no_ack(struct session *s, const char *args, struct kt_str *reply)
{
	(void)args;
	s->no_ack_next = true;
	kt_str_add(reply, "OK");
}

static void do_description(struct session *s, const char *args, struct kt_str *reply)
{
	uint64_t from = 0, bytes = 0, all = strlen(kt_gdb_target_xml);
	(void)s;
	if (!take_range(args, &from, &bytes) || from > all) {
		kt_str_add(reply, KT_GDB_E_MALFORMED);
		return;
	}
	bytes = KT_MIN(KT_MIN(bytes, all - from), KT_GDB_PACKET_MAX - 1);
	kt_str_add(reply, from + bytes == all ? "l" : "m");
	kt_str_add_bytes(reply, kt_gdb_target_xml + from, bytes);
}

static void do_leave(struct session *s, const char *args, struct kt_str *reply)
{
	(void)args;
	s->over = true;
	kt_str_add(reply, "OK");
}

/* The first row that the packet begins with is run. */
static const struct {
	const char *name;
	command *run;
} commands[] = {
	{"qSupported", do_supported},
	{"QStartNoAckMode", do_no_ack},
	{"qXfer:features:read:target.xml:", do_description},
	{"qfThreadInfo", do_threads},
	{"qsThreadInfo", do_more_threads},
	{"qThreadExtraInfo", do_thread_text},
	{"qAttached", do_attached},
	{"qC", do_current},
	{"vKill;", do_leave},
	{"?", do_why},
	{"g", do_regs},
	{"p", do_reg},
	{"m", do_memory},
	{"H", do_choose},
	{"T", do_alive},
	{"D", do_leave},
	{"k", do_leave},
	{"c", do_refuse},
	{"s", do_refuse},
	{"C", do_refuse},
	{"S", do_refuse},
	{"G", do_refuse},
	{"P", do_refuse},
	{"M", do_refuse},
	{"X", do_refuse},
};

static void run_command(struct session *s, const char *packet, struct kt_str *reply)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(commands); i++) {
		size_t len = strlen(commands[i].name);
		if (strncmp(packet, commands[i].name, len) != 0)
			continue;
		/* "qCRC:" is no "qC". */
		if (*packet == 'q' && packet[len - 1] != ':' && packet[len] &&
			!strchr(":;,", packet[len]))
			continue;
		commands[i].run(s, packet + len, reply);
		return;
	}
}

/* Serve one client until it leaves, says that it is over, or the caller wants to end. */
static void serve_client(struct session *s)
{
	char packet[KT_GDB_PACKET_MAX + 1];
	while (!s->over) {
		KT_AUTO_DONE(kt_str_done) struct kt_str reply = {0};
		int r = kt_gdb_link_receive(&s->link, packet);
		if (r < 0)
			return;
		if (r == 1)
			kt_str_add(&reply, KT_GDB_E_MALFORMED);
		else
			run_command(s, packet, &reply);
		if (reply.failed || kt_gdb_link_send(&s->link, kt_str_get(&reply), reply.len) < 0)
			return;
		s->link.no_ack |= s->no_ack_next;
	}
}

/* The next client's socket, or -errno. */
static int take_client(int listen_fd, bool (*stop)(void *arg), void *arg)
{
	int r = kt_gdb_wait(listen_fd, POLLIN, 0, stop, arg);
	if (r < 0)
		return r;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int kt_gdb_serve(const struct kt_vmm_remains *remains, int listen_fd, bool (*stop)(void *arg),
	void *arg, struct kt_err *err)
{
	KT_AUTOFREE struct session *s = malloc(sizeof(*s));
	if (!s)
		return kt_fail(err, ENOMEM, "free memory", "serve gdb");
	/* A client may be gone again before it is taken. */
	kt_fd_set_nonblock(listen_fd, true);
	for (;;) {
		KT_AUTOFD int fd = take_client(listen_fd, stop, arg);
		if (fd == -ECANCELED)
			return 0;
		if (fd == -EAGAIN || fd == -ECONNABORTED || fd == -EINTR)
			continue;
		if (fd < 0)
			return kt_fail(err, -fd, "raise 'ulimit -n'; the socket has to listen",
				"take a gdb client: %s", strerror(-fd));
		*s = (struct session){.remains = remains,
			.link = {.fd = fd, .stop = stop, .arg = arg},
			.cpu = remains->current};
		serve_client(s);
		if (s->over)
			return 0;
	}
}

int kt_vm_gdb_serve(
	struct kt_vm *vm, int listen_fd, bool (*stop)(void *arg), void *arg, struct kt_err *err)
{
	KT_AUTOFREE struct kt_x86_state *cpus = NULL;
	int r = kt_vmm_states_get(vm, &cpus, err);
	const struct kt_vmm_remains remains = kt_vmm_remains_of(vm, cpus);
	return r < 0 ? r : kt_gdb_serve(&remains, listen_fd, stop, arg, err);
}
