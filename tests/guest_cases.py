# SPDX-License-Identifier: GPL-2.0-only
"""The table of what boots in `make check` and in `make soak`, for guests.py: one row a case."""

import dataclasses

import coverage
import guest_looks

CANNED = len(coverage.rows("canned"))
# In a command: an image of the kernel that is booted by default.
BZIMAGE = "@bzImage"
VMLINUX = "@vmlinux"


@dataclasses.dataclass
class Case:
    """One run of a program: what it is given, and what must come of it."""
    name: str
    command: list
    status: int = 0
    env: dict = dataclasses.field(default_factory=dict)
    serial: bool = False  # its frames end up on COM2, which takes only the end of a long log
    starved: bool = False # the host may have been too busy to say: INCONCLUSIVE is right then
    boots: int = 1
    has: tuple = ()       # regular expressions that must be found in the output
    lacks: tuple = ()     # and that must not
    sample: str = ""      # name of the expected report
    interrupt: str = ""   # send SIGINT once the program has said this
    core: tuple = ()      # (vCPUs, function on a stack) that the one kept core file must show
    look: object = None   # a function of guest_looks.py
    out_kib: int = 0      # results go to a disk of this size, which is too small for them
    outside: bool = False # run on the machine itself, which may have to bring a softkvm machine


def fault(test, cause, *more):
    """A test of tests/vm/faults.c that must FAIL for a CAUSE, and for no other. The console,
    which may have the same words, is not searched: its lines begin otherwise."""
    return Case(f"fault {test}", ["build/vm/faults", "--filter", test, *more], status=1,
                has=(rf"^FAIL {test} .*\n(  note: .*\n)*  {cause}",))


def hostile(test, status, *has, lacks=(), options=()):
    """A test of tests/vm/hostile.c, with what must be said about it."""
    verdict = {0: "PASS", 1: "FAIL", 2: "INCONCLUSIVE"}[status]
    return Case(f"fault {test}", ["build/vm/hostile", "--filter", test, *options], status=status,
                has=(rf"^{verdict} {test}", *has), lacks=lacks)


def topology(name):
    """A machine of that topology, which the guest finds as it was asked for."""
    return Case(f"topology {name}", ["build/vm/machine", "--topology", name],
                has=(rf"^PASS as_asked \({name}, ",))


