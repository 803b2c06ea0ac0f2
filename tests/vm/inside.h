/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tools of the hostile tests: they run as root beside PID 1 and the workers, all of them the
 * same program, and do what only a broken or malicious test would.
 */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define INSIDE_BROKEN 99 /* exit status: the test could not do what it is there for */

static inline void inside_must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	_exit(INSIDE_BROKEN);
}

static inline void inside_write(const char *path, const void *data, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	inside_must(fd >= 0, path);
	inside_must(write(fd, data, bytes) == (ssize_t)bytes, path);
	close(fd);
}

/* Replace instructions of another process that runs this program. */
static inline void inside_patch(pid_t pid, const void *function, const void *code, size_t bytes)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	inside_must(fd >= 0, path);
	inside_must(pwrite(fd, code, bytes, (off_t)(uintptr_t)function) == (ssize_t)bytes, path);
	close(fd);
}

/* Children of this process whose name begins with NAME; returns how many of MAX were found. */
static inline size_t inside_children(const char *name, pid_t *ret, size_t max)
{
	size_t count = 0;
	DIR *dir = opendir("/proc");
	inside_must(dir, "/proc");
	for (struct dirent *e; count < max && (e = readdir(dir));) {
		char path[300], comm[32] = "";
		int pid = atoi(e->d_name), parent = 0;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		FILE *f = pid ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		if (fscanf(f, "%*d (%31[^)]) %*c %d", comm, &parent) == 2 && parent == getpid() &&
			!strncmp(comm, name, strlen(name)))
			ret[count++] = pid;
		fclose(f);
	}
	closedir(dir);
	return count;
}
