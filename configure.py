#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write build.ninja (the same on every machine) and build/config.ninja (this machine).

Data first: LAYERS says which folder may include which, SOURCES lists the files of each layer,
VARIANTS the ways to compile them. The build regenerates itself when this file changes and
refuses an include that points upward (--check-layers).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))

# layer: the layers it may include, besides include/ktstr and macros, which all may.
LAYERS = {
    "base": [],
    "topo": ["base"],
    "registry": ["base", "topo"],
    "wire": ["base"],
    "kernel": ["base"],
    "softkvm": ["base"],
    "work": ["base", "topo"],
    "payload": ["base"],
    "vmm": ["base", "topo"],
    "scenario": ["base", "topo", "work", "payload"],
    "report": ["base", "topo", "wire", "work", "payload", "scenario"],
    "results": ["base", "report"],
    "guest": ["base", "topo", "registry", "wire", "work", "payload", "scenario"],
    "run": ["base", "topo", "registry", "wire", "kernel", "softkvm", "work", "payload", "vmm",
            "scenario", "report", "results", "guest"],
    "cli": ["base", "topo", "registry", "kernel", "softkvm", "work", "scenario", "report",
            "results", "run"],
}

# The sources of each layer, sorted. x.c of src/LAYER (guest/ for guest) is tested by
# tests/unit/LAYER/x_test.c, listed in TESTS.
SOURCES = {
    "base": ["clock", "cpio", "cpumask", "elf", "err", "fd", "fs", "fs_tree", "gz", "hash",
             "json_read", "json_scalar", "json_tree", "json_write", "lock", "log", "loss", "proc",
             "proc_spawn", "str", "zst"],
    "topo": ["model", "spec"],
    "registry": ["registry"],
    "wire": ["codec", "port_guest", "stream"],
    "kernel": ["build", "build_tree", "cache", "cache_gc", "cache_meta", "cache_seen", "config",
               "find", "fragment", "ikconfig", "image", "kind", "make", "need", "source", "symptom",
               "tools", "variant"],
    "softkvm": ["accel", "death", "delay", "image", "init", "inside", "launch", "mounts", "msg",
                "pause", "ports", "probe", "probe_guest", "qemu", "qmp", "relay", "session",
                "signals", "size", "spawn", "streams", "tail", "term", "tsc"],
    "work": ["affinity", "attr", "busy", "collect", "crew", "histogram", "kind", "kind_cache",
             "kind_cgroup", "kind_chain", "kind_churn", "kind_class", "kind_compute", "kind_cpu",
             "kind_custom", "kind_fault", "kind_herd", "kind_io", "kind_lock", "kind_numa",
             "kind_pair", "kind_queue", "kind_schbench", "kind_sleep", "kind_taobench", "leader",
             "multiply", "nodes", "own_cgroup", "pages", "param", "place", "report", "reservoir",
             "schbench_run", "step", "tao_cache", "team", "telemetry", "work", "worker"],
    "payload": ["extract", "find", "judge", "output", "rules", "run"],
    "vmm": ["bus", "cmdline", "console", "core_note", "core_read", "exit", "image",
            "irq", "kvm", "memory", "run", "serial", "standing", "vcpu", "virtio_console",
            "virtio_mmio", "virtio_queue", "vm", "vmcore", "x86_64/acpi", "x86_64/acpi_numa",
            "x86_64/aml", "x86_64/boot", "x86_64/cpuid", "x86_64/maps", "x86_64/pages",
            "x86_64/platform", "x86_64/regs", "x86_64/state"],
    "scenario": ["affinity_spec", "backdrop", "canned", "capture", "cgroup", "cgroup_files",
                 "cgroup_knobs", "cgroup_tasks", "cgroup_write", "claim", "claim_metric",
                 "cpuset_spec", "ctx", "detail", "engine", "freezer", "hold", "hold_wait", "knob",
                 "liveness", "mempolicy_rules", "names", "names_payload", "op_cgroup",
                 "op_cpuset", "op_info", "op_outside", "op_payload", "op_procs", "op_table",
                 "op_task", "placement", "plan", "plan_checks", "plan_host",
                 "plan_knob", "plan_memory",
                 "plan_op", "plan_payload", "plan_steps", "plan_walk", "plan_work", "property",
                 "rules", "rules_payload", "setup_notes", "state", "state_payload", "steps",
                 "task_stat", "work_rules"],
    "report": ["check", "check_gap", "check_latency", "check_migration", "check_pages",
               "check_rate", "check_say", "check_spread", "check_work", "complaint", "format",
               "github", "groups", "host", "judge", "limits", "outcome", "outcome_frame",
               "payloads", "sidecar", "sidecar_parts", "text", "text_parts", "verdict", "workers",
               "writer", "writer_junit", "writer_ktap", "writer_plain", "xml"],
    "results": ["clean", "dir", "record", "results", "stored"],
    "guest": ["agent", "child", "console", "crash", "dmesg", "env", "init", "mounts", "placement",
              "poweroff", "program", "reap", "request", "sysctl", "topology"],
    "run": ["board", "budget", "console", "debugger", "delay", "design", "dry", "host_cgroup",
            "host_env", "host_io", "host_left", "host_only", "host_place", "host_plan",
            "host_stall", "host_stall_text", "host_test", "host_topo", "image", "include",
            "interrupt", "kernel", "list", "machine", "memory", "output", "outside", "payload",
            "pool", "reenter", "role", "run", "runner", "session"],
    "cli": ["args", "cmd_accel", "cmd_help", "cmd_kernel", "cmd_results", "cmd_softkvm",
            "help_judged", "help_markdown", "live", "logsink", "program", "program_options",
            "progress", "subs", "thresholds"],
}

