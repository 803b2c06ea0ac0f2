#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the softkvm machine from outside: streams, statuses, signals, what it leaves behind.

A case starts a machine or two with `ktstr softkvm exec`; the default kernel must be in the
cache. Run alone, or some of it: tests/softkvm_tests.py [PART-OF-A-NAME]
"""

import fcntl
import hashlib
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build/ktstr")
LIMIT_S = 240
SEED = int(os.environ.get("KTSTR_SEED", "20260101"))
NOBODY = 65534


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


OUTPUTS = r"""
cat
head -c 2000000 src >&7; head -c 3000000 src > /dev/fd/8; cat src >&9
yes >&10; echo "yes: $?" >&2
exit 7
"""


def case_streams_and_exit_status():
    """Three megabytes in and out, as much on each further descriptor, and one reader that leaves."""
    data = os.urandom(3 << 20)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "src"), "wb") as f:
            f.write(data)
        with open(os.path.join(folder, "inside.sh"), "w", encoding="utf-8") as f:
            f.write(OUTPUTS)
        os.mkfifo(os.path.join(folder, "fifo"))
        # A substitution, a FIFO whose reader starts late, a file, a reader that soon leaves.
        p = subprocess.run(
            ["bash", "-c", '(sleep 1; exec cat > from_fifo) < fifo & reader=$!\n'
             '"$TOOL" softkvm exec --fd 7 --fd 8 --fd 9 --fd 10 -- bash inside.sh'
             ' 7> >(exec cat > from_subst) 8> fifo 9> file 10> >(exec head -c 10 > /dev/null)\n'
             's=$?; wait $reader $!; exit $s'],
            check=False, capture_output=True, timeout=LIMIT_S, cwd=folder, input=data,
            env=dict(os.environ, TOOL=TOOL))
        need(p.returncode == 7, f"status {p.returncode}", p.stderr)
        need(p.stderr == b"yes: 141\n", "SIGPIPE and standard error", p.stderr)
        need(hashlib.sha256(p.stdout).digest() == hashlib.sha256(data).digest(),
             f"{len(p.stdout)} bytes came back, not the {len(data)} sent")
        for name, size in ("from_subst", 2000000), ("from_fifo", 3000000), ("file", len(data)):
            path = os.path.join(folder, name)
            wait_for(lambda p=path, s=size: os.path.getsize(p) >= s, f"the end of {name}", 10)
            with open(path, "rb") as f:
                need(f.read() == data[:size], f"{name} differs")


def case_descriptors_that_cannot_be_passed():
    """What cannot be passed is said before a machine starts, with the remedy."""
    with open("/dev/null", "rb") as readable, open("/dev/null", "wb") as writable:
        fd, good = readable.fileno(), str(writable.fileno())
        for options, said in (("--fd", "2"), b"from 3 to 1023"), (("--fd", "900"), b"is not open"), \
                (("--fd", str(fd)), b"not open for writing"), \
                (("--fd", good, "--fd", good), b"given twice"), (("--fds", "9"), b"mean --fd"):
            p = run("true", options=options, pass_fds=[fd, int(good)], stdin=subprocess.DEVNULL)
            need(p.returncode == 64, f"{options}: status {p.returncode}", p.stderr)
            need(said in p.stderr and b"fix:" in p.stderr, f"{options}", p.stderr)


def case_a_further_output_on_a_full_disk():
    """It is told by its number, the writer gets EPIPE, and the rest of the command runs."""
    with open("/dev/full", "wb") as full:
        fd = full.fileno()
        p = run("sh", "-c", f"trap '' PIPE; while echo x >&{fd}; do :; done; echo on",
                options=["--fd", str(fd)], pass_fds=[fd], stdin=subprocess.DEVNULL)
    need(p.returncode == 3, f"status {p.returncode}", p.stderr)
    need(p.stdout == b"on\n", "what came after it", p.stdout)
    need(f"descriptor {fd}: No space".encode() in p.stderr, "the output is named", p.stderr)
    need(b"fix:" in p.stderr and b"the run goes on" in p.stderr, "the remedy", p.stderr)


def run_out_of_memory():
    """A kernel may fetch the same pages again and again before it gives up: not our fault."""
    argv = command("sh", "-c", "exec tail /dev/zero", options=["--memory", "256"])
    for more in (4, 3, 2, 1, 0):
        try:
            return subprocess.run(argv, check=False, capture_output=True, timeout=40,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            if not more:
                raise
    return None


def case_death_by_signal():
    """A command killed for want of memory gives 128 + its signal, and the cause is told."""
    p = run_out_of_memory()
    need(p.returncode == 137, f"status {p.returncode}", p.stderr)
    need(b"memory was full" in p.stderr and b"--memory" in p.stderr, "the cause", p.stderr)


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
        wait_for(lambda: stat_of(self.p.pid)[0] == "T", "the launcher's stop", 30)
        need_idle(qemu_of(self.said()))


def need_idle(qemu):
    before = cpu_ticks(qemu)
    time.sleep(0.5)
    need(cpu_ticks(qemu) - before <= 2, f"QEMU used {cpu_ticks(qemu) - before} ticks while paused")


def case_a_stop_pauses_the_machine():
    """SIGTSTP stops machine and launcher, booting and running; SIGINT then is the command's."""
    script = ("trap 'cat /proc/uptime; date +%s; echo caught; exit 9' INT; cat /proc/uptime; "
              "while :; do sleep 0.1; done")
    with Launcher("sh", "-c", script) as l:
        l.wait_said(b"QEMU pid")
        time.sleep(random.Random(SEED).uniform(0.2, 1))
        l.stop()
        time.sleep(1)
        l.p.send_signal(signal.SIGCONT)
        first = float(l.p.stdout.readline().split()[0])
        began = time.monotonic()
        l.stop()
        time.sleep(4)
        l.p.send_signal(signal.SIGCONT)
        l.p.send_signal(signal.SIGINT)
        uptime, realtime, caught = (l.p.stdout.readline() for _ in range(3))
        need(l.p.wait(LIMIT_S) == 9, f"status {l.p.returncode}", l.said())
        need(caught == b"caught\n", "the command's answer", caught)
        inside, outside = float(uptime.split()[0]) - first, time.monotonic() - began
        need(inside < outside - 4, f"{inside} s passed inside, {outside} s outside, 4 s paused")
        need(abs(int(realtime) - time.time()) < 5, "the time of day inside was not set", realtime)


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

    def read_until(self, text, seconds=90):
        end = time.monotonic() + seconds
        while text not in self.out:
            need(time.monotonic() < end, f"'{text}' did not appear", self.out.decode())
            if select.select([self.master], [], [], 0.1)[0]:
                self.out += os.read(self.master, 65536)

    def report(self, seconds=90):
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
n=0; trap 'n=$((n + 1)); echo "size $(stty size)"' WINCH
echo "size $(stty size)"; read up _ < /proc/uptime; echo "up $up"
echo ready; while [ $n -lt 2 ]; do sleep 0.1; done
read up _ < /proc/uptime; echo "up $up"; read x; echo "got $x"
exit 9
"""


def case_a_terminal():
    """Size, its change, Ctrl-Z of a plain command, `fg`, and what passed meanwhile inside."""
    with Terminal(*command("sh", "-c", SCREEN, options=["-v"]), size=(33, 101)) as t:
        t.read_until(b"size 33 101\r\n")
        t.read_until(b"ready\r\n")
        qemu = qemu_of(t.out)
        need(t.is_raw(), "the terminal is not raw while the command has it")
        t.resize(44, 99)
        t.read_until(b"size 44 99\r\n")
        began = time.monotonic()
        os.write(t.master, b"\x1a")
        need(t.report() == "stopped", "Ctrl-Z did not stop the launcher")
        need(stat_of(t.job)[0] == "T", "the launcher is not stopped")
        t.need_restored()
        need_idle(qemu)
        t.resize(45, 98)
        time.sleep(4)
        t.foreground()
        t.read_until(b"size 45 98\r\n")
        need(t.is_raw(), "the terminal is not raw again")
        os.write(t.master, b"words\r")
        t.read_until(b"got words\r\n")
        ups = [float(x) for x in re.findall(rb"\nup ([\d.]+)\r", t.out)]
        outside = time.monotonic() - began
        need(ups[1] - ups[0] < outside + 3 - 4, f"{ups} inside, {outside} s outside, 4 s paused")
        need(t.report() == "ended 9", "the command's status", t.out.decode())
        t.need_restored()


def case_a_shell_on_the_terminal():
    """An interactive shell inside keeps its own jobs; QEMU's death restores the terminal."""
    with Terminal(*command("bash", "--norc", "-i", options=["-v"])) as t:
        os.write(t.master, b"PS1='in>'; echo rea''dy\r")
        t.read_until(b"ready\r\n")
        os.write(t.master, b"sleep 1000\r")
        t.read_until(b"sleep 1000\r\n")
        time.sleep(1)
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


