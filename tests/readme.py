#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The generated tables of README.md; `ninja readme` writes them anew.

A table stands between <!-- generated: ktstr help TOPIC --> and <!-- end -->: it is what the
tool prints with --markdown, from the rows it is compiled of. That of the benchmark stands
between <!-- bench --> and <!-- end --> and is written only with --bench, from
build/bench.json. What does not hold is said by check().
"""

import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
README = os.path.join(ROOT, "README.md")
# What these describe must be in the README, wherever.
TOPICS = ["canned", "check", "environment", "exit-status", "knob", "op", "option", "property",
          "report", "variant", "verb", "work"]
TABLE = re.compile(r"(<!-- generated: ktstr help ([a-z-]+) -->\n).*?(<!-- end -->)", re.S)
BENCH = re.compile(r"(<!-- bench -->\n).*?(<!-- end -->)", re.S)
# Variables that are read, and set for others: C, Python, shell and make.
READS = [r'\bgetenv\("([A-Z_]+)"\)', r'\benv_text\("([A-Z_]+)"\)', r'environ\.get\("([A-Z_]+)"',
         r'environ\["([A-Z_]+)"\](?! *=)', r'^#define \w*ENV\w* "([A-Z_]+)"',
         r'\$\{([A-Z_]+):?-']
SOURCES = ("src", "guest", "include", "macros", "tests", ".ci", "configure.py")
# They go to programs of others, or come from them, and say nothing to ours.
FOREIGN = {"DEBIAN_FRONTEND"}


def table_of(topic):
    done = subprocess.run([os.path.join(ROOT, "build/ktstr"), "help", topic, "--markdown"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout.startswith("| "):
        raise ValueError(f"'ktstr help {topic} --markdown' prints no table: {done.stderr}")
    return done.stdout


def render(text):
    """TEXT with every generated table as it should be."""
    return TABLE.sub(lambda m: m.group(1) + table_of(m.group(2)) + m.group(3), text)


def with_bench(text):
    table = subprocess.run([sys.executable, os.path.join(ROOT, "tests/bench.py"), "--markdown"],
                           capture_output=True, text=True, check=True).stdout
    return BENCH.sub(lambda m: m.group(1) + table + m.group(2), text)


def files():
    """The text of every source file."""
    for start in SOURCES:
        full = os.path.join(ROOT, start)
        found = [full] if os.path.isfile(full) else [
            os.path.join(base, name) for base, _, names in os.walk(full) for name in names
            if name.endswith((".c", ".h", ".py", ".sh")) and "/unit/" not in base + "/"]
        for path in found:
            with open(path, encoding="utf-8") as f:
                yield os.path.relpath(path, ROOT), f.read()


def variables_read():
    """Name of a variable: where it is read."""
    found = {}
    for path, text in files():
        for pattern in READS:
            for m in re.finditer(pattern, text, re.M):
                found.setdefault(m.group(1), path)
    return {name: path for name, path in found.items() if name not in FOREIGN}


def check_variables():
    """environment.def has every variable that is read, and no other."""
    with open(os.path.join(ROOT, "src/cli/environment.def"), encoding="utf-8") as f:
        rows = set(re.findall(r"^VARIABLE\((\w+),", f.read(), re.M))
    read = variables_read()
    failed = [f"{read[name]} reads {name}, which is no row of src/cli/environment.def"
              for name in sorted(set(read) - rows)]
    everything = "\n".join(text for _, text in files())
    failed += [f"src/cli/environment.def has {name}, which nobody reads"
               for name in sorted(rows - set(read)) if f'"{name}"' not in everything]
    return failed


def check_tables(text):
    have = [m.group(2) for m in TABLE.finditer(text)]
    failed = [f"README.md lacks the table of 'ktstr help {topic}'"
              for topic in TOPICS if topic not in have]
    bench = BENCH.search(text)
    if not bench or "exec to exit of an empty test | 1 |" not in bench.group(0):
        failed.append("README.md lacks the table of the benchmark")
    try:
        if render(text) != text:
            failed.append("README.md is stale: run 'ninja readme'")
    except ValueError as e:
        failed.append(str(e))
    return failed


def check():
    """The number of things that hold, and the sentences of those that do not."""
    with open(README, encoding="utf-8") as f:
        text = f.read()
    results = [check_tables(text), check_variables()]
    return sum(not failed for failed in results), [x for failed in results for x in failed]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--bench", action="store_true",
                        help="the benchmark's table too, from build/bench.json")
    args = parser.parse_args()
    if args.check:
        _, failed = check()
        print("\n".join(failed), end="\n" if failed else "", file=sys.stderr)
        return 1 if failed else 0
    with open(README, encoding="utf-8") as f:
        text = f.read()
    try:
        new = render(with_bench(text) if args.bench else text)
    except ValueError as e:
        sys.exit(f"readme.py: {e}")
    if new != text:
        with open(README + ".new", "w", encoding="utf-8") as f:
            f.write(new)
        os.replace(README + ".new", README)
    return 0


if __name__ == "__main__":
    sys.exit(main())
