# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the command line: options, lists, plans and help, with nothing unusual around."""

import json
import os
import re
import shutil
import subprocess

from cli_common import (FIRST, HARNESS, LIMIT_S, ROOT, STEPS, TOOL, USAGE, ask, done, environment,
                        first_kernel, folder, left, need, refused, says, write)

KASLR = os.path.join(ROOT, "build/vm/kaslr")


def rows(name, pattern):
    """First groups of PATTERN in a .def table of src/cli."""
    with open(os.path.join(ROOT, "src/cli", name), encoding="utf-8") as f:
        return re.findall(pattern, f.read(), re.M)


def names_of(answer):
    return [test["name"] for test in json.loads(answer.out)]


def case_list():
    """--list names every test with its machine; as JSON the same, for programs."""
    text = done(STEPS, "--list")
    tests = json.loads(done(STEPS, "-l", "--format", "json").out)
    need([t["name"] for t in tests] == [line.split()[0] for line in text.out.splitlines()],
         "text and JSON differ", text)
    need([t["name"] for t in tests] == ["grow_and_shrink", "by_hand"], "order of the source")
    first = tests[0]
    need(first["topology"] == "1n1l2c1t" and first["vcpus"] == 2, "machine", first)
    need(first["duration_ms"] == 4000 and first["file"].endswith("02_steps.c"), "test", first)
    tests = json.loads(done(STEPS, "--list", "--format=json", "-t2n4l2c2t", "-d", "1.5s").out)
    need({(t["topology"], t["vcpus"], t["duration_ms"]) for t in tests} ==
         {("2n4l2c2t", 16, 1500)}, "what the command line says is not listed", tests)
    for form in ("junit", "ktap"):
        refused(USAGE, STEPS, "--list", "--format", form,
                words=[f"no {form} form", "--format text or json"])


def case_thresholds():
    """--show-thresholds prints the merged limits of a test with who set each, as text and JSON."""
    first, checks = FIRST, os.path.join(ROOT, "build/samples/07_checks")
    text = done(first, "--show-thresholds", "first")
    for line in (r"not_starved +on +test$", r"max_gap_ms +2000 ms +default \(3000 on a kernel"):
        need(re.search(rf"^  {line}", text.out, re.M), line, text)
    limits = {check["name"]: check for check in json.loads(
        done(checks, "--show-thresholds", "weights", "--format", "json").out)["checks"]}
    need(limits["min_iteration_rate"]["layer"] == "scheduler" and
         limits["min_iteration_rate"]["limit"] == 10, "the scheduler's layer", limits)
    need(limits["max_gap_ms"]["layer"] == "test" and not limits["max_gap_ms"]["on"],
         "a check that was switched off", limits)
    need(limits["max_migrations"]["limit"] == 0 and limits["max_migrations"]["on"],
         "a limit of zero", limits)
    refused(USAGE, first, "--show-thresholds", "frist",
            words=["no test is called 'frist'", "did you mean 'first'?"])
    refused(USAGE, first, "--show-thresholds", "first", "--format", "ktap",
            words=["no ktap form", "--format text or json"])


def case_selection():
    """--exact and --filter select, exclude, and name what selects nothing."""
    def listed(*options):
        return names_of(done(STEPS, "--list", "--format", "json", *options))
    need(listed("--exact", "by_hand") == ["by_hand"], "--exact")
    need(len(listed("-e", "by_hand", "-e", "grow_and_shrink")) == 2, "--exact twice")
    need(listed("--filter", "*", "--filter", "!grow*") == ["by_hand"], "exclusion")
    need(listed("-f", "!by*") == ["grow_and_shrink"], "exclusion alone")
    need(listed("--filter", "nothing*", "--allow-empty") == [], "--allow-empty")
    for options, words in (
            (["--exact", "by_hnad"], ["--exact 'by_hnad'", "did you mean 'by_hand'"]),
            (["--exact", "by_*"], ["--exact 'by_*'", "--list"]),
            (["-e", "by_hand", "-e", "zzz"], ["--exact 'zzz'", "2 in this program"]),
            (["--filter", "by_hnad"], ["--filter 'by_hnad'", "did you mean 'by_hand'"]),
            (["--filter", "zzz*"], ["no test matches --filter 'zzz*'", "--list"]),
            (["-f", "by*", "-f", "!*hand"], ["--filter '!*hand' leaves none of 2 tests"]),
            (["-e", "by_hand", "-f", "!by*"], ["--filter '!by*' leaves none"]),
            (["--filter", ""], ["--filter: the glob is empty"]),
            (["--exact", ""], ["--exact: the name is empty"])):
        for how in ([], ["--list"], ["--dry-run"]):
            refused(USAGE, STEPS, *options, *how, words=words)
    with folder() as cwd:
        answer = done(STEPS, "--filter", "zzz*", "--allow-empty", cwd=cwd)
        says(answer, "no test is selected")
        need(left(cwd) == [], "a run of nothing leaves something", left(cwd))


