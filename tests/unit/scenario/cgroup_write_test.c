// SPDX-License-Identifier: GPL-2.0-only
/* Writes that end, that fail, and that the kernel keeps: a FIFO nobody reads stands for those. */
#include "scenario/cgroup_write.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "unit/tmpdir.h"

#define LONG_MS 60000u /* far more than a write takes that nobody keeps */

TestSuite(cgroup_write, .init = tmpdir_make, .fini = tmpdir_remove);

static const char *path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", tmpdir, name);
	return path;
}

Test(cgroup_write, what_was_written_is_in_the_file)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	cr_assert_eq(kt_fs_replace(path_of("f"), "", 0, NULL), 0);
	cr_assert_eq(kt_scenario_bounded_write(path_of("f"), "100 200", LONG_MS), 0);
	cr_assert_eq(kt_fs_read(path_of("f"), 100, &text, NULL), 0);
	cr_assert_str_eq(kt_str_get(&text), "100 200");
}

Test(cgroup_write, the_errors_of_open_and_write_come_through)
{
	cr_assert_eq(kt_scenario_bounded_write(path_of("missing"), "1", LONG_MS), -ENOENT);
	cr_assert_eq(kt_scenario_bounded_write("/dev/full", "1", LONG_MS), -ENOSPC);
	cr_assert_eq(kt_scenario_bounded_write(tmpdir, "1", LONG_MS), -EISDIR);
}

Test(cgroup_write, a_write_that_is_kept_ends_with_its_time)
{
	uint64_t start_ns = kt_now_ns();
	cr_assert_eq(mkfifo(path_of("fifo"), 0600), 0);
	cr_assert_eq(kt_scenario_bounded_write(path_of("fifo"), "1", 50), -ETIMEDOUT);
	uint64_t ms = (kt_now_ns() - start_ns) / KT_NS_PER_MS;
	cr_assert(ms >= 50 && ms < LONG_MS, "%llu ms", (unsigned long long)ms);
}

/* Give a write up after MS, and see what comes of it in ten times as long. */
static void give_up_and_read(unsigned ms, char text[4])
{
	cr_assert_eq(kt_scenario_bounded_write(path_of("fifo"), "abc", ms), -ETIMEDOUT);
	KT_AUTOFD int fd = open(path_of("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct pollfd written = {.fd = fd, .events = POLLIN};
	if (poll(&written, 1, (int)ms * 10) == 1)
		cr_assert_eq(read(fd, text, 3), 3);
}

Test(cgroup_write, a_write_that_was_given_up_can_still_end_later)
{
	char text[4] = "";
	cr_assert_eq(mkfifo(path_of("fifo"), 0600), 0);
	/* On a busy host the writer may not even have begun: then it leaves the write alone. */
	for (unsigned ms = 20; !*text && ms < 4000; ms *= 2)
		give_up_and_read(ms, text);
	cr_assert_str_eq(text, "abc");
}
