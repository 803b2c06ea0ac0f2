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


def outcome(*failures):
    """What guests.try_case() returns."""
    return list(failures), ["a-boot"], {"op": ["spawn"]}


def drive(outcomes, count=1, second_runs=1):
    """Run COUNT cases that come out as OUTCOMES one after the other: (results, runs)."""
    results, cases = {}, [Case(f"case {i}", ["true"]) for i in range(count)]
    with mock.patch.object(guests, "try_case", side_effect=outcomes) as tries, \
            contextlib.redirect_stdout(io.StringIO()):
        for _ in guests.run_all(cases, results, second_runs):
            pass
    return results, tries.call_count


class SecondRun(unittest.TestCase):
    """A second run is for emulated CPUs, and its result is the one that counts."""

    def test_what_passes_runs_once(self):
        results, runs = drive([outcome()])
        self.assertEqual((runs, results["case 0"]["first"]), (1, ""))

    def test_what_fails_runs_again_and_is_told(self):
        results, runs = drive([outcome("x", "y"), outcome()])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], [])
        self.assertEqual(results["case 0"]["first"], "x; y")

    def test_what_fails_the_second_time_has_failed(self):
        results, runs = drive([outcome("x"), outcome("y")])
        self.assertEqual(runs, 2)
        self.assertEqual(results["case 0"]["failures"], ["y"])

    def test_on_real_cpus_everything_runs_once(self):
        results, runs = drive([outcome("x")], second_runs=0)
        self.assertEqual(runs, 1)
        self.assertEqual(results["case 0"]["failures"], ["x"])

    def test_only_so_many_cases_of_a_run_do(self):
        results, runs = drive([outcome("x"), outcome()] * 2 + [outcome("x")], 3, second_runs=2)
        self.assertEqual(runs, 5)
        self.assertEqual([name for name, result in results.items() if result["failures"]],
                         ["case 2"])


class SecondMachine(unittest.TestCase):
    """A case about machines runs twice at most as well."""

    def run_case(self, *outcomes, second_run=True):
        """How often a case runs whose failures are OUTCOMES, how it failed first, and at last."""
        case, first = mock.Mock(__name__="case_x", side_effect=outcomes), ""
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                first = softkvm_common.run_case(case, "out", second_run=second_run)
            except AssertionError as e:
                return case.call_count, first, str(e)
        return case.call_count, first, ""

    def test_what_passes_runs_once(self):
        self.assertEqual(self.run_case(None), (1, "", ""))

    def test_what_fails_runs_again_and_is_told(self):
        self.assertEqual(self.run_case(AssertionError("x"), None), (2, "x", ""))

    def test_what_fails_the_second_time_has_failed(self):
        self.assertEqual(self.run_case(AssertionError("x"), AssertionError("y")), (2, "", "y"))

    def test_on_real_cpus_everything_runs_once(self):
        self.assertEqual(self.run_case(AssertionError("x"), second_run=False), (1, "", "x"))


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
