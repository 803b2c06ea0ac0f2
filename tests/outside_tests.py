#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ktstr used from outside its source folder: installed, found by pkg-config, removed again.

The commands are those of the README, read from it. Run alone: tests/outside_tests.py. The
program they make stays in build/outside for the guest tests, which boot it.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
README_SECTION = "In a project of your own"
KEPT = os.path.join(ROOT, "build/outside/first")
COMPILERS = ("gcc", "clang")
STANDARDS = ("c11", "gnu17")
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
LIMIT_S = 1800


def need(condition, what, *shown):
    if not condition:
        raise AssertionError(what + "".join(f"\n{x}" for x in shown))


def run(command, cwd, status=0, **env):
    """Run COMMAND; returns its standard output. Another STATUS than that is a failure."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True,
                          text=True, check=False, timeout=LIMIT_S)
    need(done.returncode == status, f"{command}: status {done.returncode}, not {status}",
         done.stdout, done.stderr)
    return done.stdout + done.stderr


def installer(*args, status=0, **env):
    return run(["python3", ".ci/install.py", *args], ROOT, status, **env)


def tree(folder):
    """Every path below FOLDER."""
    return sorted(os.path.relpath(os.path.join(base, name), folder)
                  for base, dirs, files in os.walk(folder) for name in dirs + files)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def readme_section():
    return re.search(rf"^## {README_SECTION}\n(.*?)^## ", read(f"{ROOT}/README.md"),
                     re.M | re.S).group(1)


def readme_commands():
    """The commands of the section: those for this folder, and those for the user's own."""
    lines = re.search(r"```sh\n(.*?)```", readme_section(), re.S).group(1).splitlines()
    here = [line for line in lines if line.startswith("make ")]
    return "\n".join(here), "\n".join(line for line in lines if line not in here)