WRONG = [
    (["--lsit"], ["unknown option '--lsit'", "did you mean --list?"]),
    (["--topolgy=1n1l1c1t"], ["did you mean --topology?"]),
    (["-q"], ["unknown option '-q'", "--help"]),
    (["--jobs"], ["--jobs needs a value", "--jobs N"]),
    (["-k"], ["--kernel needs a value", "--kernel ID|PATH"]),
    (["--list=3"], ["--list takes no value", "'--list=3'"]),
    (["-lv"], ["--list takes no value", "'-lv'", "apart"]),
    (["grow*"], ["'grow*' is no option", "--filter"]),
    (["--list", "--", "grow*"], ["'grow*' is no option", "--filter"]),
    (["--jobs", "0"], ["--jobs: 0", "from 1 to 256"]),
    (["--jobs", "two"], ["--jobs: 'two'", "whole number"]),
    (["--jobs", "1 "], ["--jobs: '1 '"]),
    (["--repeat", "-1"], ["--repeat: '-1'", "from 1 to"]),
    (["--repeat=99999999999999999999"], ["--repeat: 99999999999999999999 is out of range"]),
    (["--seed", "0x1"], ["--seed: '0x1'"]),
    (["--memory", "1"], ["--memory: '1'", "32 to 1048576 MiB", "512M or 2G"]),
    (["--memory", "2T"], ["--memory: '2T'", "512M or 2G"]),
    (["--duration", "1h"], ["--duration: '1h'", "250ms, 12s"]),
    (["--duration", "0"], ["--duration: '0' is out of range"]),
    (["--timeout", ""], ["--timeout: ''"]),
    (["--timeout", "1441m"], ["--timeout: '1441m' is out of range", "1440m"]),
    (["--topology", "1n2l"], ["--topology", "'1n2l'", "NnLlCcTt"]),
    (["--topology", "0n1l1c1t"], ["0n1l1c1t", "at least 1"]),
    (["--topology", "2n3l1c1t"], ["3 LLCs cannot be shared evenly by 2 nodes", "multiple"]),
    (["--topology", "1n1l999c9t"], ["more than 512 CPUs"]),
    (["--format", "jsno"], ["--format", "'jsno'", "did you mean 'json'"]),
    (["--report", "xml:a"], ["--report", "'xml'", "junit"]),
    (["--report", "json"], ["'json' does not name a file", "FORMAT:FILE"]),
    (["--report", "json:"], ["'json:' does not name a file"]),
    (["--report=json:a"] * 9, ["more than 8 reports"]),
    (["--accel", "sotf"], ["'sotf'", "did you mean 'soft'"]),
    (["--kernel", ""], ["--kernel", "empty"]),
    (["--output", ""], ["--output", "empty"]),
    (["--sysctl", "nonsense"], ["'nonsense' is not KEY=VALUE"]),
    (["--sysctl", "a;b=1"], ["no key has a ';'"]),
    (["--sysctl", "../../etc/x=1"], ["'../../etc/x=1'", "/proc/sys"]),
    (["--append", "quiet ktstr.seed=1"], ["'ktstr.'", "leave it out"]),
    (["--append", "a\nb"], ["control character at byte 1"]),
    (["--include", ""], ["names no file"]),
    (["--include", "=/x"], ["'=/x' names no file"]),
    (["--dry-run", "--format", "ktap"], ["a dry run has no ktap form"]),
]


