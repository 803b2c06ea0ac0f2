#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Killed with SIGKILL at seeded moments, a program leaves nothing and the next run is clean.

Builds of a kernel are killed on the machine itself (--builds), test programs where KVM works
(--runs): in the boot of a guest, in its scenario, while a result is written. host_only tests
(--host), whose cgroups outlive them, are cleaned up by the next one. Moments in the machine that
offers KVM are in softkvm_death.py. A moment is an event in what the program says, and a random
time after it; --seed N repeats the same times.
"""

import argparse
import contextlib
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from listen import Listener

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
HOST_PROGRAM = os.path.join(ROOT, "build/vm/host")
PROGRAM = os.path.join(ROOT, "build/vm/options")
LIMIT_S = 300
GONE_S = 60  # for what a killed process leaves to the kernel to end
LAST_WORDS_S = 10  # for what the pipe of a program that has ended still holds
TRIES_MAX = 60  # to kill at one moment: each is half as late as the one before
STARVED = "but the host may have taken up to"  # of a verdict that a busy host left open
SEED = int(os.environ.get("KTSTR_SEED", "20260101"))

# What is said just before, on which stream, and for how long after it a kill still hits.
RUN_MOMENTS = [("start", None, 0.3), ("boot, early", r"quick_one: boots", 0.3),
               ("boot", r"quick_one: boots", 3.0), ("boot", r"quick_one: boots", 3.0),
               ("scenario", r"the scenario runs", 0.2), ("scenario", r"the scenario runs", 1.0),
               ("result", r"^PASS quick_one", 0.02), ("result", r"^PASS quick_one", 0.02),
               ("result", r"^PASS quick_one", 0.2)]
HOST_MOMENTS = [("start", None, 0.2), ("cgroups", r"endless: runs", 0.02),
                ("cgroups", r"endless: runs", 0.1), ("scenario", r"the scenario runs", 0.02),
                ("scenario", r"the scenario runs", 0.2), ("scenario", r"the scenario runs", 1.0)]
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


def outside_of(folder):
    """What runs of ours could leave outside of FOLDER; other programs come and go meanwhile."""
    with open("/proc/self/mounts", encoding="utf-8") as f:
        mounts = sorted(line for line in f if "ktstr" in line or folder in line)
    groups = [path for path in glob.glob("/sys/fs/cgroup/**/", recursive=True) if "ktstr" in path]
    shared = [name for name in os.listdir("/dev/shm") if "ktstr" in name]
    return mounts, sorted(groups), sorted(shared)


def kill_after(argv, env, pattern, later_s):
    """Start ARGV, wait for PATTERN in what it says, and kill it LATER_S later. False when it
    had come to its end before."""
    with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
        try:
            said = Listener(p.stdout)
            need(not pattern or said.wait_for(pattern, LIMIT_S),
                 f"it ended before /{pattern}/:\n{said.said()}")
            time.sleep(later_s)
        finally:
            p.kill()
            p.wait(LIMIT_S)
        text = said.all(LAST_WORDS_S)
    need(p.returncode in (0, -signal.SIGKILL), f"it ended with {p.returncode}:\n{text}")
    return p.returncode != 0


def kill_in_time(argv, env, moment, rng, say):
    """Kill ARGV at MOMENT; one that had ended before was no kill, and the next try is sooner."""
    name, pattern, most_s = moment
    later_s = rng.uniform(0, most_s)
    for number in range(TRIES_MAX):
        tag = f"{os.getpid()}-{rng.getrandbits(64):x}"
        say(f"{name}, {later_s:.3f} s later")
        killed = kill_after(argv, dict(env, KTSTR_TEST_TAG=tag), pattern, later_s)
        wait_gone(f"KTSTR_TEST_TAG={tag}")
        if killed:
            return number
        later_s /= 2
    raise Left(f"it had ended before each of {TRIES_MAX} kills")


def wait_gone(tag):
    end = time.monotonic() + GONE_S
    while left := processes_tagged(tag):
        need(time.monotonic() < end, f"processes {left} still run")
        time.sleep(0.05)


def files_below(folder):
    return sorted(os.path.join(base, name) for base, folders, files in os.walk(folder)
                  for name in files + folders)


def temporary_files(folder):
    """Files that only a writer at work has."""
    return [path for path in files_below(folder)
            if re.search(r"\.tmp|\.probe|XXXX", os.path.basename(path))]


def run(argv, env):
    return subprocess.run(argv, cwd=ROOT, env=env, check=False, capture_output=True, text=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL)


def own_cache(folder):
    """A cache of our own in FOLDER, with the kernel that runs boot by default."""
    listing = json.loads(run([TOOL, "kernel", "list", "--json"], dict(os.environ)).stdout)
    sound = [entry for entry in listing if entry["state"] == "ok" and not entry["variant"]]
    need(sound, "there is no kernel in the cache: ktstr kernel build")
    path = sound[0]["path"]
    shutil.copytree(path, os.path.join(folder, "kernels", os.path.basename(path)))
    return folder


def kill_runs(rng, say):
    """Kill runs of a test program, then run it once more in the same folder."""
    with tempfile.TemporaryDirectory(prefix="ktstr-kill-") as folder:
        out, tmp, cache = (os.path.join(folder, name) for name in ("out", "tmp", "cache"))
        os.mkdir(tmp)
        env = dict(os.environ, TMPDIR=tmp, KTSTR_CACHE_DIR=own_cache(cache))
        argv = [PROGRAM, "--exact", "quick_one", "--output", out, "-v"]
        need(run([*argv, "--list"], env).returncode == 0, "the program does not work")
        before = outside_of(folder)
        for moment in RUN_MOMENTS:
            kill_in_time(argv, env, moment, rng, say)
            need(not os.listdir(tmp), f"left in TMPDIR: {os.listdir(tmp)}")
        need(outside_of(folder) == before, f"left: {outside_of(folder)}; before: {before}")
        p = run(argv, env)
        need(p.returncode == 0, f"the next run ended with {p.returncode}:\n{p.stdout}{p.stderr}")
        left = temporary_files(folder) + files_below(tmp)
        need(not left, f"temporary files are left: {left}")
        listing = run([TOOL, "results", "list", "--dir", out], env).stdout
        need(len(re.findall(r"\bfinished\b", listing)) >= 1, f"no run is finished:\n{listing}")
        need("running" not in listing, f"a run that died looks alive:\n{listing}")


@contextlib.contextmanager
def controllers_off(names):
    """Take controllers from the root's children, so that a test must enable them."""
    control = "/sys/fs/cgroup/cgroup.subtree_control"
    with open(control, encoding="utf-8") as f:
        before = [name for name in f.read().split() if name in names]
    def write(sign):
        for name in before:
            with open(control, "w", encoding="utf-8") as f:
                f.write(sign + name)
    write("-")
    try:
        yield control
    finally:
        write("+")


