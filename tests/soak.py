#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What is too long for `make check`: the same tests many times, and every variant of the kernel.

`make soak` runs all parts one after the other; --part NAME only that. Each part is one test in
the last line, "N passed, N failed, N skipped"; what it says goes to build/soak/NAME.log.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, "build/soak")
# In a topology of this many CPUs a boot takes minutes under emulation.
LARGE = ["1n4l4c1t", "2n4l4c2t", "4n8l4c2t"]


def with_kvm(*command):
    """COMMAND where KVM works: here, or in the machine that offers it."""
    accel = subprocess.run(["build/ktstr", "accel"], cwd=ROOT, capture_output=True, text=True,
                           check=False)
    if re.search(r"^chosen\s+softkvm", accel.stdout, re.M):
        return ["build/ktstr", "softkvm", "exec", "--rw", "build", "--", *command]
    return list(command)


def ask_tool(*words):
    return subprocess.run(["build/ktstr", *words], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout


def variants():
    """The variants of 'ktstr kernel build' that the default source can have."""
    release = json.loads(ask_tool("kernel", "list", "--json"))[0]["release"]
    have = tuple(map(int, re.match(r"(\d+)\.(\d+)", release).groups()))
    for name, says in re.findall(r"^(\w+) +(.*)$", ask_tool("help", "variant"), re.M):
        newer = re.search(r"Linux (\d+)\.(\d+) or newer", says)
        if not newer or have >= tuple(map(int, newer.groups())):
            yield name


def parts(args):
    """(name, commands) in the order they run."""
    guests = ["python3", "tests/guests.py", "--results", "build/soak/guests.json", "--soak"]
    yield "fuzz", [["python3", "tests/fuzz.py", "--seconds", str(args.fuzz_seconds)]]
    yield "kill-builds", [["python3", "tests/kill_tests.py", "--builds", "--seed", str(args.seed),
                           "--repeat", str(args.rounds)]]
    yield "kill-runs", [with_kvm("python3", "tests/kill_tests.py", "--runs", "--seed",
                                 str(args.seed), "--repeat", str(args.rounds))]
    yield "guests", [with_kvm(*guests, "--repeat", str(args.rounds))]
    yield "softkvm", [["python3", "tests/softkvm_tests.py"]] * args.rounds
    yield "large", [["build/vm/machine", "--topology", t, "--output", "build/soak/results"]
                    for t in LARGE]
    for name in variants():
        yield f"kernel-{name}", [["build/ktstr", "kernel", "build", "--variant", name],
                                 ["build/samples/01_first", "--kernel", name, "--output",
                                  "build/soak/results"]]


def run_part(name, commands):
    """Returns the command that failed, None when none did."""
    with open(os.path.join(LOGS, name + ".log"), "w", encoding="utf-8") as log:
        for command in commands:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            if subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False).returncode:
                return " ".join(command)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=10, help="how often each test runs (10)")
    parser.add_argument("--fuzz-seconds", type=int, default=300, help="for each fuzz target (300)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments of kills")
    parser.add_argument("--part", action="append", help="only this part; may be repeated")
    args = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    wanted = [part for part in parts(args) if not args.part or part[0] in args.part]
    if not wanted:
        parser.error("no such part; there are: " + ", ".join(name for name, _ in parts(args)))
    print(f"soak: {len(wanted)} parts, {args.rounds} rounds, seed {args.seed}; logs in build/soak",
          flush=True)
    failed = []
    for name, commands in wanted:
        start = time.monotonic()
        wrong = run_part(name, commands)
        failed += [f"{name}: {wrong}"] if wrong else []
        print(f"{'FAIL' if wrong else 'ok  '} {name} ({time.monotonic() - start:.0f} s)"
              + (f": {wrong}; see build/soak/{name}.log" if wrong else ""), flush=True)
    print(f"{len(wanted) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
