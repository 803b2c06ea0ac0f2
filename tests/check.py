#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""All tests of the project, in the order of their cost; `make check` runs this.

Each section returns a Tally. Guest tests run where KVM works: here, or all together in one
softkvm machine. The last line is "N passed, N failed, N skipped"; the status is not 0 when
anything failed or when fewer kernels were booted than there are guest tests
(KTSTR_MIN_BOOTS=N replaces that number).
"""

import dataclasses
import functools
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import cli_tests
import compile_tests
import configure
import coverage
import driver_tests
import fuzz
import guest_cases
import guests
import listen
import outside_tests
import readme
import softkvm_tests
import terminal_tests

GUEST_RESULTS = "build/guests.json"
COVERAGE = "build/coverage.md"
# Emulated machines die now and then of faults that are not ours: the tests that were not done
# are then run in another one. A machine that says nothing for longer than a case may take hangs.
MACHINES_MAX = 3
SILENCE_S = guests.CASE_TIMEOUT_S + 60


@dataclasses.dataclass
class Tally:
    """What a section has to say: counts, and a line for each thing that did not pass."""
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)  # to emulation; passed the second time
    booted: int = 0


def say(text):
    print(text, flush=True)


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, check=False, **options)


def section_build():
    """Everything compiles, and the committed build.ninja is what configure.py writes."""
    tally = Tally()
    for name, command in (("build.ninja is fresh", ["./configure.py", "--check-fresh"]),
                          ("includes point one way", ["./configure.py", "--check-layers"]),
                          ("everything builds", ["ninja", "--quiet"])):
        if run(command).returncode == 0:
            tally.passed += 1
        else:
            tally.failed.append(name)
    return tally


def read_criterion(path, tally):
    """Count the tests of one Criterion log."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    name = os.path.relpath(path, os.path.join(ROOT, "build")).replace(".log.failed", "")
    m = re.search(r"Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)", text)
    if not m:
        tally.failed.append(f"{name}: the program did not run to its end")
        return
    tested, passing, failing, crashing = map(int, m.groups())
    skips = re.findall(r"\[SKIP\] ([\w:]+): (.*)", text)
    tally.skipped += [f"{name} {test}: {reason}" for test, reason in skips]
    tally.passed += passing
    tally.failed += [f"{name}: {failing} failed, {crashing} crashed"] if failing + crashing else []
    if tested == 0 and not skips:
        tally.failed.append(f"{name}: no test ran")
    if path.endswith(".failed") and not failing + crashing:
        tally.failed.append(f"{name}: a sanitizer reported or the program was killed")


def section_units():
    """Unit tests with gcc, clang, and ASan with UBSan."""
    for old in glob.glob(os.path.join(ROOT, "build/*/tests/*.log.failed")):
        os.unlink(old)
    status = run(["ninja", "--quiet", "-k", "0", "units"]).returncode
    tally = Tally()
    for variant in configure.CHECKED:
        for layer in (name for name, tests in configure.TESTS.items() if tests):
            path = os.path.join(ROOT, f"build/{variant}/tests/unit_{layer}.log")
            logs = [p for p in (path, path + ".failed") if os.path.exists(p)]
            if not logs:
                tally.failed.append(f"{variant} unit_{layer}: did not build or left no log")
            for log in logs:
                read_criterion(log, tally)
    if status != 0 and not tally.failed:
        tally.failed.append("unit tests did not build")
    return tally


def section_compile():
    """Wrong use is refused in words; headers stand alone; the README is what the tool says."""
    passed, failed = compile_tests.run_all(ROOT)
    current, stale = readme.check()
    return Tally(passed=passed + current, failed=failed + stale)


def section_driver():
    """What the driver of the guest tests decides."""
    passed, failed = driver_tests.run_all()
    return Tally(passed=passed, failed=failed)


def section_outside():
    """Installed, and used from another folder as the README says."""
    passed, failed = outside_tests.run_all()
    return Tally(passed=passed, failed=failed)


@functools.cache
def guest_command():
    """How to run guests.py so that it has KVM, or the reason why there is no way."""
    accel = run(["build/ktstr", "accel"], capture_output=True, text=True)
    chosen = re.search(r"^chosen\s+(\S+)", accel.stdout, re.M)
    say(accel.stdout.rstrip())
    inner = ["python3", "tests/guests.py", "--resume", "--results", GUEST_RESULTS]
    if accel.returncode != 0 or not chosen:
        return None, accel.stderr.strip() or "no accelerator"
    if chosen.group(1) == "softkvm":
        return ["build/ktstr", "softkvm", "exec", "--rw", "build", "--"] + inner, ""
    return inner, ""


def emulated():
    """Whether guests run on emulated CPUs, which lose a guest now and then (guests.LOST)."""
    command, _ = guest_command()
    return bool(command) and command[0] == "build/ktstr"


