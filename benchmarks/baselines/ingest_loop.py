"""How the common tutorials put MQTT messages into a database: ``on_message`` parses JSON, inserts a row and commits.

``receive_only`` is paho with nothing behind it, which is the least that any ingest with paho can cost.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WORKER = "worker-1"
TOPICS = "gate/+/+/+/evt/#"
_SESSION_S = 3600


def into_table(path: Path, port: int, done: Callable[[int], bool]) -> None:
    """Insert each event of each message until ``done`` says so of how many came; a batch is a list of events."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, time TEXT, source TEXT, data TEXT)")

    def on_message(client: Client, _data: object, message: MQTTMessage) -> None:
        found: Any = json.loads(message.payload)
        events = found if isinstance(found, list) else [found]
        for one in events:
            row = (one["id"], one["type"], one["time"], one["source"], json.dumps(one["data"]))
            db.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", row)
            db.commit()
        if done(len(events)):
            client.disconnect()

    _loop(port, on_message)
    db.close()


def receive_only(port: int, per_message: int, done: Callable[[int], bool]) -> None:
    """Take the messages and do nothing with them."""

    def on_message(client: Client, _data: object, _message: MQTTMessage) -> None:
        if done(per_message):
            client.disconnect()

    _loop(port, on_message)


def session(client_id: str) -> Client:
    """A client whose messages wait for it while it is away."""
    return Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)


def connect(client: Client, port: int) -> None:
    """To the session that is there already, or a new one."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    properties.SessionExpiryInterval = _SESSION_S
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)


def _loop(port: int, on_message: Callable[[Client, object, MQTTMessage], None]) -> None:
    client = session(WORKER)
    client.on_message = on_message
    connect(client, port)
    client.loop_forever()
