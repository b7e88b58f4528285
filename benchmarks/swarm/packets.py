"""MQTT 5 as far as a light gate needs it: a few packets to send, and what comes cut into packets. Pure."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

PING = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
_EVERYTHING = 65535
_LARGEST = 268_435_455
_SHORTEST_SESSION_S = 15


@enum.unique
class Kind(enum.IntEnum):
    """The types of packets that a broker sends (2.1.2)."""

    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBACK = 9
    PINGRESP = 13
    DISCONNECT = 14


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: ``flags`` is the low half of its first byte, ``body`` what follows its length."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a CONNACK says. ``reason`` is 0 for a connection."""

    reason: int
    receive_maximum: int
    packet_bytes: int


def connect(client_id: str, will: tuple[str, bytes], keepalive_s: int, will_delay_s: int) -> bytes:
    """CONNECT without a clean start, with a will that is retained at QoS 1, and the session of a gate."""
    flags = 0x04 | 0x08 | 0x20
    properties = b"\x11" + struct.pack(">I", max(will_delay_s, _SHORTEST_SESSION_S) + 1)
    will_properties = b"\x18" + struct.pack(">I", will_delay_s) if will_delay_s else b""
    head = _text("MQTT") + bytes([5, flags]) + struct.pack(">H", keepalive_s) + _counted(properties)
    told = _text(client_id) + _counted(will_properties) + _text(will[0]) + struct.pack(">H", len(will[1])) + will[1]
    return _packet(0x10, head + told)


def subscribe(number: int, filters: Sequence[str]) -> bytes:
    """SUBSCRIBE at QoS 1."""
    return _packet(0x82, struct.pack(">H", number) + b"\x00" + b"".join(_text(one) + b"\x01" for one in filters))


def publish(topic: str, payload: bytes, number: int, kind: str = "", *, retain: bool = False) -> bytes:
    """PUBLISH: at QoS 1 under this number, at QoS 0 under the number 0; text of this content type."""
    properties = _counted(b"\x01\x01\x03" + _text(kind)) if kind else b"\x00"
    head = _text(topic) + (struct.pack(">H", number) if number else b"") + properties
    return _packet(0x30 | (0x02 if number else 0) | int(retain), head, payload)


def puback(number: int) -> bytes:
    """PUBACK with success."""
    return _packet(0x40, struct.pack(">H", number))


def published(packet: Packet) -> tuple[str, int, bytes]:
    """Topic, number (0 at QoS 0) and payload of a PUBLISH."""
    (length,) = struct.unpack_from(">H", packet.body)
    at = 2 + length
    number = 0
    if packet.flags & 0x06:
        (number,) = struct.unpack_from(">H", packet.body, at)
        at += 2
    size, start = _length(packet.body, at)
    return packet.body[2 : 2 + length].decode(), number, packet.body[start + size :]


def answered(packet: Packet) -> tuple[int, int]:
    """The number of a PUBACK, and its reason."""
    (number,) = struct.unpack_from(">H", packet.body)
    return number, packet.body[2] if len(packet.body) > 2 else 0  # noqa: PLR2004  (success may leave it out)


def welcome(packet: Packet) -> Welcome:
    """Read a CONNACK."""
    _, at = _length(packet.body, 2)
    found = _numbers(packet.body[at:])
    return Welcome(packet.body[1], found.get(0x21, _EVERYTHING), found.get(0x27, _LARGEST))


@dataclass(slots=True)
class Cutter:
    """Cuts what comes into packets."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that are whole now."""
        self._rest += data
        at = 0
        while (found := _header(self._rest, at)) is not None:
            start, end = found
            yield Packet(self._rest[at] >> 4, self._rest[at] & 0x0F, bytes(self._rest[start:end]))
            at = end
        del self._rest[:at]


def _header(data: bytearray, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at ``at`` begins and ends; None while it is not whole."""
    size, shift, place = 0, 0, at + 1
    while place < len(data):
        size |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not data[place - 1] & 0x80:
            return (place, place + size) if place + size <= len(data) else None
    return None


_SIZES = {0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}
"""The properties of a CONNACK that are numbers, and their bytes (2.2.2.2)."""


def _numbers(data: bytes) -> dict[int, int]:
    """The numbers among the properties, up to the first that is a text of unknown use."""
    found, at = {}, 0
    while at < len(data):
        name = data[at]
        if name in _SIZES:
            found[name] = int.from_bytes(data[at + 1 : at + 1 + _SIZES[name]])
            at += 1 + _SIZES[name]
        else:
            at += 3 + int.from_bytes(data[at + 1 : at + 3])
    return found


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A number in as few bytes as it takes, and where it ends (1.5.5)."""
    value, shift = 0, 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            return value, at


def _packet(first: int, *parts: bytes) -> bytes:
    return b"".join((bytes([first]), _short(sum(map(len, parts))), *parts))


def _short(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004  (seven bits a byte)
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _counted(properties: bytes) -> bytes:
    return _short(len(properties)) + properties