def pkg_config(prefix, *args):
    return run(["pkg-config", *args, "ktstr"], ROOT,
               PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig").split()


def build(prefix, folder, source, compiler="gcc", standard="gnu17"):
    """A program of SOURCE, with nothing but what pkg-config says. Returns its path."""
    program = os.path.join(folder, f"{compiler}-{standard}")
    run([compiler, f"-std={standard}", *WARNINGS, "-o", program, source,
         *pkg_config(prefix, "--cflags", "--libs")], folder)
    return program


def case_readme(folder):
    """The README's example and its commands, word for word, in a home of their own."""
    home, own = os.path.join(folder, "home"), os.path.join(folder, "own")
    os.mkdir(home)
    os.mkdir(own)
    with open(os.path.join(own, "first.c"), "w", encoding="utf-8") as f:
        f.write(re.search(r"```c\n(.*?)```", read(f"{ROOT}/README.md"), re.S).group(1))
    here, elsewhere = readme_commands()
    need(here and elsewhere, "the README has no commands for this")
    run(["sh", "-ec", here], ROOT, HOME=home, DESTDIR="")
    listed = run(["sh", "-ec", elsewhere], own, HOME=home)
    need(re.search(r"^first +1n2l1c1t ", listed, re.M), "--list lacks the test", listed)
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    shutil.copy(os.path.join(own, "first"), KEPT)


def case_readme_packages(_folder):
    """The packages the README names are those of configure.py for what is linked."""
    sys.path.insert(0, ROOT)
    import configure  # pylint: disable=import-outside-toplevel
    named = re.search(r"apt-get install ([^`]*)`", readme_section()).group(1).split()
    need(set(named) <= set(configure.PACKAGES), f"unknown packages in {named}")
    for lib in re.findall(r"-l(\w+)", configure.LIBS):
        need(lib == "m" or any(lib in name for name in named),
             f"the README names no package of -l{lib}")


def case_compilers(folder):
    """gcc and clang, as C11 and gnu17, without a warning; --list and --help work."""
    prefix = os.path.join(folder, "prefix")
    installer("--prefix", prefix)
    for compiler in COMPILERS:
        for standard in STANDARDS:
            program = build(prefix, folder, f"{ROOT}/samples/01_first.c", compiler, standard)
            need("first" in run([program, "--list"], folder), f"{program} --list")
            need("--filter" in run([program, "--help"], folder), f"{program} --help")
            need("did you mean --list" in run([program, "--lst"], folder, status=64),
                 f"{program} --lst")


def case_samples(folder):
    """Every installed sample builds from where it was installed."""
    prefix = os.path.join(folder, "prefix")
    installer("--prefix", prefix)
    samples = sorted(glob.glob(f"{prefix}/share/doc/ktstr/samples/*.c"))
    need(len(samples) == len(glob.glob(f"{ROOT}/samples/*.c")), f"only {samples}")
    for sample in samples:
        need("--filter" in run([build(prefix, folder, sample), "--help"], folder), sample)


def case_moved(folder):
    """An installed tree that is moved still works."""
    prefix, moved = os.path.join(folder, "prefix"), os.path.join(folder, "mo+ved-1.0")
    installer("--prefix", prefix)
    os.rename(prefix, moved)
    need("first" in run([build(moved, folder, f"{ROOT}/samples/01_first.c"), "--list"], folder),
         "--list of a program built with a moved tree")
    need(run([f"{moved}/bin/ktstr", "version"], folder).split()[-1]
         == pkg_config(moved, "--modversion")[0], "the tool and the .pc file differ in version")


def case_include_folder(folder):
    """Only a folder of our own appears in include, and no header outside of it is needed."""
    prefix = os.path.join(folder, "prefix")
    installer("--prefix", prefix)
    need(os.listdir(f"{prefix}/include") == ["ktstr-0"], os.listdir(f"{prefix}/include"))
    flags = pkg_config(prefix, "--cflags")
    for header in sorted(glob.glob(f"{prefix}/include/ktstr-0/ktstr/*.h")):
        one = os.path.join(folder, "one.c")
        with open(one, "w", encoding="utf-8") as f:
            f.write(f"#include <ktstr/{os.path.basename(header)}>\n")
        run(["gcc", "-std=c11", *WARNINGS, *flags, "-fsyntax-only", one], folder)


def case_uninstall(folder):
    """uninstall removes exactly what was installed, also what an older version left."""
    prefix = os.path.join(folder, "prefix")
    for foreign in ("bin", "lib/pkgconfig", "share/doc"):
        os.makedirs(f"{prefix}/{foreign}")
    with open(f"{prefix}/bin/mine", "w", encoding="utf-8") as f:
        f.write("mine\n")
    before = tree(prefix)
    installer("--prefix", prefix)
    first = tree(prefix)
    # As an older version would have: a file that the new one no longer has.
    with open(f"{prefix}/bin/ktstr-old", "w", encoding="utf-8") as f:
        f.write("old\n")
    with open(f"{prefix}/share/doc/ktstr/installed", "a", encoding="utf-8") as f:
        f.write("bin/ktstr-old\n../outside\n/etc/passwd\n")
    with open(f"{folder}/outside", "w", encoding="utf-8") as f:
        f.write("not below the prefix\n")
    installer("--prefix", prefix)
    need(tree(prefix) == first, "the second installation differs from the first",
         set(tree(prefix)) ^ set(first))
    installer("--prefix", prefix, "--uninstall")
    need(tree(prefix) == before, "uninstall left or took too much",
         set(tree(prefix)) ^ set(before))
    need(os.path.exists(f"{folder}/outside"), "uninstall removed a file outside the prefix")
    said = installer("--prefix", prefix, "--uninstall", status=1)
    need("nothing is installed" in said, said)


def case_destdir(folder):
    """DESTDIR is put before the prefix and is in no file."""
    stage = os.path.join(folder, "stage")
    installer("--prefix", "/opt/kt", DESTDIR=stage)
    need(os.access(f"{stage}/opt/kt/bin/ktstr", os.X_OK), tree(stage))
    need(stage not in read(f"{stage}/opt/kt/lib/pkgconfig/ktstr.pc"), "DESTDIR is in the .pc file")
    installer("--prefix", "/opt/kt", "--uninstall", DESTDIR=stage)
    need(tree(stage) == ["opt"], tree(stage))


def case_half_way(folder):
    """An installation that fails half way leaves nothing that uninstall does not remove."""
    prefix = os.path.join(folder, "prefix")
    os.makedirs(f"{prefix}/share/doc/ktstr/samples/01_first.c")  # a folder where a file goes
    before = tree(prefix)
    said = installer("--prefix", prefix, status=1)
    need("01_first.c" in said and "Traceback" not in said, said)
    installer("--prefix", prefix, "--uninstall")
    need(tree(prefix) == before, "something is left", set(tree(prefix)) ^ set(before))


def case_refused(folder):
    """A prefix that cannot be written is an error with its remedy, and no traceback."""
    with open(f"{folder}/file", "w", encoding="utf-8") as f:
        f.write("a file\n")
    said = installer("--prefix", f"{folder}/file/below", status=1)
    need("PREFIX=DIR" in said and "Traceback" not in said, said)


CASES = [value for name, value in sorted(globals().items()) if name.startswith("case_")]


def run_all():
    """Returns the number of cases that passed and a sentence for each that did not."""
    passed, failed = 0, []
    if os.path.exists(KEPT):
        os.unlink(KEPT)
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="ktstr-outside-") as folder:
            try:
                case(folder)
                passed += 1
            except (AssertionError, OSError, subprocess.SubprocessError) as e:
                failed.append(f"outside {case.__name__[5:]}: {e}")
    return passed, failed


def main():
    passed, failed = run_all()
    for line in failed:
        print(f"FAILED {line}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
