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


# Checks that no host can explain: time has no part in them.
TIMELESS = ("isolation", "max_migrations", "max_migration_ratio", "min_page_locality",
            "max_cross_node_migration_ratio", "max_slow_tier_ratio")


def must_fail(test):
    """Why not each check of TEST has failed; one the host may explain can be undecided."""
    excused = {detail["name"] for detail in test["details"]
               if "the host may have taken up to" in detail["text"]}
    for check in test["checks"]:
        name, verdict = check["name"], check["verdict"]
        allowed = ("FAIL",) if name in TIMELESS or name not in excused else ("FAIL", "INCONCLUSIVE")
        if not check["judged"] or verdict not in allowed:
            yield f"strict: {name} is {verdict}, worst {check['worst']} of {check['judged']}"


def checks(out, _stdout):
    """All checks at impossible limits, and at limits that anything meets."""
    wrong, results = [], {}
    for name in ("strict", "lenient"):
        results[name] = json.loads(read(os.path.join(out, "latest", f"{name}.json")))
    wrong += must_fail(results["strict"])
    wrong += [f"lenient: {check['name']} is {check['verdict']}, {check['judged']} judged"
              for check in results["lenient"]["checks"]
              if check["verdict"] != "PASS" or not check["judged"]]
    asked = [sorted(check["name"] for check in test["checks"]) for test in results.values()]
    if asked[0] != asked[1]:
        wrong.append(f"strict has {asked[0]}, lenient {asked[1]}")
    claims = json.loads(read(os.path.join(out, "latest", "claims.json")))["claims"]
    seen = [(claim["label"], claim["verdict"], claim["part"]) for claim in claims]
    wanted = [("ktstr_duration_ms(ctx)", "PASS", False), ("ktstr_duration_ms(ctx)", "FAIL", False),
              ("nothing", "FAIL", False), ("2", "INCONCLUSIVE", False), ("1 + 1", "FAIL", True),
              ("2 > 1", "PASS", True), ("either", "PASS", False)]
    if seen != wanted or claims[0]["value"] != 1000 or claims[2]["value"] is not None:
        wrong.append(f"the claims are {claims}")
    return wrong


def payloads(out, _stdout):
    """What the payloads of test "steps" measured, and how they ended, in its result."""
    test = json.loads(read(os.path.join(out, "latest", "steps.json")))
    ends = [(p["name"], p["cgroup"], p["phase"], p["exit_code"], p["stopped"], len(p["failures"]))
            for p in test["payloads"]]
    wanted = [("numbers", "half", 1, 0, False, 0), ("hackbench", "half", 1, 0, False, 0),
              ("endless", "x", 2, -1, True, 1), ("endless", "", 2, -1, True, 1), ("endless", "y", 3, -1, True, 1),
              ("beside", "", 4, -1, True, 0)]
    wrong = [] if ends == wanted else [f"payloads are {ends}"]
    metrics = {m["name"]: m for m in test["metrics"] if m["source"] == "numbers"}
    values = {name: m["value"] for name, m in metrics.items()}
    if values != {"start.cpus": 2, "start.in_half": 1, "group_leader": 1, "read": 42}:
        wrong.append(f"metrics of numbers are {values}")
    hint = metrics.get("read", {})
    if (hint.get("better"), hint.get("target"), hint.get("unit")) != ("target", 42, "answers"):
        wrong.append(f"the metric with a hint is {hint}")
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


def host_is_clean(_out, _stdout):
    """No cgroup of a host_only test is left on this machine."""
    return [f"{path} is left" for path in glob.glob("/sys/fs/cgroup/**/", recursive=True)
            if re.search(r"/(ktstr|run-\d)", path)]


def host_only(out, stdout):
    """What results say of tests on this machine, and of one in a guest beside them."""
    wrong = host_is_clean(out, stdout)
    tests = {test["test"]["name"]: test for test in json_stream(read(os.path.join(out, "report")))}
    release = os.uname().release
    for name, test in tests.items():
        mode = "guest" if name == "in_guest" else "host"
        if test["mode"] != mode:
            wrong.append(f"{name} has mode {test['mode']}")
        if mode == "host" and test["verdict"] == "PASS" and (
                test["kernel"]["release"] != release or test["accelerator"]["name"] != "host"
                or test["end"]["how"] != "done" or not test["dmesg"]["complete"]):
            wrong.append(f"{name}: {test['kernel']}, {test['end']}, {test['dmesg']}")
    said = read(glob.glob(os.path.join(out, "latest", "observed.console.txt"))[0])
    if "said on the host\n" not in said:
        wrong.append(f"the console of observed is {said!r}")
    run = json.loads(read(os.path.join(out, "latest", "run.json")))
    if run["kernels_booted"] != 1:
        wrong.append(f"run.json counts {run['kernels_booted']} kernels")
    return wrong


