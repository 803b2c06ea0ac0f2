#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests that boot kernels: the samples and the programs of tests/vm.

Each case of guest_cases.py runs one program; its exit status is compared, what its output must
contain, and for samples the whole report with samples/expected. Results go to a JSON file as they come, so
that a machine that dies loses only what it had not done.
"""

import argparse
import contextlib
import dataclasses
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import coverage
import vmcore
from guest_cases import BZIMAGE, CASES, SOAK_CASES, VMLINUX
from listen import Listener

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASE_TIMEOUT_S = 300
LAST_WORDS_S = 10  # for what the pipes of a program that has ended still hold
STARVED = r"deadline: .* but the host may have taken up to"
# The first thing that a report gives as the reason of a verdict, or an error.
CAUSE = r"^(?:(?:FAIL|INCONCLUSIVE|ERROR) .*\n(?:  note: .*\n)*  (?!note: )(.+)|\w*:? ?error: (.+))"
# What emulated CPUs do to a guest (src/vmm/README.md), and what a busy host does to a verdict.
# Where CPUs are emulated, and for nothing else, a case runs once more; the check tells of it.
LOST = [
    r"error: (softkvm machine .* (?:ended|has not answered).*)",
    r"(the machine shut down during \w+ without a word: triple fault.*)",
    r"(panicked during \w+: .*(?:double fault|stack guard page|Fatal exception).*)",
    r"((?:scenario|shutdown) was not over after .*: deadline passed: \w+)",
    r"INCONCLUSIVE .*\n(?:  .*\n)*?  (.* but the host may have taken up to .*)",
]
SECOND_RUNS_MAX = 4  # of one run of all cases: more of them are no accident
HOST_MEMORY_MAX_MIB = 64  # of a test program that runs one machine, guest RAM not counted

# The only fields of a sample's report that may differ from run to run: name, what it looks
# like, what stands for it in samples/expected.
MASKS = [
    ("iterations", r"\b\d+ iterations?\b(?!/)", "N iterations"),
    ("CPU time", r"\b[\d.]+ \w+ CPU\b", "T CPU"),
    ("longest gap", r"longest gap [\d.]+ \w+", "longest gap T"),
    ("migrations", r"\b\d+ migrations?", "N migrations"),
    ("a worker's numbers", r"^(  \S+ +\d+ +\d+ +\d+  \w+) .*$", r"\1 ..."),
    ("a step without time", r"^  note: step \d+: nothing is left of the duration .*\n", ""),
    ("a repeated boot", r"^  note: boot \d was repeated: .*\n", ""),
    ("a payload's time", r"^(  \S+ +payload .*) after [\d.]+ \w+", r"\1 after T"),
    ("measured rate", r"made [\d.]+ iterations/s", "made N iterations/s"),
    ("the machine of a host_only test", r"^(PASS both_halves )\(\w+,", r"\1(TOPOLOGY,"),
    ("its size", r"there (is|are) \d+ \(it is .*\)$", "there is N (it is TOPOLOGY)"),
    ("a claim's value", r" is [\d.]+, (which is|better than the baseline)", r" is N, \1"),
    ("a claim's baseline", r"the baseline [\d.]+", "the baseline N"),
    ("the worst that a check saw", r"judged, worst [\d.]+", "judged, worst N"),
]


def mask(text):
    for _, pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text, flags=re.M)
    return text


def compare_sample(case, text, record):
    path = os.path.join(ROOT, "samples/expected", case.sample + ".txt")
    got = mask(text)
    if record:
        with open(path, "w", encoding="utf-8") as f:
            f.write(got)
    try:
        with open(path, encoding="utf-8") as f:
            expected = f.read()
    except FileNotFoundError:
        expected = ""
    if got == expected:
        return []
    return [f"the report differs from {os.path.relpath(path, ROOT)}; it was:\n{got}"]


def find_image(name):
    """The file NAME of the kernel that is booted when none is named."""
    listing = subprocess.run([os.path.join(ROOT, "build/ktstr"), "kernel", "list", "--json"],
                             capture_output=True, text=True, check=True)
    sound = [entry for entry in json.loads(listing.stdout)
             if entry["state"] == "ok" and not entry["variant"]]
    return os.path.join(sound[0]["path"], name) if sound else "no-kernel-in-the-cache"


def resolve_image(word, out):
    """WORD, or the image that "@NAME" or "@NAME/half" or "@NAME/garbled" stands for."""
    name, _, damage = word.partition("/")
    if name not in (BZIMAGE, VMLINUX):
        return word
    path = find_image(name[1:])
    if not damage:
        return path
    with open(path, "rb") as f:
        data = bytearray(f.read())
    middle = len(data) // 2
    if damage == "half":
        del data[middle:]
    else:
        data[middle:middle + 4096] = bytes(4096)
    path = os.path.join(out, f"{damage}-{name[1:]}")
    with open(path, "wb") as f:
        f.write(data)
    return path


def run_program(case, out):
    """Run the program of a case; returns (status, stdout, stderr, left processes)."""
    command = [os.path.join(ROOT, case.command[0]), *case.command[1:], "--output", out]
    command = [resolve_image(word, out).replace("@out", out) for word in command]
    late = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True, env=dict(os.environ, **case.env)) as child:
        out_said, err_said = Listener(child.stdout), Listener(child.stderr)
        try:
            if case.interrupt:
                err_said.wait_for(re.escape(case.interrupt), CASE_TIMEOUT_S)
                child.send_signal(signal.SIGINT)
            child.wait(CASE_TIMEOUT_S)
        except (TimeoutError, subprocess.TimeoutExpired) as e:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            late = f"\nended by the test driver: {e}\n"
        stdout, stderr = out_said.all(LAST_WORDS_S), err_said.all(LAST_WORDS_S)
    return child.returncode, stdout, stderr + late, has_session(child.pid)


def has_session(session):
    """Whether a process of that session still runs, in whatever process group."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                state, _, _, sid = f.read().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(sid) == session and state not in "ZX":
            return True
    return False


