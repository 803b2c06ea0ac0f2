# SPDX-License-Identifier: GPL-2.0-only
"""Waiting for words of a program with a deadline: readline() of a pipe has none."""

import re
import threading
import time


class Listener:
    """All that comes from a text stream, read by a thread of its own until the stream ends."""

    def __init__(self, stream):
        self._stream = stream
        self._said, self._ended = "", False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._stream:
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