# Files an object carries inside itself (.incbin), besides its source.
KERNEL_VARIANTS = ["debug", "kasan", "kcsan", "lazy", "lockdep", "nopreempt", "rt", "ubsan",
                   "voluntary"]
EMBEDS = {
    "kernel/fragment": ["src/kernel/ktstr.kconfig"],
    "kernel/variant": [f"src/kernel/variants/{name}.kconfig" for name in KERNEL_VARIANTS],
}

TESTS = {
    "base": ["clock", "cpio", "cpumask", "elf", "err", "fd", "fs", "fs_tree", "gz", "hash",
             "json_read", "json_scalar", "json_tree", "json_write", "lock", "log", "loss", "proc",
             "proc_spawn", "str", "vec", "zst"],
    "topo": ["model", "spec"],
    "registry": ["registry"],
    "wire": ["codec", "port_guest", "stream"],
    "kernel": ["build", "cache", "cache_gc", "cache_meta", "cache_seen", "config", "find",
               "fragment", "ikconfig", "image", "kind", "make", "need", "source", "symptom",
               "tools", "variant"],
    "softkvm": ["accel", "delay", "image", "inside", "launch", "msg", "pause", "probe", "qemu",
                "qmp", "relay", "session", "signals", "size", "spawn", "streams", "tail", "tsc"],
    "work": ["affinity", "attr", "busy", "collect", "crew", "histogram", "kind", "kind_cache",
             "kind_cgroup", "kind_chain", "kind_churn", "kind_class", "kind_compute", "kind_cpu",
             "kind_custom", "kind_fault", "kind_herd", "kind_io", "kind_lock", "kind_numa",
             "kind_pair", "kind_queue", "kind_schbench", "kind_sleep", "kind_taobench", "leader",
             "multiply", "nodes", "own_cgroup", "pages", "param", "place", "report", "reservoir",
             "signature", "step", "tao_cache", "team", "telemetry", "work", "worker"],
    "payload": ["extract", "find", "judge", "rules", "run"],
    "vmm": ["bus", "cmdline", "console", "core_note", "core_read", "image",
            "memory", "run", "serial", "virtio_console", "virtio_mmio", "virtio_queue", "vm",
            "vmcore", "x86_64/acpi", "x86_64/aml", "x86_64/boot", "x86_64/cpuid", "x86_64/maps",
            "x86_64/pages", "x86_64/platform"],
    "scenario": ["affinity_spec", "backdrop", "canned", "capture", "cgroup", "cgroup_files",
                 "cgroup_knobs", "cgroup_tasks", "cgroup_write", "claim", "claim_metric",
                 "cpuset_spec", "ctx", "detail", "engine", "freezer", "hold", "hold_wait", "knob",
                 "liveness", "mempolicy_rules", "names", "names_payload", "op_cgroup",
                 "op_cpuset", "op_info", "op_payload", "op_procs", "op_table", "op_task",
                 "placement", "plan", "plan_checks", "plan_host",
                 "plan_knob", "plan_memory", "plan_op",
                 "plan_payload", "plan_steps", "plan_walk", "plan_work", "property", "rules",
                 "rules_payload", "setup_notes", "state", "state_payload", "steps", "task_stat",
                 "work_rules"],
    "report": ["check", "check_gap", "check_latency", "check_migration", "check_pages",
               "check_rate", "check_spread", "check_work", "complaint", "format", "github",
               "groups", "host", "judge", "limits", "outcome", "outcome_frame", "payloads",
               "sidecar", "text", "verdict", "workers", "writer", "writer_junit", "writer_ktap",
               "writer_plain", "xml"],
    "results": ["clean", "dir", "record", "results", "stored"],
    "guest": ["child", "dmesg", "env", "placement", "program", "reap", "request", "sysctl",
              "topology"],
    "run": ["board", "budget", "console", "delay", "design", "host_cgroup", "host_left",
            "host_only", "host_place", "host_plan", "host_stall", "host_topo", "image", "include",
            "interrupt", "kernel", "memory", "output", "payload", "pool", "reenter", "runner",
            "session"],
    "cli": ["args", "program_options", "subs", "thresholds"],
}

