#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A test program on a terminal: its progress, its colours, and gdb after a failure.

The program runs in a pseudoterminal, and a small emulation of one says what a person would
have seen, and what is left on the screen in the end. Run alone: tests/terminal_tests.py
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from softkvm_common import FAILURES, run_case

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "build/vm/options")
COLUMNS, ROWS = 100, 50
LIMIT_S = 400
REPEATED = r"  note: boot \d was repeated: "  # what emulation does to one boot in some dozens
ESCAPE = re.compile(r"\x1b(?:\[([0-9;?]*)([A-Za-z])|\][^\x07]*\x07|[=>])")


def need(condition, what, *shown):
    if not condition:
        raise AssertionError(what + "".join(f"\n{x}" for x in shown))


class Screen:
    """A terminal of COLUMNS with as many rows as are written; knows what was erased again."""

    def __init__(self):
        self.rows = [[]]  # of (character, number of the colour)
        self.row = self.column = 0
        self.wrapped = set()  # rows that go on with the one above
        self.colour = ""
        self.erased = []
        self.unknown = []

    def text(self, row):
        return "".join(char for char, _ in self.rows[row]).rstrip()

    def lines(self):
        """What was written between newlines, however many rows it takes; without empty lines."""
        lines = []
        for row in range(len(self.rows)):
            if row in self.wrapped and lines:
                lines[-1] += self.text(row)
            else:
                lines.append(self.text(row))
        return [text for text in lines if text]

    def colours_of(self, word):
        """The colours in which WORD stands at the start of a line."""
        return {colour for row in self.rows
                if "".join(char for char, _ in row).startswith(word)
                for _, colour in row[:len(word)]}

    def _down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def _put(self, char):
        if self.column == COLUMNS:
            self.column = 0
            self._down()
            self.wrapped.add(self.row)
        line = self.rows[self.row]
        line.extend([(" ", "")] * (self.column + 1 - len(line)))
        line[self.column] = (char, self.colour)
        self.column += 1

    def _escape(self, number, letter):
        if letter == "m":
            self.colour = "" if number in ("", "0") else number
        elif letter == "K" and number in ("", "0"):
            self.erased.append(self.text(self.row))
            del self.rows[self.row][self.column:]
        elif letter == "A":
            self.row = max(self.row - int(number or 1), 0)
        else:
            self.unknown.append(f"ESC[{number}{letter}")

    def feed(self, text):
        at = 0
        while at < len(text):
            escape = ESCAPE.match(text, at)
            if escape:
                if escape.group(2):
                    self._escape(escape.group(1), escape.group(2))
                at = escape.end()
                continue
            char = text[at]
            at += 1
            if char == "\r":
                self.column = 0
            elif char == "\n":
                self._down()
            elif char == "\b":
                self.column = max(self.column - 1, 0)
            elif char.isprintable():
                self._put(char)


class Terminal:
    """A program that has a pseudoterminal for everything."""

    def __init__(self, argv, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("NO_COLOR", "GITHUB_ACTIONS", "DEBUGINFOD_URLS")}
        self.p = subprocess.Popen(
            argv, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**environment, "TERM": "xterm", "LC_ALL": "C.UTF-8", **env},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.end = time.monotonic() + LIMIT_S
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.p.poll() is None:
            os.killpg(self.p.pid, signal.SIGKILL)
        self.p.wait()
        os.close(self.master)

    def text(self):
        return self.bytes.decode(errors="replace")

    def _more(self):
        """False when nobody can write to the terminal any more."""
        need(time.monotonic() < self.end, f"not over within {LIMIT_S} s", self.text()[-3000:])
        if not select.select([self.master], [], [], 1)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: its other end is closed
            return False
        self.bytes += data
        return bool(data)

    def wait_for(self, pattern, start=0):
        """Wait for PATTERN after START characters; returns how many there are up to its end."""
        while not (found := re.compile(pattern, re.M).search(self.text(), start)):
            need(self._more(), f"it ended before /{pattern}/", self.text()[-3000:])
        return found.end()

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def finish(self):
        """Wait for the end; returns the exit status."""
        while self._more():
            pass
        return self.p.wait(max(self.end - time.monotonic(), 1))