def case_wrong_options():
    """Each wrong option is answered with its name, the cause and the remedy, and does nothing."""
    with folder() as cwd:
        for options, words in WRONG:
            refused(USAGE, STEPS, *options, words=words, cwd=cwd)
        need(left(cwd) == [], "something was left", left(cwd))


def case_help_and_version():
    """--help shows every option with its sentence, and the exit statuses; no option is hidden."""
    text = done(STEPS, "--help").out
    need(done(STEPS, "-h").out == text, "-h differs from --help")
    flat = " ".join(text.split())
    options = rows("program.def", r'OPTION\("([\w-]+)", \w+, (?:\'(\w)\'|0),')
    need(len(options) > 20, "the table is not read", options)
    for name, letter in options:
        need(re.search(rf"^  {'-' + letter + ',' if letter else '   '} --{name}\b", text, re.M),
             f"--{name} is not shown", text)
    for sentence in rows("program.def", r'OPTION\([^"]*"[\w-]+", [^"]*?(?:NULL|"[^"]*"),\s*'
                                        r'((?:"[^"]*"\s*)+)\)'):
        said = " ".join("".join(re.findall(r'"([^"]*)"', sentence)).split())
        need(said in flat, f"{said!r} is not shown", text)
    says(done(STEPS, "--help"), "exit status:", "128 + N", "KTSTR_KERNEL")
    need(max(map(len, text.splitlines())) <= 100, "a line is too long", text)
    need(re.fullmatch(r"ktstr \d+\.\d+\n", done(STEPS, "--version").out), "--version")
    need(done(STEPS, "--version").out == done(TOOL, "version").out, "versions differ")


def include_tree(cwd):
    write(os.path.join(cwd, "tree/sub/data"), "12345")
    write(os.path.join(cwd, "script"), "#!/usr/bin/env sh\n", 0o755)
    return ["--include", "tree/=/opt/tree", "--include", "/bin/ls=/opt/bin/", "-i",
            "script=/opt/script", "--sysctl", "kernel.sched_schedstats=1"]


def case_dry_run_files():
    """--dry-run shows every file of the initramfs: folders, libraries, interpreters, settings."""
    with folder() as cwd:
        options = include_tree(cwd)
        plan = json.loads(done(STEPS, "-n", "--format", "json", *options, cwd=cwd).out)
        files = {f["path"]: f for f in plan["initramfs"]["files"]}
        need(files["init"]["from"] == STEPS and
             0 < files["init"]["bytes"] < os.path.getsize(STEPS), "/init", files)
        need(files["opt/tree/sub/data"]["bytes"] == 5, "the folder", files)
        need("opt/bin/ls" in files and "opt/script" in files, "the programs", files)
        need(any(re.search(r"/libc\.so", path) for path in files), "the libraries", files)
        need(any("ld-" in path for path in files), "the loader", files)
        need("usr/bin/env" in files and shutil.which("sh")[1:] in files, "the interpreter", files)
        need(files["ktstr/sysctl"]["from"] == "--sysctl", "the settings", files)
        need(plan["initramfs"]["unpacked_bytes"] > files["init"]["bytes"], "bytes", plan)
        text = done(STEPS, "--dry-run", *options, cwd=cwd).out
        need(all(re.search(rf"^  /{re.escape(path)} +{f['bytes']} ", text, re.M)
                 for path, f in files.items()), "text and JSON differ", text)
        need(left(cwd) == ["script", "tree", "tree/sub", "tree/sub/data"], "it left something")


