# SPDX-License-Identifier: GPL-2.0-only
"""Waiting for words of a program with a deadline: readline() of a pipe has none."""

import os
import re
import select
import subprocess
import sys
import threading
import time


class Listener:
    """All that comes from STREAM, read by a thread of its own until the stream ends. STREAM
    itself must not be read, and may be closed at any time."""

    def __init__(self, stream):
        self._fd = os.dup(stream.fileno())
        self._said, self._ended = "", False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with open(self._fd, encoding="utf-8", errors="replace") as copy:
            for line in copy:
                with self._changed:
                    self._said += line
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern, limit_s):
        """True once a line has /PATTERN/, False if the stream ended without one. Raises
        TimeoutError with what was said when neither came within LIMIT_S."""
        end = time.monotonic() + limit_s
        with self._changed:
            while not re.search(pattern, self._said, re.M):
                if self._ended:
                    return False
                if not self._changed.wait(max(end - time.monotonic(), 0)):
                    raise TimeoutError(f"no /{pattern}/ within {limit_s} s:\n{self._said}")
        return True

    def said(self):
        """What came so far."""
        with self._changed:
            return self._said

    def all(self, limit_s):
        """What came, once the stream has ended; whoever holds it open longer is not waited for."""
        self._thread.join(limit_s)
        return self.said()


def run_while_it_speaks(command, folder, silence_s):
    """Run COMMAND in FOLDER and pass on what it says. False: it said nothing for SILENCE_S and was
    killed."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as child:
        while select.select([child.stdout], [], [], silence_s)[0]:
            said = os.read(child.stdout.fileno(), 1 << 16)
            if not said:
                return True
            sys.stdout.buffer.write(said)
            sys.stdout.flush()
        child.kill()
    return False
