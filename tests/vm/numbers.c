// SPDX-License-Identifier: GPL-2.0-only
/*
 * A payload of our own: says as JSON where its first instruction ran and what it found.
 * Arguments: --read=FILE adds the number in FILE, --forever goes on after it has printed.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static cpu_set_t first_cpus;
static char first_cgroup[256];

/* As early as a program of its own can look. */
__attribute__((constructor)) static void look(void)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	sched_getaffinity(0, sizeof(first_cpus), &first_cpus);
	if (f && fgets(first_cgroup, sizeof(first_cgroup), f))
		first_cgroup[strcspn(first_cgroup, "\n")] = '\0';
	if (f)
		fclose(f);
}

static double number_in(const char *path)
{
	double number = -1;
	FILE *f = fopen(path, "re");
	if (f && fscanf(f, "%lf", &number) != 1)
		number = -1;
	if (f)
		fclose(f);
	return number;
}

static int ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

int main(int argc, char **argv)
{
	int forever = 0;
	double read = 0;
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--read=", 7))
			read = number_in(argv[i] + 7);
		forever |= !strcmp(argv[i], "--forever");
	}
	fprintf(stderr, "numbers: a line on standard error\n");
	printf("a line before\n{\"start\": {\"cpus\": %d, \"in_half\": %d}, \"group_leader\": %d, "
	       "\"read\": %g}\n",
		CPU_COUNT(&first_cpus), ends_with(first_cgroup, "/ktstr/half"),
		getpgrp() == getpid(), read);
	fflush(stdout);
	while (forever)
		pause();
	return 0;
}
