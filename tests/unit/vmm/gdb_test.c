// SPDX-License-Identifier: GPL-2.0-only
/* A scripted client against machines made by hand, and against a real one where KVM opens. */
#include "vmm/gdb.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "unit/vmm/flat.h"
#include "unit/vmm/x86_64/tables.h"
#include "vmm/gdb_link.h"

#define CPUS 300u /* more than one turn of the list of threads */

static struct kt_x86_state cpus[CPUS];
static struct kt_vmm_remains remains;
static struct kt_vm *vm; /* served in place of REMAINS */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listen_fd, client, result;
static pthread_t server;
static atomic_bool stop, returned;
static bool acks;

static bool is_stopped(void *arg)
{
	(void)arg;
	return stop;
}

static void *serve(void *arg)
{
	(void)arg;
	result = vm ? kt_vm_gdb_serve(vm, listen_fd, is_stopped, NULL, NULL)
		    : kt_gdb_serve(&remains, listen_fd, is_stopped, NULL, NULL);
	returned = true;
	return NULL;
}

static void hang_up(void)
{
	close(client);
	client = -1;
}

static void call(void)
{
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	acks = true;
}

static void start(void)
{
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_tmp("gdb"));
	listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listen_fd, 1), 0);
	cr_assert_eq(pthread_create(&server, NULL, serve, NULL), 0);
	call();
}

static void make(unsigned count, unsigned current)
{
	tmpdir_make();
	tables_setup();
	cpus[0].sregs = sregs_of(ROOT, 4);
	cpus[0].mp_state = KVM_MP_STATE_HALTED;
	cpus[1].regs.rax = 0x11;
	remains = (struct kt_vmm_remains){&mem, cpus, count, current, "test"};
	start();
}

static void setup(void)
{
	make(2, 0);
}

static void setup_many(void)
{
	make(CPUS, CPUS - 1);
}

static void finish(void)
{
	stop = true;
	pthread_join(server, NULL);
	close(listen_fd);
	hang_up();
}

static void teardown(void)
{
	finish();
	tables_teardown();
	tmpdir_remove();
}

