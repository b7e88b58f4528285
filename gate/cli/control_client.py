"""Asks a running gate for one thing through its local control."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from gate.wire.control import Answered, Request, Result, read_answer, request_line

PATIENCE_S = 8.0
"""Longer than the gate takes to say that it has no answer."""
MOST_BYTES = 1024 * 1024

DONE, REFUSED, WRONG_USAGE, NOT_ALLOWED, NO_GATE = range(5)
CODES = {
    Result.DONE: DONE,
    Result.REFUSED: REFUSED,
    Result.WRONG: WRONG_USAGE,
    Result.NOT_ALLOWED: NOT_ALLOWED,
    Result.NO_ANSWER: NO_GATE,
}

_ABSENT = "no gate listens at {path}. Does it run? systemctl status gate; another place is named with --socket"
_CLOSED = "this account may not even reach {path}; use sudo, or name the right socket with --socket"
_BUSY = "the gate at {path} takes no more callers now; try again"
_MUTE = (
    "the gate at {path} does not answer; an order may still take effect. Look at the door and at: journalctl -u gate"
)
_HUNG_UP = "the gate at {path} hung up without an answer; an order may have taken effect: look at the door"
_STRANGE = "what listens at {path} is not a gate of this version ({problem}); use the gate command that came with it"


class NoAnswer(Exception):  # noqa: N818  (an outcome of asking, with its exit code)
    """There is no answer; the text says what to do, ``code`` is the exit code.

    ``absent``: because nobody is there to answer, and not because whoever is there does not.
    """

    def __init__(self, text: str, code: int = NO_GATE, *, absent: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.absent = absent


def ask(path: Path, request: Request, patience_s: float = PATIENCE_S) -> Answered:
    """The gate's answer. Raises ``NoAnswer``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(patience_s)
        _connect(link, path)
        try:
            link.sendall(request_line(request))
            line = _line(link)
        except TimeoutError as error:
            raise NoAnswer(_MUTE.format(path=path)) from error
        except OSError as error:
            raise NoAnswer(_HUNG_UP.format(path=path)) from error
    if not line:
        raise NoAnswer(_HUNG_UP.format(path=path))
    answered = read_answer(line)
    if isinstance(answered, str):
        raise NoAnswer(_STRANGE.format(path=path, problem=answered))
    return answered


def _connect(link: socket.socket, path: Path) -> None:
    try:
        link.connect(str(path))
    except PermissionError as error:
        raise NoAnswer(_CLOSED.format(path=path), NOT_ALLOWED) from error
    except (BlockingIOError, TimeoutError) as error:
        raise NoAnswer(_BUSY.format(path=path)) from error
    except OSError as error:
        wrong = error.errno is None or error.errno == errno.ENAMETOOLONG
        text = f"{path} cannot be a socket: {error}" if wrong else _ABSENT.format(path=path)
        raise NoAnswer(text, WRONG_USAGE if wrong else NO_GATE, absent=not wrong) from error


def _line(link: socket.socket) -> bytes:
    """The first line, or empty when there is none before the end."""
    heard = b""
    while b"\n" not in heard and len(heard) < MOST_BYTES:
        more = link.recv(65536)
        if not more:
            return b""
        heard += more
    return heard.partition(b"\n")[0]
