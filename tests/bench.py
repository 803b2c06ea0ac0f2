#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How fast an empty test is, beside QEMU's microvm with the same kernel; `ninja bench`.

Everything is measured in one machine whose KVM runs real kernels (this one, or one softkvm
machine), with files in memory, our run and QEMU's taking turns. QEMU gets the same vmlinux,
initramfs, memory and command line, and the word reboot=t, because a microvm has no keyboard
controller to restart with. The same PID 1 runs in it; it finds nobody to send frames to and
restarts the machine there, so that QEMU's guest does less than ours: topology, plan, cgroups
and the test's own process are only in our figure.

Results: build/bench.json, an array of rows. --markdown prints them as a table.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(ROOT, "build/bench.json")
PAIRS_MIN = 7
VCPUS = (1, 4)
RUN_LIMIT_S = 180
LOST_MAX = 10  # emulated machines die now and then: so many runs may be repeated
LIST_TESTS = 1000
COST_RUNS = 3
QEMU = ["-enable-kvm", "-cpu", "host", "-M", "microvm,acpi=off,pit=on,pic=on,rtc=off",
        "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio"]
QEMU_END = b"reboot: Restarting system"

KVM_RUN = "exec to first KVM_RUN"
READY = "kernel entry to readiness"
EXIT = "exec to exit of an empty test"
QEMU_EXIT = "the same machine under qemu microvm, exec to exit"
MEMORY = "host memory beyond guest RAM"
COSTS = {"op_us": ("an op that writes a file of a cgroup", "us"),
         "write_us": ("the same write by hand", "us"),
         "meter_pct": ("iterations a spinner loses to its meter", "%")}
LIST = f"--list of {LIST_TESTS} tests"
UNITS = {MEMORY: "MiB", **dict(COSTS.values())}


class Lost(Exception):
    """A run that did not do what is measured."""


def now_ms():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) / 1e6


def on_alarm(_signal, _frame):
    raise Lost(f"no end within {RUN_LIMIT_S} s")


