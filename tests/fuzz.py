#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run fuzz targets: bounded and always the same (ninja fuzz), or for as long as asked.

A bounded run tries a fixed number of inputs from a fixed seed, beginning with the files of
tests/fuzz/seeds/NAME. A long run (--seconds) also keeps what it learned in build/fuzz/corpus
and goes on from there. An input that breaks a promise is kept in build/fuzz/found.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import configure

SEED = 1
INPUT_TIMEOUT_S = 60
BOUNDED_TIMEOUT_S = 900
MEMORY_MIB = 1024
FOUND = os.path.join(ROOT, "build/fuzz/found")
CORPUS = os.path.join(ROOT, "build/fuzz/corpus")


def why_not():
    """Why this machine's clang cannot build a fuzz target; empty when it can."""
    clang = os.environ.get("KTSTR_CLANG", "clang")
    source = "int LLVMFuzzerTestOneInput(const char *d, unsigned long n);\n" \
             "int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }\n"
    with tempfile.TemporaryDirectory(prefix="ktstr-fuzz-") as folder:
        try:
            tried = subprocess.run([clang, "-fsanitize=fuzzer,address", "-xc", "-", "-o",
                                    os.path.join(folder, "probe")], input=source, text=True,
                                   capture_output=True, check=False)
        except OSError as e:
            return f"{clang}: {e.strerror}; install clang"
    if tried.returncode == 0:
        return ""
    reason = (tried.stderr.strip().splitlines() or ["no reason given"])[0]
    return f"{clang} has no libFuzzer ({reason}); install libclang-rt-dev"


def program_of(name):
    return os.path.join(ROOT, "build/fuzz/targets", name)


def seeds_of(name):
    return os.path.join(ROOT, "tests/fuzz/seeds", name)


def flags_of(name):
    _, _, input_bytes = configure.FUZZ[name]
    return [f"-max_len={input_bytes}", f"-seed={SEED}", f"-timeout={INPUT_TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={FOUND}/{name}-",
            "-print_final_stats=1"]


def read_failure(name, log):
    """One sentence from the output of a target that failed: what, the input, how to repeat it."""
    with open(log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    kept = re.search(r"Test unit written to (\S+)", text)
    broken = re.search(r"broken promise: .*$", text, re.M) or re.search(r"SUMMARY: .*$", text, re.M)
    what = broken.group(0) if broken else "it ended too early"
    if not kept:
        return f"{what}; its output is in {os.path.relpath(log, ROOT)}"
    path = os.path.relpath(kept.group(1), ROOT)
    return f"{what}; input: {path}; repeat it: {os.path.relpath(program_of(name), ROOT)} {path}"


def run(name, corpus, more, timeout_s, log):
    """Run one target, with its output in LOG. True: no input broke anything."""
    os.makedirs(FOUND, exist_ok=True)
    command = [program_of(name), *flags_of(name), *more, corpus]
    command += [seeds_of(name)] if os.path.isdir(seeds_of(name)) else []
    with open(log, "w", encoding="utf-8", errors="replace") as out:
        try:
            return subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, timeout=timeout_s,
                                  check=False).returncode == 0
        except subprocess.TimeoutExpired:
            out.write(f"SUMMARY: it did not end within {timeout_s} s\n")
            return False


def bounded(name, log):
    """The same inputs each time: nothing learned earlier takes part."""
    _, runs, _ = configure.FUZZ[name]
    for old in (log, log + ".failed"):
        if os.path.exists(old):
            os.unlink(old)
    with tempfile.TemporaryDirectory(prefix="ktstr-fuzz-") as corpus:
        passed = run(name, corpus, [f"-runs={runs}"], BOUNDED_TIMEOUT_S, log + ".tmp")
    os.replace(log + ".tmp", log if passed else log + ".failed")
    if not passed:
        print(f"fuzz {name}: {read_failure(name, log + '.failed')}", flush=True)
    return passed


def longer(name, seconds):
    corpus = os.path.join(CORPUS, name)
    os.makedirs(corpus, exist_ok=True)
    log = program_of(name) + ".long.log"
    passed = run(name, corpus, [f"-max_total_time={seconds}", "-reload=0"],
                 seconds + BOUNDED_TIMEOUT_S, log)
    with open(log, encoding="utf-8", errors="replace") as f:
        tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", f.read())
    print(f"{'ok  ' if passed else 'FAIL'} fuzz {name}: {tried.group(1) if tried else '?'} inputs"
          + ("" if passed else f"; {read_failure(name, log)}"), flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="targets; all when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--bounded", action="store_true", help="what ninja fuzz runs")
    parser.add_argument("--log", default="", help="with --bounded: appears when all went well")
    parser.add_argument("--forget", action="store_true", help="first remove build/fuzz/corpus")
    args = parser.parse_args()
    names = args.names or list(configure.FUZZ)
    unknown = [name for name in names if name not in configure.FUZZ]
    if unknown:
        parser.error(f"no target '{unknown[0]}'; there are: {', '.join(configure.FUZZ)}")
    if args.bounded:
        passed = [bounded(name, args.log or program_of(name) + ".log") for name in names]
        return 0 if all(passed) else 1
    reason = why_not()
    if reason:
        print(f"fuzz: {reason}", file=sys.stderr)
        return 3
    if args.forget:
        shutil.rmtree(CORPUS, ignore_errors=True)
    targets = [os.path.relpath(program_of(name), ROOT) for name in names]
    if subprocess.run(["ninja", "--quiet", *targets], cwd=ROOT, check=False).returncode:
        return 3
    passed = [longer(name, args.seconds) for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
