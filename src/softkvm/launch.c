// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a machine needs before it runs: checked options, an initramfs made of this very
 * program, socket pairs, QEMU. Nothing is written to a disk: the initramfs is a memfd.
 */
#include "softkvm/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cpio.h"
#include "base/elf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "softkvm/image.h"
#include "softkvm/inside.h"
#include "softkvm/session.h"
#include "softkvm/size.h"
#include "softkvm/tsc.h"

typedef KT_VEC(char *) strings;

/* Everything a run owns. */
struct launch {
	struct kt_softkvm_session session;
	struct kt_softkvm_machine machine;
	char *qemu_path;
	strings rw_dirs, env; /* NULL-terminated */
};

static void strings_done(strings *list)
{
	kt_vec_each(it, list)
		free(*it);
	kt_vec_done(list);
}

static int strings_add(strings *list, char *owned)
{
	if (!owned)
		return -ENOMEM;
	int r = kt_vec_push(list, owned);
	if (r < 0)
		free(owned);
	return r;
}

static int fail_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "softkvm: out of memory");
}

/* The folder's one true path: it is shared from there and mounted there. */
static int add_rw_dir(struct launch *l, const char *dir, struct kt_err *err)
{
	int r = kt_fs_mkdirs(dir, err);
	if (r < 0)
		return kt_wrap(err, r, "share '%s' with the softkvm machine", dir);
	char *path = realpath(dir, NULL);
	if (!path)
		return kt_fail(err, errno, "name a folder that can be read",
			"folder '%s' to share with the softkvm machine: %s", dir, strerror(errno));
	if (!strcmp(path, "/") || kt_starts_with(path, "/proc/") || kt_starts_with(path, "/sys/")) {
		free(path);
		return kt_fail(err, EINVAL, "name the one folder that is to be written to",
			"'%s' cannot be shared writable with the softkvm machine", dir);
	}
	return strings_add(&l->rw_dirs, path) < 0 ? fail_memory(err) : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, so that a folder inside another one is mounted after it; each once. */
static int resolve_rw_dirs(struct launch *l, const char *const *dirs, struct kt_err *err)
{
	for (; dirs && *dirs; dirs++) {
		int r = add_rw_dir(l, *dirs, err);
		if (r < 0)
			return r;
	}
	if (l->rw_dirs.count)
		qsort(l->rw_dirs.items, l->rw_dirs.count, sizeof(char *), by_text);
	for (size_t i = 1; i < l->rw_dirs.count;) {
		if (strcmp(l->rw_dirs.items[i - 1], l->rw_dirs.items[i]) != 0) {
			i++;
			continue;
		}
		free(l->rw_dirs.items[i]);
		kt_vec_remove(&l->rw_dirs, i);
	}
	if (l->rw_dirs.count > KT_SOFTKVM_RW_DIRS_MAX)
		return kt_fail(err, E2BIG, "share one folder that contains the others",
			"%zu folders to share with the softkvm machine; it takes %d",
			l->rw_dirs.count, KT_SOFTKVM_RW_DIRS_MAX);
	return kt_vec_push(&l->rw_dirs, NULL) < 0 ? fail_memory(err) : 0;
}

/* Whether LIST sets the variable that VAR ("K=V") sets. */
static bool sets_same(const char *const *list, const char *var)
{
	size_t n = strcspn(var, "=") + 1;

	for (; list && *list; list++)
		if (!strncmp(*list, var, n))
			return true;
	return false;
}

/* Each variable once: EXTRA over the environment, and the mark of the machine over both. */
static int build_env(struct launch *l, const char *const *extra, struct kt_err *err)
{
	static const char *const mark[] = {KT_SOFTKVM_ENV "=1", NULL};
	int r = strings_add(&l->env, strdup(mark[0]));

	for (const char *const *e = extra; r >= 0 && e && *e; e++)
		if (!sets_same(mark, *e))
			r = strings_add(&l->env, strdup(*e));
	for (char **e = environ; r >= 0 && *e; e++)
		if (!sets_same(mark, *e) && !sets_same(extra, *e))
			r = strings_add(&l->env, strdup(*e));
	r = r < 0 ? r : kt_vec_push(&l->env, NULL);
	return r < 0 ? fail_memory(err) : 0;
}

/* This program as /init; the kernel opens /dev/console for it. */
static int build_initrd(const char *self, int *ret_fd, struct kt_err *err)
{
	KT_AUTO_DONE(kt_cpio_done) struct kt_cpio cpio = {0};
	KT_AUTOFREE void *data = NULL;
	size_t bytes = 0;

	int r = kt_cpio_node(&cpio, "dev/console", S_IFCHR | 0600, 0x501, err);
	r = r < 0 ? r : kt_cpio_copy(&cpio, "init", self, err);
	r = r < 0 ? r : kt_cpio_end(&cpio, &data, &bytes, err);
	if (r < 0)
		return kt_wrap(err, r, "make the initramfs of the softkvm machine");

	KT_AUTOFD int fd = memfd_create("ktstr-softkvm-initrd", MFD_CLOEXEC);
	r = fd < 0 ? -errno : kt_fd_write_all(fd, data, bytes);
	if (r < 0)
		return kt_fail(
			err, -r, "free some memory", "initramfs in memory: %s", strerror(-r));
	*ret_fd = kt_take_fd(&fd);
	return 0;
}

static int open_pair(int *ret_ours, int *ret_qemus)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*ret_ours = fds[0];
	*ret_qemus = fds[1];
	return kt_fd_set_nonblock(fds[0], true);
}

