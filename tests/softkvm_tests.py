#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the softkvm machine from outside: streams, statuses, signals, what it leaves behind.

A case starts a machine or two with `ktstr softkvm exec`; the default kernel must be in the
cache. Run alone, or some of it: tests/softkvm_tests.py [PART-OF-A-NAME]
"""

import shutil
import sys
import time

import softkvm_death
import softkvm_streams
import softkvm_terminal
from softkvm_common import FAILURES, run_case

CASES = sorted((f for module in (softkvm_streams, softkvm_terminal, softkvm_death)
                for name, f in vars(module).items() if name.startswith("case_")),
               key=lambda f: f.__name__)


def run_all(part=""):
    """Returns how many passed, the failures, what was lost once, and why all were skipped
    ("" if not)."""
    if not shutil.which("qemu-system-x86_64"):
        return 0, [], [], "qemu-system-x86_64 is not installed"
    passed, failed, lost = 0, [], []
    for case in CASES:
        name = "softkvm " + case.__name__.removeprefix("case_").replace("_", " ")
        if part not in name:
            continue
        start = time.monotonic()
        try:
            why = run_case(case)
            lost += [f"{name}: {why}"] if why else []
            passed += 1
            print(f"ok   {name} ({time.monotonic() - start:.0f} s)", flush=True)
        except FAILURES as e:
            failed.append(f"{name}: {e}")
            print(f"FAIL {name}: {e}", flush=True)
    return passed, failed, lost, ""


if __name__ == "__main__":
    _, WRONG, _, WHY = run_all(*sys.argv[1:2])
    if WHY:
        print(f"skipped: {WHY}")
    sys.exit(1 if WRONG else 0)
