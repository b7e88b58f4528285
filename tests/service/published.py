"""The centre of a test, a broker in memory, and gates with real files that hear what is retained there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.access.signals import DeviceChanged
from gate.adapters.trust_files.delivery import Delivery
from gate.adapters.trust_files.source import TrustFiles
from gate.central import publishing
from gate.central.publishing import Said
from gate.credential.bundle import sign_bundle
from gate.credential.keys import kid_of
from gate.credential.model import Colour, CredentialKind, Verified
from gate.credential.pass_claims import StatusRef
from gate.credential.statuslist import Delta, Snapshot, array_of, sign_delta, sign_snapshot
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.credential.verify import verify
from gate.policy.trust_age import TrustAges
from gate.ports import Connected, Disconnected, Heard
from gate.service.updates import Updates
from gate.wire import contract, pointer
from gate.wire.pointer import Kind, Place
from tests.contract.test_trust_source import SteppedClock, paths_of
from tests.credential.minting import NOON, Mint, colour_of

URI = "https://status.example/1"
LIST = Place(Kind.STATUS, "ministry")
TRUST, RULES = Place(Kind.TRUST), Place(Kind.RULES)
SECOND_NS = 1_000_000_000
BLACK, GREEN = 13, 0


class Desk:
    """Who publishes: the operator, an issuer with a status list, and a desk with a key for publishing."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now.replace(microsecond=0)
        self.mint = Mint(now=self.now)
        self.key = Ed25519PrivateKey.generate()

    def bundle(self, version: int, *more: Issuer, key: Ed25519PrivateKey | None = None) -> TrustBundle:
        issuer = self.mint.issuer_of(usages=("pass", "statuslist"))
        public = (key or self.key).public_key()
        desk = IssuerKey(kid_of(public), public, frozenset({"publisher"}), None, None)
        return self.mint.bundle_of(
            issuer, Issuer("desk", "Desk", CredentialKind.COMMAND, None, (desk,)), *more, version=version
        )

    def signed(self, bundle: TrustBundle, root: Ed25519PrivateKey | None = None) -> bytes:
        return sign_bundle(bundle, root or self.mint.root)

    def file(self, place: Place, version: int, raw: bytes, key: Ed25519PrivateKey | None = None) -> list[Said]:
        return list(publishing.file(place, publishing.pointer_to(place, version, raw), raw, key or self.key))

    def trust(self, bundle: TrustBundle) -> list[Said]:
        return self.file(TRUST, bundle.version, self.signed(bundle))

    def snapshot(self, *values: int, issued: datetime | None = None) -> list[Said]:
        issued = issued or self.now
        made = Snapshot(URI, 4, array_of(values, 4), issued, issued + timedelta(days=9))
        return self.file(LIST, int(issued.timestamp()), sign_snapshot(made, self.mint.key))

    def change(
        self, seq: int, values: dict[int, int], *, base: datetime | None = None, covers: int | None = None
    ) -> Said:
        """It holds all before it, where nothing else is said."""
        delta = Delta(URI, base or self.now, seq, values, covers or seq)
        return publishing.change("ministry", sign_delta(delta, self.mint.key))

    def code(self, index: int) -> str:
        """A pass with this entry."""
        return self.mint.valid(Colour.YELLOW, not_after=self.now + timedelta(days=9), status=StatusRef(URI, index))


@dataclass(slots=True)
class Broker:
    """What is retained, and who hears it."""

    retained: dict[str, bytes] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)

    def publish(self, said: Iterable[Said]) -> None:
        for one in said:
            channel = contract.channel_of(one.topic)
            assert channel is not None
            assert (channel.retain, channel.content_type) == (True, one.content_type)
            self.put(one.topic, one.payload)

    def put(self, topic: str, payload: bytes) -> None:
        """Anything at all, as somebody who may write there."""
        self.retained[topic] = payload
        if not payload:
            del self.retained[topic]
        for gate in self.gates:
            if gate.hears(topic):
                gate.updates.heard(Heard(topic, payload, retained=True))


class Gate:
    """A gate's trust in files, and what it hears of the centre. Also its link (``Ears``)."""

    def __init__(self, folder: Path, desk: Desk, broker: Broker, version: int = 5) -> None:
        self.desk, self.broker, self.folder = desk, broker, folder
        self.clock = SteppedClock()
        (folder / "status").mkdir(parents=True)
        (folder / "lists").mkdir()
        bundle, root = folder / "trust.bundle", folder / "root.pub"
        bundle.write_bytes(desk.signed(desk.bundle(version)))
        root.write_bytes(desk.mint.root_pem)
        self.paths = paths_of(folder, bundle, root)
        self.told: list[DeviceChanged] = []
        self.asked: list[str] = []
        """What was subscribed to in all, besides the usual."""
        self.filters: set[str] = set()
        self.start()

    def start(self) -> None:
        """The service begins (again)."""
        self.trust = TrustFiles(self.paths, self.clock, TrustAges())
        self.updates = Updates(Delivery(self.paths), self.trust, self.clock, self.trust.hurry, self.told.append)
        self.updates.listen_with(self)

    def connect(self) -> None:
        self.broker.gates.append(self)
        self.filters = set(pointer.subscriptions())
        self.updates.heard(Connected(20))
        for name in sorted(self.filters):
            self._retained(name)

    def disconnect(self) -> None:
        self.broker.gates.remove(self)
        self.filters = set()
        self.updates.heard(Disconnected("gone"))

    def subscribe(self, names: Sequence[str]) -> None:
        self.asked += names
        if self in self.broker.gates:
            self.filters.update(names)
            for name in names:
                self._retained(name)

    def unsubscribe(self, names: Sequence[str]) -> None:
        self.filters.difference_update(names)

    def hears(self, topic: str) -> bool:
        return any(matches(name, topic) for name in self.filters)

    def _retained(self, name: str) -> None:
        for topic, payload in list(self.broker.retained.items()):
            if matches(name, topic):
                self.updates.heard(Heard(topic, payload, retained=True))

    def settle(self, seconds: float = 0.0) -> None:
        """Take everything that has come, and look at it; then let time pass and look once more."""
        self._work()
        if seconds:
            self.clock.mono_ns += int(seconds * SECOND_NS)
            self._work()

    def _work(self) -> None:
        for _ in range(3):  # a file brings the next
            self.updates.step(0.0)
            while not self.updates.idle:
                self.updates.step(0.0)
            self.trust.refresh()

    @property
    def version(self) -> int:
        return self.trust.current().bundle.version

    def stands(self, index: int) -> str:
        """How the pass with this entry stands."""
        verdict = verify(self.desk.code(index), self.trust.current(), self.clock.now())
        if not isinstance(verdict, Verified):
            return verdict.reason.value
        return str(colour_of(verdict)) if verdict.revocation_known else "unknown"

    @property
    def alarmed(self) -> bool:
        return bool(self.told) and not self.told[-1].working


def matches(name: str, topic: str) -> bool:
    here, there = name.split("/"), topic.split("/")
    return len(here) == len(there) and all(one in {"+", other} for one, other in zip(here, there, strict=True))
