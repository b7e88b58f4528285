"""The centre's link on a real broker: what it says when it cannot get there, and whom it acknowledges what."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gate.central.adapters.ingest_paho import LinkClosedError, PahoLink
from gate.central.adapters.paho_client import Broker
from gate.central.adapters.tls import TlsFiles
from gate.central.ingest import Delivery, Joined
from tests.broker import HOST, free_port, running
from tests.central.sender import sent
from tests.certificates import YEAR, Authority, broker_lines
from tests.subscriber import WAIT_S
from tests.wire.test_chain import records


@dataclass
class Heard(logging.Handler):
    """What a link says in the log, and what it delivers."""

    said: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    news: queue.SimpleQueue[Delivery | Joined] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        self.said.put(record.getMessage())

    def joined(self) -> None:
        while not isinstance(self.news.get(timeout=WAIT_S), Joined):
            pass

    def delivered(self, count: int) -> list[Delivery]:
        found: list[Delivery] = []
        while len(found) < count:
            news = self.news.get(timeout=WAIT_S)
            found += [news] if isinstance(news, Delivery) else []
        return found


@contextmanager
def linked(broker: Broker) -> Iterator[tuple[PahoLink, Heard]]:
    link, heard = PahoLink(broker), Heard()
    logger = logging.getLogger("gate.central.adapters.ingest_paho")
    logger.addHandler(heard)
    link.start(heard.news.put)
    try:
        yield link, heard
    finally:
        link.close()
        logger.removeHandler(heard)


def says(broker: Broker) -> str:
    with linked(broker) as (_, heard):
        return heard.said.get(timeout=WAIT_S)


def test_a_broker_that_is_not_there_is_told() -> None:
    port = free_port()
    assert f"the broker at {HOST}:{port}: cannot be reached" in says(Broker(HOST, port, "w"))


def test_a_wrong_password_is_told_and_not_printed(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("")
    with running(tmp_path, "allow_anonymous false", f"password_file {tmp_path}/users") as broker:
        told = says(Broker(HOST, broker.port, "w", username="centre", password="hush"))  # noqa: S106  (of a test)
    assert "refuses the connection (Not authorized)" in told
    assert "hush" not in told


def test_what_is_wrong_with_tls_is_told(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "theirs")
    own, foreign = ours.issue("centre.ingest"), theirs.issue("centre.ingest")
    old = ours.issue("old", begin=-YEAR, end=-YEAR / 2)
    locked = ours.issue("locked", password=b"x")
    nowhere = tmp_path / "nowhere"
    right = TlsFiles(ours.ca, own.certificate, own.key)
    with running(tmp_path, *broker_lines(ours, ours.issue("broker"))) as broker:
        for files, told in (
            (replace(right, ca=theirs.ca), "the broker's certificate does not hold: "),
            (replace(right, ca=nowhere), "(broker.tls_ca): No such file or directory"),
            (TlsFiles(ours.ca, foreign.certificate, foreign.key), "look at broker.tls_certificate"),
            (TlsFiles(ours.ca, old.certificate, old.key), "look at broker.tls_certificate"),
            (TlsFiles(ours.ca, locked.certificate, locked.key), "the key is locked with a password"),
            (TlsFiles(ours.ca, own.certificate, nowhere), "(broker.tls_certificate, broker.tls_key): No such file"),
            (TlsFiles(ours.ca), "look at broker.tls_certificate"),
        ):
            assert told in says(Broker(HOST, broker.port, "w", tls=files))


def test_a_broker_without_tls_is_never_spoken_to_without(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    with running(tmp_path) as broker:
        assert "TLS with the broker fails" in says(Broker(HOST, broker.port, "w", tls=TlsFiles(authority.ca)))
        assert "New client connected" not in broker.log()


def test_a_number_of_an_earlier_connection_acknowledges_nothing(tmp_path: Path) -> None:
    """A broker that has forgotten everything numbers anew: an old acknowledgement would be one for another message."""
    first, second = records(44)[:22], records(44)[22:]
    with running(tmp_path) as broker:
        with linked(Broker(HOST, broker.port, "w")) as (link, heard):
            heard.joined()
            sent(broker.port, first)
            old = heard.delivered(3)
            broker.stop(kill=True)
            broker.start()
            heard.joined()
            sent(broker.port, second)
            new = heard.delivered(3)
            assert {one.token & 0xFFFF for one in old} == {one.token & 0xFFFF for one in new}
            for one in old:
                link.acknowledge(one)
        with linked(Broker(HOST, broker.port, "w")) as (link, heard):
            assert [one.payload for one in heard.delivered(3)] == [one.payload for one in new], "they come again"
            with pytest.raises(LinkClosedError):
                _closed(Broker(HOST, broker.port, "other"))


def _closed(broker: Broker) -> None:
    link = PahoLink(broker)
    link.close()
    link.start(print)