def check_progress(screen, test, shown):
    """It was there, it is gone."""
    total, machine = r"\d of 1 tests done, \d not passed, \d+:\d\d", rf"  {test}: (\w+), \d+:\d\d"
    machines = [m for line in screen.erased if (m := re.fullmatch(machine, line))]
    need(any(re.fullmatch(total, line) for line in screen.erased),
         "no line with the number of tests came and went", screen.erased[:20], shown)
    need("boot" in {m.group(1) for m in machines}, "no line of the machine in its boot",
         screen.erased[:20], shown)
    left = [line for line in screen.lines() if re.search(rf"{total}|{machine}", line)]
    need(not left, f"progress is left on the screen: {left}", shown)
    need(not screen.unknown, f"escape sequences that a test must know: {screen.unknown}", shown)


def case_progress_and_no_color(out):
    """A line for all and one for the machine come and go; NO_COLOR leaves only these."""
    with Terminal([PROGRAM, "--exact", "quick_one", "--output", out], NO_COLOR="1") as t:
        status = t.finish()
    screen = Screen()
    screen.feed(t.text())
    need(status == 0, f"status {status}", t.text())
    check_progress(screen, "quick_one", repr(t.text()))
    need(not re.search(r"\x1b\[[0-9;]*m", t.text()), "colours, though NO_COLOR is set",
         repr(t.text()))
    stays = [line for line in screen.lines()
             if not line.startswith("ktstr: ") and not re.match(REPEATED, line)]
    need(len(stays) == 3 and re.match(r"PASS quick_one \(", stays[0])
         and stays[1].startswith("1 passed, 0 failed") and stays[2] == "kernels booted: 1",
         "the screen holds more or less than report and summary", *stays)


def case_colours_and_gdb(out):
    """The verdict of a failed test is coloured; gdb starts on its memory, and is no verdict."""
    with Terminal([PROGRAM, "--exact", "broken", "--gdb", "--output", out]) as t:
        at = t.wait_for(r"^kernels booted: 1")
        report = t.text()[:at]
        at = t.wait_for(r"^ktstr: gdb on \S+\.vmcore", at)
        at = t.wait_for(r"\(gdb\) ", at)
        t.type("info threads")
        at = t.wait_for(r"^\S*\* 1 +\S.*", at)
        at = t.wait_for(r"\(gdb\) ", at)
        t.type("quit")
        status = t.finish()
    screen = Screen()
    screen.feed(report)
    check_progress(screen, "broken", repr(report))
    need(any(line.startswith("FAIL broken (") for line in screen.lines()), "no report",
         *screen.lines())
    colours = screen.colours_of("FAIL")
    need(colours and "" not in colours, f"FAIL has the colours {colours}", repr(report))
    need(screen.colours_of("1 passed") | screen.colours_of("0 passed") == {""},
         "the summary is coloured", repr(report))
    need(status == 1, f"status {status}, not that of the run", t.text()[-3000:])


CASES = [f for name, f in sorted(globals().items()) if name.startswith("case_")]


def run_all(part="", second_run=False):
    """Returns how many passed, the failures, and what was lost once."""
    passed, failed, lost = 0, [], []
    for case in CASES:
        name = "terminal " + case.__name__.removeprefix("case_").replace("_", " ")
        if part not in name:
            continue
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="ktstr-terminal-") as out:
            try:
                why = run_case(case, out, second_run=second_run)
                lost += [f"{name}: {why}"] if why else []
                passed += 1
                print(f"ok   {name} ({time.monotonic() - start:.0f} s)", flush=True)
            except FAILURES as e:
                failed.append(f"{name}: {e}")
                print(f"FAIL {name}: {e}", flush=True)
    return passed, failed, lost


if __name__ == "__main__":
    sys.exit(1 if run_all(" ".join(sys.argv[1:]))[1] else 0)
