"""A child whose library does what the frame's text says, in the real confinement: ``python -I FILE DESCRIPTOR``."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gate.adapters.decoder_process.child_decoder import ChildDecoder
from gate.adapters.decoder_process.serving import serve
from gate.ports import AdapterError, Luma, Symbol
from gate.service.decoder_child import decoder

LIBC = ctypes.CDLL(None, use_errno=True)
HELD: list[Luma] = []


def eat(_: str, __: Luma) -> None:
    while True:
        HELD.append(np.empty(1 << 24, np.uint8))


def hang(_: str, __: Luma) -> None:
    while True:
        pass


def fail(name: str, _: Luma) -> None:
    raise ValueError(name)


def checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def send_descriptor(_: str, __: Luma) -> None:
    checked(LIBC.sendmsg(3, (ctypes.c_uint64 * 7)(), 0))  # a struct msghdr without anything to send


def unlimited(_: str, __: Luma) -> None:
    checked(LIBC.setrlimit(resource.RLIMIT_AS, (ctypes.c_uint64 * 2)(1 << 60, 1 << 60)))


def say(text: str, _: Luma) -> None:
    data = bytes.fromhex(text)
    LIBC.send(3, data, len(data), 0)


DEEDS: dict[str, Callable[[str, Luma], object]] = {
    "open": lambda path, _: os.open(path, os.O_RDONLY),
    "create": lambda path, _: os.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
    "list": lambda path, _: os.listdir(path),  # noqa: PTH208  (the call itself is tried)
    "stat": lambda path, _: Path(path).stat(),
    "socket": lambda family, _: socket.socket(getattr(socket, family)),
    "pair": lambda _, __: socket.socketpair(),
    "fork": lambda _, __: os.fork(),
    "exec": lambda path, _: os.execv(path, [path]),  # noqa: S606  (as above)
    "thread": lambda _, __: threading.Thread(target=print).start(),  # noqa: TID251  (as above)
    "kill": lambda pid, _: os.kill(int(pid), signal.SIGKILL),
    "memfd": lambda _, __: os.memfd_create("more"),
    "executable": lambda _, __: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    "unlimited": unlimited,
    "send": send_descriptor,
    "say": say,
    "eat": eat,
    "hang": hang,
    "fail": fail,
    "segv": lambda _, __: ctypes.string_at(0),
    "abort": lambda _, __: os.abort(),
    "deface": lambda _, luma: ctypes.memset(luma.ctypes.data, 0, 1),
}


class HostileDecoder:
    """Does the deed that stands in the frame, and says what came of it; any other frame is read by a real library."""

    name = "hostile"

    def __init__(self, real: ChildDecoder | None = None) -> None:
        self._real = real
        self._left_open = os.open(os.devnull, os.O_RDONLY)  # as a library may

    def decode(self, luma: memoryview) -> tuple[Symbol, ...]:
        deed, _, argument = luma.tobytes().rstrip(b"\0").decode("ascii", "replace").partition(" ")
        if deed not in DEEDS:
            return self._real.decode(luma) if self._real else ()
        try:
            DEEDS[deed](argument, np.asarray(luma))
        except OSError as error:
            return (Symbol(errno.errorcode[error.errno or 0].encode(), ()),)
        return (Symbol(b"done", ()),)

    def close(self) -> None:
        """Keeps nothing."""


def make() -> HostileDecoder:
    """The decoder, or the refusal that was asked for."""
    if sys.argv[1] == "refuse":
        raise AdapterError("The hostile decoder cannot start:\n no \x1b[31mlibrary\x07.")
    return HostileDecoder(None if sys.argv[1] == "serve" else decoder(sys.argv[1]))


if __name__ == "__main__":
    serve(make, int(sys.argv[2]))
