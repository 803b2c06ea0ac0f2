// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPU threads are found by the name QEMU gives them ("CPU 0/TCG", -name debug-threads=on);
 * their schedstat files stay open, so that a reading is one pread per vCPU.
 */
#include "softkvm/delay.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

void kt_softkvm_delay_open(struct kt_softkvm_delay_source *d, pid_t qemu, unsigned vcpus)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)qemu);
	*d = (struct kt_softkvm_delay_source){
		.task_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.expected = vcpus,
	};
}

static ssize_t read_at(int dir, const char *tid, const char *file, char *buf, size_t bytes)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", tid, file);
	KT_AUTOFD int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, buf, bytes);
}

static bool is_vcpu(int dir, const char *tid)
{
	char comm[32];
	return read_at(dir, tid, "comm", comm, sizeof(comm)) > 4 && !memcmp(comm, "CPU ", 4);
}

static void add_thread(struct kt_softkvm_delay_source *d, const char *tid)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/schedstat", tid);
	int fd = openat(d->task_dir, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && kt_vec_push(&d->stats, fd) < 0)
		close(fd);
}

static void drop_threads(struct kt_softkvm_delay_source *d)
{
	kt_vec_each(fd, &d->stats)
		close(*fd);
	d->stats.count = d->last_ns.count = 0;
}

static void find_threads(struct kt_softkvm_delay_source *d)
{
	int fd =
		d->task_dir < 0 ? -1 : openat(d->task_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return;
	drop_threads(d);
	for (struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.' && is_vcpu(d->task_dir, e->d_name))
			add_thread(d, e->d_name);
	closedir(dir);
}

/* Delay of thread I since the last reading; 0 at the first. false: not readable. */
static bool read_delta(struct kt_softkvm_delay_source *d, size_t i, uint64_t *ret)
{
	char text[128];
	uint64_t run_ns, delay_ns;
	ssize_t n = pread(d->stats.items[i], text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &run_ns, &delay_ns) != 2)
		return false;
	if (i == d->last_ns.count && kt_vec_push(&d->last_ns, delay_ns) < 0)
		return false;
	*ret = delay_ns - d->last_ns.items[i];
	d->last_ns.items[i] = delay_ns;
	return true;
}

uint64_t kt_softkvm_delay_read(struct kt_softkvm_delay_source *d, uint32_t *ret_threads)
{
	uint64_t largest = 0;

	if (d->stats.count < d->expected)
		find_threads(d);
	*ret_threads = 0;
	if (d->stats.count < d->expected)
		return 0;
	for (size_t i = 0; i < d->stats.count; i++) {
		uint64_t delta;

		if (!read_delta(d, i, &delta))
			return 0;
		largest = KT_MAX(largest, delta);
	}
	*ret_threads = (uint32_t)d->stats.count;
	d->lost_ns += largest;
	return d->lost_ns;
}

void kt_softkvm_delay_done(struct kt_softkvm_delay_source *d)
{
	drop_threads(d);
	kt_vec_done(&d->stats);
	kt_vec_done(&d->last_ns);
	if (d->task_dir >= 0)
		close(d->task_dir);
	d->task_dir = -1;
}
