"""People walk through a gate, and nothing of them is found in anything that it wrote or told (scenario 38).

200 here; the system tier has a thousand.

What is searched: every MQTT message, every line of the log at its most talkative, every byte of every file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate.access.signals import Presented
from gate.cli.main import main
from gate.credential.model import Rejected
from tests.broker import running as broker_running
from tests.credential.hcert_minting import AUTHORITY
from tests.credential.minting import MINT
from tests.credential.shc_minting import CLINIC
from tests.privacy.door import Gate, presented
from tests.privacy.people import Person, crowd
from tests.subscriber import subscribed

MANY = 200
SHORTEST = 8
"""Bytes of the shortest trace that is looked for."""


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return crowd(MANY, seed=38)


@pytest.fixture(scope="module")
def told(people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return all_told(people, tmp_path_factory.mktemp("gate"))


def all_told(people: list[Person], folder: Path) -> dict[str, bytes]:
    """Everything that left the gate, in lower case, by where it was found."""
    trust = AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer(), MINT.issuer_of())
    (folder / "broker").mkdir()
    with broker_running(folder / "broker") as broker, subscribed(broker, "#") as centre, _listening(folder / "log"):
        visits = presented([person.code for person in people], trust)
        assert _mixed(visits)
        recorded = Gate(folder, broker).walk(visits)
        centre.until(lambda: len(centre.payloads("evt/access")) >= len(people))
    assert recorded > len(people)
    for form in ("jsonl", "csv"):
        export = ["journal", "export", "--format", form, "--out", f"{folder}/export.{form}"]
        assert main([*export, "--journal", f"{folder}/journal.db"]) == 0
    found = {f"message {number} on {one.topic}": one.payload for number, one in enumerate(centre.deliveries)}
    found |= {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {place: content.lower() for place, content in found.items()}


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
        self._traces: dict[bytes, list[bytes]] = {}
        for person in people:
            for trace in map(str.encode, person.traces):
                assert len(trace) >= SHORTEST
                self._traces.setdefault(trace[:SHORTEST], []).append(trace)

    def found(self, content: bytes) -> set[str]:
        """The traces in a text of lower-case letters."""
        return {
            trace.decode()
            for place in range(len(content))
            for trace in self._traces.get(content[place : place + SHORTEST], ())
            if content.startswith(trace, place)
        }


def test_nothing_of_anybody_is_found(people: list[Person], told: dict[str, bytes]) -> None:
    nothing_is_found(people, told)


def nothing_is_found(people: list[Person], told: dict[str, bytes]) -> None:
    search = Search(people)
    assert not {place: traces for place, content in told.items() if (traces := search.found(content))}


def test_the_search_finds_what_is_there(people: list[Person], told: dict[str, bytes]) -> None:
    assert b"gate.access.granted" in told["journal.db"]
    assert {"export.csv", "export.jsonl", "signals.jsonl", "log"} < told.keys()
    assert any(place.endswith("/live") for place in told)
    for person in people[:5]:
        for trace in person.traces:
            assert trace in Search(people).found(f'..."{trace}"'.encode())
