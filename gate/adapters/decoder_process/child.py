"""One running child as its parent sees it: started, asked, and killed as soon as it does anything but answer."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from gate.adapters.decoder_process.frame_memory import FrameMemory
from gate.adapters.decoder_process.messages import (
    HEADER_SIZE,
    Header,
    Kind,
    Request,
    WrongMessage,
    read_header,
    read_symbols,
    read_text,
    write_request,
)
from gate.adapters.decoder_process.serving import FAILED, OUT_OF_MEMORY
from gate.decoding import Symbol

log = logging.getLogger(__name__)

START_S = 10.0
"""What loading the library may take, on a slow card and a busy board."""
_LAST_BREATH_S = 0.2
"""How long a child that hung up may take to end by itself, so that its own cause of death is known."""
_REAP_S = 1.0
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
"""Nothing of the service's own; one thread, since the filter of the kernel's calls binds just one."""
_MEANINGS = {FAILED: "an error in its code", OUT_OF_MEMORY: "out of memory"}


class Lost(Exception):  # noqa: N818  (an end, in words that go on after the decoder's name)
    """The child is dead, or was killed for what it did."""


class Refused(Lost):
    """Its library cannot be loaded; ``text`` is its own sentence for the administrator."""

    def __init__(self, text: str) -> None:
        super().__init__(f"says: {text}")
        self.text = text


class Child:
    """A child process, starting or ready. Used by one thread at a time, but for ``kill``."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it, without waiting until it is ready. Raises ``OSError``."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  (our own program)
                    [*command, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    cwd="/",
                    env=_ENVIRONMENT,
                    start_new_session=True,  # a terminal's Ctrl-C is for the service, which stops in order
                )
            except BaseException:
                ours.close()
                raise
        self._link = ours
        self._started_s = time.monotonic()
        self._ready = False
        self.lacks = ""
        """What of its confinement this machine does not have; known once it is ready."""
        self._number = 0
        self._given: FrameMemory | None = None
        self._header: Header | None = None
        self._got = bytearray()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ready(self, until_s: float) -> bool:
        """Whether it can be asked by then (monotonic seconds). Raises ``Lost``."""
        if not self._ready:
            message = self._message(until_s)
            if message is None:
                if time.monotonic() > self._started_s + START_S:
                    raise self._lost(f"did not start within {START_S:g} s")
                return False
            self._ready = self._greeted(*message)
        return self._ready

    def ask(self, luma_shape: tuple[int, int], memory: FrameMemory, answer_s: float) -> tuple[Symbol, ...]:
        """What the frame in the memory shows, in at most so many seconds. Raises ``Lost``."""
        until_s = time.monotonic() + answer_s
        self._number = self._number % 0xFFFFFFFF + 1
        self._request(luma_shape, memory, until_s)
        message = self._message(until_s)
        if message is None:
            raise self._lost(f"did not answer within {answer_s:g} s")
        header, body = message
        if (header.kind, header.number) != (Kind.SYMBOLS, self._number):
            raise self._lost("sent something else than the answer")
        try:
            return read_symbols(body)
        except WrongMessage as wrong:
            raise self._lost(f"sent {wrong}") from None

    def kill(self) -> None:
        """End it at once; from any thread."""
        self._process.kill()

    def close(self) -> None:
        """Kill it, and let go of everything; may be called twice."""
        self.kill()
        self._link.close()
        try:
            self._process.wait(_REAP_S)
        except subprocess.TimeoutExpired:  # it hangs in the kernel; nothing waits for it
            log.warning("process %d does not end although it was killed", self.pid)

    def _greeted(self, header: Header, body: bytes) -> bool:
        if header.kind is Kind.REFUSED:
            self.close()
            raise Refused(read_text(body))
        if header.kind is not Kind.READY:
            raise self._lost("sent something else than its greeting")
        self.lacks = read_text(body)
        return True

    def _request(self, shape: tuple[int, int], memory: FrameMemory, until_s: float) -> None:
        new = memory is not self._given
        request = write_request(Request(self._number, *shape, memory.size if new else 0))
        self._link.settimeout(max(0.0, until_s - time.monotonic()))
        try:
            if new:
                socket.send_fds(self._link, [request], [memory.descriptor])
                self._given = memory
            else:
                self._link.sendall(request)
        except OSError:  # it is gone, or does not read
            raise self._lost("does not listen", its_own_end_s=_LAST_BREATH_S) from None

    def _message(self, until_s: float) -> tuple[Header, bytes] | None:
        """One whole message; None when it has not come by then, and the next call goes on with what has come."""
        if self._header is None:
            if not self._fill(HEADER_SIZE, until_s):
                return None
            try:
                self._header = read_header(bytes(self._got))
            except WrongMessage as wrong:
                raise self._lost(f"sent {wrong}") from None
            self._got.clear()
        header = self._header
        if not self._fill(header.length, until_s):
            return None
        body = bytes(self._got)
        self._got.clear()
        self._header = None
        return header, body

    def _fill(self, length: int, until_s: float) -> bool:
        """Receive so many bytes, and not one more; descriptors that a child might send are dropped by the kernel."""
        while len(self._got) < length:
            self._link.settimeout(max(0.0, until_s - time.monotonic()))
            try:
                received = self._link.recv(length - len(self._got))
            except (TimeoutError, BlockingIOError):
                return False
            except OSError:
                received = b""
            if not received:
                raise self._lost("hung up", its_own_end_s=_LAST_BREATH_S)
            self._got += received
        return True

    def _lost(self, what: str, its_own_end_s: float = 0.0) -> Lost:
        """Bury it; how it ended by itself says more than what it did last."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(its_own_end_s)
        code = self._process.poll()
        self.close()
        return Lost(what if code is None else _in_words(code))


def _in_words(code: int) -> str:
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with exit code {code}" + (f" ({_MEANINGS[code]})" if code in _MEANINGS else "")