# Fuzz targets, tests/fuzz/NAME_fuzz.c: the layer they reach into, inputs tried in a bounded run,
# largest input. All together take about half a minute; tests/fuzz.py runs them longer.
FUZZ = {
    "console": ("run", 30000, 4096),
    "cpus": ("base", 100000, 256),
    "elf": ("base", 50000, 4096),
    "image": ("vmm", 50000, 4096),
    "json": ("base", 100000, 1024),
    "outcome": ("report", 5000, 4096),
    "payload": ("payload", 50000, 2048),
    "pio": ("vmm", 50000, 4096),
    "request": ("guest", 100000, 512),
    "softkvm_msg": ("softkvm", 100000, 1024),
    "stream": ("wire", 50000, 4096),
    "topology": ("topo", 100000, 64),
    "virtio": ("vmm", 50000, 4096),
    "virtqueue": ("vmm", 100000, 4096),
}

# Helpers that unit tests of any layer may use.
FAKES = ["fake_cgroupfs", "fake_env", "kernel_source"]

# Files of src/cli with a main(): of build/ktstr, and of test programs (part of libktstr.a).
TOOL_MAIN = "tool_main"
PROGRAM_MAIN = "program_main"
SAMPLES = ["01_first", "02_steps", "03_cpuset", "04_work", "05_failing", "06_payload", "07_checks",
           "08_host_only", "09_dynamic"]

# Programs of tests/vm, and samples built again with another limit: name: (source, flags).
VM_PROGRAMS = {
    "05_relaxed": ("samples/05_failing.c", "-DRATE=1"),
    "bench": ("tests/vm/bench.c", ""),
    "bench_costs": ("tests/vm/bench_costs.c", ""),
    "boot_exits": ("tests/vm/boot.c", "-DBOOT=EXITS"),
    "boot_hangs": ("tests/vm/boot.c", "-DBOOT=HANGS"),
    "checks": ("tests/vm/checks.c", ""),
    "faults": ("tests/vm/faults.c", ""),
    "host": ("tests/vm/host.c", ""),
    "canned": ("tests/vm/canned.c", ""),
    "hostile": ("tests/vm/hostile.c", "-Itests"),
    "kaslr": ("tests/vm/kaslr.c", ""),
    "kinds": ("tests/vm/kinds.c", ""),
    "kinds2": ("tests/vm/kinds2.c", ""),
    "machine": ("tests/vm/machine.c", ""),
    "needs": ("tests/vm/needs.c", ""),
    "properties": ("tests/vm/properties.c", ""),
    "knobs": ("tests/vm/knobs.c", ""),
    "ops": ("tests/vm/ops.c", ""),
    "numbers": ("tests/vm/numbers.c", ""),
    "options": ("tests/vm/options.c", ""),
    "payload": ("tests/vm/payload.c", ""),
    "ring": ("tests/vm/ring.c", "-Itests"),
    "workers": ("tests/vm/workers.c", ""),
}

WARNINGS = ("-Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla "
            "-Wswitch-enum -Wformat=2 -Werror")
BASE_CFLAGS = "-std=gnu17 -D_GNU_SOURCE -fvisibility=hidden -pthread -Iinclude -I. -Isrc " + WARNINGS
LIBS = "-lelf -lz -lzstd -lxxhash -lcpuset -lbitmask -lm -pthread"