def case_dry_run_machine():
    """--dry-run shows vCPUs, memory, words in their order, limits, seed and kernel."""
    first_kernel()
    plan = json.loads(done(
        STEPS, "-n", "--format", "json", "-e", "grow_and_shrink", "--append", "one two",
        "--append", "three", "-m", "300", "-s", "7", "--timeout", "90s", "-d", "7s", "-r", "3",
        "-j", "2", "-t", "1n2l2c1t", "-o", "/nowhere/x").out)
    test = plan["tests"][0]
    need((test["vcpus"], test["memory_mib"], test["topology"]) == (4, 300, "1n2l2c1t"),
         "machine", plan)
    need((test["duration_ms"], test["timeout_ms"]) == (7000, 90000), "times", plan)
    need((plan["seed"], plan["repeat"], plan["jobs"]) == (7, 3, 2), "run", plan)
    need(plan["results"] == "/nowhere/x" and not os.path.exists("/nowhere"), "results", plan)
    need(test["cmdline"].endswith(" one two three"), "--append is not the end", plan)
    need("ktstr.test=grow_and_shrink ktstr.topology=1n2l2c1t" in test["cmdline"], "words", plan)
    text = done(STEPS, "-n", "-e", "grow_and_shrink", "-m", "1G", "--append", "last=1")
    says(text, "1n1l2c1t, 2 vCPUs, 1024 MiB", "limits     boot ", "words      console=")
    need(re.search(r"^  words .* last=1$", text.out, re.M), "--append", text)


def case_dry_run_with_kaslr():
    """A test that wants KASLR boots the bzImage without nokaslr, others the vmlinux with it."""
    first_kernel()
    tests = {t["name"]: t for t in json.loads(done(KASLR, "-n", "--format", "json").out)["tests"]}
    moved, fixed = tests["moved"], tests["fixed"]
    need(moved["image"].endswith("/bzImage") and "nokaslr" not in moved["cmdline"], moved)
    need(fixed["image"].endswith("/vmlinux") and "nokaslr" in fixed["cmdline"], fixed)


def case_dry_run_without_kernel():
    """No or an unknown kernel is part of the answer of --dry-run, with its remedy."""
    with folder() as cache:
        env = {"KTSTR_CACHE_DIR": cache}
        text = done(STEPS, "--dry-run", env=env)
        says(text, "kernel       none: no kernel to boot", cache, "ktstr kernel build",
             "image      none")
        plan = json.loads(done(STEPS, "-n", "-k", "zzz", "--format=json", env=env).out)
        need(plan["kernel"] is None and "'zzz'" in plan["kernel_error"], "JSON", plan)
        need(plan["tests"][0]["vcpus"] == 2 and plan["tests"][0]["image"] is None, "JSON", plan)
        done(STEPS, "-n", "--build-kernel", env=env)
        need(left(cache) == [], "a dry run did something", left(cache))


def case_a_plan_that_cannot_be():
    """A machine too small for a test: its place in the plan says so, and the status is 3."""
    answer = ask(STEPS, "-n", "--topology", "1n1l1c1t")
    need(answer.status == HARNESS, "status", answer)
    says(answer, "cannot run: test 'grow_and_shrink': step 2", "1 usable CPUs", "fix: widen it")
    plan = ask(STEPS, "-n", "--topology", "1n1l1c1t", "--format", "json")
    tests = {t["name"]: t for t in json.loads(plan.out)["tests"]}
    need(plan.status == HARNESS, "status", plan)
    need("1 usable" in tests["grow_and_shrink"]["error"], "error", plan)
    need(tests["by_hand"]["vcpus"] == 1, "the other test has its plan", plan)


def case_files_that_cannot_be_included():
    """--include of what is missing, no file, unreadable or hidden by guests names it."""
    with folder() as cwd:
        write(os.path.join(cwd, "a"))
        write(os.path.join(cwd, "b"))
        write(os.path.join(cwd, "bad"), "#!/nonexistent/interpreter\n", 0o755)
        os.mkdir(os.path.join(cwd, "deep"))
        os.symlink(".", os.path.join(cwd, "deep/loop"))
        for options, words in (
                (["-i", "zzz"], [f"'{cwd}/zzz'", "No such file", "check the path"]),
                (["-i", "/dev/null"], ["'/dev/null'", "neither a file nor a folder"]),
                (["-i", "a=/init"], ["hide /init", "a=/opt/a'"]),
                (["-i", "a=/proc/x"], ["hide /proc/x", "a=/opt/a'"]),
                (["-i", "a=/opt/../sys/x"], ["hide /sys/x"]),
                (["-i", "a=opt/x"], [f"'{cwd}/a=opt/x'", "PATH begins with '/'"]),
                (["-i", "a=/opt/x", "-i", "b=/opt/x"], ["both to be /opt/x", "FILE=PATH"]),
                (["-i", "bad=/opt/bad"], ["interpreter of", "install '/nonexistent/interpreter'"]),
                (["-i", "deep=/opt/deep"], ["folders more than", "one by one"])):
            for how in (["--dry-run"], []):
                refused(HARNESS, FIRST, *options, *how, words=["--include"] + words, cwd=cwd)
        need(left(cwd) == ["a", "b", "bad", "deep", "deep/loop"], "something was left", left(cwd))


