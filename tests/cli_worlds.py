# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the command line where the machine lacks something: KVM, QEMU, rights, space."""

import os
import shutil
import sys

from cli_common import (FIRST, HARNESS, NOBODY, ROOT, TOOL, Skip, ask, done, first_kernel, folder,
                        in_mounts, left, need, need_accel, need_root, refused, says, write)

sys.path.insert(0, ROOT)
import configure  # pylint: disable=wrong-import-position

# A /dev of its own, with what programs expect there and nothing else.
OWN_DEV = """
mount -t tmpfs -o mode=755 dev {0}
for node in null zero full random urandom tty; do
    touch {0}/$node
    mount --bind /dev/$node {0}/$node
done
ln -s /proc/self/fd {0}/fd
"""
TAKE_DEV = "mount --rbind {0} /dev"
# Its driver is not asked: the permission comes first.
KVM_NODE = "mknod {0}/kvm c 10 232; chown 0:0 {0}/kvm; chmod {1} {0}/kvm\n"


def world(top, node=""):
    """Script that gives a /dev without KVM, or with a node of the mode NODE."""
    dev = os.path.join(top, "dev")
    os.makedirs(dev, exist_ok=True)
    made = KVM_NODE.format(dev, node) if node else ""
    return OWN_DEV.format(dev) + made + TAKE_DEV.format(dev)


def without_qemu(argv):
    return ["env", "PATH=/nonexistent", *argv]


def case_a_program_that_is_not_static():
    """It could not be the only file of a machine: refused before anything is made."""
    with folder() as cwd:
        program = os.path.join(cwd, "first")
        source = os.path.join(ROOT, "samples/01_first.c")
        done("cc", "-o", program, source, "-I", os.path.join(ROOT, "include"), "-I", ROOT,
             os.path.join(ROOT, "build/libktstr.a"), *configure.LIBS.split())
        done(program, "--list", words=["first"])
        refused(HARNESS, program, cwd=cwd, words=["needs /lib64/ld-linux", "-static"])
        need(left(cwd) == ["first"], "it left something", left(cwd))


def programs(top):
    """Copies that any user may run: the checkout may be in a home nobody else enters."""
    return [shutil.copy(path, os.path.join(top, os.path.basename(path)))
            for path in (FIRST, TOOL)]


def in_world(status, script, argv, words, out=False):
    with folder() as cwd:
        answer = refused(status, *in_mounts(script, *without_qemu(argv)), words=words, cwd=cwd,
                         out=out)
        need(left(cwd) == [], "something was left", left(cwd))
    return answer


def case_neither_kvm_nor_qemu():
    """Without /dev/kvm and QEMU each --accel says what is missing and both ways to get one."""
    need_root()
    with folder() as top:
        script = world(top)
        for mode, words in (
                ("auto", ["no such device", "qemu-system-x86_64 is not in PATH", "modprobe",
                          "apt-get install qemu-system-x86"]),
                ("kvm", ["/dev/kvm", "no such device", "modprobe", "--accel soft"]),
                ("soft", ["qemu-system-x86_64 is not in PATH",
                          "apt-get install qemu-system-x86"])):
            in_world(HARNESS, script, [FIRST, "--accel", mode], words)
            answer = in_world(HARNESS, script, [TOOL, "accel", "--accel", mode], words, out=True)
            says(answer, "chosen      none", "remedy      load the module")
        in_world(HARNESS, script, [TOOL, "softkvm", "exec", "--", "true"], ["qemu"])
        plan = done(*in_mounts(script, *without_qemu([FIRST, "--dry-run"])), cwd=top)
        says(plan, "accelerator  none: ", "modprobe", "apt-get install")


