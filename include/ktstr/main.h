/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The main function of a test program. The library supplies main(), which only calls this;
 * a program with a main() of its own must call it first, before doing anything else: in the
 * machines of the tests the same program runs as PID 1, and then this never returns.
 */
#ifndef KTSTR_MAIN_H
#define KTSTR_MAIN_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Exit status: 0 all passed or skipped, 1 a test failed, 2 inconclusive, 3 could not run,
 * 64 wrong usage.
 */
int ktstr_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
