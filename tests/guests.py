#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests that boot kernels: the samples and the programs of tests/vm.

Each case runs one program and compares its exit status, what its output must contain, and for
samples the whole report with samples/expected. Results go to a JSON file as they come, so
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

import guest_looks
import vmcore
from listen import Listener

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASE_TIMEOUT_S = 600
LAST_WORDS_S = 10  # for what the pipes of a program that has ended still hold
STARVED = r"deadline: .* but the host may have taken up to"
HOST_MEMORY_MAX_MIB = 64  # of a test program that runs one machine, guest RAM not counted
# In a command: an image of the kernel that is booted by default.
BZIMAGE = "@bzImage"
VMLINUX = "@vmlinux"

# The only fields of a sample's report that may differ from run to run: name, what it looks
# like, what stands for it in samples/expected.
MASKS = [
    ("iterations", r"\b\d+ iterations?\b(?!/)", "N iterations"),
    ("CPU time", r"\b[\d.]+ \w+ CPU\b", "T CPU"),
    ("longest gap", r"longest gap [\d.]+ \w+", "longest gap T"),
    ("migrations", r"\b\d+ migrations?", "N migrations"),
    ("a worker's numbers", r"^(  \S+ +\d+ +\d+ +\d+  \w+) .*$", r"\1 ..."),
    ("a repeated boot", r"^  note: boot \d was repeated: .*\n", ""),
    ("measured rate", r"made [\d.]+ iterations/s", "made N iterations/s"),
]


@dataclasses.dataclass
class Case:
    """One run of a program: what it is given, and what must come of it."""
    name: str
    command: list
    status: int = 0
    env: dict = dataclasses.field(default_factory=dict)
    serial: bool = False  # its frames end up on COM2, which takes only the end of a long log
    starved: bool = False # the host may have been too busy to say: INCONCLUSIVE is right then
    boots: int = 1
    has: tuple = ()       # regular expressions that must be found in the output
    lacks: tuple = ()     # and that must not
    sample: str = ""      # name of the expected report
    interrupt: str = ""   # send SIGINT once the program has said this
    core: tuple = ()      # (vCPUs, function on a stack) that the one kept core file must show
    look: object = None   # a function of guest_looks.py
    out_kib: int = 0      # results go to a disk of this size, which is too small for them
    outside: bool = False # run on the machine itself, which may have to bring a softkvm machine


def fault(test, cause, *more):
    """A test of tests/vm/faults.c that must FAIL for a CAUSE, and for no other. The console,
    which may have the same words, is not searched: its lines begin otherwise."""
    return Case(f"fault {test}", ["build/vm/faults", "--filter", test, *more], status=1,
                has=(rf"^FAIL {test} .*\n(  note: .*\n)*  {cause}",))


def hostile(test, status, *has, lacks=(), options=()):
    """A test of tests/vm/hostile.c, with what must be said about it."""
    verdict = {0: "PASS", 1: "FAIL", 2: "INCONCLUSIVE"}[status]
    return Case(f"fault {test}", ["build/vm/hostile", "--filter", test, *options], status=status,
                has=(rf"^{verdict} {test}", *has), lacks=lacks)


def topology(name):
    """A machine of that topology, which the guest finds as it was asked for."""
    return Case(f"topology {name}", ["build/vm/machine", "--topology", name],
                has=(rf"^PASS as_asked \({name}, ",))