def case_kvm_without_permission():
    """A /dev/kvm that this user may not open: the group, or that none may, and both ways."""
    need_root()
    with folder() as top:
        node = ask(*in_mounts(world(top, "600"), "true"))
        if node.status != 0:
            raise Skip("device nodes cannot be made here: " + node.err.strip())
        first, tool = programs(top)
        theirs = os.path.join(top, "theirs")
        os.mkdir(theirs)
        os.chmod(theirs, 0o777)
        nobody = [shutil.which(NOBODY[0]), *NOBODY[1:]]
        for node, remedy in (("600", "chmod 660 /dev/kvm"), ("660", "ls -l /dev/kvm")):
            script = world(os.path.join(top, node), node)
            for mode, words in (
                    ("auto", ["Permission denied", "usermod -aG kvm", remedy,
                              "apt-get install qemu-system-x86"]),
                    ("kvm", ["Permission denied", "usermod -aG kvm", remedy, "--accel soft"]),
                    ("soft", ["qemu-system-x86_64 is not in PATH"])):
                for argv in ([first, "-o", f"{theirs}/out"], [tool, "accel"]):
                    in_world(HARNESS, script, nobody + argv + ["--accel", mode], words,
                             out=argv[0] == tool)
        need(left(theirs) == [], "a results folder was left", left(theirs))


def case_accel_with_qemu():
    """Where only QEMU is there, `ktstr accel` chooses softkvm and says why."""
    need_root()
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        raise Skip("qemu-system-x86_64 is not installed")
    with folder() as top:
        argv = in_mounts(world(top), TOOL, "accel")
        says(done(*argv), "/dev/kvm    /dev/kvm fails at open: there is no such device",
             f"softkvm     {qemu}", "chosen      softkvm", "emulates a machine that has KVM")
        says(done(*argv, "--accel", "soft"), "--accel soft was given")
        refused(HARNESS, *argv, "--accel", "kvm", words=["no such device", "or use --accel soft"],
                out=True)


def case_results_in_a_file():
    """--output that is or leads through a file names it."""
    with folder() as cwd:
        write(os.path.join(cwd, "file"))
        for where in ("file", "file/below"):
            refused(HARNESS, FIRST, "--output", where, cwd=cwd,
                    words=["results folder", f"'{cwd}/file'", "Not a dir", "choose another path"])
        need(left(cwd) == ["file"], "something was left", left(cwd))


def case_results_that_cannot_be_written():
    """--output on a read-only, a full and a foreign folder names the cause, and leaves nothing."""
    need_root()
    with folder() as cwd:
        first, _ = programs(cwd)
        os.mkdir(os.path.join(cwd, "there"))
        before = left(cwd)
        read_only = "mount --bind there there; mount -o remount,ro,bind there"
        no_inodes = "mount -t tmpfs -o size=64k,nr_inodes=1 full there"
        for script, words in (
                (read_only, ["Read-only file system", "writable file system"]),
                (no_inodes, ["No space left", "free space"])):
            for where in ("there", "there/below/it"):
                refused(HARNESS, *in_mounts(script, first, "--output", where), cwd=cwd,
                        words=["results folder", f"'{cwd}/there"] + words)
        refused(HARNESS, *NOBODY, first, "--output", "there/below", cwd=cwd,
                words=["results folder", f"'{cwd}/there/below'", "Permission denied", "root"])
        need(left(cwd) == before, "something was left", left(cwd))


def case_a_disk_that_fills_up():
    """A disk that takes folders but no bytes: the run ends before it boots, and says so."""
    need_root()
    need_accel()
    first_kernel()
    with folder() as cwd:
        os.mkdir(os.path.join(cwd, "there"))
        script = ("mount -t tmpfs -o size=4k full there\n"
                  "dd if=/dev/zero of=there/all bs=4k count=1 status=none\n"
                  f"'{FIRST}' --output there || echo \"status $?\"\n"
                  "find there -mindepth 1")
        answer = ask("unshare", "-m", "--propagation", "private", "sh", "-ec", script, cwd=cwd)
        says(answer, "status 3", "No space left on device", "free space on that file system")
        found = answer.out.splitlines()[1:]
        need(sorted(found) in (["there/all"], ["there/.lock", "there/all"]), "something was left",
             answer)


def case_reports_that_cannot_be_opened():
    """--report into a folder that is not there, or is the target: an error before any boot."""
    need_accel()
    first_kernel()
    with folder() as cwd:
        os.mkdir(os.path.join(cwd, "there"))
        for target, words in (("nowhere/x.json", ["'nowhere/x.json'", "No such file", "folder"]),
                              ("there", ["'there'", "Is a directory", "name a file"]),
                              ("/dev/fd/77", ["'/dev/fd/77'"])):
            refused(HARNESS, FIRST, "--report", f"json:{target}", cwd=cwd,
                    words=["cannot open the json report"] + words)
        need(left(cwd) == ["there"], "something was left", left(cwd))
