# SPDX-License-Identifier: GPL-2.0-only
"""The command in the softkvm machine: its streams, its world, its user."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from softkvm_common import (LIMIT_S, need, NOBODY, ROOT, run, TOOL, wait_for)

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
            wait_for(lambda p=path, s=size: os.path.getsize(p) >= s, f"the end of {name}", LIMIT_S)
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
        # In bash, whose descriptors may have more than one digit.
        p = run("bash", "-c", f"trap '' PIPE; while echo x >&{fd}; do :; done; echo on",
                options=["--fd", str(fd)], pass_fds=[fd], stdin=subprocess.DEVNULL)
    need(p.returncode == 3, f"status {p.returncode}", p.stderr)
    need(p.stdout == b"on\n", "what came after it", p.stdout)
    need(f"descriptor {fd}: No space".encode() in p.stderr, "the output is named", p.stderr)
    need(b"fix:" in p.stderr and b"the run goes on" in p.stderr, "the remedy", p.stderr)


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
until read total threads seq < /run/ktstr/host_delay && test "$threads" -ge 1; do sleep 0.1; done
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


ORDINARY = r"""
test -r /dev/kvm && test -w /dev/kvm && echo kvm
mkdir made && echo x > made/file && mkdir /tmp/made_too && echo made
cat ../secret; cat /etc/shadow
echo "fd three" > /dev/fd/3; echo "stdout by name" > /dev/stdout
touch /usr/not_mine && echo "wrote to /usr"
mkdir results/folder || exit 4
../01_first -o results || test $? = 2  # inconclusive is the verdict of a busy host
"""


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