static bool has_port(const struct launch *l, unsigned port)
{
	return port == KT_SOFTKVM_PORT_CONTROL ||
	       port < KT_SOFTKVM_STREAM_OUT0 + l->session.out_fd_count;
}

static int open_streams(struct launch *l, struct kt_err *err)
{
	int r = open_pair(&l->session.console_fd, &l->machine.console_fd);
	r = r < 0 ? r : open_pair(&l->session.monitor_fd, &l->machine.monitor_fd);
	for (unsigned i = 0; r >= 0 && i < KT_SOFTKVM_PORT_COUNT; i++)
		if (has_port(l, i))
			r = open_pair(&l->session.ports[i], &l->machine.port_fds[i]);
	if (r < 0)
		return kt_fail(err, -r, "raise the limit of open files (ulimit -n)",
			"open streams of the softkvm machine: %s", strerror(-r));
	return 0;
}

static void close_qemus_ends(struct launch *l)
{
	kt_fd_close(&l->machine.initrd_fd);
	kt_fd_close(&l->machine.console_fd);
	kt_fd_close(&l->machine.monitor_fd);
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		kt_fd_close(&l->machine.port_fds[i]);
}

static void launch_init(struct launch *l)
{
	*l = (struct launch){
		.session = {.console_fd = -1, .monitor_fd = -1, .qemu_says_fd = -1},
		.machine = {.console_fd = -1, .monitor_fd = -1, .initrd_fd = -1},
	};
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		l->session.ports[i] = l->machine.port_fds[i] = -1;
}

static void launch_done(struct launch *l)
{
	kt_proc_done(&l->session.qemu);
	close_qemus_ends(l);
	kt_fd_close(&l->session.console_fd);
	kt_fd_close(&l->session.monitor_fd);
	kt_fd_close(&l->session.qemu_says_fd);
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		kt_fd_close(&l->session.ports[i]);
	strings_done(&l->rw_dirs);
	strings_done(&l->env);
	free(l->qemu_path);
}

