"""A registrar, with its authority, its registry and its listener."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from gate.central.adapters.listener import Listener, ListenerFiles
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.issued import SqlIssued
from gate.central.issuing import IssueStore
from gate.central.rate import Rate
from gate.central.registrar import Registrar, Rules, ticket_of
from gate.central.registry import Gate, Registry, Site
from gate.pki import making, requests
from gate.pki.making import Authority
from gate.service.threads import Worker
from gate.wire.token import Token
from tests.broker import HOST
from tests.certificates import now

SITE, GATE = "office-1", "gate-1"
SECRET = bytes(range(16))
REGISTRY = Registry.of([Site(SITE, "Kantor"), Site("office-2", "Kantor")], [Gate(GATE, SITE), Gate("gate-2", SITE)])


def authority(length: timedelta = timedelta(days=3650), name: str = "gate authority") -> Authority:
    key = making.new_key()
    return Authority(making.self_signed(name, key, now(), length), key)


@dataclass
class Place:
    """The registrar and everything around it; ``at`` is its clock."""

    store: IssueStore
    authority: Authority
    at: datetime = field(default_factory=now)
    registry: Registry = REGISTRY
    length: timedelta = timedelta(days=365)
    address: str = "centre.example:8884"

    @property
    def registrar(self) -> Registrar:
        return Registrar(self.store, self.authority, lambda: self.registry, lambda: self.at, Rules(self.length))

    @property
    def pin(self) -> bytes:
        return requests.fingerprint(self.authority.key.public_key())

    def token(self, gate: str = GATE, secret: bytes = SECRET, hours: int = 24) -> Token:
        """A token of this registrar."""
        made = Token(SITE, gate, self.address, self.pin, secret)
        self.store.add_ticket(ticket_of(made, "somebody", self.at, timedelta(hours=hours)))
        return made


def listener_files(folder: Path, ours: Authority) -> ListenerFiles:
    """The listener's own certificate, as ``gate pki issue centre.registrar --host`` makes it."""
    key = making.new_key()
    made = making.issued(ours, "centre.registrar", key.public_key(), (HOST,), (now(), timedelta(days=9)))
    files = ListenerFiles(folder / "ca.crt", folder / "registrar.crt", folder / "registrar.key")
    files.authority.write_bytes(making.certificate_to_pem(ours.certificate))
    files.certificate.write_bytes(making.certificate_to_pem(made))
    files.key.write_bytes(making.key_to_pem(key))
    return files


@contextmanager
def listening(folder: Path, rate: Rate | None = None, place: Place | None = None) -> Iterator[Place]:
    """A real listener on a loopback port, with a database in a file."""
    folder.mkdir(exist_ok=True)
    database = open_database(f"sqlite:///{folder}/centre.db")
    found = place or Place(SqlIssued(database), authority())
    listener = Listener(HOST, 0, listener_files(folder, found.authority), found.registrar, rate or Rate(1000, 1.0))
    found.address = f"{HOST}:{listener.port}"
    worker = Worker("registrar", listener.run, lambda _: None)
    worker.start()
    try:
        yield found
    finally:
        assert worker.stop(15)
        database.close()
    assert worker.error is None