CASES = [
    Case("sample 01_first", ["build/samples/01_first"], sample="01_first"),
    Case("a program built outside the source folder", ["build/outside/first"], sample="01_first"),
    Case("sample 02_steps", ["build/samples/02_steps"], boots=2, sample="02_steps"),
    Case("sample 03_cpuset", ["build/samples/03_cpuset"], sample="03_cpuset"),
    Case("sample 04_work", ["build/samples/04_work"], sample="04_work"),
    Case("sample 05_failing", ["build/samples/05_failing"], status=1, sample="05_failing"),
    Case("a changed limit turns the verdict of sample 05", ["build/vm/05_relaxed"],
         has=(r"^PASS too_fast",)),
    Case("a file that is no kernel is refused", ["build/samples/01_first", "--kernel", "/bin/true"],
         status=3, boots=0, has=(r"error: .*/bin/true", r"fix: ")),
    Case("an unknown kernel is refused", ["build/samples/01_first", "--kernel", "9.99-nope"],
         status=3, boots=0, has=(r"error: .*9\.99-nope", r"fix: ")),
    *[topology(name) for name in ("1n1l1c1t", "1n3l2c1t", "2n2l2c2t")],
    Case("a bzImage boots too", ["build/vm/machine", "--kernel", BZIMAGE],
         has=(r"^PASS as_asked",)),
    Case("KASLR is on when a test asks for it, and only then", ["build/vm/kaslr"], boots=2,
         has=(r"^PASS moved", r"^PASS fixed")),
    *[Case(f"a kernel {what} says so", ["build/vm/machine", "--timeout", "60s",
                                        f"--append=initcall_blacklist={name}"],
           status=status, boots=0, has=(cause, fix))
      for what, status, name, cause, fix in (
          ("without initramfs", 1, "populate_rootfs", r"did not take the initramfs",
           r"CONFIG_BLK_DEV_INITRD=y"),
          ("without ELF", 1, "init_elf_binfmt", r"cannot run the test program",
           r"CONFIG_BINFMT_ELF=y"),
          ("without a console", 3, "serial8250_init", r"guest stage 'console': /dev/console",
           r"CONFIG_SERIAL_8250_CONSOLE=y"))],
    Case("a kernel without virtio ports sends its frames by the serial line",
         ["build/vm/machine", "--append=initcall_blacklist=virtio_console_init"],
         has=(r"^PASS as_asked", r"note: frames go to /dev/ttyS1: .*VIRTIO_CONSOLE")),
    Case("a bzImage that broke off is refused",
         ["build/samples/01_first", "--kernel", f"{BZIMAGE}/half"],
         status=3, boots=0, has=(r"error: .*bzImage.* is cut off", r"fix: ")),
    Case("a vmlinux that broke off is refused",
         ["build/samples/01_first", "--kernel", f"{VMLINUX}/half"],
         status=3, boots=0, has=(r"error: .*vmlinux.* cut off", r"fix: ")),
    Case("a bzImage with wrong bytes is told from a slow one",
         ["build/vm/machine", "--timeout", "15s", "--kernel", f"{BZIMAGE}/garbled"],
         status=1, boots=0, starved=True, has=(r"^FAIL as_asked", r"the kernel said nothing at all",
                                 r"the image is whole")),
    Case("KASLR needs a bzImage", ["build/vm/kaslr", "--filter", "moved", "--kernel", VMLINUX],
         boots=0, has=(r"^SKIP moved", r"has no bzImage")),
    Case("every op works in a guest", ["build/vm/ops"], boots=2,
         has=(r"^PASS tables", r"^PASS observed")),
    fault("segfault", r"crash: .*SIGSEGV.*address 0x0\b"),
    fault("early_exit", r"crash: .*the test's own process exited with 3\b"),
    # Its own limit ends the body, or the limit of the whole test if the boot took long.
    fault("hang", r"(crash: .*killed by SIGKILL: .*it did not end within its limit|deadline: "
                  r"scenario was not over after [\d.]+ s: .* by the --timeout)",
          "--timeout", "30s"),
    Case("fault panic, with the machine kept for debuggers",
         ["build/vm/faults", "--filter", "panic", "--topology", "1n2l1c1t", "--keep-vm"],
         status=1, has=(r"^FAIL panic", r"panicked during scenario", r"\.vmcore"),
         core=(2, "__handle_sysrq")),
    Case("fault moved_panic, with the machine kept though KASLR moved its kernel",
         ["build/vm/faults", "--filter", "moved_panic", "--keep-vm"],
         status=1, has=(r"^FAIL moved_panic", r"gdb -ex 'symbol-file -o 0x\w+ .*/vmlinux'"),
         core=(2, "__handle_sysrq")),
    fault("complaint", r".*the kernel said: WARNING: .*core\.c:1 planted"),
    fault("own_failure", r"(?!.*a note is no failure).*seven is not 8"),
    fault("early_reset", r".*before the scenario was over"),
    fault("lazy", r"min_iteration_rate: step 0: worker 0 of work 1 of mixed made [\d.]+ "
                  r"iterations/s; at least 40 are wanted"),
    hostile("init_exits", 1, r"panicked during scenario: .*Attempted to kill init! exitcode=0x00000700",
            r"remedy: read the console above"),
    hostile("bad_frames", 2, r"frame_bad: frames from the guest were damaged",
            r"frame_order: frames from the guest came out of their order .* \(4\)",
            r"remedy: look at the console for a program that writes to the frame port",
            lacks=(r"forged",)),
    hostile("flood", 1, r"the kernel said: WARNING: CPU: 0 PID: 1 at kernel/sched/core\.c:2",
            r"frame_bad: frames from the guest were damaged and skipped \(1\)"),
    hostile("out_of_memory", 1, r"crash: .*killed by SIGKILL",
            r"the kernel said: Out of memory: Killed process", r"remedy: give .*--memory",
            options=("--memory", "160M")),  # the less, the sooner it is full
    hostile("reckless", 2, r"frame_gap: frames from the guest are missing in the sequence \(1\)",
            r"note: \d+ processes of the test were still there and were killed"),
    hostile("bad_workers", 1, r"worker \d of bad was killed by SIGKILL",
            *[rf"worker {i} of bad did not report \(timed out\)" for i in range(3)]),
    Case("fault ring: a hostile driver breaks its device and nothing else",
         ["build/vm/ring"], boots=2, serial=True,
         has=(r"^PASS ring_rules", r"note: frames go to /dev/ttyS1: ",
              r"note: the guest broke the rules of virtio \d+ times", r"^PASS ring_calm")),
    Case("fault boot_hangs", ["build/vm/boot_hangs", "--timeout", "12s"], status=1, starved=True,
         boots=0, has=(r"^FAIL never", r"boot was not over after", r"remedy: ")),
    Case("fault boot_exits", ["build/vm/boot_exits", "--timeout", "40s"], status=1, boots=0,
         has=(r"^FAIL never", r"panicked during boot: .*Attempted to kill init!", r"remedy: ")),
    Case("options reach the guest, and reports their files",
         ["build/vm/options", "--exact", "looks", "--append", "ktest=1", "--append", "ktest=2",
          "--sysctl", "kernel.sched_rr_timeslice_ms=77", "--memory", "300M", "--seed", "5",
          "--include", "tests/vm/options.txt=/opt/text", "--include", "/bin/ls=/opt/",
          "--include", "tests/vm/options.sh=/opt/script", "--console", "--format", "json",
          "--report", "ktap:@out/report.ktap", "--report", "junit:@out/report.xml"],
         has=(r"^said in the guest$", r"^1 passed"), look=guest_looks.reports),
    Case("two machines at once, each test twice",
         ["build/vm/options", "--filter", "quick*", "--jobs", "2", "--repeat", "2",
          "--format", "json"], boots=4,
         has=(r"^ktstr: \[\d/4\] quick_two \(repeat 2 of 2\): boots$", r"^4 passed"),
         look=guest_looks.repeats),
    Case("--fail-fast starts no more once a test has failed",
         ["build/vm/options", "--exact", "broken", "--exact", "quick_one", "--fail-fast"],
         status=1, has=(r"^FAIL broken", r"not run: 1 of 2 tests, --fail-fast"),
         lacks=(r"quick_one",)),
    Case("a test can skip itself", ["build/vm/options", "--exact", "choosy"],
         has=(r"^SKIP choosy", r"there is no unicorn", r"1 skipped")),
    Case("--no-skip makes a skip a failure",
         ["build/vm/kaslr", "--exact", "moved", "--kernel", VMLINUX, "--no-skip"], status=1,
         boots=0, has=(r"^FAIL moved", r"no_skip: ", r"has no bzImage")),
    Case("a sysctl that the kernel does not have is named",
         ["build/vm/options", "--exact", "quick_one", "--sysctl", "kernel.nope=1"], status=3,
         has=(r"^ERROR quick_one", r"there is no /proc/sys/kernel/nope", r"remedy: ")),
    Case("a full disk loses the results, not the verdict",
         ["build/vm/options", "--exact", "quick_one"], status=3, boots=0, out_kib=24,
         has=(r"^ktstr: \[1/1\] quick_one: boots$", r"^PASS quick_one",
              r"error: .*No space left", r"fix: "), lacks=(r"\x1b",)),
    Case("a run killed at any moment leaves nothing, and the next one is clean",
         ["tests/kill_tests.py", "--runs"], boots=0, has=(r"^ok, killed 9 times",)),
    Case("GitHub is told where a test has failed", ["build/vm/options", "--exact", "broken"],
         status=1, env={"GITHUB_ACTIONS": "true"},
         has=(r"^::error file=tests/vm/options\.c,line=\d+.*as it should",)),
    Case("fault no_init", ["build/vm/machine", "--append", "rdinit=/nonexistent", "--timeout", "60s"],
         status=1, boots=0, has=(r"^FAIL as_asked", r"panicked during boot: .*Unable to mount root",
                                 r"remedy: ")),
    Case("a complaint the test allows is no failure",
         ["build/vm/faults", "--filter", "allowed_complaint", "--keep-vm"],
         has=(r"^PASS allowed_complaint",), lacks=(r"\.vmcore",)),
    Case("Ctrl-C ends the machine and leaves nothing behind",
         ["build/vm/faults", "--filter", "hang", "-v"], status=130, interrupt="the scenario runs",
         has=(r"interrupted during scenario",)),
    Case("Ctrl-C before the machine runs is not lost",
         ["build/vm/faults", "--filter", "hang"], status=130, boots=0, interrupt="hang: boots",
         has=(r"interrupted",), lacks=(r"deadline",)),
    Case("a test program brings the machine it needs, and its reports come out of it",
         ["tests/vm/report_targets.sh", "@out", "build/vm/options", "--filter", "quick*",
          "--jobs", "2", "--kernel", BZIMAGE, "--include", "tests/vm/options.txt=/opt/text"],
         boots=2, has=(r"^PASS quick_one", r"^PASS quick_two", r"^2 passed, 0 failed"),
         look=guest_looks.report_targets, outside=True),
    Case("Ctrl-C outside ends the machine that was brought",
         ["build/vm/faults", "--filter", "hang", "-v"], status=130, interrupt="the scenario runs",
         has=(r"interrupted during scenario",), outside=True),
    Case("a plan that cannot be is refused before anything boots",
         ["build/vm/faults", "--filter", "bad_plan"], status=3, boots=0,
         has=(r"step 0: op 1 \(move_all_tasks\): 'a' is where the tasks are already",
              r"name two different cgroups")),
]

