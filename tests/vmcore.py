#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check the core file of a kept machine against the vmlinux that ran in it.

The core is read here, by its program headers and notes, without a debugger: registers of each
CPU, the kernel's banner, its list of tasks through the direct map, and the stack of the CPU
that went down. Where gdb is installed, it has to show the same.
"""

import argparse
import os
import re
import shutil
import struct
import subprocess
import sys

PAGE = 4096
STACK_BYTES = 4 * PAGE
TASKS_MAX = 10000
GDB_TIMEOUT_S = 120
PT_LOAD, PT_NOTE, NT_PRSTATUS, SHT_SYMTAB, STT_FUNC = 1, 4, 1, 2, 2
GREGS_AT, RIP, RSP, GS_BASE = 112, 16, 19, 22  # in struct elf_prstatus, and its registers
BTF_STRUCT = 4
# After the fixed part of a type, by kind: bytes in all, and bytes per item of vlen.
BTF_MORE = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0),
            15: (0, 12), 17: (4, 0), 19: (0, 12)}


class Elf:
    """A little-endian 64-bit ELF file in memory or, for its segments, on disk."""

    def __init__(self, path):
        self.file = open(path, "rb")  # pylint: disable=consider-using-with
        self.head = self.read(0, 64)
        assert self.head[:6] == b"\x7fELF\x02\x01", f"{path} is no ELF file"
        phoff, shoff = struct.unpack_from("<QQ", self.head, 32)
        phnum, _, shnum, self.shstrndx = struct.unpack_from("<HHHH", self.head, 56)
        self.segments = [struct.unpack("<IIQQQQQQ", self.read(phoff + 56 * i, 56))
                         for i in range(phnum)]
        self.sections = [struct.unpack("<IIQQQQIIQQ", self.read(shoff + 64 * i, 64))
                         for i in range(shnum)]

    def read(self, at, size):
        return os.pread(self.file.fileno(), size, at)

    def contents(self, section):
        return self.read(section[4], section[5])

    def section(self, name):
        names = self.contents(self.sections[self.shstrndx])
        for section in self.sections:
            if names[section[0]:].split(b"\0", 1)[0].decode() == name:
                return self.contents(section)
        return b""

    def symbols(self):
        """(address, name, type) of the symbol table, by address."""
        found = []
        for section in self.sections:
            if section[1] != SHT_SYMTAB:
                continue
            names, table = self.contents(self.sections[section[6]]), self.contents(section)
            for name, info, _, _, value, _ in struct.iter_unpack("<IBBHQQ", table):
                found.append((value, names[name:names.index(b"\0", name)].decode(), info & 15))
        return sorted(found)


def btf_offsets(data, struct_name, members):
    """Byte offsets of direct members of a struct."""
    hdr_len, type_off, type_len, str_off, _ = struct.unpack_from("<IIIII", data, 4)
    strings, at, end = hdr_len + str_off, hdr_len + type_off, hdr_len + type_off + type_len

    def name_at(offset):
        return data[strings + offset:data.index(b"\0", strings + offset)].decode()

    while at < end:
        name, info, _ = struct.unpack_from("<III", data, at)
        kind, vlen, at = info >> 24 & 31, info & 0xffff, at + 12
        if kind == BTF_STRUCT and name_at(name) == struct_name:
            rows = [struct.unpack_from("<III", data, at + 12 * i) for i in range(vlen)]
            found = {name_at(row[0]): (row[2] & 0xffffff if info >> 31 else row[2]) // 8
                     for row in rows}
            if all(member in found for member in members):
                return [found[member] for member in members]
        fixed, each = BTF_MORE.get(kind, (0, 0))
        at += fixed + each * vlen
    raise KeyError(struct_name)


class Core(Elf):
    """A core file as a debugger sees it."""

    def __init__(self, path):
        super().__init__(path)
        self.loads = [s for s in self.segments if s[0] == PT_LOAD]
        self.threads, self.notes = [], {}
        for segment in self.segments:
            if segment[0] == PT_NOTE:
                self.take_notes(self.read(segment[2], segment[5]))

    def take_notes(self, data):
        at = 0
        while at < len(data):
            namesz, descsz, kind = struct.unpack_from("<III", data, at)
            name = data[at + 12:at + 12 + namesz - 1].decode()
            at += 12 + (namesz + 3) // 4 * 4
            desc = data[at:at + descsz]
            at += (descsz + 3) // 4 * 4
            if name == "CORE" and kind == NT_PRSTATUS:
                self.threads.append(struct.unpack_from("<27Q", desc, GREGS_AT))
            self.notes[name] = desc

    def memory(self, address, size):
        """Bytes at a virtual address; fewer where the mapping ends."""
        for _, _, offset, vaddr, _, filesz, _, _ in self.loads:
            if vaddr <= address < vaddr + filesz:
                return self.read(offset + address - vaddr, min(size, vaddr + filesz - address))
        raise LookupError(f"nothing is mapped at {address:#x}")

    def word(self, address):
        return struct.unpack("<Q", self.memory(address, 8))[0]

    def text(self, address, size):
        return self.memory(address, size).split(b"\0", 1)[0].decode(errors="replace")


class Kernel:
    """The symbols of a vmlinux where the core has them."""

    def __init__(self, path, core):
        self.elf = Elf(path)
        info = core.notes.get("VMCOREINFO", b"").decode()
        match = re.search(r"^KERNELOFFSET=(\w+)$", info, re.M)
        self.release = (re.search(r"^OSRELEASE=(.*)$", info, re.M) or ["", "?"])[1]
        self.offset = int(match[1], 16) if match else 0
        symbols = self.elf.symbols()
        self.address = {name: value for value, name, _ in symbols}
        self.functions = [(value, name) for value, name, kind in symbols if kind == STT_FUNC]
        self.end = self.address["_etext"]

    def at(self, name):
        """Where a variable is. Per-CPU ones are offsets, which do not move."""
        value = self.address[name]
        return value + self.offset if value > 1 << 63 else value

    def function(self, address):
        """The function an address lies in, "" when it is none of the kernel's."""
        address -= self.offset
        if not self.functions[0][0] <= address or not self.address["_text"] <= address < self.end:
            return ""
        low, high = 0, len(self.functions)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.functions[middle][0] <= address else (low, middle)
        return self.functions[low][1]