/* Its own process group: Ctrl-C at the terminal is for the command, not for QEMU. */
static int spawn_qemu(struct launch *l, const kt_softkvm_args *args, struct kt_err *err)
{
	int keep[KT_SOFTKVM_PORT_COUNT + 4], pipe_fds[2], n = 0;

	int r = kt_fd_pipe(pipe_fds);
	if (r < 0)
		return kt_fail(err, -r, "raise the limit of open files (ulimit -n)", "pipe: %s",
			strerror(-r));
	l->session.qemu_says_fd = pipe_fds[0];
	KT_AUTOFD int says = pipe_fds[1];
	kt_fd_set_nonblock(pipe_fds[0], true);

	for (unsigned i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		if (l->machine.port_fds[i] >= 0)
			keep[n++] = l->machine.port_fds[i];
	keep[n++] = l->machine.console_fd;
	keep[n++] = l->machine.monitor_fd;
	keep[n++] = l->machine.initrd_fd;
	keep[n] = -1;
	struct kt_proc_spec spec = {
		.argv = (const char *const *)args->items,
		.stdout_fd = says,
		.stderr_fd = says,
		.keep_fds = keep,
		.own_group = true,
		.cwd = "/",
	};
	return kt_proc_spawn(&spec, &l->session.qemu, err);
}

/* QEMU must not hold the user's further outputs open: their readers wait for the end. */
static void keep_from_qemu(const struct launch *l, bool keep, bool was[KT_SOFTKVM_OUT_FDS_MAX])
{
	for (unsigned i = 0; i < l->session.out_fd_count; i++) {
		if (keep)
			was[i] = fcntl(l->session.out_fds[i], F_GETFD) & FD_CLOEXEC;
		if (!was[i])
			kt_fd_set_cloexec(l->session.out_fds[i], keep);
	}
}

static int start_qemu(struct launch *l, struct kt_err *err)
{
	bool was_kept[KT_SOFTKVM_OUT_FDS_MAX];
	kt_softkvm_args args = {0};

	if (kt_softkvm_qemu_argv(&l->machine, &args) < 0)
		return fail_memory(err);
	keep_from_qemu(l, true, was_kept);
	int r = spawn_qemu(l, &args, err);
	keep_from_qemu(l, false, was_kept);
	kt_softkvm_args_done(&args);
	close_qemus_ends(l);
	return r;
}

int kt_softkvm_out_fd_check(int fd, struct kt_err *err)
{
	if (fd <= 2 || fd > (int)KT_SOFTKVM_OUT_FD_MAX)
		return kt_fail(err, EINVAL,
			"0, 1 and 2 are passed anyway; open the file as one of 3 to 1023",
			"descriptor %d cannot be passed to a softkvm machine", fd);
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		kt_fail(err, EBADF, "open it for the command: N> FILE, or N> >(CMD) in bash",
			"descriptor %d is not open", fd);
	else if (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		kt_fail(err, EBADF, "open it for writing (N> FILE): only outputs are passed",
			"descriptor %d is not open for writing", fd);
	else
		return 0;
	return -EBADF;
}

static int take_out_fds(struct launch *l, const struct kt_softkvm_opts *o, struct kt_err *err)
{
	if (o->out_fd_count > KT_SOFTKVM_OUT_FDS_MAX)
		return kt_fail(err, E2BIG,
			"write some of the outputs to files under a shared folder",
			"%u descriptors to pass to the softkvm machine; it takes %u",
			o->out_fd_count, KT_SOFTKVM_OUT_FDS_MAX);
	for (unsigned i = 0; i < o->out_fd_count; i++) {
		int r = kt_softkvm_out_fd_check(o->out_fds[i], err);
		if (r < 0)
			return r;
		for (unsigned j = 0; j < i; j++)
			if (o->out_fds[i] == o->out_fds[j])
				return kt_fail(err, EINVAL, "name each descriptor once",
					"descriptor %d is passed twice", o->out_fds[i]);
	}
	l->session.out_fds = o->out_fds;
	l->session.out_names = o->out_names;
	l->session.out_fd_count = o->out_fd_count;
	return 0;
}

static int take_size(struct launch *l, const struct kt_softkvm_opts *o, struct kt_err *err)
{
	static const struct kt_softkvm_need unknown;
	struct kt_softkvm_opts sized = *o;

	int r = kt_softkvm_size(&unknown, &sized, err);
	if (r < 0)
		return r;
	l->machine.cpus = sized.cpus;
	l->machine.ram_mib = sized.ram_mib;
	return 0;
}

static int prepare(struct launch *l, const struct kt_softkvm_opts *o, char *self, char *kernel,
	struct kt_err *err)
{
	int r = kt_elf_check_static(self, err);
	r = r < 0 ? r : kt_softkvm_image_check(kernel, err);
	r = r < 0 ? r : resolve_rw_dirs(l, o->rw_dirs, err);
	r = r < 0 ? r : build_env(l, o->env, err);
	r = r < 0 ? r : take_size(l, o, err);
	r = r < 0 ? r : build_initrd(self, &l->machine.initrd_fd, err);
	r = r < 0 ? r : open_streams(l, err);
	if (r < 0)
		return r;

	l->machine.tsc_khz = kt_softkvm_tsc_khz();
	l->machine.qemu_path = l->qemu_path;
	l->machine.kernel_path = kernel;
	l->machine.rw_dirs = (const char *const *)l->rw_dirs.items;
	l->session.vcpus = l->machine.cpus + KT_SOFTKVM_OWN_CPUS;
	l->session.boot_ms = o->boot_ms ? o->boot_ms : KT_SOFTKVM_BOOT_MS;
	l->session.kernel_path = kernel;
	l->session.argv = o->argv;
	l->session.env = (const char *const *)l->env.items;
	l->session.rw_dirs = l->machine.rw_dirs;
	return 0;
}

/* A closed standard stream would give its number, and so its role, to one of our sockets. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR); /* takes the lowest number, which is fd */
}

int kt_softkvm_run(const struct kt_softkvm_opts *o, int *ret_status, struct kt_err *err)
{
	KT_AUTO_DONE(launch_done) struct launch l;
	fill_standard_streams();
	launch_init(&l);

	if (kt_softkvm_inside())
		return kt_fail(err, EBUSY, "use --accel kvm inside it: its /dev/kvm works",
			"this is a softkvm machine already; one inside another is not supported");
	if (!o->argv || !o->argv[0])
		return kt_fail(err, EINVAL, "name a command", "no command for the softkvm machine");
	if (!o->kernel_path)
		return kt_fail(err, EINVAL, "run 'ktstr kernel build'",
			"no kernel for the softkvm machine");
	int r = take_out_fds(&l, o, err);
	if (r < 0)
		return r;
	l.qemu_path = kt_proc_which(KT_SOFTKVM_QEMU);
	if (!l.qemu_path)
		return kt_fail(err, ENOENT, "apt-get install qemu-system-x86",
			"'%s' is not in PATH; softkvm needs it", KT_SOFTKVM_QEMU);
	KT_AUTOFREE char *self = kt_fs_self();
	KT_AUTOFREE char *kernel = kt_fs_absolute(o->kernel_path);
	if (!self || !kernel)
		return fail_memory(err);

	r = prepare(&l, o, self, kernel, err);
	r = r < 0 ? r : start_qemu(&l, err);
	if (r < 0)
		return r;
	kt_log(KT_LOG_DEBUG, "softkvm: QEMU pid %d, %u CPUs, %llu MiB, kernel %s",
		(int)l.session.qemu.pid, l.machine.cpus, (unsigned long long)l.machine.ram_mib,
		kernel);
	return kt_softkvm_session_serve(&l.session, ret_status, err);
}
