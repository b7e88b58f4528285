"""A gate without a door: the gate's own outbox with its window, batches and patience, on a link of a few packets.

Everything happens on the loop's thread. Of a message that nobody answered for before the connection ended the outbox is
told, as the real link does it, and sends it again in order.
"""

from __future__ import annotations

import asyncio  # noqa: TID251  (a thousand links in a process; no door here)
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Protocol, cast

from benchmarks.swarm import packets
from benchmarks.swarm.ledger import Ledger
from benchmarks.swarm.packets import Cutter, Kind, Packet
from gate.adapters.mqtt_paho.back_off import BackOff, Retry
from gate.ports import Acknowledged, LinkFault, Message
from gate.service.confirm import Confirm
from gate.service.outbox import Outbox, Sending
from gate.wire import ack, availability, envelope, topics
from gate.wire.ack import Ack
from gate.wire.availability import Presence

if TYPE_CHECKING:
    from gate.ports import Journal, Publisher

KEEPALIVE_S = 20
_BLAMELESS = (0x10, 0x97)
_NUMBERS = 65535


@dataclass(slots=True)
class Tally:
    """What the gates of one process have seen. Times in seconds."""

    connected: int = 0
    most: int = 0
    """So many were connected at once."""
    made: int = 0
    lost_links: int = 0
    again: int = 0
    """Messages that were handed back because their link ended."""
    late_s: list[float] = field(default_factory=list)
    """From the making of a record until the centre's word that it has it."""


class How(Protocol):
    """How the gates of a herd are set up, as in a gate's own configuration."""

    @property
    def backlog_per_s(self) -> int: ...

    @property
    def will_delay_s(self) -> int: ...