def workers(out, _):
    """What the results say of workers in the guest: picks, latencies, migrations, errors."""
    wrong = []
    result = json.loads(read(os.path.join(out, "latest", "attributes.json")))
    by_cgroup = {w["cgroup"]: w for w in result["workers"]}
    if len(by_cgroup) != 16 or not all(w["completed"] for w in result["workers"]):
        wrong.append(f"not all workers of 16 cgroups have reported: {sorted(by_cgroup)}")
    pages = by_cgroup.pop("pages")
    if not (0 < pages["pages_total"] == pages["pages_expected"] and pages["pages_slow"] == 0
            and pages["pages_by_node"] == f"1:{pages['pages_total']}"
            and pages["pages_migrated"] is not None):
        wrong.append(f"the pages of the worker bound to node 1 are {pages}")
    for name, w in by_cgroup.items():
        if not w["picks"] or w["picks"] < 2:
            wrong.append(f"the worker in '{name}' was picked {w['picks']} times")
        if not w["wakes"] or not w["wake_mean_ns"] or w["wake_mean_ns"] > w["wake_max_ns"]:
            wrong.append(f"the wake latencies in '{name}' are wrong: {w}")
    errors = [name for name, w in by_cgroup.items()
              if w["policy_error"] or w["affinity_error"] or w["other_error"]]
    if errors != ["refused"] or by_cgroup["refused"]["policy_error"] != 1:
        wrong.append(f"errors are told of {errors}")
    if not re.match(r"[0-3]>[0-3]@\d+ms", by_cgroup["batch"]["migrations_text"] or "0>0@0ms"):
        wrong.append(f"migrations are {by_cgroup['batch']['migrations_text']!r}")
    result = json.loads(read(os.path.join(out, "latest", "threads.json")))
    spinners = [w for w in result["workers"] if w["kind"] == "spin_wait"]
    if len(spinners) != 4 or not all(w["costs"] and w["cost_p50_ns"] for w in spinners):
        wrong.append(f"the costs of iterations are missing: {spinners}")
    return wrong


def metrics_of(out, name):
    """{kind: {metric: values}} of a test's results."""
    found = {}
    for metric in json.loads(read(os.path.join(out, "latest", f"{name}.json")))["metrics"]:
        found.setdefault(metric["source"], {}).setdefault(metric["name"], []).append(
            metric["value"])
    return found


def placed_kinds(out, _):
    """What kinds that need nodes, cgroups or files have done on a machine of two nodes."""
    result = json.loads(read(os.path.join(out, "latest", "placed.json")))
    wrong = [f"{w['kind']} did not complete: {w['exit_text']}"
             for w in result["workers"] if not w["completed"]]
    idle = [w["kind"] for w in result["workers"] if not w["work_units"]]
    if idle != ["cgroup_attach_storm"]:
        wrong.append(f"without a unit of work: {idle}, not just the storm without its cgroup")
    by_kind = {w["kind"]: w for w in result["workers"]}
    used = by_kind["numa_migration_churn"]["cpus_used"]
    if not re.search("[01]", used) or not re.search("[23]", used):
        wrong.append(f"numa_migration_churn was on CPUs {used}, not on both nodes")
    for kind, pages in (("cache_pressure", 8), ("cache_yield", 8), ("cache_pipe", 8),
                        ("io_sync_write", 16), ("numa_working_set_sweep", 16)):
        if by_kind[kind]["pages_total"] < pages:
            wrong.append(f"{kind} has {by_kind[kind]['pages_total']} pages, not {pages}")
    metrics = metrics_of(out, "placed")
    least = {"numa_working_set_sweep": {"region_moves": 3}, "numa_migration_churn": {"node_moves": 3},
             "cgroup_churn": {"cgroup_moves": 3}, "cgroup_attach_storm": {"attached": 1},
             "schbench": {"loops": 5, "rps": 1, "wakeup_p99_us": 1, "request_p50_us": 100},
             "taobench": {"total_qps": 10, "slow_qps": 1, "hit_ratio": 0.6, "serve_p99_us": 1}}
    for kind, wanted in least.items():
        for name, value in wanted.items():
            if max(metrics.get(kind, {}).get(name, [-1])) < value:
                wrong.append(f"{kind}: {name} is {metrics.get(kind, {}).get(name)}")
    if metrics["numa_working_set_sweep"]["misplaced_pages"] != [0]:
        wrong.append("pages of numa_working_set_sweep did not move along")
    return wrong
