"""The smallest centre that deserves the name: it stores each event once, and then says so to the gate.

An MQTT 5 session that the broker keeps; a message is acknowledged to the broker after it is stored, and a gate's events
to the gate up to the last one before which nothing is missing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from gate.adapters.mqtt_paho.client import properties_of
from gate.wire import topics
from tests.broker import HOST
from tests.wire import validate

SESSION_S = 86_400
LEAVE_S = 5.0
QOS = 1


@dataclass(slots=True)
class Shelf:
    """What came of one journal."""

    bodies: dict[int, bytes] = field(default_factory=dict)
    """By number, in the order of their first arrival."""
    again: int = 0
    """Arrivals of an event that was there already."""
    whole_to: int = 0
    """Nothing is missing up to here."""


class Centre:
    """Stores the reliable feed of every gate on a broker. Use as a context manager."""

    def __init__(self, port: int) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.wrong: list[str] = []
        """Messages that are not what the contract says, and events that came twice with different content."""
        self._changed = threading.Condition()
        self._port = port
        self._client: Client

    def whole_to(self, ulid: str) -> int:
        """Nothing of this journal is missing up to here."""
        with self._changed:
            return self.shelves[ulid].whole_to if ulid in self.shelves else 0

    def until(self, satisfied: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until what was stored satisfies; False when it did not in time."""
        with self._changed:
            return self._changed.wait_for(satisfied, timeout_s)

    def go(self) -> None:
        """Be away; the broker keeps what comes in the meantime, as well as it keeps anything."""
        thread: threading.Thread | None = self._client._thread  # noqa: TID251  (made by paho, only joined here)
        self._client.disconnect()
        if thread is not None:
            thread.join(LEAVE_S)
        for name in ("on_connect", "on_message"):
            setattr(self._client, name, None)  # frees the client and its sockets now

    def come(self) -> None:
        """Be there, and take what has come in the meantime."""
        self._client = self._new_client()
        session = properties_of(PacketTypes.CONNECT, SessionExpiryInterval=SESSION_S)
        self._client.connect_async(HOST, self._port, clean_start=False, properties=session)
        self._client.loop_start()

    def __enter__(self) -> Self:
        self.come()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go()

    def _new_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, "centre", protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True)
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._connected
        client.on_message = self._arrived
        return client

    def _connected(self, client: Client, *_: Any) -> None:
        client.subscribe("gate/#", qos=QOS)

    def _arrived(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        address = topics.parse(message.topic)
        if address is not None and address.leaf.startswith("evt/"):
            journals = self._store(message.topic, bytes(message.payload))
            self._confirm(client, message.topic.split("/evt/")[0], journals)
        client.ack(message.mid, message.qos)
        with self._changed:
            self._changed.notify_all()

    def _store(self, topic: str, payload: bytes) -> set[str]:
        try:
            validate.check(topic, payload)
        except AssertionError as problem:
            self.wrong.append(str(problem))
        found = json.loads(payload)
        events = found if isinstance(found, list) else [found]
        with self._changed:
            for event in events:
                self._put(event)
        return {event["data"]["journal"] for event in events}

    def _put(self, event: dict[str, Any]) -> None:
        body = json.dumps(event, sort_keys=True, separators=(",", ":")).encode()
        shelf = self.shelves.setdefault(event["data"]["journal"], Shelf())
        seq = event["data"]["seq"]
        if seq in shelf.bodies:
            shelf.again += 1
            if shelf.bodies[seq] != body:
                self.wrong.append(f"{seq} came twice with different content")
            return
        shelf.bodies[seq] = body
        while shelf.whole_to + 1 in shelf.bodies:
            shelf.whole_to += 1

    def _confirm(self, client: Client, gate: str, journals: set[str]) -> None:
        """After storing, never before."""
        for journal in journals:
            told = json.dumps({"journal": journal, "seq": self.shelves[journal].whole_to})
            client.publish(f"{gate}/ack", told, qos=QOS, retain=True)
