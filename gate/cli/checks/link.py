"""Speaks to the broker as the gate does, under another name, so that the gate that runs is not thrown out."""

from __future__ import annotations

import queue
import time
from contextlib import closing

from gate.adapters.mqtt_paho.subscriber import Answered, Away, News, PahoSubscriber, Source, Subscribed
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli.checks.unit import Unit
from gate.ports import Message
from gate.service.config_schema import Config
from gate.wire import topics
from gate.wire.topics import Identity

WAIT_S = 8.0


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
