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


def json_stream(text):
    """The objects that stand one after the other in TEXT."""
    decoder, objects, at = json.JSONDecoder(), [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        objects.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return objects


def names_of(objects):
    return sorted((test["test"]["name"], test["verdict"]) for test in objects)


def reports(out, stdout):
    """One passed test as JSON on standard output, KTAP and JUnit in files."""
    wrong = []
    test = json.loads(stdout)
    if test["verdict"] != "PASS" or test["seed"] != 5 or test["memory_mib"] != 300:
        wrong.append(f"standard output has {test['verdict']}, seed {test['seed']}, "
                     f"{test['memory_mib']} MiB")
    words = {"append": "ktest=1 ktest=2", "sysctls": ["kernel.sched_rr_timeslice_ms=77"],
             "includes": ["tests/vm/options.txt=/opt/text", "/bin/ls=/opt/",
                          "tests/vm/options.sh=/opt/script"]}
    wrong += [f"{name} is {test.get(name)!r} instead of {wanted!r}"
              for name, wanted in words.items() if test.get(name) != wanted]
    ktap = read(os.path.join(out, "report.ktap"))
    if not re.match(r"KTAP version 1\n1\.\.1\n(#.*\n)*ok 1 looks\n", ktap):
        wrong.append(f"report.ktap is {ktap!r}")
    root = xml.etree.ElementTree.parse(os.path.join(out, "report.xml")).getroot()
    cases = [case.get("name") for case in root.iter("testcase")]
    if cases != ["looks"] or root.get("failures") != "0":
        wrong.append(f"report.xml has {cases} and {root.get('failures')} failures")
    return wrong


def repeats(out, stdout):
    """Two tests, twice each, as JSON: four objects, four results, with seeds of their own."""
    passed = names_of(json_stream(stdout))
    twice = [("quick_one", "PASS")] * 2 + [("quick_two", "PASS")] * 2
    found = {os.path.basename(path) for path in glob.glob(os.path.join(out, "latest", "*.json"))}
    wanted = {"run.json"} | {f"quick_{name}{suffix}.json"
                             for name in ("one", "two") for suffix in ("", ".r2")}
    wrong = [] if found == wanted else [f"the results are {sorted(found)}"]
    wrong += [] if passed == twice else [f"standard output has {passed}"]
    seeds = [json.loads(read(os.path.join(out, "latest", f"quick_one{suffix}.json")))["seed"]
             for suffix in ("", ".r2")]
    if seeds[1] != seeds[0] + 1:
        wrong.append(f"the seeds of two repeats are {seeds}")
    return wrong


def report_targets(out, stdout):
    """Reports of two tests through a FIFO, a descriptor and into a file; see report_targets.sh."""
    del stdout
    wrong = []
    names = ["quick_one", "quick_two"]
    root = xml.etree.ElementTree.parse(os.path.join(out, "from-fifo.xml")).getroot()
    cases = sorted(case.get("name") for case in root.iter("testcase"))
    if cases != names or root.get("failures") != "0":
        wrong.append(f"the FIFO got {cases} and {root.get('failures')} failures")
    ktap = read(os.path.join(out, "from-descriptor.ktap"))
    if not ktap.startswith("KTAP version 1\n1..2\n") \
            or sorted(re.findall(r"^ok [12] (\w+)", ktap, re.M)) != names:
        wrong.append(f"the descriptor got {ktap!r}")
    passed = names_of(json_stream(read(os.path.join(out, "file.jsonl"))))
    if passed != [(name, "PASS") for name in names]:
        wrong.append(f"the file got {passed}")
    run = json.loads(read(os.path.join(out, "latest", "run.json")))
    if run["state"] != "finished" or run["exit_status"] != 0:
        wrong.append(f"run.json says {run['state']} and exit status {run['exit_status']}")
    for name in names:
        if not os.path.exists(os.path.join(out, "latest", name + ".json")):
            wrong.append(f"there is no result of {name}")
    return wrong