# name: (compiler variable, flags). release also makes the library, the tool and the samples.
# `ninja units` runs the unit tests of CHECKED; `ninja test-NAME` those of one.
VARIANTS = {
    "debug": ("cc", "-O0 -g3"),
    "release": ("cc", "-O2 -g"),
    "clang": ("clang", "-O1 -g"),
    "asan": ("cc", "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined "
                   "-fno-sanitize-recover=all"),
    "fuzz": ("clang", "-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined "
                      "-fno-sanitize-recover=all"),
}

# Variants without unit tests of their own.
NO_UNITS = ["fuzz"]

CHECKED = ["release", "clang", "asan"]

# Debian packages: what the build and the tests need, and what making a kernel needs.
PACKAGES = """build-essential clang libclang-rt-dev ninja-build pkg-config python3 libelf-dev libzstd-dev
libxxhash-dev libcpuset-dev libbitmask-dev libcriterion-dev zlib1g-dev
linux-source-6.12 flex bison bc libssl-dev pahole kmod cpio xz-utils zstd
qemu-system-x86 busybox-static gdb stress-ng rt-tests""".split()


def layer_dir(layer):
    return "guest" if layer == "guest" else "src/" + layer


class Ninja:
    """Collects lines of a ninja file."""

    def __init__(self):
        self.lines = []

    def add(self, text=""):
        self.lines.append(text)

    def rule(self, name, command, description, **more):
        self.add(f"rule {name}")
        self.add(f"  command = {command}")
        self.add(f"  description = {description}")
        for key, value in more.items():
            self.add(f"  {key} = {value}")
        self.add()

    def build(self, outs, rule, ins=(), implicit=(), order_only=(), **variables):
        line = f"build {' '.join(outs)}: {rule} {' '.join(ins)}".rstrip()
        if implicit:
            line += " | " + " ".join(implicit)
        if order_only:
            line += " || " + " ".join(order_only)
        self.add(line)
        for key, value in variables.items():
            self.add(f"  {key} = {value}")

    def text(self):
        return "\n".join(self.lines) + "\n"


def write_rules(n):
    n.add("# Written by configure.py; do not edit. What depends on the machine: build/config.ninja.")
    n.add("ninja_required_version = 1.10")
    n.add("builddir = build")
    n.add("include build/config.ninja")
    n.add(f"cflags = {BASE_CFLAGS}")
    n.add(f"libs = {LIBS}")
    n.add()
    n.rule("configure", "python3 configure.py", "CONFIGURE", generator="1")
    n.rule("layers", "python3 configure.py --check-layers && touch $out", "LAYERS")
    for name, (compiler, flags) in VARIANTS.items():
        n.rule(f"cc_{name}", f"${compiler} $cflags {flags} $more -MMD -MF $out.d -c $in -o $out",
               f"CC {name} $in", depfile="$out.d", deps="gcc")
        n.rule(f"link_{name}", f"${compiler} {flags} $more -o $out $in $ldlibs",
               f"LINK {name} $out")
    n.rule("ar", "rm -f $out && ar crs $out $in", "AR $out")
    n.rule("run_unit", "./tests/run_unit.sh $in $out", "TEST $in")
    n.rule("run_fuzz", "python3 tests/fuzz.py --bounded --log $out $name", "FUZZ $name")
    n.rule("check", "$command && touch $out", "CHECK $out")
    n.rule("say", "$command", "$what", pool="console")
    n.build(["build.ninja"], "configure", ["configure.py"])
    n.add()


def all_files():
    """Every file whose includes the layer rule speaks of."""
    found = []
    for layer in LAYERS:
        folder = layer_dir(layer)
        for base, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    found.append(os.path.relpath(os.path.join(base, name), ROOT))
    return sorted(found)


def layer_of(path):
    parts = path.split("/")
    return "guest" if parts[0] == "guest" else parts[1]


def check_layers():
    """The include arrows of the tree against LAYERS. Returns the sentences of what is wrong."""
    wrong = []
    for path in all_files():
        mine = layer_of(path)
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                m = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
                if not m or m.group(1) in ("macros", mine):
                    continue
                other = m.group(1)
                if other not in LAYERS:
                    wrong.append(f"{path}:{number}: '{other}' is no layer; LAYERS in configure.py")
                elif other not in LAYERS[mine]:
                    wrong.append(f"{path}:{number}: layer {mine} may not include {other} "
                                 f"(LAYERS in configure.py allows: {', '.join(LAYERS[mine])})")
    return wrong


