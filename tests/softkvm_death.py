# SPDX-License-Identifier: GPL-2.0-only
"""Machines and commands that die, and launchers that are killed."""

import os
import random
import signal
import subprocess
import tempfile
import time

from softkvm_common import (Launcher, LIMIT_S, need, qemu_of, run, running, SEED, wait_for)


def case_death_by_signal():
    """A command killed for want of memory gives 128 + its signal, and the cause is told."""
    p = run("sh", "-c", "exec tail /dev/zero", options=["--memory", "256"],
            stdin=subprocess.DEVNULL)
    need(p.returncode == 137, f"status {p.returncode}", p.stderr)
    need(b"memory was full" in p.stderr and b"--memory" in p.stderr, "the cause", p.stderr)


def need_death(returncode, text, *words):
    need(returncode == 3, f"status {returncode}", text)
    for word in (*words, "softkvm machine (kernel '", "fix: "):
        need(word in text, f"'{word}' is missing", text)


def case_a_kernel_that_panics():
    """A panic is an error with the phase and the console's tail."""
    p = run("sh", "-c", "echo c > /proc/sysrq-trigger", stdin=subprocess.DEVNULL)
    need_death(p.returncode, p.stderr.decode(), "while the command ran", "its console ended with",
               "Kernel panic", "sysrq triggered crash")


KILL_INIT = r"""
import re
text = re.search(r"(?m)^(\w+)-(\w+) r-xp", open("/proc/1/maps").read())
start, end = (int(x, 16) for x in text.groups())
with open("/proc/1/mem", "r+b", buffering=0) as f:
    f.seek(start)
    f.write(bytes(end - start))
"""


def case_a_first_process_that_dies():
    """So is the end of PID 1."""
    p = run("sh", "-c", 'python3 -c "$KILL"; sleep 60', stdin=subprocess.DEVNULL,
            env=dict(os.environ, KILL=KILL_INIT))
    need_death(p.returncode, p.stderr.decode(), "while the command ran", "its console ended with",
               "Attempted to kill init")


def case_qemu_dies_while_the_kernel_boots():
    """The phase and who ended it are named."""
    with Launcher("true") as l:
        l.wait_said(b"QEMU pid")
        os.kill(qemu_of(l.said()), signal.SIGKILL)
        l.p.wait(LIMIT_S)
        need_death(l.p.returncode, l.said().decode(), "QEMU killed by SIGKILL",
                   "while its kernel booted", "dmesg")


def case_a_qemu_that_lacks_an_option():
    """QEMU's own words are shown, and which version is needed."""
    with tempfile.TemporaryDirectory() as folder:
        fake = os.path.join(folder, "qemu-system-x86_64")
        with open(fake, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\necho 'qemu: -accel tcg,thread=multi: unknown' >&2\nexit 1\n")
        os.chmod(fake, 0o755)
        p = run("true", stdin=subprocess.DEVNULL,
                env=dict(os.environ, PATH=folder + ":" + os.environ["PATH"]))
        need_death(p.returncode, p.stderr.decode(), "QEMU exited with 1",
                   "QEMU said:\nqemu: -accel tcg,thread=multi: unknown", "QEMU 7.2 or later")


def tagged(tag):
    """Running processes that inherited the variable TAG."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if tag.encode() in f.read().split(b"\0") and running(pid):
                    found.append(int(pid))
        except OSError:
            continue
    return found


def left_behind(folder):
    """What a run could leave outside of processes; other programs come and go meanwhile."""
    with open("/proc/self/mounts", encoding="utf-8") as f:
        mounts = [line for line in f if "ktstr" in line or folder in line]
    shared = [name for name in os.listdir("/dev/shm") if "ktstr" in name]
    files = sorted(os.path.join(d, n) for d, _, names in os.walk(folder) for n in names)
    return mounts, shared, files


# What is said or written when it comes, a word for the failure, how long after it at most.
MOMENTS = [
    (b"", "at the start", 0.1),
    (b"QEMU pid", "boot, early", 0.2),
    (b"QEMU pid", "boot, later", 1.5),
    (b"kernel booted", "mounts", 0.2),
    (b"command started", "the command's start", 0.1),
    (b"command started", "the command", 1.0),
    (b"command ended", "the last output", 0.3),
    (b"paused", "the pause", 0.3),
]


def kill_at(mark, later_s, folder, tag):
    script = "head -c 2000000 /dev/zero; "  # more than the pipes on its way hold
    script += "exit 0" if mark == b"command ended" else "sleep 300"
    with Launcher("sh", "-c", script, options=["--rw", folder],
                  env=dict(os.environ, TMPDIR=folder, **dict([tag.split("=")]))) as l:
        if mark == b"paused":
            l.wait_said(b"command started")
            l.stop()
        elif mark == b"command ended":
            l.p.stdout.read(1900000)
        l.wait_said(mark)
        time.sleep(later_s)
        need(l.p.poll() is None, "the launcher ended too early", l.said())
        l.p.kill()
        l.p.wait()
        wait_for(lambda: not tagged(tag), "the end of all processes", 60)


def case_a_killed_launcher_leaves_nothing():
    """After SIGKILL of the launcher at seeded moments no process, file or mount is left."""
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        before = left_behind(folder)
        for i, (mark, name, most_s) in enumerate(MOMENTS):
            later_s = rng.uniform(0, most_s)
            try:
                kill_at(mark, later_s, folder, f"KTSTR_TEST_TAG={os.getpid()}-{i}")
                need(left_behind(folder) == before, "something is left", left_behind(folder))
            except AssertionError as e:
                raise AssertionError(f"killed in {name}, {later_s:.3f} s later, seed {SEED}: {e}") \
                    from e
        need(run("true", stdin=subprocess.DEVNULL).returncode == 0, "the next run fails")
