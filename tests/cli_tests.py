#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the front door: what test programs and the tool answer without booting anything.

Each case asks from outside, as a user does: exit status, message, remedy, and what is left.
Run alone: tests/cli_tests.py [WORD...], where a word is part of a case's name.
"""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cli_kernels
import cli_options
import cli_worlds
from cli_common import Skip

CASES = [f for module in (cli_options, cli_worlds, cli_kernels)
         for name, f in vars(module).items() if name.startswith("case_")]


def run_all(words=()):
    """Returns how many passed, the failures, and a line for each that was skipped."""
    passed, failed, skipped = 0, [], []
    for case in CASES:
        name = "cli " + case.__name__.removeprefix("case_").replace("_", " ")
        if words and not any(word in name for word in words):
            continue
        start = time.monotonic()
        try:
            case()
            passed += 1
            print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Skip as e:
            skipped.append(f"{name}: {e}")
            print(f"skip {name}: {e}", flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as e:
            failed.append(f"{name}: {e}")
            print(f"FAIL {name}: {e}", flush=True)
    return passed, failed, skipped


if __name__ == "__main__":
    sys.exit(1 if run_all(sys.argv[1:])[1] else 0)
