"""What tutorials do with events that wait: publish one, wait for the broker's answer, then the next.

``marked`` keeps them in an SQLite table with a ``sent`` flag, as an outbox is usually written; ``in_memory`` has no
table at all, which is the least that publish-and-wait can cost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

TOPIC = "gate/v1/jkt-01/front/evt/access"


def connected(port: int) -> Client:
    """A client as a tutorial makes it."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    while not client.is_connected():
        pass
    return client


def in_memory(client: Client, bodies: Sequence[bytes]) -> None:
    """Publish and wait, each."""
    for body in bodies:
        client.publish(TOPIC, body, qos=1).wait_for_publish()


def filled(path: Path, bodies: Sequence[bytes]) -> sqlite3.Connection:
    """An outbox table with these events."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, body BLOB, sent INTEGER DEFAULT 0)")
    db.executemany("INSERT INTO outbox (body) VALUES (?)", [(body,) for body in bodies])
    db.commit()
    return db


def marked(client: Client, db: sqlite3.Connection) -> None:
    """Publish the oldest that is not sent, wait, mark it, commit, again."""
    while row := db.execute("SELECT id, body FROM outbox WHERE sent = 0 ORDER BY id LIMIT 1").fetchone():
        client.publish(TOPIC, row[1], qos=1).wait_for_publish()
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (row[0],))
        db.commit()