def case_help_of_the_tool():
    """`ktstr help` lists verbs and topics; each topic prints, a wrong name is answered."""
    text = done(TOOL, "help").out
    for verb in rows("verb.def", r"^VERB\((\w+),"):
        need(re.search(rf"^  ktstr {verb}\b", text, re.M), f"verb {verb} is missing", text)
    topics = re.findall(r"^  ([\w-]+) +\S", text.split("topics of")[1], re.M)
    need(len(topics) >= 9, "topics", text)
    for topic in topics:
        need(len(done(TOOL, "help", topic).out.splitlines()) > 2, f"topic {topic} says nothing")
        for name in ("zzz", "--zzz"):
            refused(USAGE, TOOL, "help", topic, name, words=["zzz"])
    variables = done(TOOL, "help", "environment").out
    for name in rows("environment.def", r"^VARIABLE\((\w+),"):
        need(re.search(rf"^{name} ", variables, re.M), f"{name} is missing", variables)
        need(done(TOOL, "help", "environment", name).out.startswith(name), name)
    for name in ("--jobs", "-j", "jobs"):
        need("-j, --jobs N" in done(TOOL, "help", "option", name).out, name)
    says(done(TOOL, "help", "op", "spawn"), "OP(spawn", ".work")
    says(done(TOOL, "help", "variant", "lockdep"), "CONFIG_")


def case_wrong_verbs_of_the_tool():
    """Wrong verbs, topics and operands are answered with the nearest there is."""
    need(ask(TOOL).status == USAGE, "no verb")
    for argv, words in (
            (["hlep"], ["'hlep'", "did you mean 'ktstr help'"]),
            (["help", "environmnt"], ["'environmnt'", "did you mean 'environment'"]),
            (["help", "op", "spwan"], ["no op 'spwan'", "did you mean 'spawn'"]),
            (["help", "environment", "KTSTR_KERNLE"], ["did you mean 'KTSTR_KERNEL'"]),
            (["help", "option", "--jbos"], ["no option 'jbos'", "did you mean 'jobs'"]),
            (["help", "op", "spawn", "more"], ["'more'"]),
            (["version", "more"], ["'more'"]),
            (["kernel", "lsit"], ["did you mean 'ktstr kernel list'"]),
            (["kernel", "zzz"], ["'ktstr kernel zzz'", "build, list, path or clean"]),
            (["kernel", "list", "more"], ["takes no operands"]),
            (["kernel", "list", "--jsno"], ["'--jsno'", "did you mean --json"]),
            (["kernel", "path"], ["takes one operand"]),
            (["kernel", "clean", "--keep", "x"], ["--keep: 'x'"]),
            (["results", "lsit"], ["did you mean 'ktstr results list'"]),
            (["results", "zzz"], ["list, show or clean"]),
            (["results", "list", "--dir", ""], ["--dir", "empty"]),
            (["results", "clean", "--keep", "x"], ["--keep: 'x'"]),
            (["results", "show", "a", "b"], ["at most one operand"]),
            (["softkvm"], ["no command", "ktstr softkvm exec -- CMD"]),
            (["softkvm", "rnu"], ["'rnu'", "ktstr softkvm exec -- CMD"]),
            (["softkvm", "exec"], ["no command"]),
            (["accel", "more"], ["'more'"]),
            (["accel", "--accel", "kmv"], ["'kmv'", "did you mean 'kvm'"])):
        refused(USAGE, TOOL, *argv, words=words)
    for verb in ("kernel", "results"):
        need(ask(TOOL, verb).status == USAGE, f"{verb} without more")
        done(TOOL, verb, "--help")


