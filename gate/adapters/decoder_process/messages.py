"""What the two sides say to one another, as bytes.

The parent trusts nothing that a child says: every length and number has a bound, and a message is either exactly what
``write_…`` makes or ``WrongMessage``.  All numbers are big-endian.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gate.decoding import Symbol

MOST_SYMBOLS = 64
MOST_CORNERS = 16
MOST_DATA = 64 * 1024
"""Bytes of one symbol; sixteen joined parts of a sequence hold at most 47,248."""
MOST_ANSWER = 1024 * 1024
MOST_TEXT = 500
FARTHEST = 1 << 20
"""Pixels from the frame's corner."""

_HEADER = struct.Struct("!BII")
_REQUEST = struct.Struct("!IIII")
_SYMBOL = struct.Struct("!BBI")
_COUNT = struct.Struct("!H")
_POINT = struct.Struct("!ii")

HEADER_SIZE = _HEADER.size
REQUEST_SIZE = _REQUEST.size


class WrongMessage(ValueError):  # noqa: N818  (a verdict on bytes, not a failure of ours)
    """These bytes are no message; the text never quotes them."""


@enum.unique
class Kind(enum.IntEnum):
    """What a child says."""

    READY = 1
    """The library is loaded, and the child is confined; the body lists what it runs without."""
    REFUSED = 2
    """The library cannot be loaded; the body says why."""
    SYMBOLS = 3
    """What the frame shows."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before each body; ``number`` is the request's, 0 at the start."""

    kind: Kind
    number: int
    length: int


@dataclass(frozen=True, slots=True)
class Request:
    """Decode the frame that lies in the memory.

    ``memory`` is 0 for the memory of the request before, else the size in bytes of the one that comes with this one.
    """

    number: int
    height: int
    width: int
    memory: int


def write_request(request: Request) -> bytes:
    """The request for the child."""
    return _REQUEST.pack(request.number, request.height, request.width, request.memory)


def read_request(data: bytes) -> Request:
    """What ``write_request`` wrote."""
    if len(data) != REQUEST_SIZE:
        raise WrongMessage("a request is torn")
    return Request(*_REQUEST.unpack(data))


def write(kind: Kind, number: int, body: bytes) -> bytes:
    """One message of a child."""
    return _HEADER.pack(kind, number, len(body)) + body


def read_header(data: bytes) -> Header:
    """The header of a child's message; its length is within bounds."""
    kind, number, length = _HEADER.unpack(data)
    if kind not in set(Kind):
        raise WrongMessage("a message of no known kind")
    if length > (MOST_ANSWER if kind == Kind.SYMBOLS else MOST_TEXT):
        raise WrongMessage("a message that is too long")
    return Header(Kind(kind), number, length)


def write_text(text: str) -> bytes:
    """A text for a person, cut to its bound."""
    return text.encode("ascii", "replace")[:MOST_TEXT]


def read_text(body: bytes) -> str:
    """The text; whatever cannot be seen is a question mark."""
    return "".join(one if one.isascii() and one.isprintable() else "?" for one in body.decode("latin-1"))


def write_symbols(symbols: Sequence[Symbol]) -> bytes:
    """The symbols, the first 64 of them: a frame with more than one is refused anyway."""
    kept = symbols[:MOST_SYMBOLS]
    return _COUNT.pack(len(kept)) + b"".join(map(_write_symbol, kept))


def _write_symbol(symbol: Symbol) -> bytes:
    points = b"".join(_POINT.pack(x, y) for x, y in symbol.corners)
    return _SYMBOL.pack(symbol.part, len(symbol.corners), len(symbol.data)) + points + symbol.data


def read_symbols(body: bytes) -> tuple[Symbol, ...]:
    """What ``write_symbols`` wrote, and nothing behind it."""
    rest = _Rest(body)
    (count,) = rest.unpacked(_COUNT)
    if count > MOST_SYMBOLS:
        raise WrongMessage("too many symbols")
    symbols = tuple(_read_symbol(rest) for _ in range(count))
    if rest.left:
        raise WrongMessage("bytes behind the last symbol")
    return symbols


def _read_symbol(rest: _Rest) -> Symbol:
    part, corners, length = rest.unpacked(_SYMBOL)
    if part > 1 or corners > MOST_CORNERS or length > MOST_DATA:
        raise WrongMessage("a symbol beyond all bounds")
    points = tuple(_read_point(rest) for _ in range(corners))
    return Symbol(rest.taken(length), points, part=bool(part))


def _read_point(rest: _Rest) -> tuple[int, int]:
    x, y = rest.unpacked(_POINT)
    if max(abs(x), abs(y)) > FARTHEST:
        raise WrongMessage("a corner outside the frame")
    return x, y


class _Rest:
    """The bytes that are not read yet."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def taken(self, length: int) -> bytes:
        if length > self.left:
            raise WrongMessage("a message that ends too soon")
        self._at += length
        return self._body[self._at - length : self._at]

    def unpacked(self, shape: struct.Struct) -> tuple[int, ...]:
        return shape.unpack(self.taken(shape.size))