# Too slow for `make check`, or much like a case that it has.
SOAK_CASES = [
    topology("1n1l1c2t"),
    topology("2n4l2c2t"),
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
            if test["kernel"]["boot_id"]]


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
        if log["file"]:
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


def try_case(case, known_boots, record):
    """Returns (failures, the boot ids of the kernels that ran, how a machine was lost)."""
    if not os.path.exists(os.path.join(ROOT, case.command[0])):
        return [f"{case.command[0]} is missing: its section of tests/check.py makes it"], [], ""
    with tempfile.TemporaryDirectory(prefix="ktstr-guests-") as out, small_disk(case, out):
        status, stdout, stderr, left = run_program(case, out)
        boots = read_boots(out)
        failures = check_cores(case, out) + ([] if case.out_kib else check_files(out, not case.serial))
        if case.look and status == case.status:
            failures += case.look(out, stdout)
    both = stdout + stderr
    if case.starved and status == 2 and re.search(STARVED, both):
        return [], boots, ""
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
    lost = re.search(r"error: (softkvm machine .* (ended|has not answered).*)", both)
    return failures, boots, lost.group(1) if lost else ""


def run_case(case, known_boots, record=False):
    """Returns (failures, boot ids). A softkvm machine that dies under a case is replaced once."""
    failures, boots, lost = try_case(case, known_boots, record)
    if lost:
        print(f"again: {case.name}: {lost}", flush=True)
        failures, boots, _ = try_case(case, known_boots, record)
    return failures, boots


def run_all(cases, results, record=False):
    """Run CASES and add what came of them to the dictionary RESULTS, yielding after each."""
    known = set()
    for case in cases:
        start = time.monotonic()
        failures, boots = run_case(case, known, record)
        known |= set(boots)
        results[case.name] = {"failures": failures, "booted": len(boots)}
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
    parser.add_argument("--record", action="store_true",
                        help="write samples/expected anew from what the samples print")
    args = parser.parse_args()
    results = read_results(args.results) if args.resume else {}
    cases = [case for case in CASES + (SOAK_CASES if args.soak else [])
             if args.only in case.name and not case.outside and case.name not in results]
    cases = [dataclasses.replace(case, name=case.name + (f" (round {i + 1})" if i else ""))
             for i in range(args.repeat) for case in cases]
    for _ in run_all(cases, results, args.record):
        with open(args.results + ".tmp", "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
        os.replace(args.results + ".tmp", args.results)
    return 1 if any(result["failures"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
