"""Speaks to the broker as the gate does; while the gate runs, no further than TLS.

A broker that knows clients by their certificates throws out the older of two with the same one: it would be the gate.
"""

from __future__ import annotations

import queue
import socket
import ssl
import time
from contextlib import closing, suppress

from gate.access.alarm import AlarmKind
from gate.adapters.mqtt_paho import tls
from gate.adapters.mqtt_paho.subscriber import Answered, Away, News, PahoSubscriber, Source, Subscribed
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli.checks.unit import Unit
from gate.ports import Message
from gate.service.config_schema import Config
from gate.wire import topics
from gate.wire.topics import Identity

WAIT_S = 8.0
CONNECT_S = 3.0
REFUSAL_S = 1.0
"""How long a broker may take to refuse a certificate: with TLS 1.3 it does so after the handshake."""


def identity_of(config: Config) -> Identity:
    """Who the gate is to the broker."""
    return Identity(config.site.id, config.gate.id, config.gate.access_point, "doctor")


def heard(unit: Unit, message: Message | None = None) -> Subscribed | Answered | Away | None:
    """How it ends: the subscription, or what the broker says to the message; None where nobody answers."""
    mqtt, news = unit.config.mqtt, queue.SimpleQueue[News]()
    topic = topics.below(identity_of(unit.config), topics.ACK)
    source = Source(mqtt.host, mqtt.port, (topic,), mqtt.username or None, mqtt.password_file, tls_of(unit))
    end_s = time.monotonic() + WAIT_S
    with closing(PahoSubscriber(source)) as link:
        link.start(news.put)
        while (one := _next(news, end_s)) is not None:
            if isinstance(one, Away | Answered) or (isinstance(one, Subscribed) and message is None):
                return one
            if isinstance(one, Subscribed) and message is not None:
                link.publish(message)
    return None


def refusal(unit: Unit) -> str:
    """Why the broker is not reached, or its name or ours is not believed; empty: it is. No MQTT is spoken."""
    mqtt = unit.config.mqtt
    place = f"{mqtt.host}:{mqtt.port}"
    files = tls_of(unit)
    try:
        with socket.create_connection((mqtt.host, mqtt.port), CONNECT_S) as plain:
            if files is not None:
                _shake_hands(plain, mqtt.host, tls.load(files).context)
    except (ssl.SSLError, tls.TlsError) as error:
        return tls.explained(error, place)[1]
    except OSError as error:
        return f"cannot reach the broker at {place}: {error}"
    return ""


def _shake_hands(plain: socket.socket, host: str, context: ssl.SSLContext) -> None:
    with context.wrap_socket(plain, server_hostname=host) as secure, suppress(TimeoutError):
        secure.settimeout(REFUSAL_S)
        secure.recv(1)  # nobody speaks before us, but for a refusal


def complaints(unit: Unit) -> str:
    """What the gate that runs here says of its link."""
    return ", ".join(one for one in unit.alarms if one.startswith((AlarmKind.LINK_FAULT, AlarmKind.LINK_TAKEN_OVER)))


def tls_of(unit: Unit) -> TlsFiles | None:
    """The gate's own certificate and key."""
    mqtt = unit.config.mqtt
    if mqtt.tls_ca is None:
        return None
    return TlsFiles(lambda: unit.clock.now().utc, mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key)


def _next(news: queue.SimpleQueue[News], end_s: float) -> News | None:
    try:
        return news.get(timeout=max(0.0, end_s - time.monotonic()))
    except queue.Empty:
        return None