TestSuite(gdb, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(gdb_many, .init = setup_many, .fini = teardown, .timeout = 60);
TestSuite(gdb_vm, .init = flat_setup, .fini = flat_teardown, .timeout = 60);

static char take_byte(void)
{
	char c = 0;
	cr_assert_eq(kt_fd_read_exact(client, &c, 1), 0);
	return c;
}

/* Send PACKET and return the data of the reply, whose checksum is right. */
static const char *ask(const char *packet)
{
	static char reply[KT_GDB_PACKET_MAX + 1];
	KT_AUTOFREE char *framed = NULL;
	uint8_t sum = 0;
	size_t len = 0;
	for (const char *p = packet; *p; p++)
		sum = (uint8_t)(sum + *p);
	framed = kt_strf("$%s#%02x", packet, sum);
	cr_assert_eq(kt_fd_write_all(client, framed, strlen(framed)), 0);
	if (acks)
		cr_assert_eq(take_byte(), '+');
	cr_assert_eq(take_byte(), '$');
	sum = 0;
	for (char c; (c = take_byte()) != '#'; sum = (uint8_t)(sum + c)) {
		cr_assert_lt(len, KT_GDB_PACKET_MAX);
		reply[len++] = c;
	}
	reply[len] = '\0';
	char digits[3] = {take_byte(), take_byte(), 0};
	cr_assert_eq(strtoul(digits, NULL, 16), sum);
	if (acks)
		cr_assert_eq(kt_fd_write_all(client, "+", 1), 0);
	return reply;
}

#define assert_reply(packet, expected) cr_assert_str_eq(ask(packet), expected, "%s", packet)

/* The server returned by itself. */
static void assert_over(void)
{
	uint64_t limit = kt_deadline_ms(10000);
	while (!returned && !kt_deadline_passed(limit))
		usleep(1000);
	cr_assert(returned);
	cr_assert_eq(result, 0);
}

Test(gdb, a_session_as_gdb_begins_it)
{
	cr_assert(strstr(ask("qSupported:multiprocess+;swbreak+"), "qXfer:features:read+"));
	assert_reply("vMustReplyEmpty", "");
	assert_reply("QStartNoAckMode", "OK");
	acks = false;
	assert_reply("Hg0", "OK");
	assert_reply("qTStatus", "");
	assert_reply("?", "T05thread:1;");
	assert_reply("qC", "QC1");
	assert_reply("qCRC:0,1", "");
	assert_reply("qAttached", "1");
	assert_reply("vCont?", "");
}

Test(gdb, cpus_are_threads)
{
	assert_reply("qfThreadInfo", "m1,2");
	assert_reply("qsThreadInfo", "l");
	assert_reply("qThreadExtraInfo,1", "435055203020"
					   "68616c7473"); /* CPU 0 halts */
	assert_reply("T2", "OK");
	assert_reply("T3", KT_GDB_E_MALFORMED);
	assert_reply("T0", "OK");
	assert_reply("Hg3", KT_GDB_E_MALFORMED);
	assert_reply("Hg", KT_GDB_E_MALFORMED);
	assert_reply("H", KT_GDB_E_MALFORMED);
	assert_reply("Hgffffffffffffffffff", KT_GDB_E_MALFORMED);
	assert_reply("qThreadExtraInfo", KT_GDB_E_MALFORMED);
}

Test(gdb, registers_are_those_of_the_chosen_cpu)
{
	assert_reply("p0", "0000000000000000");
	assert_reply("Hg2", "OK");
	assert_reply("p0", "1100000000000000");
	cr_assert(kt_starts_with(ask("g"), "1100000000000000"));
	assert_reply("Hc1", "OK");
	assert_reply("p0", "1100000000000000");
	assert_reply("Hg-1", "OK");
	assert_reply("p0", "1100000000000000");
	assert_reply("pfff", KT_GDB_E_MALFORMED);
	assert_reply("p", KT_GDB_E_MALFORMED);
}

Test(gdb, memory_is_read_through_the_page_tables_of_the_cpu)
{
	map(4, 1, IMAGE, 0x900000);
	map(4, 1, IMAGE + 0x1000, 0xa00000);
	memcpy(kt_vmm_mem_at(&mem, 0x900ffe, 2), "\x01\x02", 2);
	memcpy(kt_vmm_mem_at(&mem, 0xa00000, 2), "\x03\x04", 2);
	assert_reply("mffffffff80000ffe,4", "01020304");
	cr_assert_eq(strlen(ask("mffffffff80001ffe,8")), 4, "up to the end of what is mapped");
	assert_reply("mffffffff80002000,8", KT_GDB_E_UNMAPPED);
	assert_reply("m900ffe,2", KT_GDB_E_UNMAPPED);
	assert_reply("Hg2", "OK"); /* paging is off there */
	assert_reply("m900ffe,2", "0102");
	assert_reply("m4000000,1", KT_GDB_E_UNMAPPED);
	assert_reply("mffffffffffffffff,2", KT_GDB_E_UNMAPPED);
}

Test(gdb, lengths_from_the_client_are_bounded)
{
	map(4, 2, IMAGE, 2 * MIB);
	cr_assert_eq(strlen(ask("mffffffff80000000,ffffffffffffffff")), KT_GDB_PACKET_MAX);
	assert_reply("mffffffff80000000,0", "");
	assert_reply("mffffffff80000000", KT_GDB_E_MALFORMED);
	assert_reply("m,1", KT_GDB_E_MALFORMED);
	assert_reply("m-1,1", KT_GDB_E_MALFORMED);
	assert_reply("m0,1,2", KT_GDB_E_MALFORMED);
	assert_reply("m0,11111111111111111", KT_GDB_E_MALFORMED);
}

Test(gdb, the_machine_cannot_be_changed_or_run)
{
	static const char *const packets[] = {"M0,1:00", "X0,1:a", "G00", "P0=00", "c", "s", "C05"};
	for (size_t i = 0; i < KT_ARRAY_LEN(packets); i++)
		assert_reply(packets[i], KT_GDB_E_READ_ONLY);
	assert_reply("Z0,0,1", "");
	assert_reply("vCont;c", "");
}

Test(gdb, the_description_comes_in_parts)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str xml = {0};
	const char *part = "m";
	for (unsigned i = 0; i < 1000 && *part == 'm'; i++) {
		KT_AUTOFREE char *packet =
			kt_strf("qXfer:features:read:target.xml:%zx,100", xml.len);
		part = ask(packet);
		cr_assert_leq(strlen(part), 0x101);
		kt_str_add(&xml, part + 1);
	}
	cr_assert_eq(*part, 'l');
	cr_assert(kt_starts_with(kt_str_get(&xml), "<?xml"));
	cr_assert(kt_ends_with(kt_str_get(&xml), "</target>"));
	assert_reply("qXfer:features:read:target.xml:fffff,10", KT_GDB_E_MALFORMED);
	assert_reply("qXfer:features:read:other.xml:0,10", "");
}

Test(gdb, a_client_that_hangs_up_makes_room_for_the_next)
{
	assert_reply("Hg2", "OK");
	hang_up();
	call();
	assert_reply("qC", "QC1");
	cr_assert(!returned);
}

Test(gdb, detaching_ends_it)
{
	assert_reply("D", "OK");
	assert_over();
}

Test(gdb, killing_ends_it)
{
	cr_assert_eq(kt_fd_write_all(client, "$k#6b", 5), 0);
	assert_over();
}

Test(gdb, the_caller_ends_it_with_a_client_or_without)
{
	assert_reply("qC", "QC1");
	stop = true;
	assert_over();
}

Test(gdb_many, long_lists_of_threads_come_in_turns)
{
	assert_reply("?", "T05thread:12c;");
	cr_assert(kt_ends_with(ask("qfThreadInfo"), ",ff,100"));
	cr_assert(kt_starts_with(ask("qsThreadInfo"), "m101,102,"));
	assert_reply("qsThreadInfo", "l");
}

Test(gdb_vm, a_machine_is_served_after_its_run)
{
	const uint8_t code[] = {STORE(0x300000, 0x12345678), 0xbb, LE32(0xabcdef), RESET};
	struct kt_vm_config config = flat_config(code, sizeof(code));
	vm = flat_new(&config);
	cr_assert_eq(flat_finish(vm).why, KT_VM_RESET);
	start();
	assert_reply("m300000,4", "78563412");
	assert_reply("p1", "efcdab0000000000");
	assert_reply("D", "OK");
	assert_over();
	finish();
	kt_vm_free(vm);
}