def read_tasks(core, kernel):
    """{pid: comm} by the kernel's own list."""
    tasks, comm, pid = btf_offsets(kernel.elf.section(".BTF"), "task_struct",
                                   ["tasks", "comm", "pid"])
    first = task = kernel.at("init_task")
    found = {}
    for _ in range(TASKS_MAX):
        number = struct.unpack("<i", core.memory(task + pid, 4))[0]
        found[number] = core.text(task + comm, 16)
        task = core.word(task + tasks) - tasks
        if task == first:
            return found
    raise LookupError(f"the list of tasks does not end after {TASKS_MAX}")


def stack_functions(core, kernel, thread):
    """The functions that words on the stack of a thread lie in."""
    data = core.memory(thread[RSP], STACK_BYTES)
    words = struct.unpack(f"<{len(data) // 8}Q", data[:len(data) // 8 * 8])
    return {kernel.function(word) for word in words} - {""}


def check_memory(core, kernel, on_stack):
    failures = []
    banner = core.text(kernel.at("linux_banner"), 256)
    if not banner.startswith(f"Linux version {kernel.release} "):
        failures.append(f"linux_banner is {banner!r}, VMCOREINFO names {kernel.release}")
    tasks = read_tasks(core, kernel)
    if tasks.get(0) != "swapper/0" or tasks.get(2) != "kthreadd" or not tasks.get(1):
        failures.append(f"the list of tasks is {tasks}")
    stacks = [stack_functions(core, kernel, thread) for thread in core.threads]
    if on_stack and not any(on_stack in stack for stack in stacks):
        failures.append(f"{on_stack} is on no stack: {stacks}")
    return failures


def check_core(core, kernel, cpus, on_stack):
    """The sentences of what is wrong."""
    failures = []
    if len(core.threads) != cpus:
        failures.append(f"{len(core.threads)} threads instead of {cpus}")
    for number, thread in enumerate(core.threads):
        if not kernel.function(thread[RIP]):
            failures.append(f"CPU {number} stands at {thread[RIP]:#x}, which is no function")
        else:
            core.word(core.word(thread[GS_BASE] + kernel.at("pcpu_hot")))  # its current task
    failures += check_memory(core, kernel, on_stack)
    status = os.fstat(core.file.fileno())
    if status.st_blocks * 512 > status.st_size * 3 // 4:
        failures.append(f"{status.st_blocks * 512} bytes on disk of {status.st_size}: no holes")
    return failures


def check_gdb(vmlinux, path, core, kernel):
    if not shutil.which("gdb"):
        print("     skipped: gdb is not installed (apt-get install gdb), its view was not checked")
        return []
    command = ["gdb", "-nx", "-batch", "-ex", f"symbol-file -o {kernel.offset:#x} {vmlinux}",
               "-ex", f"core-file {path}", "-ex", "info threads", "-ex", "x/s &linux_banner"]
    said = subprocess.run(command, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=GDB_TIMEOUT_S)
    missing = [f"thread {i + 1} in {kernel.function(thread[RIP])}"
               for i, thread in enumerate(core.threads)
               if not re.search(rf"^\*? +{i + 1} .* in {kernel.function(thread[RIP])} ",
                                said.stdout, re.M)]
    if f'"Linux version {kernel.release} ' not in said.stdout:
        missing.append("linux_banner")
    return [f"gdb does not show {', '.join(missing)}:\n{said.stdout}{said.stderr}"] * bool(missing)


def check(vmlinux, path, cpus, on_stack=""):
    """The sentences of what is wrong with a core of CPUS vCPUs; ON_STACK: a function."""
    try:
        core = Core(path)
        kernel = Kernel(vmlinux, core)
        return (check_core(core, kernel, cpus, on_stack)
                or check_gdb(vmlinux, path, core, kernel))
    except (AssertionError, LookupError, OSError, struct.error) as e:
        return [f"'{path}': {e!r}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("vmlinux")
    parser.add_argument("core")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--on-stack", default="", help="a function that some CPU is in")
    args = parser.parse_args()
    failures = check(args.vmlinux, args.core, args.cpus, args.on_stack)
    print("\n".join(failures) if failures else "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
