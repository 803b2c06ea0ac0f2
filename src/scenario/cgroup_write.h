/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A write that cannot hold up the scenario. The kernel may keep a writer of a cgroup file for
 * as long as it likes, out of reach of any signal: moving a task waits for every fork and exec
 * under way, lowering memory.max reclaims first. Under a scheduler that starves tasks that can
 * be forever, and then the test should say which write it was, not only that its time was up.
 */
#pragma once

/*
 * Of the whole write. The slowest machine (a guest in an emulated one) needs about 100 ms for
 * the slowest file, so this is no limit of speed, and below every deadline of a test.
 */
#define KT_CGROUP_WRITE_MS 10000u

/*
 * 0, -errno of open() or write(), or -ETIMEDOUT; then the write may still happen later. Not for
 * several threads at once.
 */
int kt_scenario_bounded_write(const char *path, const char *text, unsigned ms);
