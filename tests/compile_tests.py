# SPDX-License-Identifier: GPL-2.0-only
"""What must not compile, and what must compile alone.

tests/compile_fail: one wrong use each; the sentence after EXPECT must be in the compiler's
message. Public headers: each alone, as C11 and as C++17. Internal ones: alone as gnu17. The
first example of README.md must be sample 01.
"""

import concurrent.futures
import glob
import os
import re
import subprocess

COMPILERS = ("gcc", "clang")
HEADER_MODES = (("gcc", "c", "gnu11"), ("clang", "c", "gnu11"), ("g++", "c++", "gnu++17"),
                ("clang++", "c++", "gnu++17"))
INTERNAL_MODE = ("gcc", "c", "gnu17")
WARNINGS = ["-D_GNU_SOURCE", "-Isrc", "-Wall", "-Wextra", "-Werror"]


def compile_text(root, compiler, language, standard, text, more=()):
    command = [compiler, f"-std={standard}", "-Iinclude", "-I.", "-x", language, *more,
               "-c", "-", "-o", "/dev/null"]
    return subprocess.run(command, cwd=root, input=text, capture_output=True, text=True,
                          check=False)


def check_refused(root, compiler, path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    expected = re.search(r"// EXPECT: (.*)", text).group(1)
    done = compile_text(root, compiler, "c", "gnu17", text)
    name = f"compile_fail/{os.path.basename(path)} ({compiler})"
    if done.returncode == 0:
        return f"{name}: compiles"
    if expected not in done.stderr.replace("\\'", "'"):
        return f"{name}: the message lacks '{expected}'"
    return None


def check_header(root, mode, header):
    compiler, language, standard = mode
    text = f"#include <{header}>\n"
    done = compile_text(root, compiler, language, standard, text, WARNINGS)
    if done.returncode != 0:
        return f"{header} alone with {compiler} -std={standard}: {done.stderr.splitlines()[0]}"
    return None


def headers_of(root):
    return sorted(f"ktstr/{os.path.basename(p)}" for p in glob.glob(f"{root}/include/ktstr/*.h"))


def internal_headers_of(root):
    found = glob.glob(f"{root}/src/**/*.h", recursive=True) + glob.glob(f"{root}/guest/*.h")
    return sorted(os.path.relpath(path, root) for path in found)


def check_readme(root):
    """The first example of the README is sample 01."""
    with open(f"{root}/README.md", encoding="utf-8") as f:
        example = re.search(r"```c\n(.*?)```", f.read(), re.S).group(1)
    with open(f"{root}/samples/01_first.c", encoding="utf-8") as f:
        return None if f.read() == example else "README.md: its first example is not sample 01"


def run_all(root):
    """Returns the number of tests that passed and the sentences of those that did not."""
    jobs = [(check_refused, root, compiler, path)
            for path in sorted(glob.glob(f"{root}/tests/compile_fail/*.c"))
            for compiler in COMPILERS]
    jobs += [(check_header, root, mode, header)
             for header in headers_of(root) for mode in HEADER_MODES]
    jobs += [(check_header, root, INTERNAL_MODE, header) for header in internal_headers_of(root)]
    jobs.append((check_readme, root))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = list(pool.map(lambda job: job[0](*job[1:]), jobs))
    failed = [fault for fault in faults if fault]
    return len(jobs) - len(failed), failed