class LightGate(asyncio.Protocol):
    """One gate. ``dial`` begins a connection, and calls ``connection_made`` or ``not_reached``."""

    def __init__(self, ledger: Ledger, tally: Tally, dial: Callable[[LightGate], None], how: How) -> None:
        self.ledger = ledger
        self.away = False
        """Whether it shall stay away."""
        self._will_delay_s = how.will_delay_s
        self._tally = tally
        self._dial = dial
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(  # which asks of journal and publisher no more than these have
            cast("Journal", ledger),
            cast("Publisher", self),
            ledger.identity,
            Sending(backlog_per_s=how.backlog_per_s, confirm=Confirm.CENTRE),
        )
        self._back_off = BackOff(Retry(), random.random)
        self._transport: asyncio.Transport | None = None
        self._cutter = Cutter()
        self._numbers = count(1)
        self._on_way: set[int] = set()
        self._online = False
        self._made: deque[tuple[int, float]] = deque()
        """Number and time of records that were made while it was counted."""
        self._timer: asyncio.TimerHandle | None = None

    def visit(self, *, counted: bool = True) -> None:
        """A visitor is let in: recorded, told live, sent."""
        now_s = self._loop.time()
        mono_ms = int(now_s * 1000)
        record = self.ledger.visit(mono_ms, f"{mono_ms:032x}")
        self._tally.made += 1
        if not counted:
            return
        self._made.append((record.seq, now_s))
        live = topics.below(self.ledger.identity, topics.LIVE)
        for _ in range(2):  # before and after it is on the disk
            self._outbox.note(Message(live, record.body, False, envelope.CONTENT_TYPE, qos=0, expiry_s=10))  # noqa: FBT003
        self._step()

    def leave(self) -> None:
        """The network is gone."""
        self.away = True
        if self._transport is not None:
            self._transport.abort()

    def come_back(self) -> None:
        """The network is there."""
        self.away = False
        self._dial(self)

    def say_goodbye(self) -> None:
        """In order, so that no will is published."""
        self.away = True
        if self._transport is not None:
            self._transport.write(packets.DISCONNECT)
            self._transport.close()

    # gate.ports.Publisher, as far as an outbox asks

    def publish(self, message: Message) -> int:
        number = self._free_number() if message.qos else 0
        packet = packets.publish(message.topic, message.payload, number, message.content_type, retain=message.retain)
        if self._transport is not None:
            self._transport.write(packet)
        return number

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream
        self._cutter = Cutter()
        root = topics.root(self.ledger.identity)
        will = (f"{root}/{topics.AVAILABILITY}", availability.encode(Presence.OFFLINE, "boot-1", None))
        name = f"{self.ledger.identity.site}.{self.ledger.identity.gate}"
        self._write(packets.connect(name, will, KEEPALIVE_S, self._will_delay_s))

    def data_received(self, data: bytes) -> None:
        for packet in self._cutter.feed(data):
            self._take(packet)
        self._step()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's)
        self._transport = None
        if self._online:
            self._tally.connected -= 1
            self._tally.lost_links += 1
            self._tally.again += len(self._on_way)
            self._outbox.disconnected()
        self._online = False
        for number in sorted(self._on_way):
            gone = Acknowledged(number, taken=False, reason="the link ended", blameless=True, returned=True)
            self._outbox.acknowledged(gone, self._loop.time())
        self._on_way.clear()
        self.not_reached()

    def not_reached(self) -> None:
        """Try again later, unless it shall be away."""
        if not self.away:
            wait_s = self._back_off.wait_s(LinkFault.LOST, self._loop.time())
            self._loop.call_later(wait_s, lambda: None if self.away else self._dial(self))

    def _take(self, packet: Packet) -> None:
        match packet.kind:
            case Kind.CONNACK:
                self._welcomed(packets.welcome(packet))
            case Kind.PUBACK:
                number, reason = packets.answered(packet)
                self._on_way.discard(number)
                answer = Acknowledged(number, reason == 0, f"{reason:#x}", reason in _BLAMELESS)
                self._outbox.acknowledged(answer, self._loop.time())
            case Kind.SUBACK:
                self._on_way.discard(packets.answered(packet)[0])
            case Kind.PUBLISH:
                topic, number, payload = packets.published(packet)
                if number:
                    self._write(packets.puback(number))
                if topic.endswith(f"/{topics.ACK}"):
                    self._heard(ack.decode(payload))
            case _:
                pass

    def _welcomed(self, found: packets.Welcome) -> None:
        if found.reason:
            self._write(packets.DISCONNECT)
            return
        self._online = True
        self._tally.connected += 1
        self._tally.most = max(self._tally.most, self._tally.connected)
        self._back_off.connected(self._loop.time())
        root = topics.root(self.ledger.identity)
        self._write(packets.subscribe(self._free_number(), (f"{root}/{topics.ACK}", f"{root}/{topics.COMMAND}/+")))
        hello = availability.encode(Presence.ONLINE, "boot-1", None)
        greeting = Message(f"{root}/{topics.AVAILABILITY}", hello, retain=True, content_type=availability.CONTENT_TYPE)
        self._outbox.connected(found.receive_maximum, greeting, found.packet_bytes)
        self._ping(self._transport)

    def _heard(self, found: object) -> None:
        if not isinstance(found, Ack) or found.journal != self.ledger.ulid:
            return
        now_s = self._loop.time()
        self._outbox.stored(found, now_s)
        while self._made and self._made[0][0] <= found.seq:
            self._tally.late_s.append(now_s - self._made.popleft()[1])

    def _step(self) -> None:
        now_s = self._loop.time()
        self._outbox.step(now_s)
        due_s = self._outbox.due_s
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._step)

    def _ping(self, link: asyncio.Transport | None) -> None:
        """For as long as this connection lasts."""
        if link is not None and link is self._transport:
            link.write(packets.PING)
            self._loop.call_later(KEEPALIVE_S * 0.8, self._ping, link)

    def _write(self, packet: bytes) -> None:
        if self._transport is not None:
            self._transport.write(packet)

    def _free_number(self) -> int:
        number = next(one for at in self._numbers if (one := at % _NUMBERS + 1) not in self._on_way)
        self._on_way.add(number)
        return number
