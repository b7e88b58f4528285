"""What both ends do alike with a paho client: make it, explain what it could not reach, and end it.

paho runs one thread of its own for each client, and calls back on it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from sys import exc_info
from typing import Any, Final

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.ports import AdapterError

QOS: Final = 1
_CONNECT_TIMEOUT_S: Final = 3.0


def new_client(name: str, host: str, username: str | None, password_file: Path | None, longest_retry_s: int) -> Client:
    """A client that is not connected yet. Raises ``AdapterError`` for a host or a password that cannot be right."""
    _refuse_odd_host(host)
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect_timeout = _CONNECT_TIMEOUT_S
    client.reconnect_delay_set(1, longest_retry_s)
    if username is not None:
        client.username_pw_set(username, _password(password_file))
    return client


def properties_of(packet: int, **values: Any) -> Properties:
    """The MQTT 5 properties of one packet."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def not_reached(host: str, port: int) -> str:
    """Why, in words; to be called from ``on_connect_fail``, which paho calls inside its except clause."""
    return f"cannot reach the broker at {host}:{port}: {exc_info()[1] or 'no reason given'}"


def end(client: Client, timeout_s: float, properties: Properties | None = None, *, with_will: bool = False) -> None:
    """Disconnect and wait for paho's thread, but not for ever: ``loop_stop`` would wait for a hanging name lookup.

    ``with_will`` tells the broker to publish the will, as if the connection had been lost.
    """
    thread: threading.Thread | None = client._thread  # noqa: SLF001, TID251  (see above; made by paho, only joined here)
    client._thread_terminate = True  # noqa: SLF001  (as loop_stop does: a late CONNACK must not start it again)
    parting = "Disconnect with will message" if with_will else "Normal disconnection"
    client.disconnect(ReasonCode(PacketTypes.DISCONNECT, parting), properties)
    if thread is not None:
        thread.join(timeout_s)
    for name in ("on_connect", "on_connect_fail", "on_disconnect", "on_publish", "on_subscribe", "on_message"):
        setattr(client, name, None)  # frees the client and its sockets now, not at the next garbage collection


def _refuse_odd_host(host: str) -> None:
    """A name that cannot even be looked up would end paho's thread."""
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise AdapterError(f"{host!r} is not the name of a machine: {error}; correct the broker's host") from error


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AdapterError(f"cannot read the broker's password from {path}: {error}; look at the file") from error
