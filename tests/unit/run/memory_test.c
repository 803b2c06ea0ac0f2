// SPDX-License-Identifier: GPL-2.0-only
/* What /proc/self/status says, and that guest RAM does not count. */
#include <criterion/criterion.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/memory.h"

#define MIB (1024 * 1024ull)

Test(memory, anonymous_and_file_pages_count_and_shared_ones_are_apart)
{
	struct kt_run_memory m =
		kt_run_memory_parse("Name:\tx\nVmHWM:\t    9000 kB\n"
				    "RssAnon:\t    1000 kB\nRssFile:\t     200 kB\n"
				    "RssShmem:\t    4000 kB\n");
	cr_assert_eq(m.own_bytes, 1200 * 1024);
	cr_assert_eq(m.guest_bytes, 4000 * 1024);
	cr_assert_eq(m.peak_bytes, 9000 * 1024);
}

Test(memory, what_is_not_said_is_zero)
{
	struct kt_run_memory m = kt_run_memory_parse("Name:\tRssAnon: 7 kB\nRssAnon:\tmuch\n");
	cr_assert_eq(m.own_bytes, 0);
	cr_assert_eq(m.guest_bytes, 0);
	cr_assert_eq(kt_run_memory_parse("").peak_bytes, 0);
}

/* The kernel's counters may miss some MiB where there are many CPUs: half of it is enough. */
Test(memory, a_memfd_is_not_counted_and_malloced_memory_is)
{
	uint64_t before = 0, after = 0;
	kt_run_memory_look(&before);
	cr_assert_gt(before, 0);

	int fd = memfd_create("guest", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(fd, 64 * MIB), 0);
	void *ram = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(ram, 1, 64 * MIB);
	kt_run_memory_look(&after);
	cr_assert_lt(after, before + 32 * MIB);

	void *own =
		mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(own, 1, 64 * MIB);
	kt_run_memory_look(&after);
	cr_assert_geq(after, before + 32 * MIB);
	munmap(own, 64 * MIB);
	munmap(ram, 64 * MIB);
	close(fd);
}

Test(memory, the_most_is_kept)
{
	uint64_t max = 1ull << 50;
	void *own =
		mmap(NULL, 32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(own, 1, 32 * MIB); /* the kernel's counters are not exact */
	kt_run_memory_look(&max);
	cr_assert_eq(max, 1ull << 50);
	kt_run_memory_begin(&max);
	cr_assert_lt(max, 1ull << 50);
	cr_assert_gt(max, 16 * MIB);
	munmap(own, 32 * MIB);
}