def timed(command, out_path):
    """Run COMMAND with its output in a file; returns (start, milliseconds, exit status)."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, out_path, flags, 0o600),
               (os.POSIX_SPAWN_DUP2, 1, 2)]
    signal.signal(signal.SIGALRM, on_alarm)
    start = now_ms()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    signal.alarm(RUN_LIMIT_S)
    try:
        _, status = os.waitpid(pid, 0)
    except Lost:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    finally:
        signal.alarm(0)
    return start, now_ms() - start, os.waitstatus_to_exitcode(status)


class Bench:
    """The files in memory and the samples, by (row, vCPUs)."""

    def __init__(self, folder):
        self.folder = folder
        self.samples = {}
        self.ratios = {}
        self.lost = 0
        self.out = self.at("out.txt")
        listing = subprocess.run([os.path.join(ROOT, "build/ktstr"), "kernel", "list", "--json"],
                                 capture_output=True, text=True, check=True)
        self.kernel = next(k for k in json.loads(listing.stdout) if k["state"] == "ok")
        cache = self.at("cache/kernels/" + os.path.basename(self.kernel["path"]))
        shutil.copytree(self.kernel["path"], cache)
        os.environ["KTSTR_CACHE_DIR"] = self.at("cache")
        self.vmlinux = os.path.join(cache, "vmlinux")
        self.program = shutil.copy(os.path.join(ROOT, "build/vm/bench"), folder)
        self.initramfs = self.at("initramfs")
        subprocess.run([self.program, "--write", self.initramfs], check=True)
        self.machine = {vcpus: self.ask_machine(vcpus) for vcpus in VCPUS}

    def ours(self, vcpus):
        return [self.program, "--topology", f"1n1l{vcpus}c1t", "--output", self.at("results"),
                "--report", "json:" + self.at("result.json")]

    def ask_machine(self, vcpus):
        """Memory and command line of our machine, for QEMU's."""
        dry = subprocess.run([*self.ours(vcpus), "--dry-run", "--format", "json"],
                             capture_output=True, text=True, check=True)
        return json.loads(dry.stdout)["tests"][0]

    def at(self, name):
        return os.path.join(self.folder, name)

    def add(self, name, vcpus, value):
        self.samples.setdefault((name, vcpus), []).append(value)

    def run_ours(self, vcpus):
        start, ms, status = timed(self.ours(vcpus), self.out)
        with open(self.out, encoding="utf-8", errors="replace") as f:
            said = f.read()
        if status != 0 or "was repeated" in said:
            raise Lost(f"ktstr ended with {status}:\n{said}")
        with open(self.at("result.json"), encoding="utf-8") as f:
            result = json.load(f)
        clock = result["clock_ns"]
        return {KVM_RUN: clock["kvm_run"] / 1e6 - start,
                READY: (clock["ready"] - clock["kvm_run"]) / 1e6,
                EXIT: ms,
                MEMORY: result["host_memory_bytes"] / 2**20}

    def run_qemu(self, vcpus):
        machine = self.machine[vcpus]
        _, ms, status = timed(
            ["qemu-system-x86_64", *QEMU, "-m", str(machine["memory_mib"]), "-smp", str(vcpus),
             "-kernel", self.vmlinux, "-initrd", self.initramfs,
             "-append", machine["cmdline"] + " reboot=t"], self.out)
        with open(self.out, "rb") as f:
            said = f.read()
        if status != 0 or QEMU_END not in said:
            raise Lost(f"qemu ended with {status}:\n" + said.decode(errors="replace")[-2000:])
        return {QEMU_EXIT: ms}

    def again(self, run, vcpus):
        while True:
            try:
                return run(vcpus)
            except Lost as lost:
                self.lost += 1
                print(f"bench: a run is repeated: {lost}", file=sys.stderr, flush=True)
                if self.lost > LOST_MAX:
                    sys.exit("bench: too many runs were lost")

    def pair(self, vcpus, ours_first):
        order = [self.run_ours, self.run_qemu] if ours_first else [self.run_qemu, self.run_ours]
        got = {}
        for run in order:
            got |= self.again(run, vcpus)
        for name, value in got.items():
            self.add(name, vcpus, value)
        self.ratios.setdefault(vcpus, []).append(got[EXIT] / got[QEMU_EXIT])
        print(f"bench: {vcpus} vCPUs: {got[EXIT]:.0f} ms, qemu {got[QEMU_EXIT]:.0f} ms, "
              f"ratio {got[EXIT] / got[QEMU_EXIT]:.2f}", file=sys.stderr, flush=True)

    def time_list(self, runs):
        for i in range(runs + 1):
            _, ms, status = timed([os.path.join(ROOT, "build/bench/many"), "--list"], self.out)
            if status != 0:
                sys.exit(f"bench: --list ended with {status}")
            if i:
                self.add(LIST, 0, ms)

    def measure_costs(self, runs):
        """What the harness costs inside a guest; the program compares, each in one boot."""
        for _ in range(runs):
            self.again(self.run_costs, 0)

    def run_costs(self, _vcpus):
        _, _, status = timed([os.path.join(ROOT, "build/vm/bench_costs"), "--output",
                              self.at("results"), "--report", "json:" + self.at("costs.json")],
                             self.out)
        with open(self.at("costs.json"), encoding="utf-8") as f:
            said = f.read()
        if status != 0:
            raise Lost(f"bench_costs ended with {status}")
        for name, (row, _) in COSTS.items():
            self.add(row, 0, float(re.search(rf'{name}=(-?[\d.]+)', said).group(1)))

    def rows(self, facts):
        for (name, vcpus), raw in sorted(self.samples.items(), key=lambda item: item[0][1]):
            row = {"name": name, "vcpus": vcpus, "unit": UNITS.get(name, "ms"),
                   "median": statistics.median(raw), "min": min(raw), "max": max(raw),
                   "runs": len(raw), "raw": raw, **facts}
            if name == EXIT:
                row["ratio_vs_qemu_microvm"] = statistics.median(self.ratios[vcpus])
                row["ratio_raw"] = self.ratios[vcpus]
            yield {key: round(value, 3) if isinstance(value, float) else value
                   for key, value in row.items()}


