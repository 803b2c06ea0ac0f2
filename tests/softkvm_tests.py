#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the softkvm machine from outside: streams, statuses, signals, what it leaves behind.

Each case starts a machine of its own with `ktstr softkvm exec`; the default kernel must be in
the cache. Run alone: tests/softkvm_tests.py
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
LIMIT_S = 240


def command(*argv, options=()):
    return [TOOL, "softkvm", "exec", *options, "--", *argv]


def run(*argv, options=(), **more):
    return subprocess.run(command(*argv, options=options), check=False, capture_output=True,
                          timeout=LIMIT_S, **more)


def need(condition, what, *shown):
    if not condition:
        raise AssertionError(what + "".join(f"\n{x}" for x in shown))


def wait_for(condition, what, seconds):
    end = time.monotonic() + seconds
    while not condition():
        need(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def case_streams_and_exit_status():
    """Three megabytes in and out unchanged, standard error apart, the exit status kept."""
    data = os.urandom(3 << 20)
    p = run("sh", "-c", "cat; echo said >&2; exit 7", input=data)
    need(p.returncode == 7, f"status {p.returncode}", p.stderr)
    need(p.stderr == b"said\n", "standard error", p.stderr)
    need(hashlib.sha256(p.stdout).digest() == hashlib.sha256(data).digest(),
         f"{len(p.stdout)} bytes came back, not the {len(data)} sent")


def case_death_by_signal():
    """A command killed by a signal gives 128 + its number."""
    p = run("sh", "-c", "kill -9 $$", stdin=subprocess.DEVNULL)
    need(p.returncode == 137, f"status {p.returncode}", p.stderr)


INSIDE = r"""
set -e
test "$KTSTR_SOFTKVM" = 1
test "$MARK" = "two words"
test "$(umask)" = 0027
for c in cpuset cpu memory io pids; do grep -qw $c /sys/fs/cgroup/cgroup.controllers; done
mkdir /sys/fs/cgroup/t && grep -qw cpuset /sys/fs/cgroup/t/cgroup.controllers
"$TOOL" accel
echo lost > lost
echo kept > "rw, shared/a" && mv "rw, shared/a" "rw, shared/kept"
sleep 1
read total threads seq < /run/ktstr/host_delay
test "$threads" -ge 1
"$TOOL" softkvm exec -- true || echo "nested: $?"
"""


def case_the_machine_inside():
    """Environment, cgroup v2, working KVM, folders, host delay, and no machine in a machine."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "rw, shared"))
        p = run("sh", "-c", INSIDE, options=["--rw", "rw, shared"], cwd=folder, umask=0o027,
                stdin=subprocess.DEVNULL, env=dict(os.environ, TOOL=TOOL, MARK="two words"))
        text = p.stdout.decode() + p.stderr.decode()
        need(p.returncode == 0, f"status {p.returncode}", text)
        need(re.search(r"^chosen\s+softkvm", text, re.M), "KVM does not work inside", text)
        need("nested: 3" in text, "a nested machine was not refused", text)
        need(not os.path.exists(os.path.join(folder, "lost")), "a change reached the host")
        with open(os.path.join(folder, "rw, shared", "kept"), encoding="utf-8") as f:
            need(f.read() == "kept\n", "the shared folder's file is wrong")


def case_interrupt_reaches_the_command():
    """SIGINT to the launcher is the command's to handle."""
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(command("sh", "-c", script), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as p:
        need(p.stdout.readline() == b"ready\n", "the command did not start")
        p.send_signal(signal.SIGINT)
        rest = p.stdout.read()
        need(p.wait(LIMIT_S) == 9, f"status {p.returncode}")
        need(rest == b"caught\n", "the command's answer", rest)


def running(pid):
    """A process that ended and is not reaped yet (a zombie) runs no more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def case_a_killed_launcher_leaves_nothing():
    """After SIGKILL of the launcher QEMU ends too."""
    with tempfile.TemporaryFile() as said, \
         subprocess.Popen(command("sh", "-c", "echo ready; exec sleep 300", options=["-v"]),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as p:
        need(p.stdout.readline() == b"ready\n", "the command did not start")
        said.seek(0)
        found = re.search(rb"QEMU pid (\d+)", said.read())
        need(found, "-v does not name QEMU's process")
        qemu = int(found.group(1))
        need(running(qemu), "QEMU does not run")
        p.kill()
        wait_for(lambda: not running(qemu), "the end of QEMU", 5)


def case_an_unknown_command():
    """A command that is not there is an error of the harness that names it."""
    p = run("no-such-command", stdin=subprocess.DEVNULL)
    need(p.returncode == 3, f"status {p.returncode}", p.stderr)
    need(b"'no-such-command'" in p.stderr, "the message", p.stderr)


def case_without_qemu():
    """Without QEMU the package to install is named."""
    p = run("true", stdin=subprocess.DEVNULL, env=dict(os.environ, PATH="/nonexistent"))
    need(p.returncode == 3, f"status {p.returncode}", p.stderr)
    need(b"apt-get install qemu-system-x86" in p.stderr, "the remedy", p.stderr)


CASES = [f for name, f in sorted(globals().items()) if name.startswith("case_")]


def run_all():
    """Returns how many passed, the failures, and why all were skipped ("" if not)."""
    if not shutil.which("qemu-system-x86_64"):
        return 0, [], "qemu-system-x86_64 is not installed"
    passed, failed = 0, []
    for case in CASES:
        name = "softkvm " + case.__name__.removeprefix("case_").replace("_", " ")
        start = time.monotonic()
        try:
            case()
            passed += 1
            print(f"ok   {name} ({time.monotonic() - start:.0f} s)", flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as e:
            failed.append(f"{name}: {e}")
            print(f"FAIL {name}: {e}", flush=True)
    return passed, failed, ""


if __name__ == "__main__":
    _, WRONG, WHY = run_all()
    if WHY:
        print(f"skipped: {WHY}")
    sys.exit(1 if WRONG else 0)
