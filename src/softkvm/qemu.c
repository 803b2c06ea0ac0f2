// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options for Debian 12's QEMU 7.2 and later: TCG with AMD SVM emulated, no device that the
 * machine does not need, every stream on a descriptor that QEMU inherits.
 */
#include "softkvm/qemu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

const char *const kt_softkvm_port_names[KT_SOFTKVM_PORT_COUNT] = {
	[KT_SOFTKVM_STREAM_STDIN] = "kt.stdin",
	[KT_SOFTKVM_STREAM_STDOUT] = "kt.stdout",
	[KT_SOFTKVM_STREAM_STDERR] = "kt.stderr",
	[KT_SOFTKVM_STREAM_OUT0] = "kt.out0",
	[KT_SOFTKVM_STREAM_OUT0 + 1] = "kt.out1",
	[KT_SOFTKVM_STREAM_OUT0 + 2] = "kt.out2",
	[KT_SOFTKVM_STREAM_OUT0 + 3] = "kt.out3",
	[KT_SOFTKVM_STREAM_OUT0 + 4] = "kt.out4",
	[KT_SOFTKVM_STREAM_OUT0 + 5] = "kt.out5",
	[KT_SOFTKVM_STREAM_OUT0 + 6] = "kt.out6",
	[KT_SOFTKVM_STREAM_OUT0 + 7] = "kt.out7",
	[KT_SOFTKVM_PORT_CONTROL] = "kt.control",
};
_Static_assert(KT_SOFTKVM_OUT_FDS_MAX == 8, "each further output has a name");

/*
 * A starved machine must boot too: no check that the timer ticks in time, no watchdog that
 * takes lateness for a bad counter (all virtual CPUs read the host's). No KASLR and no
 * five-level tables: both only cost time.
 */
#define KERNEL_WORDS                                                                               \
	"console=ttyS0 quiet reboot=t panic=-1 no_timer_check tsc=reliable nokaslr no5lvl "        \
	"mitigations=off random.trust_cpu=on " KT_SOFTKVM_ROLE_WORD

static const char *const fixed_args[] = {"-name", "ktstr-softkvm,debug-threads=on",
	"-no-user-config", "-nodefaults", "-nic", "none", "-display", "none", "-no-reboot",
	"-accel", "tcg,thread=multi", "-cpu", "max,+svm,+npt", "-M",
	"q35,usb=off,sata=off,smbus=off", "-serial", "chardev:console", "-mon",
	"chardev=monitor,mode=control", "-device", "virtio-serial-pci", NULL};

__attribute__((format(printf, 2, 3))) static int add(kt_softkvm_args *args, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	int r = kt_vec_push(args, text);
	if (r < 0)
		free(text);
	return r;
}

static int add_pair(kt_softkvm_args *args, const char *name, const char *value)
{
	int r = add(args, "%s", name);
	return r < 0 ? r : add(args, "%s", value);
}

/* Inside an option's value QEMU reads a doubled comma as one comma. */
static char *escape(const char *path)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	for (const char *p = path; *p; p++)
		kt_str_add_bytes(&s, *p == ',' ? ",," : p, *p == ',' ? 2 : 1);
	return kt_str_take(&s);
}

static int add_share(kt_softkvm_args *args, const char *path, const char *tag, const char *more)
{
	KT_AUTOFREE char *escaped = escape(path);
	if (!escaped)
		return -ENOMEM;
	int r = add(args, "-virtfs");
	if (r < 0)
		return r;
	return add(args, "local,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s",
		escaped, tag, more);
}

static int add_port(kt_softkvm_args *args, const char *name, int fd)
{
	int r = add(args, "-chardev");
	r = r < 0 ? r : add(args, "socket,id=%s,fd=%d", name, fd);
	r = r < 0 ? r : add(args, "-device");
	return r < 0 ? r : add(args, "virtserialport,chardev=%s,name=%s", name, name);
}

static int add_shares(kt_softkvm_args *args, const char *const *rw_dirs)
{
	int r = add_share(args, "/", "host", ",readonly=on");
	for (unsigned i = 0; r >= 0 && rw_dirs && rw_dirs[i]; i++) {
		char tag[16];
		snprintf(tag, sizeof(tag), "rw%u", i);
		r = add_share(args, rw_dirs[i], tag, "");
	}
	return r;
}

static int add_size(kt_softkvm_args *args, const struct kt_softkvm_machine *m)
{
	unsigned cpus = m->cpus + KT_SOFTKVM_OWN_CPUS;
	int r = add(args, "-smp");
	r = r < 0 ? r : add(args, "%u,sockets=1,cores=%u,threads=1", cpus, cpus);
	r = r < 0 ? r : add(args, "-m");
	return r < 0 ? r : add(args, "%llu", (unsigned long long)m->ram_mib);
}

/* QEMU opens the initramfs by name: the memfd's name in its own /proc. */
static int add_boot(kt_softkvm_args *args, const struct kt_softkvm_machine *m)
{
	int r = add_pair(args, "-kernel", m->kernel_path);
	r = r < 0 ? r : add(args, "-initrd");
	r = r < 0 ? r : add(args, "/proc/self/fd/%d", m->initrd_fd);
	r = r < 0 ? r : add(args, "-chardev");
	r = r < 0 ? r : add(args, "socket,id=console,fd=%d", m->console_fd);
	r = r < 0 ? r : add(args, "-chardev");
	return r < 0 ? r : add(args, "socket,id=monitor,fd=%d", m->monitor_fd);
}

static int add_append(kt_softkvm_args *args, const struct kt_softkvm_machine *m)
{
	int r = add(args, "-append");
	if (r < 0 || !m->tsc_khz)
		return r < 0 ? r : add(args, "%s", KERNEL_WORDS);
	return add(args, KERNEL_WORDS " tsc_early_khz=%llu", (unsigned long long)m->tsc_khz);
}

static int build(kt_softkvm_args *args, const struct kt_softkvm_machine *m)
{
	int r = add(args, "%s", m->qemu_path);
	r = r < 0 ? r : add_size(args, m);
	r = r < 0 ? r : add_boot(args, m);
	r = r < 0 ? r : add_append(args, m);
	for (unsigned i = 0; r >= 0 && fixed_args[i]; i++)
		r = add(args, "%s", fixed_args[i]);
	for (unsigned i = 0; r >= 0 && i < KT_SOFTKVM_PORT_COUNT; i++)
		if (m->port_fds[i] >= 0)
			r = add_port(args, kt_softkvm_port_names[i], m->port_fds[i]);
	r = r < 0 ? r : add_shares(args, m->rw_dirs);
	return r < 0 ? r : kt_vec_push(args, NULL);
}

int kt_softkvm_qemu_argv(const struct kt_softkvm_machine *m, kt_softkvm_args *ret)
{
	kt_softkvm_args args = {0};
	int r = build(&args, m);
	if (r < 0) {
		kt_softkvm_args_done(&args);
		return r;
	}
	*ret = args;
	return 0;
}

void kt_softkvm_args_done(kt_softkvm_args *args)
{
	kt_vec_each(it, args)
		free(*it);
	kt_vec_done(args);
}
