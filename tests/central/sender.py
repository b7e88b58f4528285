"""A gate that says its events to a real broker and waits until they are taken."""

from __future__ import annotations

from collections.abc import Sequence

from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.ports import Message
from gate.wire import batch
from tests.broker import HOST
from tests.central.examples import BATCH, TOPIC
from tests.certificates import Authority, now
from tests.contract.test_publisher import Link

BATCHED = 20


def sent(port: int, bodies: Sequence[bytes], authority: Authority | None = None) -> None:
    """Say these, the last ones in a batch; with a certificate of the authority, where there is one."""
    own = None if authority is None else authority.issue("gate")
    tls = None if authority is None or own is None else TlsFiles(now, authority.ca, own.certificate, own.key)
    will = Message(TOPIC.replace("evt/access", "availability"), b"{}", retain=True, content_type="")
    gate = Link(PahoPublisher(BrokerAddress(HOST, port, "gate", will, tls=tls)))
    gate.start()
    gate.until_connected()
    singles = [Message(TOPIC, body, retain=False, content_type="") for body in bodies[:-BATCHED]]
    batched = Message(BATCH, batch.encode(bodies[-BATCHED:]), retain=False, content_type=batch.CONTENT_TYPE)
    gate.until_answered({gate.publisher.publish(message) for message in (*singles, batched)})
    gate.publisher.close(None, 2.0)
