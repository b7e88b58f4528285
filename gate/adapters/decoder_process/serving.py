"""The child's side: load, confine, and answer one frame after the other until the parent is gone.

Whatever goes wrong ends the process: the parent starts a new one, which is simpler than any repair.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import NoReturn

from gate.adapters.decoder_process.child_decoder import ChildDecoder
from gate.adapters.decoder_process.frame_memory import SeenMemory
from gate.adapters.decoder_process.messages import (
    REQUEST_SIZE,
    Kind,
    Request,
    read_request,
    write,
    write_symbols,
    write_text,
)
from gate.adapters.decoder_process.sandbox import bound_cpu, confine, keep_only
from gate.adapters.decoder_process.warm_up import warm_up
from gate.decoding import AdapterError

FAILED = 70
OUT_OF_MEMORY = 71


def serve(make: Callable[[], ChildDecoder], link: int) -> NoReturn:
    """Be the child at the other end of this descriptor; ends the process."""
    try:
        _serve(make, link)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001  (nobody reads a trace, which could hold what was read)
        os._exit(FAILED)
    os._exit(0)


def _serve(make: Callable[[], ChildDecoder], link: int) -> None:
    parent = keep_only(link)
    try:
        decoder = make()
    except AdapterError as error:
        parent.sendall(write(Kind.REFUSED, 0, write_text(str(error))))
        return
    warm_up(decoder)
    parent.sendall(write(Kind.READY, 0, write_text(", ".join(confine()))))
    _answer_all(decoder, parent)


def _answer_all(decoder: ChildDecoder, parent: socket.socket) -> None:
    memory: SeenMemory | None = None
    while True:
        asked, descriptors, _, _ = socket.recv_fds(parent, REQUEST_SIZE, 1)
        if not asked:
            return
        request = read_request(asked)
        if request.memory:
            if memory is not None:
                memory.close()
            memory = SeenMemory(descriptors[0], request.memory)
        if memory is None:
            raise ValueError("a request without a frame")
        _answer(decoder, parent, memory, request)


def _answer(decoder: ChildDecoder, parent: socket.socket, memory: SeenMemory, request: Request) -> None:
    bound_cpu(time.process_time())
    symbols = decoder.decode(memory.frame(request.height, request.width))
    parent.sendall(write(Kind.SYMBOLS, request.number, write_symbols(symbols)))