def machine_text():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"^model name\s*: (.*)", f.read(), re.M)
    return f"{model.group(1) if model else 'unknown CPU'}, {os.cpu_count()} CPUs"


def measure(pairs, where):
    with tempfile.TemporaryDirectory(prefix="ktstr-bench-") as folder:
        bench = Bench(folder)
        for vcpus in VCPUS:
            bench.again(bench.run_qemu, vcpus)  # the page cache fills, unmeasured
            bench.again(bench.run_ours, vcpus)
            for i in range(pairs):
                bench.pair(vcpus, i % 2 == 0)
        bench.time_list(pairs)
        bench.measure_costs(COST_RUNS)
        qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True,
                              check=True).stdout.splitlines()[0]
        facts = {"date": datetime.date.today().isoformat(), "machine": where,
                 "kernel": bench.kernel["release"], "qemu": qemu, "lost_runs": bench.lost}
        rows = list(bench.rows(facts))
    with open(RESULTS + ".tmp", "w", encoding="utf-8") as f:
        json.dump(rows, f, indent=1)
        f.write("\n")
    os.replace(RESULTS + ".tmp", RESULTS)


def build_many():
    """A program of LIST_TESTS tests."""
    folder = os.path.join(ROOT, "build/bench")
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, "many.c")
    with open(source, "w", encoding="utf-8") as f:
        f.write("#include <ktstr/ktstr.h>\n")
        for i in range(LIST_TESTS):
            f.write(f'KTSTR_TEST_BODY(many_{i}, "one of many")\n{{\n\t(void)ctx;\n}}\n')
    with open(os.path.join(ROOT, "build.ninja"), encoding="utf-8") as f:
        libs = re.search(r"^libs = (.*)$", f.read(), re.M).group(1).split()
    subprocess.run(["gcc", "-O2", "-static", "-I", os.path.join(ROOT, "include"), "-I", ROOT,
                    source, os.path.join(ROOT, "build/libktstr.a"), *libs,
                    "-o", os.path.join(folder, "many")], check=True)


def run_outside(pairs):
    """Build what is measured, then measure where KVM runs kernels."""
    tool = os.path.join(ROOT, "build/ktstr")
    subprocess.run([tool, "kernel", "build"], check=True)
    build_many()
    accel = subprocess.run([tool, "accel"], capture_output=True, text=True, check=True).stdout
    soft = re.search(r"^chosen\s+softkvm", accel, re.M)
    where = machine_text() + (", KVM of a softkvm machine (emulated)" if soft else ", its own KVM")
    inner = ["python3", "tests/bench.py", "--inside", where, "--pairs", str(pairs)]
    if soft:
        inner = [tool, "softkvm", "exec", "--rw", "build", "--"] + inner
    return subprocess.run(inner, cwd=ROOT, check=False).returncode


def markdown():
    with open(RESULTS, encoding="utf-8") as f:
        rows = json.load(f)
    first = rows[0]
    lines = [f"Measured on {first['date']}: {first['machine']}; kernel {first['kernel']}, "
             f"{first['qemu']}; at least {min(row['runs'] for row in rows)} runs each.", "",
             "| what | vCPUs | median | least | most | of qemu's |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = row.get("ratio_vs_qemu_microvm")
        digits = 1 if row["unit"] in ("us", "%") else 0
        lines.append(f"| {row['name']} | {row['vcpus'] or ''} "
                     f"| {row['median']:.{digits}f} {row['unit']} "
                     f"| {row['min']:.{digits}f} | {row['max']:.{digits}f} "
                     f"| {f'{ratio:.2f}' if ratio else ''} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pairs", type=int, default=PAIRS_MIN, help="at least 7 for results "
                        "that are to be shown")
    parser.add_argument("--markdown", action="store_true",
                        help="print build/bench.json as a table")
    parser.add_argument("--inside", metavar="MACHINE", help="measure here, on that machine")
    args = parser.parse_args()
    if args.markdown:
        print(markdown(), end="")
        return 0
    if args.inside:
        measure(args.pairs, args.inside)
        return 0
    return run_outside(args.pairs)


if __name__ == "__main__":
    sys.exit(main())