def layers_below(layer):
    """The layers that LAYER reaches, directly or through others."""
    found = set()
    for other in LAYERS[layer]:
        found |= {other} | layers_below(other)
    return found


def write_layers(n, variant):
    """Objects and one archive per layer."""
    out = f"build/{variant}"
    for layer in LAYERS:
        objects = []
        for name in SOURCES[layer]:
            obj = f"{out}/{layer}/{name}.o"
            objects.append(obj)
            n.build([obj], f"cc_{variant}", [f"{layer_dir(layer)}/{name}.c"],
                    implicit=EMBEDS.get(f"{layer}/{name}", ()), order_only=["build/layers.stamp"])
        n.build([f"{out}/{layer}.a"], "ar", objects)


def archives(variant, layer):
    """The archives that code at LAYER may be linked with, in the order a linker wants."""
    below = [x for x in reversed(list(LAYERS)) if x in layers_below(layer)]
    return [f"build/{variant}/{x}.a" for x in [layer] + below]


def write_units(n, variant):
    """One test program per layer. Returns their stamps."""
    out = f"build/{variant}"
    fakes = []
    for name in FAKES:
        fakes.append(f"{out}/fake/{name}.o")
        n.build([fakes[-1]], f"cc_{variant}", [f"tests/fake/{name}.c"], more="-Itests")
    stamps = []
    for layer, names in TESTS.items():
        if not names:
            continue
        objects = []
        for name in names:
            obj = f"{out}/tests/{layer}/{name}_test.o"
            objects.append(obj)
            n.build([obj], f"cc_{variant}", [f"tests/unit/{layer}/{name}_test.c"],
                    more="-Itests -fvisibility=default")
        program = f"{out}/tests/unit_{layer}"
        n.build([program], f"link_{variant}", objects + fakes + archives(variant, layer),
                ldlibs="-lcriterion $libs")
        stamps.append(f"{program}.log")
        n.build([stamps[-1]], "run_unit", [program], implicit=["tests/run_unit.sh"])
    n.add()
    return stamps


def write_fuzz(n):
    """The fuzz targets and their bounded runs. Returns the runs' stamps."""
    out = "build/fuzz"
    stamps = []
    for name, (layer, _, _) in FUZZ.items():
        n.build([f"{out}/targets/{name}_fuzz.o"], "cc_fuzz", [f"tests/fuzz/{name}_fuzz.c"],
                more="-Itests -fvisibility=default")
        n.build([f"{out}/targets/{name}"], "link_fuzz",
                [f"{out}/targets/{name}_fuzz.o"] + archives("fuzz", layer),
                more="-fsanitize=fuzzer", ldlibs="$libs")
        stamps.append(f"{out}/targets/{name}.log")
        n.build([stamps[-1]], "run_fuzz", [f"{out}/targets/{name}"],
                implicit=["tests/fuzz.py", "configure.py"], name=name)
    n.add()
    return stamps


def write_products(n):
    """libktstr.a, the tool, the samples and the guest tests, from the release objects."""
    out = "build/release"
    objects = [f"{out}/{layer}/{name}.o" for layer in LAYERS for name in SOURCES[layer]]
    objects.append(f"{out}/cli/{PROGRAM_MAIN}.o")
    n.build([objects[-1]], "cc_release", [f"src/cli/{PROGRAM_MAIN}.c"])
    n.build(["build/libktstr.a"], "ar", objects)
    products = ["build/libktstr.a"]
    if SOURCES["cli"]:
        n.build([f"{out}/cli/{TOOL_MAIN}.o"], "cc_release", [f"src/cli/{TOOL_MAIN}.c"])
        n.build(["build/ktstr"], "link_release", [f"{out}/cli/{TOOL_MAIN}.o", "build/libktstr.a"],
                more="-static", ldlibs="$libs")
        products.append("build/ktstr")
    for name in SAMPLES:
        n.build([f"{out}/samples/{name}.o"], "cc_release", [f"samples/{name}.c"])
        n.build([f"build/samples/{name}"], "link_release",
                [f"{out}/samples/{name}.o", "build/libktstr.a"], more="-static", ldlibs="$libs")
        products.append(f"build/samples/{name}")
    for name, (source, flags) in VM_PROGRAMS.items():
        n.build([f"{out}/vm/{name}.o"], "cc_release", [source], more=flags)
        n.build([f"build/vm/{name}"], "link_release",
                [f"{out}/vm/{name}.o", "build/libktstr.a"], more="-static", ldlibs="$libs")
        products.append(f"build/vm/{name}")
    n.add()
    return products


