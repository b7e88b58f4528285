"""The filter's programme, run step by step as the kernel would, for machines that are not here as well."""

from __future__ import annotations

import re
import resource
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.decoder_process.seccomp import Steps, programme
from gate.adapters.decoder_process.syscalls import DEADLY, DECODING, MACHINES

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
PROCESS = 4711
MACHINE_NAMES = sorted(MACHINES)


def verdict(steps: Steps, audit: int, number: int, *arguments: int) -> int:
    """What the kernel does with a call: the few instructions of classic BPF that the filter uses."""
    six = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<iIQ6Q", number, audit, 0, *six)
    held, at = 0, 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        match code:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += if_true if held == operand else if_false
            case 0x35:
                at += if_true if held >= operand else if_false
            case 0x45:
                at += if_true if held & operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def judged(machine: str, name: str, *arguments: int) -> int:
    known = MACHINES[machine]
    return verdict(programme(known, PROCESS), known.audit, known.numbers[name], *arguments)


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_what_decoding_needs_is_allowed_and_what_it_never_needs_kills(machine: str) -> None:
    assert {name: judged(machine, name) for name in DECODING} == dict.fromkeys(DECODING, ALLOW)
    deadly = [name for name in DEADLY if name in MACHINES[machine].numbers]
    assert {name: judged(machine, name) for name in deadly} == dict.fromkeys(deadly, KILL)
    assert set(DECODING).isdisjoint(DEADLY)


@pytest.mark.parametrize("machine", MACHINE_NAMES)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("mmap", (0, 4096, 3), ALLOW),
        ("mmap", (0, 4096, 1), ALLOW),
        ("mmap", (0, 4096, 5), REFUSE),
        ("mprotect", (0, 4096, 3), ALLOW),
        ("mprotect", (0, 4096, 7), REFUSE),
        ("tgkill", (PROCESS, PROCESS, 6), ALLOW),
        ("tgkill", (PROCESS + 1, PROCESS + 1, 9), REFUSE),
        ("tgkill", (1, 1, 9), REFUSE),
        ("prlimit64", (0, resource.RLIMIT_CPU), ALLOW),
        ("prlimit64", (0, resource.RLIMIT_AS), REFUSE),
        ("prlimit64", (PROCESS + 1, resource.RLIMIT_CPU), REFUSE),
        ("seccomp", (1,), REFUSE),
    ],
)
def test_some_calls_are_judged_by_their_arguments(
    machine: str, name: str, arguments: tuple[int, ...], expected: int
) -> None:
    assert judged(machine, name, *arguments) == expected


@pytest.mark.parametrize("machine", MACHINE_NAMES)
@given(number=st.integers(0, 1000))
def test_every_other_call_is_refused(machine: str, number: int) -> None:
    known = MACHINES[machine]
    if number not in known.numbers.values():
        assert verdict(programme(known, PROCESS), known.audit, number) == REFUSE


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_a_call_of_another_architecture_kills(machine: str) -> None:
    known = MACHINES[machine]
    for audit in (0x40000003, 0x40000028, *(one.audit for one in MACHINES.values() if one is not known)):
        assert verdict(programme(known, PROCESS), audit, known.numbers["futex"]) == KILL


def test_a_call_of_the_other_interface_of_x86_kills() -> None:
    known = MACHINES["x86_64"]
    assert verdict(programme(known, PROCESS), known.audit, 0x40000000 | known.numbers["futex"]) == KILL


HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_the_numbers_are_the_kernels(machine: str) -> None:
    found = [Path(name) for name in HEADERS[machine] if Path(name).exists()]
    if not found:
        pytest.skip("the kernel's headers are not installed (apt install linux-libc-dev)")
    text = found[0].read_text()
    official = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    ours = MACHINES[machine].numbers
    assert {name: official.get(name) for name in ours} == ours