def enabled_in(control):
    with open(control, encoding="utf-8") as f:
        return sorted(f.read().split())


def run_next_host(out):
    """A test after one that was killed; returns what it says. A busy host may leave its verdict
    open: that is another matter."""
    p = run([HOST_PROGRAM, "--exact", "leaves_behind", *out], dict(os.environ))
    need(p.returncode == 0 or (p.returncode == 2 and STARVED in p.stdout),
         f"the next ended with {p.returncode}:\n{p.stdout}{p.stderr}")
    return p.stdout


def kill_host_at(moment, out, rng, say):
    """Kill a test at MOMENT, and run the next."""
    name, pattern, most_s = moment
    tag, later_s = f"{os.getpid()}-{rng.getrandbits(64):x}", rng.uniform(0, most_s)
    say(f"{name}, {later_s:.3f} s later")
    need(kill_after([HOST_PROGRAM, "--exact", "endless", *out],
                    dict(os.environ, KTSTR_TEST_TAG=tag), pattern, later_s),
         "an endless test came to its end")
    said = run_next_host(out)
    need(name != "scenario" or "1 folder of a run that was killed was removed" in said,
         f"the next does not say that it cleaned up:\n{said}")
    wait_gone(f"KTSTR_TEST_TAG={tag}")


def kill_host(rng, say):
    """Kill a test on this machine; the next one ends what it has left, and leaves nothing."""
    with tempfile.TemporaryDirectory(prefix="ktstr-kill-") as folder:
        out = ["--output", os.path.join(folder, "out"), "-v"]
        run_next_host(out)  # what others have left before is not counted below
        with controllers_off(["cpuset"]) as control:
            before, enabled = outside_of(folder), enabled_in(control)
            for moment in HOST_MOMENTS:
                kill_host_at(moment, out, rng, say)
                need(outside_of(folder) == before, f"left: {outside_of(folder)}; before: {before}")
                need(enabled_in(control) == enabled, f"{control} is {enabled_in(control)}")