def write_build():
    n = Ninja()
    write_rules(n)
    n.build(["build/layers.stamp"], "layers", ["configure.py"], implicit=all_files())
    stamps = {}
    for variant in VARIANTS:
        write_layers(n, variant)
        if variant not in NO_UNITS:
            stamps[variant] = write_units(n, variant)
    fuzzed = write_fuzz(n)
    products = write_products(n)
    n.build(["all"], "phony", products)
    n.build(["test"], "phony", stamps["release"])
    for variant in stamps:
        n.build([f"test-{variant}"], "phony", stamps[variant])
    n.build(["units"], "phony", [s for v in CHECKED for s in stamps[v]])
    write_commands(n)
    n.build(["fuzz"], "phony", fuzzed)
    n.add("default all")
    return n.text()


def write_commands(n):
    """Targets that do something instead of making a file."""
    def command(name, needs, line):
        n.build([name], "say", implicit=needs, command=line, what=name.upper())
    installed = ["build/ktstr", "build/libktstr.a"]
    command("install", installed, "python3 .ci/install.py")
    command("uninstall", [], "python3 .ci/install.py --uninstall")
    command("bench", ["build/ktstr", "build/libktstr.a", "build/vm/bench", "build/vm/bench_costs"],
            "python3 tests/bench.py")
    command("readme", ["build/ktstr"], "python3 tests/readme.py")


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


CONFIG = os.path.join(ROOT, "build/config.ninja")


def kept_prefix():
    """The prefix of an earlier call, so that build.ninja may be written anew without it."""
    try:
        with open(CONFIG, encoding="utf-8") as f:
            return re.search(r"^prefix = (.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        return "/usr/local"


def machine_config(prefix):
    cc = os.environ.get("CC", "gcc")
    clang = os.environ.get("KTSTR_CLANG", "clang")
    return f"cc = {cc}\nclang = {clang}\nprefix = {prefix}\n"


def install_deps():
    """Install what is missing through apt; where that needs root, say the command."""
    missing = [p for p in PACKAGES if subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", p], capture_output=True,
        text=True, check=False).stdout != "installed"]
    if not missing:
        return 0
    command = ["apt-get", "install", "-y", "--no-install-recommends"] + missing
    if not shutil.which("apt-get"):
        print("configure.py: this is not Debian (no apt-get); install the like of:\n  "
              + " ".join(missing), file=sys.stderr)
        return 1
    if os.geteuid() != 0:
        print("configure.py: packages are missing; run as root:\n  apt-get update && "
              + " ".join(command), file=sys.stderr)
        return 1
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    print("configure.py: installing " + " ".join(missing), flush=True)
    for step in (["apt-get", "update", "-q"], command):
        if subprocess.run(step, env=env, check=False).returncode != 0:
            print("configure.py: failed: " + " ".join(step) + "\n  the packages are in Debian 12 "
                  "with its security updates (main of bookworm, bookworm-updates and "
                  "bookworm-security in /etc/apt/sources.list)", file=sys.stderr)
            return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--install-deps", action="store_true",
                        help="install the Debian packages that are missing")
    parser.add_argument("--check-layers", action="store_true",
                        help="refuse includes that point upward")
    parser.add_argument("--check-fresh", action="store_true",
                        help="fail when the committed build.ninja is not what this file writes")
    parser.add_argument("--prefix", metavar="DIR",
                        help="where `ninja install` installs (kept for later calls; /usr/local "
                             "at first)")
    args = parser.parse_args()
    prefix = os.path.abspath(os.path.expanduser(args.prefix)) if args.prefix else kept_prefix()
    if args.install_deps:
        return install_deps()
    if args.check_layers:
        wrong = check_layers()
        print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
        return 1 if wrong else 0
    text = write_build()
    path = os.path.join(ROOT, "build.ninja")
    if args.check_fresh:
        with open(path, encoding="utf-8") as f:
            if f.read() != text:
                print("build.ninja is stale: run ./configure.py and commit it", file=sys.stderr)
                return 1
        return 0
    write_if_changed(CONFIG, machine_config(prefix))
    write_if_changed(path, text)
    os.utime(path)  # newer than this file even when unchanged, or ninja asks for it forever
    return 0


if __name__ == "__main__":
    sys.exit(main())
