# SPDX-License-Identifier: GPL-2.0-only
"""The softkvm machine on a terminal: Ctrl-Z, job control, window size, modes."""

import fcntl
import os
import pty
import random
import re
import select
import signal
import struct
import termios
import time

from listen import Listener
from softkvm_common import (command, Launcher, LIMIT_S, need, need_idle, qemu_of, running, SEED,
                            stat_of)


def case_a_stop_pauses_the_machine():
    """SIGTSTP stops machine and launcher, booting and running; SIGINT then is the command's.

    Both readings of the machine's clock come between the two of ours, however slow it is."""
    script = ("trap 'cat /proc/uptime' USR1; "
              "trap 'cat /proc/uptime; date +%s; echo caught; exit 9' INT; "
              "echo ready; while :; do sleep 0.1; done")
    with Launcher("sh", "-c", script) as l:
        answers = Listener(l.p.stdout)
        def wait(pattern):
            need(answers.wait_for(pattern, LIMIT_S), f"it ended before /{pattern}/", l.said())
        l.wait_said(b"QEMU pid")
        time.sleep(random.Random(SEED).uniform(0.2, 1))
        l.stop()
        time.sleep(1)
        l.p.send_signal(signal.SIGCONT)
        wait(r"^ready$")
        began = time.monotonic()
        l.p.send_signal(signal.SIGUSR1)
        wait(r"^[\d.]+ [\d.]+$")
        l.stop()
        time.sleep(4)
        continued = time.time()
        l.p.send_signal(signal.SIGCONT)
        l.p.send_signal(signal.SIGINT)
        wait(r"^caught$")
        outside = time.monotonic() - began
        need(l.p.wait(LIMIT_S) == 9, f"status {l.p.returncode}", l.said())
    _, first, last, realtime, *_ = answers.said().splitlines()
    inside = float(last.split()[0]) - float(first.split()[0])
    need(inside < outside - 4, f"{inside} s passed inside, {outside} s outside, 4 s paused")
    need(int(continued) <= int(realtime) <= time.time() + 1,
         "the time of day inside was not set", realtime)


def job_control(terminal, argv, report):
    """What an interactive shell does with one job; ends with it. SIGUSR1 is its `fg`."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    job = os.fork()
    if not job:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in 0, 1, 2:
            os.dup2(terminal, fd)
        os.execv(argv[0], argv)
    os.write(report, b"job %d\n" % job)
    while True:
        status = os.waitpid(job, os.WUNTRACED)[1]
        os.tcsetpgrp(terminal, os.getpid())
        if not os.WIFSTOPPED(status):
            os.write(report, b"ended %d\n" % os.waitstatus_to_exitcode(status))
            os._exit(0)
        os.write(report, b"stopped\n")
        signal.sigwait([signal.SIGUSR1])
        os.tcsetpgrp(terminal, job)
        os.killpg(job, signal.SIGCONT)


class Terminal:
    """A pseudoterminal with a shell's job on it."""

    def __init__(self, *argv, size=(24, 80)):
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.modes = termios.tcgetattr(self.slave)
        self.out = b""
        reports, report = os.pipe()
        self.shell = os.fork()
        if not self.shell:
            os.close(self.master)  # so that the end of the tests hangs it up
            try:
                job_control(self.slave, list(argv), report)
            finally:
                os._exit(1)
        os.close(report)
        self.reports = os.fdopen(reports, encoding="utf-8")
        self.job = int(self.reports.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.job, self.shell:
            if running(pid):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(self.shell, 0)
        self.reports.close()
        os.close(self.master)
        os.close(self.slave)

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read_until(self, text, seconds=LIMIT_S):
        end = time.monotonic() + seconds
        while text not in self.out:
            need(time.monotonic() < end, f"'{text}' did not appear", self.out.decode())
            if select.select([self.master], [], [], 0.1)[0]:
                self.out += os.read(self.master, 65536)

    def report(self, seconds=LIMIT_S):
        """The next thing the shell tells; output is read meanwhile, so that nothing blocks."""
        end = time.monotonic() + seconds
        while not select.select([self.reports], [], [], 0)[0]:
            need(time.monotonic() < end, "the shell tells nothing", self.out.decode())
            if select.select([self.master, self.reports], [], [], 0.1)[0] == [self.master]:
                self.out += os.read(self.master, 65536)
        return self.reports.readline().strip()

    def foreground(self):
        os.kill(self.shell, signal.SIGUSR1)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def need_restored(self):
        need(termios.tcgetattr(self.slave) == self.modes, "the terminal's modes are not restored")


SCREEN = r"""
n=0; trap 'n=$((n + 1)); read up _ < /proc/uptime; echo "up $up"; echo "size $(stty size)"' WINCH
echo "size $(stty size)"; echo ready; while [ $n -lt 2 ]; do sleep 0.1; done
read x; echo "got $x"
exit 9
"""


def case_a_terminal():
    """Size, its change, Ctrl-Z of a plain command, `fg`, and what passed meanwhile inside, where
    the clock is read for each change of the size."""
    with Terminal(*command("sh", "-c", SCREEN, options=["-v"]), size=(33, 101)) as t:
        t.read_until(b"size 33 101\r\n")
        t.read_until(b"ready\r\n")
        qemu = qemu_of(t.out)
        need(t.is_raw(), "the terminal is not raw while the command has it")
        began = time.monotonic()
        t.resize(44, 99)
        t.read_until(b"size 44 99\r\n")
        os.write(t.master, b"\x1a")
        need(t.report() == "stopped", "Ctrl-Z did not stop the launcher")
        need(stat_of(t.job)[0] == "T", "the launcher is not stopped")
        t.need_restored()
        need_idle(qemu)
        t.resize(45, 98)
        time.sleep(4)
        t.foreground()
        t.read_until(b"size 45 98\r\n")
        outside = time.monotonic() - began
        need(t.is_raw(), "the terminal is not raw again")
        os.write(t.master, b"words\r")
        t.read_until(b"got words\r\n")
        ups = [float(x) for x in re.findall(rb"\nup ([\d.]+)\r", t.out)]
        need(len(ups) == 2, "each change of the size is told once", t.out.decode())
        need(ups[1] - ups[0] < outside - 4, f"{ups} inside, {outside} s outside, 4 s paused")
        need(t.report() == "ended 9", "the command's status", t.out.decode())
        t.need_restored()


def case_a_shell_on_the_terminal():
    """An interactive shell inside keeps its own jobs; QEMU's death restores the terminal."""
    with Terminal(*command("bash", "--norc", "-i", options=["-v"])) as t:
        os.write(t.master, b"PS1='in>'; echo rea''dy\r")
        t.read_until(b"ready\r\n")
        os.write(t.master, b"sh -c 'echo r''uns; exec sleep 1000'\r")
        t.read_until(b"runs\r\n")
        os.write(t.master, b"\x1a")
        t.read_until(b"Stopped")
        need(stat_of(t.job)[0] != "T", "the launcher was stopped for a job of the shell inside")
        os.write(t.master, b"kill %1; echo o''n\r")
        t.read_until(b"on\r\n")
        os.kill(qemu_of(t.out), signal.SIGKILL)
        need(t.report() == "ended 3", "status", t.out.decode())
        t.need_restored()
        while select.select([t.master], [], [], 0.2)[0]:
            t.out += os.read(t.master, 65536)
        text = t.out.decode().replace("\r\n", " ")
        need("QEMU killed by SIGKILL" in text and "while the command ran" in text, "cause", text)
