#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Killed with SIGKILL at seeded moments, a program leaves nothing and the next run is clean.

Builds of a kernel are killed on the machine itself (--builds), test programs where KVM works
(--runs): in the boot of a guest, in its scenario, while a result is written. Moments in the
machine that offers KVM are in softkvm_tests.py. A moment is an event in what the program says,
and a random time after it; --seed N repeats the same times.
"""

import argparse
import contextlib
import glob
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
PROGRAM = os.path.join(ROOT, "build/vm/options")
LIMIT_S = 300
GONE_S = 10  # for what a killed process leaves to the kernel to end

# What is said just before, on which stream, and for how long after it a kill still hits.
RUN_MOMENTS = [("start", None, 0.3), ("boot, early", r"quick_one: boots", 0.3),
               ("boot", r"quick_one: boots", 3.0), ("boot", r"quick_one: boots", 3.0),
               ("scenario", r"the scenario runs", 0.2), ("scenario", r"the scenario runs", 1.0),
               ("result", r"^PASS quick_one", 0.02), ("result", r"^PASS quick_one", 0.02),
               ("result", r"^PASS quick_one", 0.2)]
BUILD_MOMENTS = [("start", None, 0.5), ("unpacking", r"unpacking", 2.0),
                 ("unpacking", r"unpacking", 5.0)]


class Left(AssertionError):
    """Something was left behind."""


def need(condition, text):
    if not condition:
        raise Left(text)


def processes_tagged(tag):
    """Processes whose environment has TAG: all that a program and its children started."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        with contextlib.suppress(OSError):
            with open(path, "rb") as f:
                if tag.encode() in f.read():
                    found.append(int(path.split("/")[2]))
    return found


def mounts_and_cgroups():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        mounts = sorted(f)
    return mounts, sorted(glob.glob("/sys/fs/cgroup/**/", recursive=True))


def kill_after(argv, env, pattern, later_s):
    """Start ARGV, wait for PATTERN in what it says, and kill it LATER_S later."""
    with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
        said = ""
        while pattern and not re.search(pattern, said, re.M):
            line = p.stdout.readline()
            need(line, f"it ended before /{pattern}/:\n{said}")
            said += line
        time.sleep(later_s)
        p.send_signal(signal.SIGKILL)
        p.wait(LIMIT_S)


def wait_gone(tag):
    end = time.monotonic() + GONE_S
    while left := processes_tagged(tag):
        need(time.monotonic() < end, f"processes {left} still run")
        time.sleep(0.05)


def temporary_files(folder):
    """Files that only a writer at work has."""
    names = (os.path.join(base, name) for base, _, files in os.walk(folder) for name in files)
    return sorted(name for name in names if re.search(r"\.tmp|\.probe|XXXX", name))


def run(argv, env):
    return subprocess.run(argv, cwd=ROOT, env=env, check=False, capture_output=True, text=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL)


def kill_runs(rng, say):
    """Kill runs of a test program, then run it once more in the same folder."""
    with tempfile.TemporaryDirectory(prefix="ktstr-kill-") as out:
        argv = [PROGRAM, "--exact", "quick_one", "--output", out, "-v"]
        before = mounts_and_cgroups()
        for number, (name, pattern, most_s) in enumerate(RUN_MOMENTS):
            tag = f"KTSTR_TEST_TAG={os.getpid()}-{number}"
            later_s = rng.uniform(0, most_s)
            say(f"{name}, {later_s:.3f} s later")
            kill_after(argv, dict(os.environ, KTSTR_TEST_TAG=tag.split("=")[1]), pattern, later_s)
            wait_gone(tag)
        need(mounts_and_cgroups() == before, "mounts or cgroups are not as before")
        p = run(argv, dict(os.environ))
        need(p.returncode == 0, f"the next run ended with {p.returncode}:\n{p.stdout}{p.stderr}")
        need(not temporary_files(out), f"temporary files are left: {temporary_files(out)}")
        listing = run([TOOL, "results", "list", "--dir", out], dict(os.environ)).stdout
        need(len(re.findall(r"\bfinished\b", listing)) >= 1, f"no run is finished:\n{listing}")
        need("running" not in listing, f"a run that died looks alive:\n{listing}")


def kill_builds(rng, say):
    """Kill kernel builds, then begin another one and end it politely."""
    with tempfile.TemporaryDirectory(prefix="ktstr-kill-") as cache:
        argv = [TOOL, "kernel", "build"]
        env = dict(os.environ, KTSTR_CACHE_DIR=cache)
        before = mounts_and_cgroups()
        for number, (name, pattern, most_s) in enumerate(BUILD_MOMENTS):
            tag = f"KTSTR_TEST_TAG={os.getpid()}-b{number}"
            later_s = rng.uniform(0, most_s)
            say(f"{name}, {later_s:.3f} s later")
            kill_after(argv, dict(env, KTSTR_TEST_TAG=tag.split("=")[1]), pattern, later_s)
            wait_gone(tag)
        need(mounts_and_cgroups() == before, "mounts or cgroups are not as before")
        with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as p:
            while "unpacking" not in (line := p.stderr.readline()):
                need(line, "the next build did not start")
            p.send_signal(signal.SIGINT)
            p.stderr.read()
            need(p.wait(LIMIT_S) == 130, f"the interrupted build ended with {p.returncode}")
        left = [os.path.join(base, name) for base, folders, files in os.walk(cache)
                for name in files + [f for f in folders if base.endswith("/work")]]
        strange = [path for path in left if not re.search(r"\.(log|lock)$", path)]
        need(not strange, f"an interrupted build left {strange[:10]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1, help="with another seed each time")
    parser.add_argument("--builds", action="store_true", help="only builds of kernels")
    parser.add_argument("--runs", action="store_true", help="only runs of tests; needs KVM")
    parser.add_argument("--output", help="taken, not used: guests.py gives it to every program")
    args = parser.parse_args()
    parts = [part for part, wanted in ((kill_builds, args.builds), (kill_runs, args.runs))
             if wanted or not args.builds + args.runs]
    for seed in range(args.seed, args.seed + args.repeat):
        moments = []
        try:
            for part in parts:
                part(random.Random(seed), moments.append)
        except (Left, subprocess.TimeoutExpired) as e:
            print(f"FAIL seed {seed}, after {moments[-1] if moments else 'nothing'}: {e}")
            return 1
        print(f"ok, killed {len(moments)} times with seed {seed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
