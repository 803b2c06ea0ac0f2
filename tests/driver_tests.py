#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the driver of the guest tests decides: what runs again, and what a report hides.

A driver that repeats and masks could hide a fault of ours, so its rules are tested as well.
"""

import contextlib
import io
import sys
import tempfile
import unittest
from unittest import mock

import guests
import listen
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


def outcome(*failures, lost=""):
    """What guests.try_case() returns."""
    return list(failures), ["a-boot"], {"op": ["spawn"]}, lost


def drive(outcomes, count=1, second_runs=1):
    """Run COUNT cases that come out as OUTCOMES one after the other: (results, runs)."""
    results, cases = {}, [Case(f"case {i}", ["true"]) for i in range(count)]
    with mock.patch.object(guests, "try_case", side_effect=outcomes) as tries, \
            contextlib.redirect_stdout(io.StringIO()):
        for _ in guests.run_all(cases, results, second_runs):
            pass
    return results, tries.call_count


class SecondRun(unittest.TestCase):
    """A second run is for what was lost on emulated CPUs, and its result is the one that counts."""

    def test_what_was_lost_runs_again_and_is_told(self):
        results, runs = drive([outcome("x", lost="triple fault"), outcome()])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], [])
        self.assertEqual(results["case 0"]["lost"], "triple fault")

    def test_what_fails_the_second_time_has_failed(self):
        results, runs = drive([outcome("x", lost="triple fault"), outcome("y", lost="the same")])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], ["y"])

    def test_a_failure_of_our_own_runs_once(self):
        results, runs = drive([outcome("x")])
        self.assertEqual(runs, 1)
        self.assertEqual(results["case 0"]["failures"], ["x"])

    def test_on_real_cpus_everything_runs_once(self):
        results, runs = drive([outcome("x", lost="triple fault")], second_runs=0)
        self.assertEqual(runs, 1)
        self.assertEqual(results["case 0"]["failures"], ["x"])

    def test_only_so_many_cases_of_a_run_do(self):
        lost = outcome("x", lost="triple fault")
        results, runs = drive([lost, outcome()] * 2 + [lost], 3, second_runs=2)
        self.assertEqual(runs, 5)
        self.assertEqual([name for name, result in results.items() if result["failures"]],
                         ["case 2"])


class SecondMachine(unittest.TestCase):
    """A case about machines begins anew when its machine was lost, once."""

    def run_case(self, *outcomes, second_run=True):
        """How often a case runs whose failures are OUTCOMES, how it was lost, and its failure."""
        case, lost = mock.Mock(__name__="case_x", side_effect=outcomes), ""
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                lost = softkvm_common.run_case(case, "out", second_run=second_run)
            except AssertionError as e:
                return case.call_count, lost, str(e)
        return case.call_count, lost, ""

    def test_what_passes_runs_once(self):
        self.assertEqual(self.run_case(None), (1, "", ""))

    def test_what_was_lost_runs_again_and_is_told(self):
        runs, lost, failure = self.run_case(AssertionError(LOSSES[0]), None)
        self.assertEqual((runs, failure), (2, ""))
        self.assertIn("qemu exited", lost)

    def test_what_fails_the_second_time_has_failed(self):
        self.assertEqual(self.run_case(*map(AssertionError, LOSSES[:2])), (2, "", LOSSES[1]))

    def test_a_failure_of_our_own_runs_once(self):
        self.assertEqual(self.run_case(AssertionError("status 3")), (1, "", "status 3"))

    def test_on_real_cpus_everything_runs_once(self):
        self.assertEqual(self.run_case(AssertionError(LOSSES[0]), second_run=False),
                         (1, "", LOSSES[0]))


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


class Silence(unittest.TestCase):
    """A machine that says nothing for too long is given up."""

    def run_shell(self, script, silence_s):
        """Whether SCRIPT came to its end, and what was passed on of it."""
        with tempfile.TemporaryFile("w+") as out, mock.patch.object(sys, "stdout", out):
            ended = listen.run_while_it_speaks(["sh", "-c", script], "/", silence_s)
            out.seek(0)
            return ended, out.read()

    def test_what_ends_is_passed_on_to_its_end(self):
        self.assertEqual(self.run_shell("echo a; echo b; exit 3", 60), (True, "a\nb\n"))

    def test_what_is_silent_is_killed(self):
        self.assertEqual(self.run_shell("exec sleep 600", 0.1), (False, ""))


class Cause(unittest.TestCase):
    """The line about a failed case has the reason that its program gave."""

    def test_the_first_detail_that_is_no_note(self):
        said = "PASS a (1n1l1c1t)\n  x\nFAIL b (1n1l1c1t)\n  note: n\n  crash: c\n  crash: d\n"
        self.assertEqual(guests.find_cause(said), "crash: c")

    def test_an_error_of_the_program_or_of_the_tool(self):
        for said in ("error: no kernel\n  fix: x\n", "ktstr: error: no kernel\n"):
            self.assertEqual(guests.find_cause("begin\n" + said), "no kernel")

    def test_who_is_content_gives_none(self):
        for said in ("", "PASS a (1n1l1c1t)\n  note: an error: none\n", "FAIL b\n  note: n\n"):
            self.assertEqual(guests.find_cause(said), "")


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
