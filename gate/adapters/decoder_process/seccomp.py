"""The filter of the kernel's calls: what decoding needs is allowed, what it never needs kills, the rest is refused.

It is a programme for the kernel's classic BPF (``linux/filter.h``, ``linux/seccomp.h``): every block looks at one call
and either decides or lets the next block look.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import struct

from gate.adapters.decoder_process import kernel
from gate.adapters.decoder_process.syscalls import DEADLY, DECODING, MACHINES, Machine

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_IF_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_KILL = 0x80000000  # the whole process

_NUMBER = 0  # the fields of struct seccomp_data
_ARCHITECTURE = 4
_ARGUMENTS = 16

_SET_MODE_FILTER = 1
_POINTER_BYTES = 8

Steps = list[tuple[int, int, int, int]]
"""Code, how far to jump where the condition holds and where not, and the operand."""


def install() -> None:
    """Confine this thread, which must be the only one, for good. Raises ``OSError`` where that cannot be done."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None or struct.calcsize("P") != _POINTER_BYTES:
        raise OSError(errno.ENOSYS, f"no list of calls for {os.uname().machine}")
    code = b"".join(struct.pack("HBBI", *step) for step in programme(machine, os.getpid()))
    held = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxQ", len(code) // _POINTER_BYTES, ctypes.addressof(held))
    kernel.syscall(machine.numbers["seccomp"], _SET_MODE_FILTER, 0, ctypes.create_string_buffer(described))


def programme(machine: Machine, process: int) -> Steps:
    """The whole filter for one machine; ``process`` may send itself a signal, as ``abort`` does."""
    number = machine.numbers
    steps: Steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_IF_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL)]
    steps += [(_LOAD, 0, 0, _NUMBER)]
    if machine.foreign_from is not None:
        steps += [(_IF_AT_LEAST, 0, 1, machine.foreign_from), (_RETURN, 0, 0, _KILL)]
    for name in DECODING:
        steps += [(_IF_EQUAL, 0, 1, number[name]), (_RETURN, 0, 0, _ALLOW)]
    steps += _when(number["mmap"], _without_bit(2, mmap.PROT_EXEC))
    steps += _when(number["mprotect"], _without_bit(2, mmap.PROT_EXEC))
    steps += _when(number["tgkill"], _equal(0, process))
    steps += _when(number["prlimit64"], _equal(0, 0) + _equal(1, resource.RLIMIT_CPU))
    for name in DEADLY:
        if name in number:
            steps += [(_IF_EQUAL, 0, 1, number[name]), (_RETURN, 0, 0, _KILL)]
    return [*steps, (_RETURN, 0, 0, _REFUSE)]


def _when(number: int, conditions: Steps) -> Steps:
    """Allow this call when the conditions hold, else refuse it."""
    return [(_IF_EQUAL, 0, len(conditions) + 1, number), *conditions, (_RETURN, 0, 0, _ALLOW)]


def _equal(argument: int, value: int) -> Steps:
    """The low half of the argument is this number; the kernel itself takes no more of these as ``int``."""
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument), (_IF_EQUAL, 1, 0, value), (_RETURN, 0, 0, _REFUSE)]


def _without_bit(argument: int, bit: int) -> Steps:
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument), (_IF_ANY_BIT, 0, 1, bit), (_RETURN, 0, 0, _REFUSE)]