CASES = [
    Case("sample 01_first", ["build/samples/01_first"], sample="01_first"),
    Case("a program built outside the source folder", ["build/outside/first"], sample="01_first"),
    Case("sample 02_steps", ["build/samples/02_steps"], boots=2, sample="02_steps"),
    Case("sample 03_cpuset", ["build/samples/03_cpuset"], sample="03_cpuset"),
    Case("sample 04_work", ["build/samples/04_work"], sample="04_work"),
    Case("sample 05_failing", ["build/samples/05_failing"], status=1, sample="05_failing"),
    Case("sample 06_payload", ["build/samples/06_payload"], boots=2, sample="06_payload"),
    Case("sample 07_checks", ["build/samples/07_checks"], env={"KTSTR_LOG_PASSES": "1"},
         sample="07_checks"),
    Case("sample 09_dynamic", ["build/samples/09_dynamic"], boots=2, sample="09_dynamic"),
    Case("sample 08_host_only", ["build/samples/08_host_only"], boots=0, sample="08_host_only"),
    Case("a changed limit turns the verdict of sample 05", ["build/vm/05_relaxed"],
         has=(r"^PASS too_fast",)),
    Case("a file that is no kernel is refused", ["build/samples/01_first", "--kernel", "/bin/true"],
         status=3, boots=0, has=(r"error: .*/bin/true", r"fix: ")),
    Case("an unknown kernel is refused", ["build/samples/01_first", "--kernel", "9.99-nope"],
         status=3, boots=0, has=(r"error: .*9\.99-nope", r"fix: ")),
    *[topology(name) for name in ("1n1l1c1t", "1n3l2c1t", "2n2l2c2t")],
    Case("a bzImage boots too", ["build/vm/machine", "--kernel", BZIMAGE],
         has=(r"^PASS as_asked",)),
    Case("KASLR is on when a test asks for it, and only then", ["build/vm/kaslr"], boots=2,
         has=(r"^PASS moved", r"^PASS fixed")),
    *[Case(f"a kernel {what} says so", ["build/vm/machine", "--timeout", "60s",
                                        f"--append=initcall_blacklist={name}"],
           status=status, boots=0, has=(cause, fix))
      for what, status, name, cause, fix in (
          ("without initramfs", 1, "populate_rootfs", r"did not take the initramfs",
           r"CONFIG_BLK_DEV_INITRD=y"),
          ("without ELF", 1, "init_elf_binfmt", r"cannot run the test program",
           r"CONFIG_BINFMT_ELF=y"),
          ("without a console", 3, "serial8250_init", r"guest stage 'console': /dev/console",
           r"CONFIG_SERIAL_8250_CONSOLE=y"))],
    Case("a kernel without virtio ports sends its frames by the serial line",
         ["build/vm/machine", "--append=initcall_blacklist=virtio_console_init"], serial=True,
         has=(r"^PASS as_asked", r"note: frames go to /dev/ttyS1: .*VIRTIO_CONSOLE")),
    Case("a bzImage that broke off is refused",
         ["build/samples/01_first", "--kernel", f"{BZIMAGE}/half"],
         status=3, boots=0, has=(r"error: .*bzImage.* is cut off", r"fix: ")),
    Case("a vmlinux that broke off is refused",
         ["build/samples/01_first", "--kernel", f"{VMLINUX}/half"],
         status=3, boots=0, has=(r"error: .*vmlinux.* cut off", r"fix: ")),
    Case("a bzImage with wrong bytes is told from a slow one",
         ["build/vm/machine", "--timeout", "15s", "--kernel", f"{BZIMAGE}/garbled"],
         status=1, boots=0, starved=True, has=(r"^FAIL as_asked", r"the kernel said nothing at all",
                                 r"the image is whole")),
    Case("KASLR needs a bzImage", ["build/vm/kaslr", "--filter", "moved", "--kernel", VMLINUX],
         boots=0, has=(r"^SKIP moved", r"has no bzImage")),
    Case("workers are what they are asked to be", ["build/vm/workers"], boots=2,
         look=guest_looks.workers,
         has=(r"^PASS attributes", r"^PASS threads",
              r"note: .*1 worker of bursty in cgroup 'refused' ran without: policy "
              r"SCHED_DEADLINE: Operation not permitted")),
    Case("kinds of work do what they say", ["build/vm/kinds", "-v"], boots=2,
         has=(r"^PASS privileged", r"^PASS every",
              r"^  plain +priority_inversion +inversions +[1-9]",
              r"^  pi +priority_inversion +inversions +0$",
              r"^  wake_chain +wake_chain +out_of_turn +0$",
              r"^  custom +custom +in_cgroup +1$")),
    Case("every knob of a cgroup is in its file and does what it says",
         ["build/vm/knobs", "--work", "yield_heavy", "-v"], boots=3,
         has=(r"^PASS written", r"^PASS effective", r"^PASS threads", r"\bp +.*yield_heavy")),
    Case("kinds of work that need nodes, cgroups or files do what they say", ["build/vm/kinds2"],
         look=guest_looks.placed_kinds,
         has=(r"^PASS placed", r"missing beside its cgroup: No such file or directory"),
         lacks=(r"has no O_DIRECT",)),
    Case("every op works in a guest", ["build/vm/ops"], boots=2,
         has=(r"^PASS tables", r"^PASS observed")),
    Case("every check fails where it must, passes where it must, and claims count",
         ["build/vm/checks"], status=1, boots=3, look=guest_looks.checks,
         has=(r"^FAIL claims", r"  claim: body: ktstr_duration_ms\(ctx\) is 1000, not below 1000",
              r"  claim: body: nothing is nan and cannot be compared",
              r"  claim: body: .*'no_such_metric' which direction is better is not known"),
         lacks=(r"claim: .*(at least 1000|either|1 \+ 1)",)),
    Case("payloads of Debian and of our own run where they should, and are measured",
         ["build/vm/payload", "--exact", "steps", "--exact", "body"],
         boots=2, has=(r"^PASS steps", r"^PASS body",
                       r"half  payload hackbench: exited with 0 after ",
                       r"half  payload stress-ng: ended by the scenario, killed by SIGKILL after ",
                       r"note: step \d: payload 'endless' in cgroup 'y': metric 'start\.cpus' is "
                       r"(4, at least 1000 is expected|not there)"),
         lacks=(r"were still in it",), look=guest_looks.payloads),
    Case("fault gates: a check of a payload that a body runs",
         ["build/vm/payload", "--exact", "gates"], status=1,
         has=(r"^FAIL gates .*\n  payload: .*metric 'read' is -1, at least 42 is expected; it said:\n"
              r"    numbers: a line on standard error$",)),
    Case("a payload that is not on the host is refused before anything boots",
         ["build/vm/payload", "--exact", "missing"], status=3, boots=0,
         has=(r"^ERROR missing .*\n.*program 'no-such-program-here' is neither in the current folder "
              r"nor in PATH", r"remedy: install the package")),
    fault("segfault", r"crash: .*SIGSEGV.*address 0x0\b"),
    fault("early_exit", r"crash: .*the test's own process exited with 3\b"),
    # Its own limit ends the body, or the limit of the whole test if the boot took long.
    fault("hang", r"(crash: .*killed by SIGKILL: .*it did not end within its limit|deadline: "
                  r"scenario was not over after [\d.]+ s: .* by the --timeout)",
          "--timeout", "30s"),
    Case("fault panic, with the machine kept for debuggers",
         ["build/vm/faults", "--filter", "panic", "--topology", "1n2l1c1t", "--keep-vm"],
         status=1, has=(r"^FAIL panic", r"panicked during scenario", r"\.vmcore"),
         core=(2, "__handle_sysrq")),
    Case("fault moved_panic, with the machine kept though KASLR moved its kernel",
         ["build/vm/faults", "--filter", "moved_panic", "--keep-vm"],
         status=1, has=(r"^FAIL moved_panic", r"gdb -ex 'symbol-file -o 0x\w+ .*/vmlinux'"),
         core=(2, "__handle_sysrq")),
    fault("complaint", r".*the kernel said: WARNING: .*core\.c:1 planted"),
    fault("own_failure", r"(?!.*a note is no failure).*seven is not 8"),
    fault("early_reset", r".*before the scenario was over"),
    fault("lazy", r"min_iteration_rate: step 0: worker 0 of work 1 of mixed made [\d.]+ "
                  r"iterations/s; at least 40 are wanted"),
    hostile("init_exits", 1, r"panicked during scenario: .*Attempted to kill init! exitcode=0x00000700",
            r"remedy: read the console above"),
    hostile("bad_frames", 2, r"frame_bad: frames from the guest were damaged",
            r"frame_order: frames from the guest came out of their order .* \(6\)",
            r"remedy: look at the console for a program that writes to the frame port",
            lacks=(r"forged",)),
    hostile("flood", 1, r"the kernel said: WARNING: CPU: 0 PID: 1 at kernel/sched/core\.c:2",
            r"frame_bad: frames from the guest were damaged and skipped \(1\)"),
    hostile("out_of_memory", 1, r"crash: .*killed by SIGKILL",
            r"the kernel said: Out of memory: Killed process", r"remedy: give .*--memory",
            options=("--memory", "160M")),  # the less, the sooner it is full
    hostile("reckless", 2, r"frame_gap: frames from the guest are missing in the sequence \(3\)",
            r"note: \d+ processes of the test were still there and were killed"),
    hostile("bad_workers", 1, r"worker \d of bad was killed by SIGKILL",
            *[rf"worker {i} of bad did not report \(timed out\)" for i in range(3)]),
    Case("fault ring: a hostile driver breaks its device and nothing else",
         ["build/vm/ring"], boots=2, serial=True,
         has=(r"^PASS ring_rules", r"note: frames go to /dev/ttyS1: ",
              r"note: the guest broke the rules of virtio \d+ times", r"^PASS ring_calm")),
    Case("fault boot_hangs", ["build/vm/boot_hangs", "--timeout", "12s"], status=1, starved=True,
         boots=0, has=(r"^FAIL never", r"boot was not over after", r"remedy: ")),
    Case("fault boot_exits", ["build/vm/boot_exits", "--timeout", "40s"], status=1, boots=0,
         has=(r"^FAIL never", r"panicked during boot: .*Attempted to kill init!", r"remedy: ")),
    Case("options reach the guest, and reports their files",
         ["build/vm/options", "--exact", "looks", "--append", "ktest=1", "--append", "ktest=2",
          "--sysctl", "kernel.sched_rr_timeslice_ms=77", "--memory", "300M", "--seed", "5",
          "--include", "tests/vm/options.txt=/opt/text", "--include", "/bin/ls=/opt/",
          "--include", "tests/vm/options.sh=/opt/script", "--console", "--format", "json",
          "--report", "ktap:@out/report.ktap", "--report", "junit:@out/report.xml"],
         has=(r"^said in the guest$", r"^1 passed"), look=guest_looks.reports),
    Case("two machines at once, each test twice",
         ["build/vm/options", "--filter", "quick*", "--jobs", "2", "--repeat", "2",
          "--format", "json"], boots=4,
         has=(r"^ktstr: \[\d/4\] quick_two \(repeat 2 of 2\): boots$", r"^4 passed"),
         look=guest_looks.repeats),
    Case("--fail-fast starts no more once a test has failed",
         ["build/vm/options", "--exact", "broken", "--exact", "quick_one", "--fail-fast"],
         status=1, has=(r"^FAIL broken", r"not run: 1 of 2 tests, --fail-fast"),
         lacks=(r"quick_one",)),
    Case("a test can skip itself", ["build/vm/options", "--exact", "choosy"],
         has=(r"^SKIP choosy", r"^ktstr: SKIP: choosy: .*there is no unicorn", r"1 skipped")),
    Case("--no-skip makes a skip a failure",
         ["build/vm/kaslr", "--exact", "moved", "--kernel", VMLINUX, "--no-skip"], status=1,
         boots=0, has=(r"^FAIL moved", r"no_skip: ", r"has no bzImage")),
    Case("a sysctl that the kernel does not have is named",
         ["build/vm/options", "--exact", "quick_one", "--sysctl", "kernel.nope=1"], status=3,
         has=(r"^ERROR quick_one", r"there is no /proc/sys/kernel/nope", r"remedy: ")),
    Case("a full disk loses the results, not the verdict",
         ["build/vm/options", "--exact", "quick_one"], status=3, boots=0, out_kib=24,
         has=(r"^ktstr: \[1/1\] quick_one: boots$", r"^PASS quick_one",
              r"error: .*No space left", r"fix: "), lacks=(r"\x1b",)),
    Case("a run killed at any moment leaves nothing, and the next one is clean",
         ["tests/kill_tests.py", "--runs"], boots=0, has=(r"^ok, killed 9 times",)),
    Case("GitHub is told where a test has failed", ["build/vm/options", "--exact", "broken"],
         status=1, env={"GITHUB_ACTIONS": "true"},
         has=(r"^::error file=tests/vm/options\.c,line=\d+.*as it should",)),
    Case("fault no_init", ["build/vm/machine", "--append", "rdinit=/nonexistent", "--timeout", "60s"],
         status=1, boots=0, has=(r"^FAIL as_asked", r"panicked during boot: .*Unable to mount root",
                                 r"remedy: ")),
    Case("a complaint the test allows is no failure",
         ["build/vm/faults", "--filter", "allowed_complaint", "--keep-vm"],
         has=(r"^PASS allowed_complaint",), lacks=(r"\.vmcore",)),
    Case("host_only tests run on this kernel, alone, and leave nothing",
         ["build/vm/host", "--filter", "!fault_*", "--filter", "!endless", "--jobs", "3",
          "--report", "json:@out/report"], boots=1,
         has=(r"^PASS tables \(", r"^PASS knobs \(", r"^PASS threads \(", r"^PASS observed \(", r"^PASS in_guest \(",
              r"^SKIP too_large .*\n.*too small: 64 LLCs are asked for",
              r"^PASS leaves_behind .*\n.*processes of the test were still there and were killed"),
         look=guest_looks.host_only),
    Case("fault fault_stopped: a worker that stands still on the host is found",
         ["build/vm/host", "--exact", "fault_stopped"], status=1, boots=0,
         has=(r"^FAIL fault_stopped .*\n  stall: phase 2: worker \d+ \(kt-spin_wait\) of cgroup 'a'",
              r"state: T \(stopped\)", r"remedy: state R: "), look=guest_looks.host_is_clean),
    Case("fault fault_crashes: a crash of a host_only test is one of a test",
         ["build/vm/host", "--exact", "fault_crashes"], status=1, boots=0,
         has=(r"^FAIL fault_crashes .*\n.*crash: .*SIGSEGV.*address 0x10\b",),
         look=guest_looks.host_is_clean),
    Case("fault endless: a host_only test that takes too long is ended",
         ["build/vm/host", "--exact", "endless", "--timeout", "2s"], status=1, boots=0,
         has=(r"^FAIL endless .*\n.*crash: .*it did not end within its limit",),
         look=guest_looks.host_is_clean),
    Case("Ctrl-C ends a host_only test and leaves nothing behind",
         ["build/vm/host", "--exact", "endless", "-v"], status=130, boots=0,
         interrupt="the scenario runs", has=(r"interrupted during scenario",),
         look=guest_looks.host_is_clean),
    Case("a user runs host_only tests in a cgroup that was given to him",
         ["tests/vm/host_delegated.sh", "@out", "build/vm/host", "--exact", "tables"], boots=0,
         has=(r"^PASS tables \(", r"^left: $", r"^enabled: $")),
    Case("a host_only test that is killed at any moment is cleaned up by the next",
         ["tests/kill_tests.py", "--host"], boots=0, has=(r"^ok, killed 6 times",)),
    Case("host_only tests do not follow others into a machine that was brought",
         ["build/vm/host", "--exact", "too_large", "--exact", "in_guest"], outside=True,
         has=(r"^SKIP too_large .*\n.*(took this run into a softkvm machine|is too small)",
              r"^PASS in_guest \(")),
    Case("Ctrl-C ends the machine and leaves nothing behind",
         ["build/vm/faults", "--filter", "hang", "-v"], status=130, interrupt="the scenario runs",
         has=(r"interrupted during scenario",)),
    Case("Ctrl-C before the machine runs is not lost",
         ["build/vm/faults", "--filter", "hang"], status=130, boots=0, interrupt="hang: boots",
         has=(r"interrupted",), lacks=(r"deadline",)),
    Case("a test program brings the machine it needs, and its reports come out of it",
         ["tests/vm/report_targets.sh", "@out", "build/vm/options", "--filter", "quick*",
          "--jobs", "2", "--kernel", BZIMAGE, "--include", "tests/vm/options.txt=/opt/text"],
         boots=2, has=(r"^PASS quick_one", r"^PASS quick_two", r"^2 passed, 0 failed"),
         look=guest_looks.report_targets, outside=True),
    Case("Ctrl-C outside ends the machine that was brought",
         ["build/vm/faults", "--filter", "hang", "-v"], status=130, interrupt="the scenario runs",
         has=(r"interrupted during scenario",), outside=True),
    Case("the kernel's own scheduler has the named properties",
         ["build/vm/properties", "--filter", "property_*"], boots=5,
         has=tuple(f"^PASS property_{name} " for name in (
             "fairness", "adaptive_priority", "spread_out", "come_together", "ping_pong"))),
    Case("a task that is held back makes a scheduler unfair",
         ["build/vm/properties", "--exact", "fault_fairness"], status=1,
         has=(r"^FAIL fault_fairness .*\n(  note: .*\n)*  .*floating_share",)),
    # No scheduling domain has these CPUs, so nobody balances between them.
    Case("without load balancing nothing spreads out or comes together",
         ["build/vm/properties", "--append", "isolcpus=domain,1-3",
          "--filter", "property_spread_out", "--filter", "property_come_together"],
         status=1, boots=2,
         has=(r"^FAIL property_spread_out .*\n(  note: .*\n)*  .*each_has_a_core",
              r"^FAIL property_come_together .*\n(  note: .*\n)*  .*together_share")),
    Case("ready-made scenarios run as they are",
         ["build/vm/canned", "--filter", "canned_cpuset_swap", "--filter", "canned_cgroup_churn"],
         boots=2, has=(r"^PASS canned_cpuset_swap", r"^PASS canned_cgroup_churn")),
    Case("ops that need what is not there are refused before anything boots", ["build/vm/needs"],
         status=3, boots=0,
         has=(r"^0 passed, 0 failed, 0 skipped, 0 inconclusive, 11 could not run",
              r"read_kernel_cold needs the host's view", r"pin_bpf_map needs a scheduler")),
    Case("a plan that cannot be is refused before anything boots",
         ["build/vm/faults", "--filter", "bad_plan"], status=3, boots=0,
         has=(r"step 0: op 1 \(move_all_tasks\): 'a' is where the tasks are already",
              r"name two different cgroups")),
]

# Too slow for `make check`, or much like a case that it has.
SOAK_CASES = [
    Case("all ready-made scenarios", ["build/vm/canned"], boots=CANNED,
         has=(rf"^{CANNED} passed, 0 failed",)),
    topology("1n1l1c2t"),
    topology("2n4l2c2t"),
]