def section_guests():
    """Real kernels: samples and guest tests."""
    tally = Tally()
    command, reason = guest_command()
    if not command:
        tally.skipped += [f"{case.name}: {reason}" for case in guest_cases.CASES]
        return tally
    if run(["build/ktstr", "kernel", "build"]).returncode != 0:
        tally.failed.append("the default kernel could not be built")
        return tally
    results = os.path.join(ROOT, GUEST_RESULTS)
    if os.path.exists(results):
        os.unlink(results)
    inside = [case for case in guest_cases.CASES if not case.outside]
    for attempt in range(MACHINES_MAX):
        ended = listen.run_while_it_speaks(command, ROOT, SILENCE_S)
        done = guests.read_results(results)
        if all(case.name in done for case in inside):
            break
        what = "ended" if ended else f"said nothing for {SILENCE_S} s and was killed"
        say(f"the machine {what} before all guest tests were done ({len(done)} of {len(inside)}); "
            f"machine {attempt + 1} of {MACHINES_MAX}")
    done = guests.read_results(results)
    for _ in guests.run_all([case for case in guest_cases.CASES if case.outside], done,
                            guests.SECOND_RUNS_MAX if emulated() else 0):
        pass
    for case in guest_cases.CASES:
        if case.name not in done:
            tally.failed.append(f"{case.name}: did not run")
        elif done[case.name]["failures"]:
            tally.failed.append(f"{case.name}: " + "; ".join(done[case.name]["failures"]))
        else:
            tally.passed += 1
    tally.lost = [f"{name}: {result['lost']}" for name, result in done.items()
                  if result["lost"] and not result["failures"]]
    tally.booted = sum(result["booted"] for result in done.values())
    return tally


def section_coverage():
    """Each op, knob, kind of work and check was executed by a test (build/coverage.md)."""
    command, reason = guest_command()
    if not command:
        return Tally(skipped=[f"coverage: {reason}"])
    passed, failed = coverage.check(guests.read_results(os.path.join(ROOT, GUEST_RESULTS)),
                                    os.path.join(ROOT, COVERAGE))
    return Tally(passed=passed, failed=failed)


def section_terminal():
    """A test program on a terminal: progress, colours, gdb."""
    command, reason = guest_command()
    if not command:
        return Tally(skipped=[f"{case.__name__}: {reason}" for case in terminal_tests.CASES])
    passed, failed, lost = terminal_tests.run_all(second_run=emulated())
    return Tally(passed=passed, failed=failed, lost=lost)


def section_cli():
    """What programs and the tool answer without booting anything; killed kernel builds."""
    passed, failed, skipped = cli_tests.run_all()
    if run(["python3", "tests/kill_tests.py", "--builds"]).returncode == 0:
        passed += 1
    else:
        failed = failed + ["kernel builds that are killed"]
    return Tally(passed=passed, failed=failed, skipped=skipped)


def section_softkvm():
    """The machine that offers KVM, seen from outside."""
    passed, failed, lost, skipped = softkvm_tests.run_all()
    return Tally(passed=passed, failed=failed, lost=lost,
                 skipped=[f"softkvm: {skipped}"] if skipped else [])


def fuzz_result(name, tally):
    """What came of one target's bounded run, by the log it left."""
    log = fuzz.program_of(name) + ".log"
    if os.path.exists(log):
        tally.passed += 1
    elif os.path.exists(log + ".failed"):
        tally.failed.append(f"fuzz {name}: {fuzz.read_failure(name, log + '.failed')}")
    else:
        tally.failed.append(f"fuzz {name}: did not build")


def section_fuzz():
    """Fuzz targets, a fixed number of inputs each."""
    tally = Tally()
    reason = fuzz.why_not()
    if reason:
        tally.skipped += [f"fuzz {name}: {reason}" for name in configure.FUZZ]
        return tally
    for old in glob.glob(os.path.join(ROOT, "build/fuzz/targets/*.log.failed")):
        os.unlink(old)
    run(["ninja", "--quiet", "-k", "0", "fuzz"])
    for name in configure.FUZZ:
        fuzz_result(name, tally)
    return tally


SECTIONS = [("build", section_build), ("compile", section_compile), ("driver", section_driver),
            ("units", section_units), ("fuzz", section_fuzz), ("outside", section_outside),
            ("guests", section_guests), ("coverage", section_coverage),
            ("terminal", section_terminal), ("cli", section_cli), ("softkvm", section_softkvm)]


def main():
    total = Tally()
    for name, section in SECTIONS:
        start = time.monotonic()
        say(f"== {name}: {section.__doc__.splitlines()[0]}")
        tally = section()
        total.passed += tally.passed
        total.failed += tally.failed
        total.skipped += tally.skipped
        total.lost += tally.lost
        total.booted += tally.booted
        say(f"== {name}: {tally.passed} passed, {len(tally.failed)} failed, "
            f"{len(tally.skipped)} skipped, {time.monotonic() - start:.0f} s")
        if name == "build" and tally.failed:
            break
    wanted = int(os.environ.get("KTSTR_MIN_BOOTS") or sum(case.boots for case in guest_cases.CASES))
    say(f"kernels booted: {total.booted} (at least {wanted} expected)")
    if total.booted < wanted:
        total.failed.append(f"only {total.booted} kernels were booted, {wanted} expected; "
                            "KTSTR_MIN_BOOTS=0 allows that")
    for line in total.skipped:
        say(f"SKIPPED {line}")
    for line in total.lost:
        say(f"LOST once, passed the second time: {line}")
    for line in total.failed:
        say(f"FAILED {line}")
    say(f"{total.passed} passed, {len(total.failed)} failed, {len(total.skipped)} skipped")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
