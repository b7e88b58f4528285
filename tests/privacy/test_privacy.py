"""People walk through a gate, and nothing of them is found in anything that it wrote or told (scenario 38).

200 here; the system tier has a thousand.

What is searched: every MQTT message, every line of the log at its most talkative, every byte of every file: of the
gate, and of the real centre, with everything that its staff can ask for, before and after its records were erased.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gate.access.signals import Presented
from gate.cli.main import main
from gate.credential.model import Rejected
from tests.broker import running as broker_running
from tests.credential.hcert_minting import AUTHORITY
from tests.credential.minting import MINT
from tests.credential.shc_minting import CLINIC
from tests.privacy.centre import asked, erased, keeping
from tests.privacy.door import Gate, presented
from tests.privacy.people import Person, crowd
from tests.subscriber import subscribed

MANY = 200
SHORTEST = 8
"""Bytes of the shortest trace that is looked for."""
_PART = 1 << 20
_SIEVE_BITS = 20


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return crowd(MANY, seed=38)


@pytest.fixture(scope="module")
def told(people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return all_told(people, tmp_path_factory.mktemp("gate"))


def all_told(people: list[Person], folder: Path) -> dict[str, bytes]:
    """Everything that left the gate, and that the centre keeps and tells, in lower case, by where it was found."""
    trust = AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer(), MINT.issuer_of())
    for name in ("broker", "centre"):
        (folder / name).mkdir()
    with (
        _listening(folder / "log"),
        broker_running(folder / "broker") as broker,
        subscribed(broker, "#") as centre,
        keeping(folder / "centre", broker.port) as ingest,
    ):
        visits = presented([person.code for person in people], trust)
        assert _mixed(visits)
        recorded = Gate(folder, broker).walk(visits)
        centre.until(lambda: len(centre.payloads("evt/access")) >= len(people))
        centre.until(lambda: b'"seq":%d}' % recorded in b"".join(centre.payloads("ack")))
        found = {f"kept: {place}": content for place, content in _files(folder / "centre").items()}
        asked(folder / "centre")
        found |= {f"asked: {place}": content for place, content in _files(folder / "centre").items()}
        erased(folder / "centre")
    assert ingest.counts.kept == recorded > len(people)
    for form in ("jsonl", "csv"):
        export = ["journal", "export", "--format", form, "--out", f"{folder}/export.{form}"]
        assert main([*export, "--journal", f"{folder}/journal.db"]) == 0
    found |= {f"message {number} on {one.topic}": one.payload for number, one in enumerate(centre.deliveries)}
    found |= _files(folder)
    return {place: content.lower() for place, content in found.items()}


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _mixed(visits: Iterable[Presented]) -> bool:
    """Whether good codes and bad ones are among them, of each kind."""
    kinds = {
        type(one.verdict).__name__ if isinstance(one.verdict, Rejected) else one.verdict.credential.kind
        for one in visits
    }
    return {"Rejected", "hc1", "shc", "pass"} <= kinds


@contextmanager
def _listening(path: Path) -> Iterator[None]:
    """Write down all that anybody logs, at the most talkative level."""
    root = logging.getLogger()
    handler, before = logging.FileHandler(path), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


class Search:
    """Looks for all traces of these people at once."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._traces: dict[int, list[bytes]] = {}
        for person in people:
            for trace in map(str.encode, person.traces):
                assert len(trace) >= SHORTEST
                self._traces.setdefault(int.from_bytes(trace[:SHORTEST]), []).append(trace)
        self._sieve = np.zeros(1 << _SIEVE_BITS, np.bool_)
        self._sieve[_sifted(np.array(list(self._traces), np.uint64))] = True

    def found(self, content: bytes) -> set[str]:
        """The traces in a text of lower-case letters."""
        return {trace for start in range(0, len(content), _PART) for trace in self._found(content, start)}

    def _found(self, content: bytes, start: int) -> Iterator[str]:
        """Those that begin within a part of it."""
        letters = np.frombuffer(content[start : start + _PART + SHORTEST - 1], np.uint8).astype(np.uint64)
        here = np.zeros(max(0, letters.size - SHORTEST + 1), np.uint64)
        for place in range(SHORTEST if here.size else 0):
            here = (here << np.uint64(8)) | letters[place : place + here.size]
        for at in np.flatnonzero(self._sieve[_sifted(here)]).tolist():
            for trace in self._traces.get(int(here[at]), ()):
                if content.startswith(trace, start + at):
                    yield trace.decode()


def _sifted(beginnings: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A place in the sieve for each; few share one."""
    return (beginnings * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SIEVE_BITS)


def test_nothing_of_anybody_is_found(people: list[Person], told: dict[str, bytes]) -> None:
    nothing_is_found(people, told)


def nothing_is_found(people: list[Person], told: dict[str, bytes]) -> None:
    search = Search(people)
    if search.found(b"\n".join(told.values())):
        assert not {place: traces for place, content in told.items() if (traces := search.found(content))}


def test_the_search_finds_what_is_there(people: list[Person], told: dict[str, bytes]) -> None:
    assert b"gate.access.granted" in told["journal.db"]
    assert {"export.csv", "export.jsonl", "signals.jsonl", "log"} < told.keys()
    assert any(place.endswith("/live") for place in told)
    assert b"gate.access.granted" in told["kept: central.db-wal"]
    assert {
        f"centre/{name}" for name in ("visits.csv", "visits.jsonl", "visits.out", "trace.out", "receipt.json")
    } < told.keys()
    search = Search(people)
    for person in people[:5]:
        for trace in person.traces:
            assert trace in search.found(f'..."{trace}"'.encode())
            assert trace in search.found(b"." * (_PART - 5) + trace.encode())
