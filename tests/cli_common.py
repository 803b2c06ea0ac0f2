# SPDX-License-Identifier: GPL-2.0-only
"""What the cases of the command line share: programs, worlds to run them in, and judgements."""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
SAMPLES = os.path.join(ROOT, "build/samples")
FIRST = os.path.join(SAMPLES, "01_first")
STEPS = os.path.join(SAMPLES, "02_steps")
LIMIT_S = 300  # ends a hang; what is asked for here takes a second, on a busy machine some
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
PASSED, HARNESS, USAGE = 0, 3, 64


class Skip(Exception):
    """The case cannot be played on this machine; the text says why."""


@dataclasses.dataclass
class Answer:
    """What a program said."""
    command: list
    status: int
    out: str
    err: str

    def __str__(self):
        return f"{' '.join(self.command)}\nstatus {self.status}\n{self.out}{self.err}"


def need(condition, what, *shown):
    if not condition:
        raise AssertionError(what + "".join(f"\n{x}" for x in shown))


def environment(**changes):
    """That of the caller without what would answer in place of the command line."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("KTSTR_") or k == "KTSTR_CACHE_DIR"}
    env.update(changes)
    return env


def ask(*argv, cwd="/", env=None, **more):
    """Run a command that boots nothing."""
    p = subprocess.run(argv, check=False, capture_output=True, timeout=LIMIT_S, cwd=cwd,
                       env=environment(**(env or {})), stdin=subprocess.DEVNULL, **more)
    return Answer(list(argv), p.returncode, p.stdout.decode(), p.stderr.decode())


def says(answer, *words):
    for word in words:
        need(word in answer.out + answer.err, f"it does not say {word!r}", answer)


def done(*argv, words=(), **more):
    """It succeeds, with nothing to complain about."""
    answer = ask(*argv, **more)
    need(answer.status == PASSED, "status 0 was expected", answer)
    need("error:" not in answer.err, "an error in a success", answer)
    says(answer, *words)
    return answer


def refused(status, *argv, words=(), out=False, **more):
    """It fails with STATUS, one error that says WORDS, and one remedy; OUT: it may print."""
    answer = ask(*argv, **more)
    need(answer.status == status, f"status {status} was expected", answer)
    need(answer.err.count("ktstr: error: ") == 1, "one error was expected", answer)
    _, error = answer.err.split("ktstr: error: ")
    need(error.count("ktstr:   fix: ") == 1, "one remedy was expected", answer)
    need(error.split("ktstr:   fix: ")[1].strip(), "the remedy is empty", answer)
    need(out or not answer.out, "nothing on standard output was expected", answer)
    says(answer, *words)
    return answer


@contextlib.contextmanager
def folder():
    """A folder that other users may enter; what is put there by a program is found by left()."""
    with tempfile.TemporaryDirectory(prefix="ktstr-cli-") as path:
        os.chmod(path, 0o755)
        yield path


def write(path, text="", mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def left(path):
    """All files and folders below PATH."""
    return sorted(os.path.relpath(os.path.join(top, name), path)
                  for top, folders, files in os.walk(path) for name in folders + files)


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root, for mounts and other users")
    for tool in ("unshare", "setpriv", "mount"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")
    with folder() as top:
        mount = ask(*in_mounts("mount -t tmpfs none .", "true"), cwd=top)
    if mount.status != 0:
        raise Skip("mount namespaces are not allowed here: " + mount.err.strip())


def in_mounts(script, *argv):
    """The command line of ARGV in a mount namespace that SCRIPT has changed."""
    return ["unshare", "-m", "--propagation", "private", "sh", "-ec", script + '\nexec "$@"',
            "sh", *argv]


def need_accel():
    """Where tests cannot run at all that is the answer, whatever else is wrong."""
    answer = ask(TOOL, "accel")
    if answer.status != PASSED:
        raise Skip(answer.err.splitlines()[0])


def cached_kernel():
    """Id and folder of a sound kernel in the cache of this machine."""
    answer = done(TOOL, "kernel", "path", first_kernel())
    return first_kernel(), os.path.dirname(answer.out.strip())


def first_kernel():
    lines = done(TOOL, "kernel", "list").out.splitlines()[1:]
    sound = [line.split()[0] for line in lines if line.split()[1:3] == ["-", "ok"]]
    if not sound:
        raise Skip("no default kernel in the cache: build/ktstr kernel build")
    return sound[0]


@contextlib.contextmanager
def copied_kernel():
    """A cache with a copy of that kernel: the cache, its id, its folder."""
    name, source = cached_kernel()
    with folder() as top:
        cache = os.path.join(top, "cache")
        entry = os.path.join(cache, "kernels", name)
        shutil.copytree(source, entry)
        yield cache, name, entry