def find_json(out):
    """The JSON files of all runs in OUT, each once: DIR/latest leads to one of them again."""
    found = glob.glob(os.path.join(glob.escape(out), "**/*.json"), recursive=True)
    return sorted({os.path.realpath(path) for path in found})


def load_results(out):
    """(path, object) of the results of tests in OUT, and those of runs."""
    tests, runs = [], []
    for path in find_json(out):
        with open(path, encoding="utf-8") as f:
            (runs if os.path.basename(path) == "run.json" else tests).append((path, json.load(f)))
    return tests, runs


def read_boots(out):
    """The boot ids in the results: each test has a kernel of its own."""
    return [test["kernel"]["boot_id"] for _, test in load_results(out)[0]
            if test["kernel"]["boot_id"] and test["mode"] == "guest"]


def check_files(out, whole_log):
    """What is wrong with the files that results name, and with what runs say of themselves."""
    failures = []
    tests, runs = load_results(out)
    for path, test in tests:
        own = test["host_memory_bytes"]
        if own and own >= HOST_MEMORY_MAX_MIB << 20:
            failures.append(f"{test['test']['name']}: {own >> 20} MiB of the host's memory beyond "
                            f"guest RAM, at most {HOST_MEMORY_MAX_MIB} are allowed")
        name, log = test["test"]["name"], test["dmesg"]
        if not os.path.exists(os.path.join(os.path.dirname(path), test["console"]["file"])):
            failures.append(f"{name}: there is no {test['console']['file']}")
        if whole_log and test["end"]["finished"] and test["end"]["how"] == "reset" \
                and not log["complete"]:
            failures.append(f"{name}: the kernel's log is not complete: {log['reason']}")
        if log["file"] and test["mode"] == "guest":
            with open(os.path.join(os.path.dirname(path), log["file"]), encoding="utf-8",
                      errors="replace") as f:
                text = f.read()
            if not re.match(r"\[    0\.0{6}\] Linux version ", text):
                failures.append(f"{name}: {log['file']} begins with {text[:60]!r}")
    for path, run in runs:
        if run["state"] == "running" or len(run["tests"]) != len(tests):
            failures.append(f"{path} says {run['state']!r} and has {len(run['tests'])} tests")
    return failures


def check_cores(case, out):
    """What is wrong with the core files among the results."""
    found = glob.glob(os.path.join(glob.escape(out), "**/*.vmcore*"), recursive=True)
    paths = sorted({os.path.realpath(path) for path in found})
    if len(paths) != bool(case.core):
        return [f"{len(paths)} core files instead of {int(bool(case.core))}: {paths}"]
    return vmcore.check(find_image("vmlinux"), paths[0], *case.core) if paths else []


@contextlib.contextmanager
def small_disk(case, out):
    """A file system of its own on OUT, where a case asks for one. Needs root."""
    if not case.out_kib:
        yield
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={case.out_kib}k", "tmpfs", out], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", out], check=True)


def look(case, out, stdout):
    """What is wrong with the files that a program has left; some may not be there at all."""
    try:
        return case.look(out, stdout)
    except (OSError, ValueError, LookupError, SyntaxError) as e:  # the last: XML
        return [f"{case.look.__name__}: {type(e).__name__}: {e}"]


