# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the command line about kernels: none, wrong and damaged ones, and builds that fail."""

import json
import os
import shutil
import signal
import subprocess
import time

from cli_common import (FIRST, HARNESS, LIMIT_S, NOBODY, TOOL, USAGE, Skip, ask, cached_kernel,
                        copied_kernel, done, environment, folder, left, need, need_accel, need_root,
                        refused, says, write)
from guests import has_session

BUILD_TOOLS = "make gcc ld objcopy flex bison bc awk pahole zstd tar xz".split()


def need_build():
    """What a kernel build needs but a place, which is asked for last."""
    answer = ask(TOOL, "kernel", "build", env={"KTSTR_CACHE_DIR": "/dev/null/cache"})
    if "/dev/null" not in answer.err:
        raise Skip(answer.err.splitlines()[0])


def run_refused(words, *options, **more):
    """A run that finds no kernel: status 3 before anything boots, and no results folder."""
    need_accel()
    with folder() as cwd:
        refused(HARNESS, FIRST, *options, words=words, cwd=cwd, **more)
        need(left(cwd) == [], "something was left", left(cwd))


def case_no_kernel():
    """An empty cache: the message lists the places that were tried, and how to get a kernel."""
    with folder() as cache:
        env = {"KTSTR_CACHE_DIR": cache}
        run_refused(["no kernel to boot", "KTSTR_KERNEL (not set)", f"{cache}/kernels (empty)",
                     "ktstr kernel build", "--build-kernel"], env=env)
        run_refused(["'lockdpe'", "did you mean 'lockdep'"], "-k", "lockdpe", env=env)
        run_refused(["variant 'lockdep'", "ktstr kernel build --variant lockdep"],
                    "--kernel", "lockdep", env=env)
        run_refused(["no kernel 'zzz'", f"{cache}/kernels", "there: nothing"], "-k", "zzz",
                    "--build-kernel", env=env)
        refused(HARNESS, TOOL, "kernel", "path", "zzz", words=["no kernel 'zzz'"], env=env)
        says(done(TOOL, "kernel", "list", env=env), cache, "ktstr kernel build")
        need(json.loads(done(TOOL, "kernel", "list", "--json", env=env).out) == [], "JSON")
        says(done(TOOL, "kernel", "clean", env=env), "removed 0")
        need(left(cache) == [], "asking made something", left(cache))
    run_refused(["KTSTR_CACHE_DIR, XDG_CACHE_HOME and HOME", "set KTSTR_CACHE_DIR"],
                env={"KTSTR_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": ""})


def case_a_wrong_variable():
    """KTSTR_KERNEL that names nothing is named as the cause."""
    with folder() as cache:
        for value, words in (("zzz", ["KTSTR_KERNEL: no kernel 'zzz'"]),
                             ("/zzz", ["KTSTR_KERNEL: kernel '/zzz': No such file"])):
            run_refused(words, env={"KTSTR_CACHE_DIR": cache, "KTSTR_KERNEL": value})


def case_files_that_are_no_kernel():
    """--kernel with other files, devices and folders says why it is none, and what to give."""
    with folder() as top:
        write(os.path.join(top, "text"), "no kernel\n")
        write(os.path.join(top, "empty"))
        os.mkfifo(os.path.join(top, "fifo"))
        os.mkdir(os.path.join(top, "dir"))
        for path, words in ((f"{top}/text", ["is no x86-64 kernel image", "bzImage"]),
                            (f"{top}/empty", ["is no x86-64 kernel image"]),
                            (f"{top}/fifo", ["neither a file nor a folder"]),
                            (f"{top}/dir", ["neither vmlinux nor", "arch/x86/boot/bzImage"]),
                            (f"{top}/gone", ["No such file", "ktstr kernel list"]),
                            ("/dev/null", ["neither a file nor a folder"]),
                            (FIRST, ["is no x86-64 kernel image", "linux_banner"])):
            run_refused([f"'{path}'"] + words, "--kernel", path)