def case_an_ordinary_user():
    """Root's cache, read only; files belong to the user; what is root's stays so; a guest boots."""
    need(os.geteuid() == 0, "run as root: it becomes another user")
    cache = os.environ.get("KTSTR_CACHE_DIR") or os.path.expanduser("~/.cache/ktstr")
    sample = os.path.join(ROOT, "build/samples/01_first")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.copytree(os.path.join(cache, "kernels"), os.path.join(folder, "cache/kernels"))
        subprocess.run(["chmod", "-R", "go=rX", os.path.join(folder, "cache")], check=True)
        for program in TOOL, sample:
            shutil.copy(program, folder)
        home = os.path.join(folder, "home")
        os.mkdir(home)
        os.chown(home, NOBODY, NOBODY)
        with open(os.path.join(folder, "secret"), "w", encoding="utf-8") as f:
            f.write("secret\n")
        os.chmod(f.name, 0o600)
        p = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             os.path.join(folder, "ktstr"), "softkvm", "exec", "--rw", "results", "--fd", "3",
             "--", "sh", "-c", ORDINARY],
            check=False, capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL,
            cwd=home, env={"PATH": os.environ["PATH"], "HOME": home,
                           "KTSTR_CACHE_DIR": os.path.join(folder, "cache")},
            preexec_fn=lambda: os.dup2(1, 3), pass_fds=[3])
        text = p.stdout.decode() + p.stderr.decode()
        need(p.returncode == 0, f"status {p.returncode}", text)
        for word in ("kvm", "made", "fd three", "stdout by name", "kernels booted: 1",
                     "Permission denied"):
            need(word in text, f"'{word}' is missing", text)
        need("secret" not in text.replace("/secret", ""), "a file of root's was read", text)
        results = os.path.join(home, "results")
        need(os.listdir(results), "no results")
        for name in [".", *os.listdir(results)]:
            st = os.stat(os.path.join(results, name))
            need((st.st_uid, st.st_gid) == (NOBODY, NOBODY), f"{name} belongs to {st.st_uid}")
        need(not os.path.exists(os.path.join(home, "made")), "a change reached the host")


ORDINARY = r"""
test -r /dev/kvm && test -w /dev/kvm && echo kvm
mkdir made && echo x > made/file && mkdir /tmp/made_too && echo made
cat ../secret; cat /etc/shadow
echo "fd three" > /dev/fd/3; echo "stdout by name" > /dev/stdout
touch /usr/not_mine && echo "wrote to /usr"
mkdir results/folder || exit 4
../01_first -o results || test $? = 2  # inconclusive is the verdict of a busy host
"""


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
        wait_for(lambda: not tagged(tag), "the end of all processes", 5)


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


def run_all(part=""):
    """Returns how many passed, the failures, and why all were skipped ("" if not)."""
    if not shutil.which("qemu-system-x86_64"):
        return 0, [], "qemu-system-x86_64 is not installed"
    passed, failed = 0, []
    for case in CASES:
        name = "softkvm " + case.__name__.removeprefix("case_").replace("_", " ")
        if part not in name:
            continue
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
    _, WRONG, WHY = run_all(*sys.argv[1:2])
    if WHY:
        print(f"skipped: {WHY}")
    sys.exit(1 if WRONG else 0)
