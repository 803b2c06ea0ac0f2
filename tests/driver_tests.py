#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the driver of the guest tests decides: which case runs again, and what a report hides.

A driver that repeats and masks could hide a fault of ours, so its rules are tested as well.
"""

import contextlib
import io
import sys
import unittest
from unittest import mock

import guests
import softkvm_common
from guest_cases import Case

# What programs say when emulated CPUs or a busy host took a guest or a machine from them.
LOSSES = [
    "error: softkvm machine 3: it ended: qemu exited with status 1\n",
    "error: softkvm machine 3: it has not answered for two minutes\n",
    "  the machine shut down during scenario without a word: triple fault of vCPU 2\n",
    "  the machine panicked during boot: traps: PANIC: double fault, error_code: 0x0\n",
    "  the scenario was not over after 12 s: deadline passed: vCPU 1 runs\n",
    "INCONCLUSIVE held (1n1l2c1t, 9 s)\n  note: nothing\n"
    "  a gap of 3 s (b), but the host may have taken up to 4 s from the machine's CPUs\n",
]
OWN_FAULTS = [
    "FAIL held (1n1l2c1t, 9 s)\n  step 1: worker 0 of 'a' was killed by signal 11\n",
    "  the machine panicked during scenario: sysrq triggered crash\n",
    "PASS held (1n1l2c1t, 9 s)\n  note: the host may have taken up to 4 s\n",
    "error: there is no kernel in the cache\n",
]


def outcome(*, failures=(), lost=""):
    """What guests.try_case() returns."""
    return list(failures), ["a-boot"], {"op": ["spawn"]}, lost


def drive(outcomes, count=1):
    """Run COUNT cases that come out as OUTCOMES one after the other: (results, runs)."""
    results, cases = {}, [Case(f"case {i}", ["true"]) for i in range(count)]
    with mock.patch.object(guests, "try_case", side_effect=outcomes) as tries, \
            contextlib.redirect_stdout(io.StringIO()):
        for _ in guests.run_all(cases, results):
            pass
    return results, tries.call_count


class SecondRun(unittest.TestCase):
    """A second run is for what was lost, and its result is the one that counts."""

    def test_what_was_lost_runs_again_and_is_told(self):
        results, runs = drive([outcome(failures=["x"], lost="triple fault"), outcome()])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], [])
        self.assertEqual(results["case 0"]["lost"], "triple fault")

    def test_what_fails_the_second_time_has_failed(self):
        results, runs = drive([outcome(failures=["x"], lost="triple fault"),
                                 outcome(failures=["y"], lost="triple fault")])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], ["y"])

    def test_a_failure_of_our_own_runs_once(self):
        results, runs = drive([outcome(failures=["x"])])
        self.assertEqual(runs, 1)
        self.assertEqual(results["case 0"]["failures"], ["x"])

    def test_only_so_many_cases_of_a_run_do(self):
        most = guests.SECOND_RUNS_MAX
        lost = outcome(failures=["x"], lost="triple fault")
        results, runs = drive([lost, outcome()] * most + [lost], count=most + 1)
        self.assertEqual(runs, 2 * most + 1)
        self.assertEqual([name for name, result in results.items() if result["failures"]],
                         [f"case {most}"])


class SecondMachine(unittest.TestCase):
    """A case about machines begins anew when its machine was lost, once."""

    def run_case(self, *outcomes):
        """How often a case runs whose failures are OUTCOMES, and the failure that remains."""
        case = mock.Mock(__name__="case_x", side_effect=outcomes)
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                softkvm_common.run_case(case, "out")
            except AssertionError as e:
                return case.call_count, str(e)
        return case.call_count, ""

    def test_what_passes_runs_once(self):
        self.assertEqual(self.run_case(None), (1, ""))

    def test_what_was_lost_runs_again(self):
        self.assertEqual(self.run_case(AssertionError(LOSSES[0]), None), (2, ""))

    def test_what_fails_the_second_time_has_failed(self):
        self.assertEqual(self.run_case(*map(AssertionError, LOSSES[:2])), (2, LOSSES[1]))

    def test_a_failure_of_our_own_runs_once(self):
        self.assertEqual(self.run_case(AssertionError("status 3")), (1, "status 3"))


class Loss(unittest.TestCase):
    """A loss is known by what the program said of it."""

    def test_each_loss_is_known(self):
        for text in LOSSES:
            self.assertTrue(guests.why_lost("some lines before\n" + text), text)

    def test_each_pattern_knows_one(self):
        for pattern in guests.LOST:
            with mock.patch.object(guests, "LOST", [pattern]):
                self.assertTrue(any(map(guests.why_lost, LOSSES)), pattern)

    def test_a_fault_of_our_own_is_none(self):
        for text in OWN_FAULTS:
            self.assertFalse(guests.why_lost(text), text)


class Mask(unittest.TestCase):
    """A sample's report is compared but for what differs from run to run."""

    def test_numbers_of_a_worker_are_hidden(self):
        self.assertEqual(guests.mask("  a 1234 iterations\n"), guests.mask("  a 9 iterations\n"))

    def test_verdicts_names_and_reasons_are_not(self):
        for text in ("PASS first (1n1l2c1t, 2 workers)\n", "  step 1: op 2 (set_cpuset): refused\n",
                     "  worker 3 of 'a' was killed\n", "2 passed, 1 failed, 0 skipped\n"):
            self.assertEqual(guests.mask(text), text)


def run_all():
    """(tests passed, lines about those that failed)."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(suite)
    bad = result.failures + result.errors
    return result.testsRun - len(bad), [f"{test.id()}: {text.splitlines()[-1]}"
                                        for test, text in bad]


if __name__ == "__main__":
    sys.exit(1 if run_all()[1] else 0)