def case_results_folders():
    """Missing, empty and damaged results: listed, shown, cleaned; strangers stay."""
    with folder() as cwd:
        says(done(TOOL, "results", "list", cwd=cwd), "no runs in ktstr-results", "--dir")
        need(json.loads(done(TOOL, "results", "list", "--json", cwd=cwd).out) == [], "JSON")
        refused(HARNESS, TOOL, "results", "show", words=["'latest'", "results list"], cwd=cwd)
        refused(HARNESS, TOOL, "results", "clean", words=["'ktstr-results'", "--dir"], cwd=cwd)
        need(left(cwd) == [], "asking made something", left(cwd))
        write(os.path.join(cwd, "file"))
        refused(HARNESS, TOOL, "results", "list", "-d", "file", words=["'file'", "Not a dir"],
                cwd=cwd)
        empty, broken = "2026-01-01T000000-01", "2026-01-02T000000-01"
        os.makedirs(os.path.join(cwd, "r", empty))
        write(os.path.join(cwd, "r", broken, "run.json"), "{")
        write(os.path.join(cwd, "r", "mine/notes"))
        for name in (empty, broken):
            os.utime(os.path.join(cwd, "r", name), (0, 0))
        runs = json.loads(done(TOOL, "results", "list", "-d", "r", "--json", cwd=cwd).out)
        need([r["run"] for r in runs] == [broken, empty], "newest first", runs)
        need({r["state"] for r in runs} == {"damaged"}, "state", runs)
        says(done(TOOL, "results", "list", "-d", "r", cwd=cwd), "run.json", "damaged")
        refused(HARNESS, TOOL, "results", "show", "-d", "r", words=[broken, "by hand"], cwd=cwd)
        refused(HARNESS, TOOL, "results", "show", "-d", "r", empty[:-1] + "2", cwd=cwd,
                words=[f"did you mean '{empty}'"])
        says(done(TOOL, "results", "clean", "-n", "-d", "r", "--keep", "0", cwd=cwd),
             f"would remove {empty}", f"skipped {broken}")
        says(done(TOOL, "results", "clean", "-d", "r", "--keep", "0", cwd=cwd), "removed 1 run")
        need([x for x in left(os.path.join(cwd, "r")) if not x.startswith(".")] ==
             [broken, f"{broken}/run.json", "mine", "mine/notes"], "what stays", left(cwd))


SPEAKING = [[STEPS, "--list"], [STEPS, "--list", "--format", "json"], [STEPS, "--help"],
            [STEPS, "--version"], [STEPS, "--dry-run"], [TOOL, "help"], [TOOL, "help", "option"],
            [TOOL, "version"], [TOOL, "kernel", "list", "--json"], [TOOL, "kernel", "--help"],
            [TOOL, "results", "list", "--json"], [TOOL, "results", "--help"]]


def case_standard_output_that_takes_nothing():
    """A full, a closed and a broken standard output are errors, not half an answer."""
    for argv in SPEAKING:
        for how, words in (('exec "$@" >/dev/full', []), ('exec "$@" >&-', ["Bad file"])):
            refused(HARNESS, "sh", "-c", how, "sh", *argv,
                    words=["standard output could not be written"] + words)
        need(broken_pipe(argv, True)[0] == -13, f"SIGPIPE ends {argv}")
        status, err = broken_pipe(argv, False)
        need(status == HARNESS and b"could not be written" in err, f"EPIPE in {argv}", err)


def broken_pipe(argv, sigpipe):
    """Status and standard error with a reader that has gone; SIGPIPE ends it, or is ignored."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        p = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, cwd="/", check=False,
                           stdin=subprocess.DEVNULL, restore_signals=sigpipe, timeout=LIMIT_S,
                           env=environment())
        return p.returncode, p.stderr
    finally:
        os.close(writer)
