# SPDX-License-Identifier: GPL-2.0-only
"""What all tests of the softkvm machine use: commands, machines under way, processes."""

import os
import re
import signal
import subprocess
import tempfile
import time

from guests import why_lost

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
LIMIT_S = 600  # ends a hang: a machine takes a quarter of a minute, on a busy host some
SEED = int(os.environ.get("KTSTR_SEED", "20260101"))
NOBODY = 65534
# How a case fails: it demands something, or waits for it too long.
FAILURES = (AssertionError, OSError, subprocess.TimeoutExpired)


def run_case(case, *args, second_run=True):
    """Run CASE, and once more where emulation lost its machine or a guest (guests.LOST). Returns
    how it was lost."""
    try:
        case(*args)
        return ""
    except AssertionError as e:
        lost = why_lost(str(e))
        if not lost or not second_run:
            raise
        print(f"again: {case.__name__}: {lost}", flush=True)
    case(*args)
    return lost


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


def stat_of(pid):
    """The fields of /proc/PID/stat from the state on, or nothing."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()
    except OSError:
        return []


def running(pid):
    """A process that ended and is not reaped yet (a zombie) runs no more."""
    return (stat_of(pid) or ["Z"])[0] != "Z"


def cpu_ticks(pid):
    return sum(int(x) for x in stat_of(pid)[11:13])


def qemu_of(said):
    """The pid that -v tells."""
    found = re.search(rb"QEMU pid (\d+)", said)
    return int(found.group(1)) if found else None


class Launcher:
    """A launcher with -v whose standard error can be read meanwhile."""

    def __init__(self, *argv, options=(), **more):
        self.log = tempfile.TemporaryFile()
        # A group of its own, with its parent outside of it: an orphaned one cannot be stopped.
        self.p = subprocess.Popen(command(*argv, options=["-v", *options]), stderr=self.log,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  process_group=0, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.p.poll() is None:
            self.p.kill()
        self.p.wait()
        self.p.stdout.close()
        self.log.close()

    def said(self):
        return os.pread(self.log.fileno(), 1 << 20, 0)

    def wait_said(self, text, seconds=LIMIT_S):
        wait_for(lambda: text in self.said() or self.p.poll() is not None, f"'{text}'", seconds)
        need(text in self.said(), f"'{text}' was not said", self.said())

    def stop(self):
        """SIGTSTP, as of Ctrl-Z on a terminal that is not raw; then nothing moves."""
        self.p.send_signal(signal.SIGTSTP)
        wait_for(lambda: stat_of(self.p.pid)[0] == "T", "the launcher's stop", LIMIT_S)
        need_idle(qemu_of(self.said()))


def need_idle(qemu):
    before = cpu_ticks(qemu)
    time.sleep(0.5)
    need(cpu_ticks(qemu) - before <= 2, f"QEMU used {cpu_ticks(qemu) - before} ticks while paused")