def case_truncated_images():
    """The first half of a vmlinux or bzImage is seen to be cut off, before anything boots."""
    _, entry = cached_kernel()
    with folder() as top:
        for name in ("vmlinux", "bzImage"):
            half = os.path.join(top, name)
            shutil.copy(os.path.join(entry, name), half)
            os.truncate(half, os.path.getsize(half) // 2)
            run_refused([f"'{half}'", "cut off", "again"], "--kernel", half)


def flip_byte(path):
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        byte = f.read(1)
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte[0] ^ 1]))


def state_of(env):
    entries = json.loads(done(TOOL, "kernel", "list", "--json", env=env).out)
    need(len(entries) == 1, "one entry", entries)
    return entries[0]


def case_damaged_kernels():
    """A damaged entry of the cache is named by list, not booted, and removed by clean."""
    with copied_kernel() as (cache, name, entry):
        env = {"KTSTR_CACHE_DIR": cache}
        need(state_of(env)["state"] == "ok", "the copy is sound")
        done(FIRST, "--dry-run", env=env)
        kept = os.path.join(os.path.dirname(cache), "kept")
        os.rename(entry, kept)
        for damage, words in (
                (lambda: flip_byte(f"{entry}/vmlinux"), ["/vmlinux' changed"]),
                (lambda: flip_byte(f"{entry}/bzImage"), ["/bzImage' changed"]),
                (lambda: os.truncate(f"{entry}/bzImage", 3000000), ["/bzImage' has 3000000 bytes"]),
                (lambda: os.unlink(f"{entry}/vmlinux"), ["/vmlinux': No such file"]),
                (lambda: os.unlink(f"{entry}/meta.json"), ["meta.json': No such file"]),
                (lambda: os.truncate(f"{entry}/meta.json", 100), ["meta.json': "])):
            shutil.copytree(kept, entry)
            damage()
            found = state_of(env)
            need(found["state"] == "damaged" and words[0] in found["reason"], "list", found)
            says(done(TOOL, "kernel", "list", env=env), f"{name} ", "damaged", *words)
            damaged = [f"kernel '{name}' is damaged: "] + words
            run_refused(damaged + ["ktstr kernel clean", "--force"], "--kernel", name, env=env)
            run_refused(["no kernel to boot", f", {damaged[0]}", "ktstr kernel build"], env=env)
            says(done(TOOL, "kernel", "clean", "--keep", "9", env=env), name, "removed 1")
            need(os.listdir(f"{cache}/kernels") == [], "clean left it", left(cache))


def case_builds_that_are_wrong_usage():
    """Sources, variants and fragments that cannot be are refused before any work."""
    with folder() as top:
        cache = os.path.join(top, "cache")
        env = {"KTSTR_CACHE_DIR": cache}
        contradiction = write(f"{top}/a.config", "CONFIG_SMP=n\n")
        nonsense = write(f"{top}/b.config", "CONFIG_A=y\nfoo bar\n")
        for status, options, words in (
                (USAGE, ["--variant", "lockdpe"], ["'lockdpe'", "did you mean 'lockdep'"]),
                (USAGE, ["-v", "kasan,kcsan"], ["'kasan' and 'kcsan' exclude", "two kernels"]),
                (USAGE, ["--source", ""], ["--source", "empty"]),
                (USAGE, ["--jobs", "0"], ["--jobs: 0"]),
                (USAGE, ["more"], ["takes no operands"]),
                (HARNESS, ["--source", "zzz"], ["'/zzz'", "No such file", "'debian'"]),
                (HARNESS, ["-s", "debain"], ["'/debain'", "did you mean 'debian'"]),
                (HARNESS, ["-s", "/etc"], ["'/etc' is no kernel source", "Makefile"]),
                (HARNESS, ["--config", "/zzz"], ["--config", "'/zzz'"]),
                (HARNESS, ["-c", contradiction],
                 [f"{contradiction}:1", "CONFIG_SMP=n contradicts", "take the line out"]),
                (HARNESS, ["-c", nonsense], [f"{nonsense}:2", "'foo bar'", "CONFIG_NAME=VALUE"])):
            refused(status, TOOL, "kernel", "build", *options, words=words, env=env)
        need(not os.path.exists(cache), "the cache was made", left(top))


