#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which test of a run has executed each op, knob, kind of work and check.

The rows come from the .def tables, what was executed from the results of the tests: bits of
ops and knobs in the stimuli, kinds of the workers that completed, checks that judged
something. A row that no test has executed fails `make check`. An op that needs a part that is
not there counts when its refusal is tested (REFUSED).
"""

import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLES = {
    "op": ("macros/op.def", r"^OP\((\w+)"),
    "knob": ("macros/knob.def", r"^KNOB\((\w+)"),
    "work": ("macros/work.def", r"^WORK\((\w+)"),
    "check": ("macros/check.def", r"^CHECK\((\w+)"),
}
OTHERS = {"canned": ("macros/canned.def", r"^CANNED\((\w+)")}
# A sentence of a plan that refuses an op for what it needs.
REFUSED = re.compile(r"op \d+ \((\w+)\)[^\n]* needs ")


def rows(table):
    """The names of a table's rows, in the order of their bits."""
    path, pattern = {**TABLES, **OTHERS}[table]
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return re.findall(pattern, f.read(), re.M)


def of_mask(table, mask):
    return {name for bit, name in enumerate(rows(table)) if mask >> bit & 1}


def of_test(test):
    """What one result says was executed: {table: names}."""
    found = {table: set() for table in TABLES}
    for stimulus in test["stimuli"]:
        found["op"] |= of_mask("op", stimulus["op_mask"])
        found["knob"] |= of_mask("knob", stimulus["knob_mask"])
    found["work"] |= {w["kind"] for w in test["workers"] if w["completed"]}
    found["check"] |= {c["name"] for c in test["checks"] if c["judged"]}
    return found


def of_case(tests, said):
    """What a case executed, by its results and by what was SAID: {table: sorted names}."""
    found = {table: set() for table in TABLES}
    for test in tests:
        for table, names in of_test(test).items():
            found[table] |= names
    found["op"] |= {name for name in REFUSED.findall(said) if name in rows("op")}
    return {table: sorted(names) for table, names in found.items()}


def table_of(results):
    """[(table, row, [cases])] of the results of guests.py."""
    return [(table, row, [case for case, result in results.items()
                          if row in result.get("covered", {}).get(table, ())])
            for table in TABLES for row in rows(table)]


def markdown(lines):
    """The table for people: each row with the first case that executed it, and how many did."""
    text = "| | row | executed by | cases |\n|---|---|---|---|\n"
    for table, row, cases in lines:
        text += f"| {table} | {row} | {cases[0] if cases else '**nothing**'} | {len(cases)} |\n"
    return text


def check(results, path):
    """Write the table to PATH; returns (rows executed, sentences about the others)."""
    lines = table_of(results)
    with open(path, "w", encoding="utf-8") as f:
        f.write(markdown(lines))
    missing = [f"no test executed the {table} {row}" for table, row, cases in lines if not cases]
    return len(lines) - len(missing), missing


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else "build/guests.json", encoding="utf-8") as f:
        results = json.load(f)
    print(markdown(table_of(results)), end="")
    return 1 if any(not cases for _, _, cases in table_of(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
