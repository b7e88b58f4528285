"""A child, not confined, that says what it should not: ``python -I FILE LIE DESCRIPTOR``.

It greets as it should unless the lie is about that, takes one request, and then says the bytes of the lie.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

GREETING = struct.pack("!BII", 1, 0, 0)


def symbols(body: bytes, number: int = 1, *, kind: int = 3, length: int | None = None) -> bytes:
    """An answer with this body, whatever its header claims."""
    return struct.pack("!BII", kind, number, len(body) if length is None else length) + body


def symbol(data: bytes = b"", *, part: int = 0, corners: int = 0, length: int | None = None) -> bytes:
    return struct.pack("!BBI", part, corners, len(data) if length is None else length) + data


ONE = struct.pack("!H", 1)
LIES = {
    "nothing": b"",
    "half a header": b"\x03\0\0",
    "half a body": symbols(b"\0", length=2),
    "no kind": symbols(b"\0\0", kind=9),
    "another greeting": GREETING,
    "no end": symbols(b"", length=0xFFFFFFFF),
    "the next number": symbols(b"\0\0", 2),
    "no symbol where there is one": symbols(ONE),
    "bytes behind": symbols(b"\0\0\0"),
    "65 symbols": symbols(struct.pack("!H", 65) + 65 * symbol()),
    "longer than the message": symbols(ONE + symbol(b"a", length=9)),
    "longer than any": symbols(ONE + symbol(length=70_000)),
    "neither part nor whole": symbols(ONE + symbol(part=2)),
    "a corner in the next street": symbols(ONE + symbol(struct.pack("!ii", 1 << 30, 0), corners=1, length=0)),
    "17 corners": symbols(ONE + symbol(17 * struct.pack("!ii", 0, 0), corners=17, length=0)),
}
"""By name: what is said after the first request. Whoever waits for more waits in vain."""
GREETINGS = {
    "symbols at once": symbols(b"\0\0"),
    "a long greeting": struct.pack("!BII", 1, 0, 501),
    "noise": b"\xff" * 64,
}


def main() -> None:
    """Lie, and wait until the parent has had enough."""
    lie, parent = sys.argv[1], socket.socket(fileno=int(sys.argv[2]))
    parent.sendall(GREETINGS.get(lie, GREETING))
    parent.recv(16)
    if lie == "descriptors":
        socket.send_fds(parent, [symbols(b"\0\0")], [0, 1, 2])
    elif lie == "a byte at a time":
        for byte in symbols(bytes(500_000)):
            parent.sendall(bytes([byte]))
    elif lie == "too much":
        parent.sendall(symbols(b"\0\0") + symbols(b"\0\0"))
    elif lie == "goodbye":
        os._exit(3)
    else:
        parent.sendall(LIES.get(lie, b""))
    parent.recv(16)
    parent.recv(16)


if __name__ == "__main__":
    main()