def end_politely(argv, env):
    """Begin another build and interrupt it."""
    with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, text=True,
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as p:
        try:
            said = Listener(p.stderr)
            need(said.wait_for("unpacking", LIMIT_S), f"no next build:\n{said.said()}")
            p.send_signal(signal.SIGINT)
            p.wait(LIMIT_S)
        finally:
            p.kill()
    need(p.returncode == 130, f"the interrupted build ended with {p.returncode}")


def kill_builds(rng, say):
    """Kill kernel builds, then begin another one and end it politely."""
    with tempfile.TemporaryDirectory(prefix="ktstr-kill-") as folder:
        cache, tmp = os.path.join(folder, "cache"), os.path.join(folder, "tmp")
        os.mkdir(tmp)
        argv = [TOOL, "kernel", "build"]
        env = dict(os.environ, TMPDIR=tmp, KTSTR_CACHE_DIR=cache)
        before = outside_of(folder)
        for moment in BUILD_MOMENTS:
            kill_in_time(argv, env, moment, rng, say)
        need(outside_of(folder) == before, f"left: {outside_of(folder)}; before: {before}")
        end_politely(argv, env)
        left = [os.path.join(base, name) for base, folders, files in os.walk(cache)
                for name in files + [f for f in folders if base.endswith("/work")]]
        strange = [path for path in left if not re.search(r"\.(log|lock)$", path)]
        strange += files_below(tmp)
        need(not strange, f"an interrupted build left {strange[:10]}")


MOMENTS_OF = {kill_builds: BUILD_MOMENTS, kill_runs: RUN_MOMENTS, kill_host: HOST_MOMENTS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=SEED, help="default: $KTSTR_SEED")
    parser.add_argument("--repeat", type=int, default=1, help="with another seed each time")
    parser.add_argument("--builds", action="store_true", help="only builds of kernels")
    parser.add_argument("--runs", action="store_true", help="only runs of tests; needs KVM")
    parser.add_argument("--host", action="store_true",
                        help="only host_only tests; needs root and cgroup v2 with its controllers")
    parser.add_argument("--output", help="taken, not used: guests.py gives it to every program")
    args = parser.parse_args()
    parts = [part for part, wanted in ((kill_builds, args.builds), (kill_runs, args.runs),
                                     (kill_host, args.host))
             if wanted or not args.builds + args.runs + args.host]
    for seed in range(args.seed, args.seed + args.repeat):
        moments = []
        try:
            for part in parts:
                part(random.Random(seed), moments.append)
        except (Left, TimeoutError, subprocess.TimeoutExpired) as e:
            print(f"FAIL seed {seed}, after {moments[-1] if moments else 'nothing'}: {e}")
            return 1
        wanted = sum(len(MOMENTS_OF[part]) for part in parts)
        print(f"ok, killed {wanted} times with seed {seed}; {len(moments) - wanted} tries came "
              "too late", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
