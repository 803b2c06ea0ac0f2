// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's memory is that of the guests, of what each guest's monitor holds beside it,
 * and of the machine itself. QEMU takes memory only when it is touched, so that a generous
 * size costs nothing; one that is too small kills guests.
 */
#include "softkvm/size.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define MIB (1ull << 20)

/* Kernel, PID 1, the test program, files read over 9p, changes under the overlay. */
#define BASE_MIB 512u
/* Monitor, page tables (nested ones too), output kept, per guest. */
#define GUEST_MIB 64u
/* The kernel keeps a descriptor of 64 bytes for each page of 4096. */
#define PAGE_SHARE 64u
/* Left to the host: QEMU's own memory and whatever grows meanwhile. */
#define HOST_SHARE    16u
#define RAM_MIB_MIN   1024u
#define RAM_MIB_STEP  64u
#define CPUS_UNKNOWN  16u /* no plan: more CPUs only take longer to start */
#define CPUS_MAX      64u
#define CGROUP_LEVELS 32

static unsigned usable_cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static uint64_t read_available(void)
{
	KT_AUTOFILE FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long long kib;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			return kib * 1024;
	return 0;
}

/* The number in FILE of a cgroup; UINT64_MAX for "max" and where there is none. */
static uint64_t read_cgroup(const char *group, const char *file)
{
	char path[4400];
	unsigned long long value;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", group, file);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	return f && fscanf(f, "%llu", &value) == 1 ? value : UINT64_MAX;
}

/* File pages of a cgroup: they count as used and go when memory is needed. */
static uint64_t reclaimable(const char *group)
{
	char path[4400], line[128];
	unsigned long long value;
	uint64_t sum = 0;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.stat", group);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "active_file %llu", &value) == 1 ||
			sscanf(line, "inactive_file %llu", &value) == 1)
			sum += value;
	return sum;
}

/* What one cgroup leaves; UINT64_MAX where it has no limit. */
static uint64_t group_left(const char *group)
{
	uint64_t most = read_cgroup(group, "memory.max");
	uint64_t used = read_cgroup(group, "memory.current");

	if (most == UINT64_MAX || used == UINT64_MAX)
		return UINT64_MAX;
	used -= KT_MIN(used, reclaimable(group));
	return most > used ? most - used : 0;
}

/* What the cgroups of this process leave: a container has less than its host. */
static uint64_t cgroup_left(void)
{
	KT_AUTOFILE FILE *f = fopen("/proc/self/cgroup", "re");
	uint64_t least = UINT64_MAX;
	char line[4200];

	do
		if (!f || !fgets(line, sizeof(line), f))
			return least;
	while (strncmp(line, "0::/", 4) != 0);
	line[strcspn(line, "\n")] = '\0';
	char *group = line + 3;
	for (int i = 0; i < CGROUP_LEVELS; i++) {
		least = KT_MIN(least, group_left(group));
		char *slash = strrchr(group, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	return least;
}

void kt_softkvm_host_read(struct kt_softkvm_host *ret)
{
	uint64_t available = read_available();

	*ret = (struct kt_softkvm_host){.available_bytes = available, .cpus = usable_cpus()};
	if (available) /* a full cgroup leaves little, which is not the same as not known */
		ret->available_bytes = KT_MAX(1u, KT_MIN(available, cgroup_left()));
}

static uint64_t per_guest_mib(const struct kt_softkvm_need *n)
{
	/* Once in the page cache or the sender's memory, once in the guest's own. */
	uint64_t bytes = n->guests_bytes / n->jobs + 2 * n->image_bytes;
	return bytes / MIB + 1 + GUEST_MIB;
}

static uint64_t with_descriptors(uint64_t mib)
{
	return mib + mib / PAGE_SHARE;
}

static uint64_t round_up(uint64_t mib)
{
	return (mib + RAM_MIB_STEP - 1) / RAM_MIB_STEP * RAM_MIB_STEP;
}

/* Half of what is there, 1 to 4 GiB or 1 GiB per CPU. */
static uint64_t unknown_mib(const struct kt_softkvm_host *h, unsigned cpus)
{
	uint64_t most = KT_MAX(4096u, 1024u * cpus);
	return KT_MAX((uint64_t)RAM_MIB_MIN, KT_MIN(h->available_bytes / MIB / 2, most));
}

static int fail_fit(
	const struct kt_softkvm_need *n, uint64_t need_mib, uint64_t has_mib, struct kt_err *err)
{
	uint64_t fixed_mib = with_descriptors(BASE_MIB);
	uint64_t each_mib = with_descriptors(per_guest_mib(n));
	uint64_t fit = has_mib > fixed_mib ? (has_mib - fixed_mib) / each_mib : 0;

	kt_fail(err, ENOMEM, "give the guests less with --memory, or free some memory",
		"%u guests at once with %llu MiB in all need a softkvm machine of %llu MiB, and "
		"this host has %llu MiB available for it",
		n->jobs, (unsigned long long)(n->guests_bytes / MIB), (unsigned long long)need_mib,
		(unsigned long long)has_mib);
	if (fit)
		kt_fix(err,
			"run fewer at once (--jobs %llu fits), give them less with --memory, or "
			"free some memory",
			(unsigned long long)KT_MIN(fit, n->jobs - 1ull));
	return -ENOMEM;
}

int kt_softkvm_size_of(const struct kt_softkvm_need *n, const struct kt_softkvm_host *h,
	unsigned *ret_cpus, uint64_t *ret_ram_mib, struct kt_err *err)
{
	unsigned host_cpus = KT_MAX(h->cpus, 1u);
	uint64_t has_mib = h->available_bytes / MIB;

	has_mib -= has_mib / HOST_SHARE;
	if (!n->jobs) {
		*ret_cpus = KT_MIN(host_cpus, CPUS_UNKNOWN);
		*ret_ram_mib = unknown_mib(h, *ret_cpus);
		return 0;
	}
	uint64_t need_mib = KT_MAX((uint64_t)RAM_MIB_MIN,
		round_up(with_descriptors(BASE_MIB + n->jobs * per_guest_mib(n))));
	if (h->available_bytes && need_mib > has_mib)
		return fail_fit(n, need_mib, has_mib, err);
	/* One beyond the guests' own: the program that runs them works meanwhile. */
	*ret_cpus = KT_MIN(KT_MIN(host_cpus, CPUS_MAX), KT_MAX(n->vcpus, 1u) + 1);
	*ret_ram_mib = need_mib;
	return 0;
}

int kt_softkvm_size(const struct kt_softkvm_need *n, struct kt_softkvm_opts *o, struct kt_err *err)
{
	struct kt_softkvm_host host;
	unsigned cpus;
	uint64_t ram_mib;

	kt_softkvm_host_read(&host);
	int r = kt_softkvm_size_of(n, &host, &cpus, &ram_mib, err);
	if (r < 0)
		return r;
	o->cpus = o->cpus ? o->cpus : cpus;
	o->ram_mib = o->ram_mib ? o->ram_mib : ram_mib;
	return 0;
}