def case_builds_without_a_place_or_tools():
    """A cache with a space or that cannot be written, and missing tools, are named at once."""
    need_build()
    build = [TOOL, "kernel", "build"]
    with folder() as top:
        refused(HARNESS, *build, env={"KTSTR_CACHE_DIR": f"{top}/a b"},
                words=[f"'{top}/a b'", "a space", "KTSTR_CACHE_DIR"])
        tools = os.path.join(top, "bin")
        os.mkdir(tools)
        for tool in BUILD_TOOLS:
            if tool != "flex":
                os.symlink(shutil.which(tool), os.path.join(tools, tool))
        env = {"KTSTR_CACHE_DIR": f"{top}/cache", "PATH": tools}
        refused(HARNESS, *build, words=["not here: flex\n", "apt-get install -y flex\n"], env=env)
        env["PATH"] = "/nonexistent"
        refused(HARNESS, *build, words=[*BUILD_TOOLS, "libelf-dev", "binutils"], env=env)
        write(f"{top}/file")
        refused(HARNESS, *build, env={"KTSTR_CACHE_DIR": f"{top}/file/cache"},
                words=["the kernel cache", f"'{top}/file'", "set KTSTR_CACHE_DIR"])
        need(left(top) == sorted(["bin", "file"] + [f"bin/{t}" for t in os.listdir(tools)]),
             "something was left", left(top))


def case_a_cache_of_somebody_else():
    """Another user's cache folder: permission is the cause, KTSTR_CACHE_DIR the remedy."""
    need_root()
    need_build()
    with folder() as top:
        tool = shutil.copy(TOOL, top)
        refused(HARNESS, *NOBODY, tool, "kernel", "build", env={"KTSTR_CACHE_DIR": f"{top}/c"},
                words=["the kernel cache", f"'{top}/c'", "Permission denied", "KTSTR_CACHE_DIR"])
        need(left(top) == [os.path.basename(tool)], "something was left", left(top))


def unpacks(cache):
    """Is there a source tree in the work folder that grows?"""
    return any(len(files) > 20 for _, _, files in os.walk(os.path.join(cache, "work")))


def interrupt_build(number, whole_group):
    with folder() as cache:
        with subprocess.Popen([TOOL, "kernel", "build"], cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=environment(KTSTR_CACHE_DIR=cache),
                              start_new_session=True) as p:
            end = time.monotonic() + LIMIT_S
            while not unpacks(cache) and p.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            if p.poll() is None:
                (os.killpg if whole_group else os.kill)(p.pid, number)
            said, _ = p.communicate(timeout=LIMIT_S)
            if b"are free" in said and p.returncode == HARNESS:
                raise Skip("no room for a kernel build in the folder of temporary files")
            need(p.returncode == 128 + number, f"status {p.returncode}", said.decode())
            end = time.monotonic() + LIMIT_S
            while has_session(p.pid):
                need(time.monotonic() < end, "a process of the build still runs")
                time.sleep(0.05)
        files = [path for path in left(cache) if os.path.isfile(os.path.join(cache, path))]
        need([os.path.splitext(path)[1] for path in files] == [".log", ".lock"] and
             files[0].startswith("logs/") and files[1].startswith("work/"),
             "more than log and lock was left", left(cache))
        says(done(TOOL, "kernel", "clean", env={"KTSTR_CACHE_DIR": cache}), "removed 0")
        need([path for path in left(cache) if "." in path] == [], "clean left it", left(cache))


def case_an_interrupted_build():
    """Ctrl-C and SIGTERM end a build with 130 and 143; only its log and lock stay."""
    need_build()
    interrupt_build(signal.SIGINT, whole_group=True)
    interrupt_build(signal.SIGTERM, whole_group=False)
