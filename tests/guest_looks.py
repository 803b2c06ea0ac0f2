# SPDX-License-Identifier: GPL-2.0-only
"""What guest tests look at besides output and exit status: files that a run has left.

Each function gets the output folder of a case and its standard output, and returns what is
wrong as a list of sentences.
"""

import glob
import json
import os
import re
import xml.etree.ElementTree


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def reports(out, stdout):
    """One passed test as JSON on standard output, KTAP and JUnit in files."""
    wrong = []
    test = json.loads(stdout)
    if test["verdict"] != "PASS" or test["seed"] != 5 or test["memory_mib"] != 300:
        wrong.append(f"standard output has {test['verdict']}, seed {test['seed']}, "
                     f"{test['memory_mib']} MiB")
    ktap = read(os.path.join(out, "report.ktap"))
    if not re.match(r"KTAP version 1\n1\.\.1\n(#.*\n)*ok 1 looks\n", ktap):
        wrong.append(f"report.ktap is {ktap!r}")
    root = xml.etree.ElementTree.parse(os.path.join(out, "report.xml")).getroot()
    cases = [case.get("name") for case in root.iter("testcase")]
    if cases != ["looks"] or root.get("failures") != "0":
        wrong.append(f"report.xml has {cases} and {root.get('failures')} failures")
    return wrong


def repeats(out, stdout):
    """Two tests, twice each: four results, with seeds of their own."""
    del stdout
    found = {os.path.basename(path) for path in glob.glob(os.path.join(out, "latest", "*.json"))}
    wanted = {"run.json"} | {f"quick_{name}{suffix}.json"
                             for name in ("one", "two") for suffix in ("", ".r2")}
    wrong = [] if found == wanted else [f"the results are {sorted(found)}"]
    seeds = [json.loads(read(os.path.join(out, "latest", f"quick_one{suffix}.json")))["seed"]
             for suffix in ("", ".r2")]
    if seeds[1] != seeds[0] + 1:
        wrong.append(f"the seeds of two repeats are {seeds}")
    return wrong