def try_case(case, known_boots, record):
    """Returns (failures, the boot ids of the kernels that ran, what was executed, how a machine
    was lost)."""
    if not os.path.exists(os.path.join(ROOT, case.command[0])):
        return [f"{case.command[0]} is missing: its section of tests/check.py makes it"], [], {}, ""
    with tempfile.TemporaryDirectory(prefix="ktstr-guests-") as out, small_disk(case, out):
        status, stdout, stderr, left = run_program(case, out)
        boots = read_boots(out)
        results = [test for _, test in load_results(out)[0]]
        covered = coverage.of_case(results, stdout + stderr)
        failures = check_cores(case, out) + ([] if case.out_kib else check_files(out, not case.serial))
        if case.look and status == case.status:
            failures += look(case, out, stdout)
    both = stdout + stderr
    if case.starved and status == 2 and re.search(STARVED, both):
        return [], boots, {}, ""
    if status != case.status:
        failures.append(f"exit status {status} instead of {case.status}")
    failures += [f"the output lacks /{p}/" for p in case.has if not re.search(p, both, re.M)]
    failures += [f"the output has /{p}/" for p in case.lacks if re.search(p, both, re.M)]
    if case.sample:
        failures += compare_sample(case, stdout, record)
    if left:
        failures.append("it left processes behind")
    if len(boots) != case.boots:
        failures.append(f"{len(boots)} kernels booted instead of {case.boots}")
    if len(set(boots) | known_boots) != len(boots) + len(known_boots):
        failures.append("two tests report the same boot of a kernel")
    if failures:
        print(both, flush=True)
        failures += [f"it said: {cause}" for cause in [find_cause(both)] if cause]
    return failures, boots, {} if failures else covered, why_lost(both) if failures else ""


def why_lost(text):
    """What a program said of a guest that was lost to its emulated CPUs or to a busy host."""
    found = next(filter(None, (re.search(pattern, text) for pattern in LOST)), None)
    return found.group(1).strip() if found else ""


def find_cause(text):
    """The first reason that a program gave for not being content; "" when it gave none."""
    found = re.search(CAUSE, text, re.M)
    return (found.group(1) or found.group(2)).strip() if found else ""


def run_case(case, known_boots, second_run, record=False):
    """Returns (failures, boot ids, what was executed, why it ran twice). Where SECOND_RUN allows
    it, a case whose guest or machine was lost runs once more."""
    failures, boots, covered, lost = try_case(case, known_boots, record)
    if not lost or not second_run:
        return failures, boots, covered, ""
    print(f"again: {case.name}: {lost}", flush=True)
    failures, boots, covered, _ = try_case(case, known_boots | set(boots), record)
    return failures, boots, covered, lost


def run_all(cases, results, second_runs=0, record=False):
    """Run CASES and add what came of them to the dictionary RESULTS, yielding after each.
    At most SECOND_RUNS of all that RESULTS has run twice."""
    known = set()
    for case in cases:
        start = time.monotonic()
        twice = sum(bool(result["lost"]) for result in results.values())
        failures, boots, covered, lost = run_case(case, known, twice < second_runs, record)
        known |= set(boots)
        results[case.name] = {"failures": failures, "booted": len(boots), "covered": covered,
                              "lost": lost}
        print(f"{'FAIL' if failures else 'ok  '} {case.name} ({time.monotonic() - start:.1f} s)",
              flush=True)
        for failure in failures:
            print(f"     {failure}", flush=True)
        yield


def read_results(path):
    """What an earlier run left, by case; empty when it left nothing."""
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--results", default="build/guests.json")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="run them N times, one round after the other")
    parser.add_argument("--soak", action="store_true", help="also what is too slow for make check")
    parser.add_argument("--resume", action="store_true",
                        help="go on after a run that did not come to its end")
    parser.add_argument("--strict", action="store_true",
                        help="no case runs a second time, not even on emulated CPUs")
    parser.add_argument("--record", action="store_true",
                        help="write samples/expected anew from what the samples print")
    args = parser.parse_args()
    results = read_results(args.results) if args.resume else {}
    cases = [case for case in CASES + (SOAK_CASES if args.soak else [])
             if args.only in case.name and not case.outside and case.name not in results]
    cases = [dataclasses.replace(case, name=case.name + (f" (round {i + 1})" if i else ""))
             for i in range(args.repeat) for case in cases]
    emulated = bool(os.environ.get("KTSTR_SOFTKVM"))
    second_runs = SECOND_RUNS_MAX if emulated and not args.strict and not args.record else 0
    for _ in run_all(cases, results, second_runs, args.record):
        with open(args.results + ".tmp", "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
        os.replace(args.results + ".tmp", args.results)
    return 1 if any(result["failures"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
